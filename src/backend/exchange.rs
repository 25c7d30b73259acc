//! Tasks sent to threads as messages, which own what they carry, as between parts of a program that share nothing.
//!
//! A payload is copied once, into its message; handing the message over and giving it back copies nothing. Each worker has
//! a queue of its own with a few messages in it, and who answers gets the next.

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use super::PoolError;
use super::cursor::Cursor;
use super::gather::Bench;
use crate::board::State;
use crate::task::PayloadBlock;
use crate::workload::Task;

/// Messages on their way to a worker: one that it works on and one that it finds when it is done.
const WINDOW: usize = 2;

/// The side that sends.
pub(super) struct Exchange {
    queues: Vec<Sender<Order>>,
    answers: Receiver<Answer>,
    answering: Sender<Answer>,
    payload: Option<PayloadBlock>,
    /// Memory of payloads that came back.
    spare: Vec<Vec<u8>>,
}

/// A worker's side.
pub(super) struct Post {
    worker: usize,
    orders: Receiver<Order>,
    answers: Sender<Answer>,
}

/// What a worker is told.
enum Order {
    /// Execute these tasks; their payloads, one after the other.
    Tasks(Range<usize>, Vec<u8>),
    /// The run is over.
    End,
}

/// What a worker says.
enum Answer {
    /// It has done what it was told, and gives the payloads back.
    Done(usize, Vec<u8>),
    /// It is gone.
    Lost,
}

impl Exchange {
    /// An exchange without workers, for tasks with such a payload.
    pub(super) fn new(payload: Option<PayloadBlock>) -> Self {
        let (answering, answers) = channel();
        Self { queues: Vec::new(), answers, answering, payload, spare: Vec::new() }
    }

    /// A place for one more worker.
    pub(super) fn post(&mut self) -> Post {
        let (queue, orders) = channel();
        self.queues.push(queue);
        Post { worker: self.queues.len() - 1, orders, answers: self.answering.clone() }
    }

    /// Sends everything that `cursor` gives out and waits until all of it has come back.
    ///
    /// # Errors
    /// A worker is gone.
    pub(super) fn serve(&mut self, cursor: &Cursor) -> Result<(), PoolError> {
        let mut away = 0;
        for _ in 0..WINDOW {
            for worker in 0..self.queues.len() {
                away += usize::from(self.send_next(worker, cursor)?);
            }
        }
        while away > 0 {
            let Ok(Answer::Done(worker, payloads)) = self.answers.recv() else { return Err(PoolError::ThreadLost) };
            self.spare.push(payloads);
            away -= 1;
            away += usize::from(self.send_next(worker, cursor)?);
        }
        (0..self.queues.len()).try_for_each(|worker| self.send(worker, Order::End))
    }

    /// Whether there was anything left to send.
    fn send_next(&mut self, worker: usize, cursor: &Cursor) -> Result<bool, PoolError> {
        let Some(tasks) = cursor.claim() else { return Ok(false) };
        let payloads = self.packed(tasks.clone());
        self.send(worker, Order::Tasks(tasks, payloads)).map(|()| true)
    }

    fn send(&self, worker: usize, order: Order) -> Result<(), PoolError> {
        self.queues[worker].send(order).map_err(|_| PoolError::ThreadLost)
    }

    /// A copy of the payloads of these tasks.
    fn packed(&mut self, tasks: Range<usize>) -> Vec<u8> {
        let Some(block) = &self.payload else { return Vec::new() };
        let mut payloads = self.spare.pop().unwrap_or_default();
        payloads.clear();
        for task in tasks {
            let stamp = block.stamp(task as u64);
            payloads.extend_from_slice(&stamp);
            payloads.extend_from_slice(&block.bytes()[stamp.len()..]);
        }
        payloads
    }
}

impl Post {
    /// Does what it is told until the run is over.
    pub(super) fn work(&self, bench: &mut Bench, plan: &[Task]) {
        while let Some(Order::Tasks(tasks, payloads)) = self.next(bench) {
            bench.receive(tasks.start, &plan[tasks], &payloads);
            if self.answers.send(Answer::Done(self.worker, payloads)).is_err() {
                return;
            }
        }
    }

    /// The next message; who has to wait for it lets go of the lock. `None` where nobody sends any more.
    fn next(&self, bench: &Bench) -> Option<Order> {
        match self.orders.try_recv() {
            Ok(order) => Some(order),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => {
                bench.rest_in(State::Ipc);
                self.orders.recv().ok()
            }
        }
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        // At the end of the pool nobody listens any more.
        let _ = self.answers.send(Answer::Lost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Payload;
    use crate::units::Bytes;

    #[test]
    fn everything_is_sent_once_with_its_own_payload_and_who_answers_gets_the_next() {
        let block = PayloadBlock::new(Bytes(20)).unwrap();
        let mut exchange = Exchange::new(Some(block.clone()));
        let posts = [exchange.post(), exchange.post()];
        let told = std::thread::scope(|scope| {
            let workers = posts.map(|post| {
                let block = &block;
                scope.spawn(move || {
                    let mut told = Vec::new();
                    while let Ok(Order::Tasks(tasks, payloads)) = post.orders.recv() {
                        for (task, payload) in tasks.zip(payloads.chunks(20)) {
                            assert_eq!(Payload::Arrived(payload).sum(), block.sum(task as u64));
                            told.push(task);
                        }
                        post.answers.send(Answer::Done(post.worker, payloads)).unwrap();
                    }
                    told
                })
            });
            exchange.serve(&Cursor::new(101, 3)).unwrap();
            workers.map(|worker| worker.join().unwrap())
        });
        let mut all = told.concat();
        all.sort_unstable();
        assert_eq!(all, (0..101).collect::<Vec<_>>());
        assert!(exchange.spare.len() <= 2 * WINDOW, "payloads that came back are used again");
    }

    #[test]
    fn a_worker_that_is_gone_ends_the_run() {
        for orders in 0..3 {
            let mut exchange = Exchange::new(None);
            let (post, _idle) = (exchange.post(), exchange.post());
            let worker = std::thread::spawn(move || (0..orders).for_each(|_| drop(post.orders.recv())));
            let served = exchange.serve(&Cursor::new(9, 1));
            assert!(matches!(served, Err(PoolError::ThreadLost)), "after {orders}");
            worker.join().unwrap();
        }
    }
}
