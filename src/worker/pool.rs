//! The processes of a pool: does what the supervisor orders, tells it what was seen.

use std::collections::VecDeque;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, poll};

use super::frame::{FrameError, FrameKind};
use super::member::{Member, Reading, Word};
use super::message::{Assignment, Done, TasksSent};
use super::supervisor::{Event, Order, Supervisor};
use crate::child::{Cause, SpawnError};
use crate::machine::clock;
use crate::task::WorkerReport;
use crate::units::WorkerId;
use crate::workload::{Output, TaskFailure};

pub use self::setup::{Deceased, PoolFailure, ProcessRun, ProcessSetup};

mod setup;

/// Worker processes behind a supervisor. Dropping it ends them.
pub struct ProcessPool {
    setup: ProcessSetup,
    program: PathBuf,
    supervisor: Supervisor,
    members: Vec<Option<Member>>,
    run: ProcessRun,
    events: VecDeque<Event>,
    failure: Option<PoolFailure>,
}

impl ProcessPool {
    /// Starts the workers from `program` and waits until all are ready.
    ///
    /// # Errors
    /// When no worker can be started, or those started keep dying.
    pub fn start(setup: ProcessSetup, program: PathBuf) -> Result<Self, PoolFailure> {
        let supervisor = Supervisor::new(setup.policy);
        let members = (0..setup.policy.workers).map(|_| None).collect();
        let (run, events, failure) = (ProcessRun::default(), VecDeque::new(), None);
        let mut pool = Self { setup, program, supervisor, members, run, events, failure };
        let orders = pool.supervisor.boot();
        pool.follow(orders);
        pool.serve_until(Supervisor::is_ready)?;
        Ok(pool)
    }

    /// Runs the plan once.
    ///
    /// # Errors
    /// When the pool cannot be kept alive.
    pub fn run(&mut self) -> Result<ProcessRun, PoolFailure> {
        let tasks = self.setup.plan.tasks.len();
        for member in self.members.iter_mut().flatten() {
            member.bytes = 0;
        }
        let outputs = vec![Output::default(); tasks];
        let start = clock::now();
        self.run = ProcessRun { start, outputs, ..ProcessRun::default() };
        let orders = self.supervisor.begin(start);
        self.follow(orders);
        self.serve_until(Supervisor::is_finished)?;
        let mut run = std::mem::take(&mut self.run);
        run.bytes += self.members.iter().flatten().map(|member| member.bytes).sum::<u64>();
        (run.deaths, run.respawns) = (self.supervisor.deaths, self.supervisor.respawns);
        run.retried = self.supervisor.retried;
        run.lost.sort_unstable_by_key(|(task, _)| *task);
        Ok(run)
    }

    /// The process numbers of the workers.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        self.members.iter().flatten().map(Member::process).collect()
    }

    fn serve_until(&mut self, over: impl Fn(&Supervisor) -> bool) -> Result<(), PoolFailure> {
        loop {
            while let Some(event) = self.events.pop_front() {
                let orders = self.supervisor.on(event, clock::now());
                self.follow(orders);
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            for member in self.members.iter_mut().flatten() {
                member.flush();
            }
            if over(&self.supervisor) {
                return Ok(());
            }
            self.wait()?;
        }
    }

    /// Waits until a link has something to say or takes more, and reads.
    fn wait(&mut self) -> Result<(), PoolFailure> {
        let seats: Vec<usize> = (0..self.members.len()).filter(|seat| self.members[*seat].is_some()).collect();
        let mut interests: Vec<PollFd<'_>> = self.members.iter().flatten().map(Member::interest).collect();
        match poll(&mut interests, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(PoolFailure::Poll(errno.into())),
        }
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let speaking: Vec<usize> = (seats.into_iter().zip(&interests))
            .filter(|(_, interest)| interest.revents().intersects(readable))
            .map(|(seat, _)| seat)
            .collect();
        for seat in speaking {
            self.listen(seat);
        }
        Ok(())
    }

    /// Reads what a worker says, and buries it if that is the last or makes no sense.
    fn listen(&mut self, seat: usize) {
        let Some(member) = &mut self.members[seat] else { return };
        let reading = member.read();
        let (said, nonsense) = member.said();
        let worker = WorkerId(u32::try_from(seat).unwrap_or(u32::MAX));
        for word in said {
            self.hear(worker, word);
        }
        if let Some(nonsense) = nonsense {
            self.end(worker, nonsense.to_string());
        } else if reading == Reading::Closed {
            self.bury(worker, None);
        }
    }

    fn hear(&mut self, worker: WorkerId, word: Word) {
        match word {
            Word::Ready => self.events.push_back(Event::Ready(worker)),
            Word::Done(done) => self.keep(worker, done),
            Word::Report(report) => {
                self.run.reports.retain(|earlier| earlier.worker != worker);
                self.run.reports.push(WorkerReport { worker, ..*report });
                self.events.push_back(Event::Reported(worker));
            }
        }
    }

    /// Asks the supervisor whether these answers are wanted, and keeps them if so.
    fn keep(&mut self, worker: WorkerId, done: Done) {
        let count = done.outputs.len() as u64;
        let orders = self.supervisor.on(Event::Done { worker, first: done.first, count }, clock::now());
        let wanted = !orders.iter().any(|order| matches!(order, Order::Kill { .. }));
        if wanted {
            for (number, output) in (done.first..).zip(done.outputs) {
                self.keep_one(number, output);
            }
        }
        self.follow(orders);
    }

    fn keep_one(&mut self, number: u64, output: Result<Output, TaskFailure>) {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        match (output, self.run.outputs.get_mut(place)) {
            (Ok(output), Some(kept)) => *kept = output,
            (Err(failure), _) => self.run.lost.push((number, failure)),
            (Ok(_), None) => unreachable!("the supervisor knows no such task"),
        }
    }

    fn follow(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn(worker) => self.spawn(worker),
                Order::Begin(worker) => {
                    // A successor's account starts with its own life; before it, the seat was idle.
                    let start = if self.supervisor.respawns > 0 { clock::now() } else { self.run.start };
                    self.queue(worker, FrameKind::Begin, &start);
                }
                Order::Send { worker, tasks } => self.send(worker, &tasks),
                Order::Drain(worker) => self.queue(worker, FrameKind::Drained, &()),
                Order::Kill { worker, why } => self.end(worker, why),
                Order::Tell { worker, cause, retried } => (self.setup.witness)(Deceased { worker, cause, retried }),
                Order::GiveUp { task, cause } => {
                    self.run.lost.push((task, TaskFailure(format!("given up after its workers died: {cause}"))));
                }
                Order::Fail { deaths, cause } => self.failure = Some(PoolFailure::CannotBoot { deaths, cause }),
            }
        }
    }

    fn spawn(&mut self, worker: WorkerId) {
        let started = Member::start(&self.program, &self.setup.board);
        let greeted = started.and_then(|mut member| {
            let refused = |error: FrameError| SpawnError {
                program: self.program.clone(),
                source: std::io::Error::other(error.to_string()),
            };
            member.queue(FrameKind::Setup, &self.assignment(worker)).map_err(refused)?;
            member.flush();
            Ok(member)
        });
        match greeted {
            Ok(member) => self.members[worker.index()] = Some(member),
            Err(error) => self.failure = Some(PoolFailure::Spawn { worker, error }),
        }
    }

    fn assignment(&self, worker: WorkerId) -> Assignment {
        Assignment {
            worker,
            configuration: (*self.setup.configuration).clone(),
            job: (*self.setup.job).clone(),
            task_cost: self.setup.policy.task_cost,
        }
    }

    fn send(&mut self, worker: WorkerId, tasks: &std::ops::Range<u64>) {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let plan = std::sync::Arc::clone(&self.setup.plan);
        let sent = TasksSent { first: tasks.start, tasks: &plan.tasks[place(tasks.start)..place(tasks.end)] };
        self.queue(worker, FrameKind::Tasks, &sent);
    }

    /// Queues a frame for a worker; one that is gone is heard of by reading.
    fn queue(&mut self, worker: WorkerId, kind: FrameKind, what: &impl serde::Serialize) {
        if let Some(member) = &mut self.members[worker.index()]
            && let Err(error) = member.queue(kind, what)
        {
            self.failure = Some(PoolFailure::Encode(error));
        }
    }

    /// Ends a worker that says what makes no sense.
    fn end(&mut self, worker: WorkerId, why: String) {
        if let Some(member) = &self.members[worker.index()] {
            member.kill();
        }
        self.bury(worker, Some(Cause::Protocol(why)));
    }

    /// Takes a worker that ends out of its seat; `cause` is known, or is found out.
    fn bury(&mut self, worker: WorkerId, cause: Option<Cause>) {
        if let Some(member) = self.members[worker.index()].take() {
            self.run.bytes += member.bytes;
            let ended = member.bury();
            self.events.push_back(Event::Died { worker, cause: cause.unwrap_or(ended) });
        }
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        for member in self.members.drain(..).flatten() {
            // A worker that cannot be waited for is killed all the same.
            let _ = member.dismiss();
        }
    }
}
