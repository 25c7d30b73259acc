//! A worker's loop body: one task from its I/O to its output, timed and accounted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::blocking::{Done, FileBlocks, perform};
use super::report::WorkerReport;
use super::seat::{Seat, check_point};
use crate::beat::Beat;
use crate::board::{Board, State};
use crate::gil::Gil;
use crate::machine::clock::{self, ContextSwitches};
use crate::stats::LatencyRecorder;
use crate::text::scrub;
use crate::units::{Nanos, WorkerId};
use crate::workload::{Args, Compute, Data, GilModel, Output, Task, TaskFailure};

/// Below this cost, timing every task would cost more than a few percent of it.
const SHORT_TASK: Nanos = Nanos::from_micros(2);

/// One short task in this many is timed.
const SHORT_TASKS_PER_TIMED: u32 = 16;

/// The flag of a lock that nobody ever asks for.
static NEVER: AtomicBool = AtomicBool::new(false);

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
    /// What one task takes alone; decides whether each is timed.
    pub task_cost: Nanos,
}

/// One task in this many is timed, where a task costs `task_cost`.
#[must_use]
pub fn timed_every(task_cost: Nanos) -> u32 {
    if task_cost < SHORT_TASK { SHORT_TASKS_PER_TIMED } else { 1 }
}

/// Executes tasks on the thread that made it.
pub struct Runner {
    setup: RunnerSetup,
    seat: Rc<Seat>,
    buffer: Vec<u8>,
    latency: LatencyRecorder,
    every: u32,
    until_timed: u32,
    last_clock: Nanos,
    cpu_before: Nanos,
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
            every: timed_every(setup.task_cost),
            setup,
            seat,
            buffer: Vec::new(),
            latency: LatencyRecorder::new(),
            until_timed: 0,
            last_clock: clock::now(),
            cpu_before: Nanos::ZERO,
            switches_before: None,
        }
    }

    /// The worker's place, for the states between tasks.
    #[must_use]
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Starts a sample whose barrier fell at `start`; until the first task the worker is in `state`.
    pub fn begin(&mut self, state: State, start: Nanos) {
        self.latency.clear();
        self.until_timed = 0;
        self.switches_before = ContextSwitches::of_this_thread();
        self.cpu_before = clock::thread_cpu();
        self.seat.begin(state, start);
        self.last_clock = start;
    }

    /// Executes one task.
    ///
    /// # Errors
    /// What keeps this task from having an output: failed I/O, or a computation that refused or panicked.
    #[inline]
    pub fn run(&mut self, task: &Task) -> Result<Output, TaskFailure> {
        if self.until_timed > 0 {
            self.until_timed -= 1;
            return self.execute(task);
        }
        self.until_timed = self.every - 1;
        let start = clock::now();
        let result = self.execute(task);
        self.last_clock = clock::now();
        self.latency.record(self.last_clock.since(start));
        self.seat.slot().note_core();
        result
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
        let cpu = clock::thread_cpu().since(self.cpu_before);
        let switches = ContextSwitches::of_this_thread().zip(self.switches_before);
        WorkerReport {
            worker: self.seat.slot().worker(),
            times: self.seat.slot().times(finished),
            finished,
            cpu,
            ctx_voluntary: switches.map(|(now, before)| now.voluntary.saturating_sub(before.voluntary)),
            ctx_involuntary: switches.map(|(now, before)| now.involuntary.saturating_sub(before.involuntary)),
            latency: self.latency.pairs(),
            tasks: self.seat.slot().tasks(),
        }
    }

    #[inline]
    fn execute(&mut self, task: &Task) -> Result<Output, TaskFailure> {
        let result = match (&task.io, &task.cpu) {
            (None, Some(args)) => self.compute(args, Input::Nothing),
            (None, None) => Ok(Output::default()),
            (Some(io), cpu) => {
                self.seat.rest(State::Io);
                perform(io, &mut self.buffer).and_then(|done| self.after_io(done, cpu.as_ref()))
            }
        };
        self.seat.slot().task_done();
        result
    }

    fn after_io(&mut self, done: Done, cpu: Option<&Args>) -> Result<Output, TaskFailure> {
        let Some(args) = cpu else {
            return Ok(Output::from(match done {
                Done::Waited(number) | Done::Read(number) => number,
                Done::Opened(_) => 0,
            }));
        };
        match done {
            Done::Waited(_) => self.compute(args, Input::Nothing),
            Done::Read(_) => self.compute(args, Input::Buffer),
            Done::Opened(file) => self.compute(args, Input::File(file)),
        }
    }

    /// The CPU part, under the lock as its model says.
    #[inline]
    fn compute(&mut self, args: &Args, input: Input) -> Result<Output, TaskFailure> {
        self.seat.compute_holding();
        match (&self.setup.gil, self.setup.model) {
            (Some(gil), GilModel::Bytecode) => {
                let beat = Beat::new(gil.requested(), check_point);
                call(&*self.setup.computation, &self.seat, &mut self.buffer, args, input, &beat)
            }
            (Some(_), GilModel::CReleased) => {
                self.seat.compute_released();
                let beat = Beat::new(&NEVER, check_point);
                let result = call(&*self.setup.computation, &self.seat, &mut self.buffer, args, input, &beat);
                self.seat.compute_holding();
                result
            }
            (None, _) | (Some(_), GilModel::CHeld) => {
                call(&*self.setup.computation, &self.seat, &mut self.buffer, args, input, &Beat::idle())
            }
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.seat.rest(State::Idle);
        Seat::leave();
    }
}

/// Where the CPU part's bytes are.
enum Input {
    Nothing,
    Buffer,
    File(std::fs::File),
}

/// Calls the computation. A panic is this task's failure and nobody else's: a computation shares nothing that it could
/// leave half done.
fn call(
    computation: &dyn Compute,
    seat: &Seat,
    buffer: &mut Vec<u8>,
    args: &Args,
    input: Input,
    beat: &Beat<'_>,
) -> Result<Output, TaskFailure> {
    let computed = catch_unwind(AssertUnwindSafe(|| match input {
        Input::Nothing => computation.compute(args, Data::None, beat),
        Input::Buffer => computation.compute(args, Data::Bytes(buffer), beat),
        Input::File(file) => computation.compute(args, Data::Blocks(&mut FileBlocks::new(file, buffer, seat)), beat),
    }));
    computed.unwrap_or_else(|panic| Err(TaskFailure(format!("panicked: {}", panic_message(&*panic)))))
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    scrub(text.unwrap_or("without a message")).into_owned()
}
