//! A worker's loop body: one task from its I/O to its output, timed and accounted.

mod trapped;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::awaited::Arrived;
use super::blocking::{Blocking, Done, FileBlocks};
use super::payload::{Payload, PayloadBlock};
use super::report::WorkerReport;
use super::requests::reply;
use super::results::Results;
use super::seat::{Seat, check_point};
use super::table::{StripedTable, TableOfTask, TableOwner};
use super::trap::Trap;
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

/// How rarely shorter tasks are timed: from a cost on, one in so many. Two clock reads and their book-keeping take about
/// 100 ns, which should add no more than a few percent.
const TIMED_ONE_IN: [(Nanos, u32); 4] = [(TIMED_EACH, 1), (Nanos(250), 16), (Nanos(50), 64), (Nanos::ZERO, 256)];

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

    fn has_table(&self) -> bool {
        self.setup.table.is_some() || self.owner.is_some()
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

    /// Executes tasks one after the other, adds what comes of each to `results`, and calls `after` whenever a task has been
    /// timed or a stretch between two such tasks has ended.
    ///
    /// A panic is its task's failure and nobody else's: a computation shares nothing that it could leave half done.
    #[inline]
    pub fn run_each(&mut self, tasks: &[Task], results: &mut Results, mut after: impl FnMut(&Self, &mut Results)) {
        match self.setup.trap.clone() {
            None => self.run_stretch(tasks, results, &mut after),
            Some(trap) => self.run_trapped(&trap, tasks, results, &mut after),
        }
    }

    #[inline]
    fn run_stretch(&mut self, tasks: &[Task], results: &mut Results, after: &mut impl FnMut(&Self, &mut Results)) {
        let mut rest = tasks;
        while !rest.is_empty() {
            let before = results.outputs.len();
            self.guard(results, |runner, results| runner.advance(rest, results));
            rest = &rest[results.outputs.len() - before..];
            after(self, results);
        }
    }

    /// Executes the tasks of `plan` that `claim` gives out, claim by claim, until it gives none, and adds what comes of each
    /// to `results`. A panic is its task's failure, as for [`Runner::run_each`].
    pub fn run_claims(
        &mut self,
        plan: &[Task],
        mut claim: impl FnMut() -> Option<Range<usize>>,
        results: &mut Results,
    ) {
        if let Some(trap) = self.setup.trap.clone() {
            return self.run_trapped_claims(&trap, plan, claim, results);
        }
        let mut rest = 0..0;
        // One net for all claims: setting it up costs as much as an empty task.
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.claim_all(plan, &mut claim, &mut rest, results))) {
            results.add(Err(panicked(&*panic)));
            let done = usize::try_from(results.next()).unwrap_or(usize::MAX) - rest.start;
            self.count(&mut rest, done);
        }
    }

    /// Takes `done` tasks off the claim at hand.
    #[inline]
    fn count(&self, rest: &mut Range<usize>, done: usize) {
        rest.start += done;
        self.seat.slot().tasks_done(done as u64);
    }

    /// Executes what is left of the claim at hand, then those that follow.
    fn claim_all(
        &mut self,
        plan: &[Task],
        claim: &mut impl FnMut() -> Option<Range<usize>>,
        rest: &mut Range<usize>,
        results: &mut Results,
    ) {
        loop {
            while rest.start < rest.end {
                let before = results.outputs.len();
                self.advance(&plan[rest.clone()], results);
                self.count(rest, results.outputs.len() - before);
            }
            let Some(next) = claim() else { return };
            results.start_at(next.start as u64);
            *rest = next;
        }
    }

    /// Executes one task that got `payload`, as [`Runner::run_each`] does.
    pub fn run_loaded(&mut self, task: &Task, payload: Payload<'_>, results: &mut Results) {
        let trap = self.setup.trap.clone();
        self.guard(results, |runner, results| match trap {
            None => runner.run_one(task, Some(payload), results),
            Some(trap) => runner.run_struck(&trap, task, Some(payload), results),
        });
    }

    /// Lets `work` add results, and takes a panic of it for the failure of the task whose result is missing.
    #[inline]
    fn guard(&mut self, results: &mut Results, work: impl FnOnce(&mut Self, &mut Results)) {
        let before = results.outputs.len();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(self, results))) {
            results.add(Err(panicked(&*panic)));
        }
        self.seat.slot().tasks_done((results.outputs.len() - before) as u64);
    }

    /// Executes at least the first task, and with it as many as need no look at the clock, the state or the lock.
    #[inline]
    fn advance(&mut self, tasks: &[Task], results: &mut Results) {
        let plain = &tasks[..tasks.len().min(self.until_timed)];
        if !plain.is_empty() && self.goes_on_computing() {
            let done = self.run_plain(plain, results);
            self.until_timed -= done;
            if done > 0 {
                return;
            }
        }
        let block = self.setup.payload.clone();
        self.run_one(&tasks[0], block.as_ref().map(|block| block.of(results.next())), results);
    }

    #[inline]
    fn run_one(&mut self, task: &Task, payload: Option<Payload<'_>>, results: &mut Results) {
        let start = (self.until_timed == 0).then(clock::now);
        self.until_timed = if start.is_some() { self.every } else { self.until_timed } - 1;
        if let Some(payload) = payload {
            self.read(payload, results);
        }
        if self.has_table() {
            self.task = results.next();
        }
        let result = self.execute(task);
        results.add(result);
        if let Some(start) = start {
            self.last_clock = clock::now();
            self.latency.record(self.last_clock.since(start));
            self.seat.slot().note_progress();
        }
    }

    /// Reads a payload as `zlib.crc32` does, which lets go of CPython's lock for more than a few bytes.
    fn read(&self, payload: Payload<'_>, results: &mut Results) {
        self.seat.compute_released();
        results.sums.push(payload.sum());
    }

    /// Whether a task that only computes needs no change of state or lock: the worker computes and keeps its lock.
    #[inline]
    fn goes_on_computing(&self) -> bool {
        let is_bare = self.setup.payload.is_none() && !self.has_table();
        self.setup.keeps_lock() && is_bare && self.seat.slot().state() == State::Compute
    }

    /// Computes leading tasks without I/O; says how many.
    #[inline]
    fn run_plain(&mut self, tasks: &[Task], results: &mut Results) -> usize {
        let before = results.outputs.len();
        let beat = Beat::new(requested(self.setup.gil.as_deref(), self.setup.model), check_point);
        if let Err(failure) = self.setup.computation.compute_each(tasks, &beat, &mut results.outputs) {
            results.add(Err(failure));
        }
        results.outputs.len() - before
    }

    /// Ends the task `number`, whose I/O has been awaited: computes, times and counts it, and adds what comes of it to
    /// `results`, with panics as in [`Runner::run_each`].
    pub fn conclude(&mut self, number: u64, task: &Task, arrived: Arrived, results: &mut Results) {
        results.start_at(number);
        self.task = number;
        if let Some(block) = self.setup.payload.clone() {
            self.read(block.of(number), results);
        }
        let Arrived { begun, done, cpu, .. } = arrived;
        self.cpu_elsewhere = self.cpu_elsewhere.plus(cpu);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            self.spring_trap(number);
            let (done, buffer) = done?;
            self.buffer = buffer;
            self.after_io(done, task.cpu.as_ref())
        }));
        results.add(caught.unwrap_or_else(|panic| Err(panicked(&*panic))));
        self.last_clock = clock::now();
        self.latency.record(self.last_clock.since(begun));
        self.seat.slot().tasks_done(1);
        self.seat.slot().note_progress();
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
        let Self { setup: RunnerSetup { computation, gil, model, table, .. }, seat, buffer, owner, task, .. } = self;
        let beat = Beat::new(requested(gil.as_deref(), *model), check_point);
        let result = match input {
            Input::Nothing if table.is_some() || owner.is_some() => {
                let mut table = TableOfTask { here: table.as_deref(), there: owner.as_deref_mut(), seat, task: *task };
                let output = computation.compute(args, Data::Table(&mut table), &beat);
                output.and_then(|output| table.finish().map(|()| output))
            }
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
