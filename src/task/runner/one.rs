//! One task: its I/O, its payload, its CPU part under the lock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;

use super::{Runner, RunnerSetup, panicked};
use crate::beat::Beat;
use crate::board::State;
use crate::gil::Gil;
use crate::machine::clock;
use crate::task::awaited::Arrived;
use crate::task::blocking::Done;
use crate::task::blocks::FileBlocks;
use crate::task::payload::Payload;
use crate::task::requests::reply;
use crate::task::results::Results;
use crate::task::seat::check_point;
use crate::task::table::TableOfTask;
use crate::workload::{Args, Data, GilModel, Output, Task, TaskFailure};

/// The flag of a lock that nobody ever asks for.
static NEVER: AtomicBool = AtomicBool::new(false);

impl Runner {
    /// Executes at least the first task, and with it as many as need no look at the clock, the state or the lock.
    #[inline]
    pub(super) fn advance(&mut self, tasks: &[Task], results: &mut Results) {
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
    pub(super) fn run_one(&mut self, task: &Task, payload: Option<Payload<'_>>, results: &mut Results) {
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
    pub(super) fn read(&self, payload: Payload<'_>, results: &mut Results) {
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

    fn has_table(&self) -> bool {
        self.setup.table.is_some() || self.owner.is_some()
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
        match (done, cpu) {
            (Done::Computed(output), _) => Ok(output),
            (Done::Ran(result, usage), _) => {
                self.programs = self.programs.plus(usage);
                result
            }
            (Done::Waited(number) | Done::Read(number), None) => Ok(number.into()),
            (Done::Replied(status), None) => Ok(u64::from(status).into()),
            (Done::Opened(..) | Done::Asked(_), None) => Ok(Output::default()),
            (Done::Waited(_), Some(args)) => self.compute(args, Input::Nothing),
            (Done::Read(_), Some(args)) => self.compute(args, Input::Buffer),
            (Done::Asked(client), Some(args)) => {
                let output = self.compute(args, Input::Buffer)?;
                self.seat.rest(State::Io);
                reply(&client, &output.bytes)?;
                Ok(Output::from(output.number))
            }
            (Done::Replied(status), Some(args)) => self.compute(args, Input::Reply(status)),
            (Done::Opened(file, ready), Some(args)) => self.compute(args, Input::File(file, ready)),
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

/// Where the CPU part's bytes are.
enum Input {
    Nothing,
    Buffer,
    Reply(u16),
    File(std::fs::File, usize),
}
