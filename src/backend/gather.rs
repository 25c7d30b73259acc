//! What a worker that shares this process does in one run: claim, execute, keep.

use std::ops::Range;

use super::outputs::{Outputs, Part};
use super::{PoolRun, PoolSetup};
use crate::board::State;
use crate::gil::GilStats;
use crate::task::{Arrived, Runner, WorkerReport};
use crate::units::Nanos;
use crate::workload::{Output, Task, TaskFailure};

/// A worker's runner with what it keeps of a run.
pub(super) struct Bench {
    runner: Runner,
    room: Room,
    part: Part,
    lost: Vec<(u64, TaskFailure)>,
}

/// How much one worker should be able to keep without asking for memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    outputs: usize,
    claims: usize,
}

impl Room {
    /// Fair shares of the plan with some slack; a worker that gets more grows its own memory.
    pub(super) fn of(setup: &PoolSetup) -> Self {
        let share = |whole: usize| whole / setup.configuration.workers as usize * 5 / 4 + 16;
        let tasks = setup.plan.tasks.len();
        let chunk = usize::try_from(setup.chunk()).unwrap_or(usize::MAX);
        Self { outputs: share(tasks), claims: share(tasks.div_ceil(chunk)) }
    }
}

/// What one worker hands over after a run.
pub(super) struct Harvest {
    part: Part,
    lost: Vec<(u64, TaskFailure)>,
    report: WorkerReport,
}

impl Bench {
    pub(super) fn new(runner: Runner, room: Room) -> Self {
        Self { runner, room, part: Part::prepared(room.outputs, room.claims), lost: Vec::new() }
    }

    /// Starts a run whose barrier fell at `start`.
    pub(super) fn begin(&mut self, start: Nanos) {
        self.runner.begin(State::Idle, start);
    }

    /// Executes the tasks of one claim.
    #[inline]
    pub(super) fn execute(&mut self, tasks: &[Task], claim: Range<usize>) {
        let Self { runner, part, lost, .. } = self;
        part.start_at(claim.start as u64);
        let mut number = claim.start as u64;
        runner.run_each(&tasks[claim], |_, result| {
            let output = result.unwrap_or_else(|failure| {
                lost.push((number, failure));
                Output::default()
            });
            part.push(output);
            number += 1;
        });
    }

    /// Lets go of the lock between claims.
    pub(super) fn rest(&self) {
        self.rest_in(State::Idle);
    }

    /// Does something else than computing from here on, without the lock.
    pub(super) fn rest_in(&self, state: State) {
        self.runner.seat().rest(state);
    }

    /// Ends the task `number`, whose I/O has been awaited.
    pub(super) fn conclude(&mut self, number: usize, task: &Task, arrived: Arrived) {
        let number = number as u64;
        let output = self.runner.conclude(task, arrived).unwrap_or_else(|failure| {
            self.lost.push((number, failure));
            Output::default()
        });
        self.part.start_at(number);
        self.part.push(output);
    }

    /// Ends the run.
    pub(super) fn finish(&mut self) -> Harvest {
        let report = self.runner.finish();
        Harvest { part: std::mem::take(&mut self.part), lost: std::mem::take(&mut self.lost), report }
    }

    /// Makes room for the next run, outside of any.
    pub(super) fn prepare(&mut self) {
        self.part = Part::prepared(self.room.outputs, self.room.claims);
    }
}

/// Puts the harvests of all workers of this process together.
pub(super) fn gather(start: Nanos, harvests: Vec<Harvest>, gil_switches: Option<u64>) -> PoolRun {
    let mut run = PoolRun { start, gil_switches, ..PoolRun::default() };
    let mut parts = Vec::with_capacity(harvests.len());
    for harvest in harvests {
        parts.push(harvest.part);
        run.lost.extend(harvest.lost);
        run.reports.push(harvest.report);
    }
    run.lost.sort_unstable_by_key(|(number, _)| *number);
    run.outputs = Outputs::gathered(parts);
    run
}

/// How often the lock changed hands in a run, where workers share it.
pub(super) fn switches(setup: &PoolSetup, before: Option<GilStats>, after: Option<GilStats>) -> Option<u64> {
    let (before, after) = before.zip(after).filter(|_| setup.shares_lock())?;
    Some(after.switches.saturating_sub(before.switches))
}
