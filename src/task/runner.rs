//! A worker's loop body: one task from its I/O to its output, timed and accounted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::awaited::Arrived;
use super::blocking::{Blocking, Done, FileBlocks};
use super::report::WorkerReport;
use super::requests::reply;
use super::seat::{Seat, check_point};
use crate::beat::Beat;
use crate::board::{Board, State};
use crate::gil::Gil;
use crate::machine::clock::{self, ContextSwitches};
use crate::stats::LatencyRecorder;
use crate::text::scrub;
use crate::units::{Nanos, WorkerId};
use crate::workload::{Args, Compute, Data, GilModel, Output, Task, TaskFailure};

/// From this cost on every task is timed; below it, reading the clock twice would cost more than a few percent of one.
const TIMED_EACH: Nanos = Nanos::from_micros(2);

/// Below this cost even one timed task in sixteen would show.
const TINY: Nanos = Nanos(250);

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
    if task_cost >= TIMED_EACH {
        1
    } else if task_cost >= TINY {
        16
    } else {
        64
    }
}

/// Executes tasks on the thread that made it.
pub struct Runner {
    setup: RunnerSetup,
    seat: Rc<Seat>,
    buffer: Vec<u8>,
    blocking: Blocking,
    latency: LatencyRecorder,
    every: u32,
    until_timed: u32,
    last_clock: Nanos,
    cpu_before: Nanos,
    /// CPU time that other threads spent on this worker's tasks.
    cpu_elsewhere: Nanos,
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
            blocking: Blocking::default(),
            latency: LatencyRecorder::new(),
            until_timed: 0,
            last_clock: clock::now(),
            cpu_before: Nanos::ZERO,
            cpu_elsewhere: Nanos::ZERO,
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
        self.cpu_elsewhere = Nanos::ZERO;
        self.cpu_before = clock::thread_cpu();
        self.seat.begin(state, start);
        self.last_clock = start;
    }

    /// Executes tasks one after the other and hands what comes of each to `keep`: an output, or what kept the task from
    /// having one, such as failed I/O or a computation that refused or panicked.
    ///
    /// A panic is its task's failure and nobody else's: a computation shares nothing that it could leave half done.
    #[inline]
    pub fn run_each(&mut self, tasks: &[Task], mut keep: impl FnMut(&Self, Result<Output, TaskFailure>)) {
        let mut next = 0;
        while next < tasks.len() {
            let first = next;
            // One net for many tasks: setting it up for each would cost as much as a short task.
            let caught = catch_unwind(AssertUnwindSafe(|| self.run_until_done(tasks, &mut next, &mut keep)));
            if let Err(panic) = caught {
                next += 1;
                self.seat.slot().tasks_done((next - first) as u64);
                keep(self, Err(panicked(&*panic)));
            }
        }
    }

    /// Executes the tasks from `next` on, and keeps `next` at the one that is being executed.
    #[inline]
    fn run_until_done(
        &mut self,
        tasks: &[Task],
        next: &mut usize,
        keep: &mut impl FnMut(&Self, Result<Output, TaskFailure>),
    ) {
        let mut counted = *next;
        while *next < tasks.len() {
            if self.until_timed == 0 {
                let result = self.run_timed(&tasks[*next]);
                *next += 1;
                keep(self, result);
            } else {
                let untimed = &tasks[*next..tasks.len().min(*next + self.until_timed as usize)];
                self.run_untimed(untimed, next, keep);
            }
            self.seat.slot().tasks_done((*next - counted) as u64);
            counted = *next;
        }
    }

    #[inline]
    fn run_timed(&mut self, task: &Task) -> Result<Output, TaskFailure> {
        self.until_timed = self.every - 1;
        let start = clock::now();
        let result = self.execute(task);
        self.last_clock = clock::now();
        self.latency.record(self.last_clock.since(start));
        self.seat.slot().note_progress();
        result
    }

    /// Executes tasks between two that are timed. One that only computes needs no change of state or lock where the worker
    /// computes already.
    #[inline]
    fn run_untimed(
        &mut self,
        tasks: &[Task],
        next: &mut usize,
        keep: &mut impl FnMut(&Self, Result<Output, TaskFailure>),
    ) {
        #[expect(clippy::cast_possible_truncation, reason = "no more than `until_timed`")]
        let count = tasks.len() as u32;
        self.until_timed -= count;
        let keeps_lock = self.setup.keeps_lock();
        for task in tasks {
            let result = match (&task.io, &task.cpu) {
                (None, Some(args)) if keeps_lock && self.seat.slot().state() == State::Compute => {
                    let beat = Beat::new(requested(self.setup.gil.as_deref(), self.setup.model), check_point);
                    self.setup.computation.compute(args, Data::None, &beat)
                }
                _ => self.execute(task),
            };
            *next += 1;
            keep(self, result);
        }
    }

    /// Ends a task whose I/O has been awaited: computes, times and counts it.
    ///
    /// # Errors
    /// As in [`Runner::run_each`].
    pub fn conclude(&mut self, task: &Task, arrived: Arrived) -> Result<Output, TaskFailure> {
        let Arrived { begun, done, cpu, .. } = arrived;
        self.cpu_elsewhere = self.cpu_elsewhere.plus(cpu);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let (done, buffer) = done?;
            self.buffer = buffer;
            self.after_io(done, task.cpu.as_ref())
        }));
        self.last_clock = clock::now();
        self.latency.record(self.last_clock.since(begun));
        self.seat.slot().tasks_done(1);
        self.seat.slot().note_progress();
        caught.unwrap_or_else(|panic| Err(panicked(&*panic)))
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
        let cpu = clock::thread_cpu().since(self.cpu_before).plus(self.cpu_elsewhere);
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
        match (&task.io, &task.cpu) {
            (None, Some(args)) => self.compute(args, Input::Nothing),
            (None, None) => Ok(Output::default()),
            (Some(io), cpu) => {
                self.seat.rest(State::Io);
                self.blocking.perform(io, &mut self.buffer).and_then(|done| self.after_io(done, cpu.as_ref()))
            }
        }
    }

    fn after_io(&mut self, done: Done, cpu: Option<&Args>) -> Result<Output, TaskFailure> {
        let Some(args) = cpu else {
            return Ok(Output::from(match done {
                Done::Computed(output) => return Ok(output),
                Done::Waited(number) | Done::Read(number) => number,
                Done::Replied(status) => status.into(),
                Done::Opened(..) | Done::Asked(_) => 0,
            }));
        };
        match done {
            Done::Computed(output) => Ok(output),
            Done::Waited(_) => self.compute(args, Input::Nothing),
            Done::Read(_) => self.compute(args, Input::Buffer),
            Done::Asked(client) => {
                let output = self.compute(args, Input::Buffer)?;
                self.seat.rest(State::Io);
                reply(&client, &output.bytes)?;
                Ok(Output::from(output.number))
            }
            Done::Replied(status) => self.compute(args, Input::Reply(status)),
            Done::Opened(file, ready) => self.compute(args, Input::File(file, ready)),
        }
    }

    /// The CPU part, under the lock as its model says.
    #[inline]
    fn compute(&mut self, args: &Args, input: Input) -> Result<Output, TaskFailure> {
        self.seat.compute(self.setup.gil.is_some());
        let released = !self.setup.keeps_lock();
        if released {
            self.seat.compute_released();
        }
        let Self { setup: RunnerSetup { computation, gil, model, .. }, seat, buffer, .. } = self;
        let beat = Beat::new(requested(gil.as_deref(), *model), check_point);
        let result = match input {
            Input::Nothing => computation.compute(args, Data::None, &beat),
            Input::Reply(status) => computation.compute(args, Data::Reply { status, body: buffer }, &beat),
            Input::Buffer => computation.compute(args, Data::Bytes(buffer), &beat),
            Input::File(file, ready) => {
                computation.compute(args, Data::Blocks(&mut FileBlocks::new(file, buffer, ready, seat)), &beat)
            }
        };
        if released {
            seat.compute(true);
        }
        result
    }
}

/// What tells a computation that somebody wants the lock: nothing, where it has no check points.
#[inline]
fn requested(gil: Option<&Gil>, model: GilModel) -> &AtomicBool {
    match (gil, model) {
        (Some(gil), GilModel::Bytecode) => gil.requested(),
        _ => &NEVER,
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

/// Where the CPU part's bytes are.
enum Input {
    Nothing,
    Buffer,
    Reply(u16),
    File(std::fs::File, usize),
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> TaskFailure {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    TaskFailure(format!("panicked: {}", scrub(text.unwrap_or("without a message"))))
}
