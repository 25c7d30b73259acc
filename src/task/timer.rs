//! Many waits on one timer descriptor, for tasks that are awaited.
//!
//! The runtime's own timer counts whole milliseconds, so a wait of one would take two. A descriptor of the kernel's timer
//! is exact to some microseconds; the waits stand in a heap, and the descriptor is set to the first of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::machine::clock;
use crate::units::Nanos;

/// The waits of one runtime.
#[derive(Debug)]
pub struct Timer {
    descriptor: AsyncFd<OwnedFd>,
    waits: Mutex<Waits>,
}

#[derive(Debug)]
struct Waits {
    heap: BinaryHeap<Wait>,
    /// When the descriptor will become readable; the largest value while it is not set.
    armed: Nanos,
}

/// Who waits until when.
#[derive(Debug)]
struct Wait {
    until: Nanos,
    waker: Waker,
}

impl Timer {
    /// A timer of the runtime that the caller is in; a task of that runtime serves it until the runtime ends.
    ///
    /// # Errors
    /// When the system has no descriptor to give.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn start() -> io::Result<Arc<Self>> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let descriptor = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let descriptor = registered(descriptor)?;
        let waits = Mutex::new(Waits { heap: BinaryHeap::new(), armed: NEVER });
        let timer = Arc::new(Self { descriptor, waits });
        tokio::spawn(Arc::clone(&timer).serve());
        Ok(timer)
    }

    /// Waits until `until`, a point on the monotonic clock.
    pub async fn wait(&self, until: Nanos) {
        poll_fn(|context| {
            if clock::now() >= until {
                return Poll::Ready(());
            }
            self.add(Wait { until, waker: context.waker().clone() });
            Poll::Pending
        })
        .await;
    }

    fn add(&self, wait: Wait) {
        let mut waits = self.lock();
        let until = wait.until;
        waits.heap.push(wait);
        if until < waits.armed {
            self.arm(&mut waits, until);
        }
    }

    /// Wakes whoever is due, again and again.
    async fn serve(self: Arc<Self>) {
        let mut due = Vec::new();
        loop {
            let Ok(mut ready) = self.descriptor.readable().await else { return };
            let read = ready.try_io(|descriptor| Ok(rustix::io::read(descriptor, &mut [0_u8; 8])?));
            if read.is_ok() {
                self.collect(&mut due);
                due.drain(..).for_each(Waker::wake);
            }
        }
    }

    /// Takes out whoever is due, and sets the descriptor to who is next.
    fn collect(&self, due: &mut Vec<Waker>) {
        let mut waits = self.lock();
        let now = clock::now();
        while waits.heap.peek().is_some_and(|wait| wait.until <= now) {
            due.extend(waits.heap.pop().map(|wait| wait.waker));
        }
        match waits.heap.peek().map(|wait| wait.until) {
            Some(next) => self.arm(&mut waits, next),
            None => waits.armed = NEVER,
        }
    }

    fn arm(&self, waits: &mut Waits, until: Nanos) {
        waits.armed = until;
        let once = Itimerspec { it_interval: timespec(Nanos::ZERO), it_value: timespec(until) };
        // Refused only for a descriptor that is no timer, or a time that is none.
        let _ = timerfd_settime(&self.descriptor, TimerfdTimerFlags::ABSTIME, &once);
    }

    fn lock(&self) -> MutexGuard<'_, Waits> {
        // A panic leaves the heap whole.
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(unsafe_code, reason = "the runtime's poller takes bare descriptors")]
fn registered(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor stays open and the same until it is dropped, which the registration does.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?)
}

/// Later than any wait.
const NEVER: Nanos = Nanos(u64::MAX);

#[expect(clippy::cast_possible_wrap, reason = "the monotonic clock counts from the start of the machine")]
const fn timespec(span: Nanos) -> Timespec {
    Timespec { tv_sec: (span.0 / 1_000_000_000) as i64, tv_nsec: (span.0 % 1_000_000_000) as i64 }
}

/// The wait that ends first is the greatest, as the heap wants it.
impl Ord for Wait {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        Reverse(self.until).cmp(&Reverse(other.until))
    }
}

impl PartialOrd for Wait {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Wait {
    fn eq(&self, other: &Self) -> bool {
        self.until == other.until
    }
}

impl Eq for Wait {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_waits_end_and_none_early() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build().unwrap();
        let ended = runtime.block_on(async {
            let timer = Timer::start().unwrap();
            let start = clock::now();
            let ended = Arc::new(Mutex::new(Vec::new()));
            let waits = [7, 3, 5, 0].map(|millis| {
                let (timer, ended) = (Arc::clone(&timer), Arc::clone(&ended));
                tokio::spawn(async move {
                    let until = start.plus(Nanos::from_millis(millis));
                    timer.wait(until).await;
                    assert!(clock::now() >= until);
                    ended.lock().unwrap().push(millis);
                })
            });
            for wait in waits {
                wait.await.unwrap();
            }
            Arc::into_inner(ended).unwrap().into_inner().unwrap()
        });
        // Those that are due at once may go on in any order.
        let ended = BTreeSet::from_iter(ended);
        assert_eq!(ended, BTreeSet::from([0, 3, 5, 7]));
    }
}
