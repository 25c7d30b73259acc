//! The processes of a pool: does what the supervisor orders, tells it what was seen.

use std::collections::VecDeque;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::dataset::SharedDataset;
use super::desk::{MemoryError, Shape};
use super::member::{GRACE, Member, Reading, Word};
use super::owner::Owner;
use super::supervisor::{Event, Policy, Supervisor};
use crate::machine::clock;
use crate::spec::Transport;
use crate::task::{PayloadBlock, WorkerReport};
use crate::units::{Nanos, WorkerId};
use crate::workload::Output;

use self::attendant::Attendant;
pub use self::setup::{Deceased, PoolFailure, ProcessRun, ProcessSetup};
use self::vigil::Vigil;

mod attendant;
mod keeping;
mod orders;
mod setup;
mod vigil;

/// When to look again for a moment in which no worker is claiming.
const SWEEP_AGAIN: Nanos = Nanos::from_millis(5);

/// Worker processes behind a supervisor. Dropping it ends them.
pub struct ProcessPool {
    setup: ProcessSetup,
    program: PathBuf,
    supervisor: Supervisor,
    members: Vec<Option<Member>>,
    block: Option<PayloadBlock>,
    attendant: Option<Attendant>,
    /// What all tasks read, where workers share memory.
    dataset: Option<SharedDataset>,
    /// `None` where workers may take as long as they like.
    vigil: Option<Vigil>,
    owner: Option<Owner>,
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
        let block = PayloadBlock::new(setup.configuration.payload);
        let attendant = attendant(&setup, block.as_ref()).map_err(PoolFailure::Memory)?;
        let dataset = dataset(&setup).map_err(PoolFailure::Memory)?;
        let workers = setup.policy.workers;
        let vigil = setup.configuration.task_timeout.map(|limit| Vigil::new(limit, workers, clock::now()));
        let owner = setup.table.clone().map(Owner::start).transpose().map_err(PoolFailure::Owner)?;
        let mut pool =
            Self { setup, program, supervisor, members, block, attendant, dataset, vigil, owner, run, events, failure };
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
        if let Some(attendant) = &mut self.attendant {
            attendant.begin();
        }
        if let Some(owner) = &mut self.owner {
            owner.begin().map_err(PoolFailure::Owner)?;
        }
        let start = clock::now();
        self.run = ProcessRun { start, outputs, ..ProcessRun::default() };
        let orders = self.supervisor.begin(start);
        self.follow(orders);
        self.serve_until(Supervisor::is_finished)?;
        let mut run = std::mem::take(&mut self.run);
        if let Some(owner) = &mut self.owner {
            run.bytes += owner.settle().map_err(PoolFailure::Owner)?;
        }
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
            self.attend();
            self.end_overdue();
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
        if let Some(attendant) = &self.attendant {
            attendant.desk().set_engine_sleeps(true);
        }
        let is_wanted = self.attendant.as_ref().is_some_and(Attendant::is_wanted);
        let speaking = if is_wanted { Ok(Vec::new()) } else { self.sleep() };
        if let Some(attendant) = &self.attendant {
            attendant.desk().set_engine_sleeps(false);
        }
        self.look();
        for seat in speaking? {
            self.listen(seat);
        }
        Ok(())
    }

    /// Sleeps until a link has something to say or takes more; says which have something to say.
    fn sleep(&self) -> Result<Vec<usize>, PoolFailure> {
        let seats = (0..self.members.len()).filter(|seat| self.members[*seat].is_some());
        let mut interests: Vec<PollFd<'_>> = self.members.iter().flatten().map(Member::interest).collect();
        match poll(&mut interests, self.longest_sleep().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(PoolFailure::Poll(errno.into())),
        }
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let speaks = |interest: &PollFd<'_>| interest.revents().intersects(readable);
        Ok(seats.zip(&interests).filter_map(|(seat, interest)| speaks(interest).then_some(seat)).collect())
    }

    /// How long nothing at all may happen; `None` means as long as it likes.
    fn longest_sleep(&self) -> Option<Timespec> {
        let must_sweep = self.attendant.as_ref().is_some_and(|attendant| attendant.must_sweep);
        let turn = self.vigil.as_ref().map(Vigil::turn);
        let longest = turn.into_iter().chain(must_sweep.then_some(SWEEP_AGAIN)).min()?;
        Timespec::try_from(std::time::Duration::from(longest)).ok()
    }

    /// Reads what a worker says, and buries it if that is the last or makes no sense.
    fn listen(&mut self, seat: usize) {
        let Some(member) = &mut self.members[seat] else { return };
        let reading = member.read();
        let (said, nonsense) = member.said();
        self.vigil.iter_mut().for_each(|vigil| vigil.heard(seat));
        let worker = place_of(seat);
        for word in said {
            self.hear(worker, word);
            if self.members[seat].is_none() {
                // What follows the word that it was ended for would be taken for its successor's.
                return;
            }
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
            Word::Done(results, loads) => self.keep(worker, results, &loads),
            Word::Exhausted => self.events.push_back(Event::Exhausted(worker)),
            Word::Nudge => {}
            Word::Struck(task) => self.note_strike(worker, task),
            Word::Report(report) => {
                self.run.reports.retain(|earlier| earlier.worker != worker);
                self.run.reports.push(WorkerReport { worker, ..*report });
                self.events.push_back(Event::Reported(worker));
            }
        }
    }
}

/// The worker in a seat.
fn place_of(seat: usize) -> WorkerId {
    WorkerId(u32::try_from(seat).unwrap_or(u32::MAX))
}

/// A desk, where workers claim by themselves.
fn attendant(setup: &ProcessSetup, block: Option<&PayloadBlock>) -> Result<Option<Attendant>, MemoryError> {
    let Policy { workers, tasks, chunk, claims, .. } = setup.policy;
    let shape = || Shape::new(workers, tasks, chunk, setup.configuration.payload.0);
    claims.then(|| Attendant::new(shape(), block.cloned())).transpose()
}

/// What all tasks read, where there is something and workers share memory.
fn dataset(setup: &ProcessSetup) -> Result<Option<SharedDataset>, MemoryError> {
    if setup.configuration.transport != Some(Transport::Shm) {
        return Ok(None);
    }
    let numbers = setup.configuration.workload().dataset(&setup.job);
    if numbers.is_empty() { Ok(None) } else { SharedDataset::new(&numbers).map(Some) }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        let mut members: Vec<Member> = self.members.drain(..).flatten().collect();
        for member in &mut members {
            member.dismiss();
        }
        // They share what time there is, so that many that are stuck hold nobody up; dropping ends those.
        let deadline = clock::now().plus(GRACE);
        for member in members {
            let _ = member.ended_by(deadline);
        }
    }
}
