//! A worker's loop body: one task from its I/O to its output, timed and accounted.

mod one;
mod rows;
mod trapped;

use std::rc::Rc;
use std::sync::Arc;

use super::blocking::Blocking;
use super::payload::PayloadBlock;
use super::report::WorkerReport;
use super::seat::Seat;
use super::table::{StripedTable, TableOwner};
use super::trap::Trap;
use crate::board::{Board, State};
use crate::child::Usage;
use crate::gil::Gil;
use crate::machine::clock::{self, ContextSwitches};
use crate::stats::LatencyRecorder;
use crate::text::scrub;
use crate::units::{Nanos, WorkerId};
use crate::workload::{Compute, GilModel, TaskFailure};

/// From this cost on every task is timed; below it, reading the clock twice would cost more than a few percent of one.
const TIMED_EACH: Nanos = Nanos::from_micros(2);

/// How rarely shorter tasks are timed: from a cost on, one in so many. Two clock reads and their book-keeping take about
/// 100 ns, which should add no more than a few percent.
const TIMED_ONE_IN: [(Nanos, u32); 4] = [(TIMED_EACH, 1), (Nanos(250), 16), (Nanos(50), 64), (Nanos::ZERO, 256)];

/// What a worker needs to know of the configuration it works for.
#[derive(Clone)]
pub struct RunnerSetup {
    /// Where it shows what it does.
    pub board: Arc<Board>,
    /// The computation that its tasks share.
    pub computation: Arc<dyn Compute>,
    /// The lock that it contends for; `None` with the lock off.
    pub gil: Option<Arc<Gil>>,
    /// How the CPU part behaves towards the lock.
    pub model: GilModel,
    /// What the tasks' payloads have in common; `None` where they have none or it comes with each task.
    pub payload: Option<PayloadBlock>,
    /// The table that tasks share; `None` where there is none or it is in another process.
    pub table: Option<Arc<StripedTable>>,
    /// What one task takes alone; decides whether each is timed.
    pub task_cost: Nanos,
    /// What lies in wait for its tasks; `None` where nothing is to go wrong on purpose.
    pub trap: Option<Arc<Trap>>,
}

/// One task in this many is timed, where a task costs `task_cost`.
#[must_use]
pub fn timed_every(task_cost: Nanos) -> u32 {
    let every = |(from, one_in)| (task_cost >= from).then_some(one_in);
    TIMED_ONE_IN.into_iter().find_map(every).unwrap_or(1)
}

/// Executes tasks on the thread that made it.
pub struct Runner {
    setup: RunnerSetup,
    seat: Rc<Seat>,
    buffer: Vec<u8>,
    blocking: Blocking,
    owner: Option<Box<dyn TableOwner>>,
    /// The task that is executed, where there is a table.
    task: u64,
    latency: LatencyRecorder,
    every: usize,
    until_timed: usize,
    last_clock: Nanos,
    cpu_before: Nanos,
    /// CPU time that other threads spent on this worker's tasks.
    cpu_elsewhere: Nanos,
    /// What programs used that its tasks ran.
    programs: Usage,
    switches_before: Option<ContextSwitches>,
}

impl Runner {
    /// Seats this thread as `worker`.
    ///
    /// # Panics
    /// When the board has no such worker.
    #[must_use]
    pub fn new(setup: RunnerSetup, worker: WorkerId) -> Self {
        let seat = Seat::take(Arc::clone(&setup.board), worker, setup.gil.clone());
        Self {
            every: timed_every(setup.task_cost) as usize,
            setup,
            seat,
            buffer: Vec::new(),
            blocking: Blocking::default(),
            owner: None,
            task: 0,
            latency: LatencyRecorder::new(),
            until_timed: 0,
            last_clock: clock::now(),
            cpu_before: Nanos::ZERO,
            cpu_elsewhere: Nanos::ZERO,
            programs: Usage::default(),
            switches_before: None,
        }
    }

    /// The worker's place, for the states between tasks.
    #[must_use]
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Has tasks find their table at its owner's.
    pub fn share(&mut self, owner: Box<dyn TableOwner>) {
        self.owner = Some(owner);
    }

    /// Starts a sample whose barrier fell at `start`; until the first task the worker is in `state`.
    pub fn begin(&mut self, state: State, start: Nanos) {
        self.latency.clear();
        self.until_timed = 0;
        self.switches_before = ContextSwitches::of_this_thread();
        self.cpu_elsewhere = Nanos::ZERO;
        self.programs = Usage::default();
        self.cpu_before = clock::thread_cpu();
        self.seat.begin(state, start);
        self.last_clock = start;
    }

    /// The latest clock reading at hand: no newer than the last timed task.
    #[must_use]
    pub const fn last_clock(&self) -> Nanos {
        self.last_clock
    }

    /// Closes the sample's account: nothing is left to do.
    #[must_use]
    pub fn finish(&mut self) -> WorkerReport {
        self.seat.rest(State::Idle);
        let finished = clock::now();
        let cpu = clock::thread_cpu().since(self.cpu_before).plus(self.cpu_elsewhere).plus(self.programs.cpu);
        let switches = ContextSwitches::of_this_thread().zip(self.switches_before);
        WorkerReport {
            worker: self.seat.slot().worker(),
            times: self.seat.slot().times(finished),
            finished,
            cpu,
            programs: self.programs,
            ctx_voluntary: switches.map(|(now, before)| now.voluntary.saturating_sub(before.voluntary)),
            ctx_involuntary: switches.map(|(now, before)| now.involuntary.saturating_sub(before.involuntary)),
            latency: self.latency.pairs(),
            tasks: self.seat.slot().tasks(),
        }
    }
}

impl RunnerSetup {
    /// Whether the lock, if there is one, is held all through a computation.
    #[inline]
    pub(super) fn keeps_lock(&self) -> bool {
        self.gil.is_none() || self.model != GilModel::CReleased
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.seat.rest(State::Idle);
        Seat::leave();
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> TaskFailure {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    TaskFailure(format!("panicked: {}", scrub(text.unwrap_or("without a message"))))
}
