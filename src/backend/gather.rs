//! What a worker that shares this process does in one run: claim, execute, keep.

use std::ops::Range;

use super::outputs::{Outputs, Part};
use super::{PoolRun, PoolSetup};
use crate::board::State;
use crate::gil::GilStats;
use crate::task::{Runner, WorkerReport};
use crate::units::Nanos;
use crate::workload::{Output, Task, TaskFailure};

/// A worker's runner with what it keeps of a run.
pub(super) struct Bench {
    runner: Runner,
    part: Part,
    lost: Vec<(u64, TaskFailure)>,
}

/// What one worker hands over after a run.
pub(super) struct Harvest {
    part: Part,
    lost: Vec<(u64, TaskFailure)>,
    report: WorkerReport,
}

impl Bench {
    pub(super) fn new(runner: Runner) -> Self {
        Self { runner, part: Part::default(), lost: Vec::new() }
    }

    /// Starts a run whose barrier fell at `start`, with room for `capacity` outputs.
    pub(super) fn begin(&mut self, start: Nanos, capacity: usize) {
        self.part.reset(capacity);
        self.runner.begin(State::Idle, start);
    }

    /// Executes the tasks of one claim.
    pub(super) fn execute(&mut self, tasks: &[Task], claim: Range<usize>) {
        self.part.start_at(claim.start as u64);
        for number in claim {
            let output = self.runner.run(&tasks[number]).unwrap_or_else(|failure| {
                self.lost.push((number as u64, failure));
                Output::default()
            });
            self.part.push(output);
        }
    }

    /// Lets go of the lock between claims.
    pub(super) fn rest(&self) {
        self.runner.seat().rest(State::Idle);
    }

    /// Ends the run.
    pub(super) fn finish(&mut self) -> Harvest {
        let report = self.runner.finish();
        Harvest { part: std::mem::take(&mut self.part), lost: std::mem::take(&mut self.lost), report }
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
