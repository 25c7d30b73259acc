//! What a worker that shares this process does in one run: claim, execute, keep.

use std::ops::Range;

use super::outputs::{Index, Outputs};
use super::{PoolRun, PoolSetup};
use crate::board::State;
use crate::gil::GilStats;
use crate::task::{Arrived, Payload, Results, Runner, WorkerReport, payload_proof};
use crate::units::Nanos;
use crate::workload::Task;

/// A worker's runner with what it keeps of a run.
pub(super) struct Bench {
    runner: Runner,
    room: Room,
    results: Results,
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
    results: Results,
    report: WorkerReport,
}

impl Bench {
    pub(super) fn new(runner: Runner, room: Room) -> Self {
        Self { runner, room, results: Results::default() }
    }

    /// Makes room for a run, outside of any.
    pub(super) fn prepare(&mut self) {
        self.results = Results::prepared(self.room.outputs, self.room.claims);
    }

    /// Starts a run whose barrier fell at `start`.
    pub(super) fn begin(&mut self, start: Nanos) {
        self.runner.begin(State::Idle, start);
    }

    /// Executes one claim after the other until there is none left.
    pub(super) fn execute(&mut self, plan: &[Task], claim: impl FnMut() -> Option<Range<usize>>) {
        self.runner.run_claims(plan, claim, &mut self.results);
    }

    /// Executes tasks that were sent with their payloads, one after the other; `first` is the number of the first.
    pub(super) fn receive(&mut self, first: usize, tasks: &[Task], payloads: &[u8]) {
        self.results.start_at(first as u64);
        if payloads.is_empty() {
            return self.runner.run_each(tasks, &mut self.results, |_, _| ());
        }
        for (task, payload) in tasks.iter().zip(payloads.chunks(payloads.len() / tasks.len())) {
            self.runner.run_loaded(task, Payload::Arrived(payload), &mut self.results);
        }
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
        self.runner.conclude(number as u64, task, arrived, &mut self.results);
    }

    /// Ends the run.
    pub(super) fn finish(&mut self) -> Harvest {
        let report = self.runner.finish();
        Harvest { results: std::mem::take(&mut self.results), report }
    }
}

/// Puts the harvests of all workers of this process together.
pub(super) fn gather(start: Nanos, harvests: Vec<Harvest>, index: Index, gil_switches: Option<u64>) -> PoolRun {
    let mut run = PoolRun { start, gil_switches, ..PoolRun::default() };
    let mut parts = Vec::with_capacity(harvests.len());
    for mut harvest in harvests {
        run.lost.append(&mut harvest.results.lost);
        run.payloads = run.payloads.wrapping_add(proof(&harvest.results));
        parts.push(harvest.results);
        run.reports.push(harvest.report);
    }
    run.lost.sort_unstable_by_key(|(number, _)| *number);
    run.outputs = Outputs::gathered(index, parts);
    run
}

/// What the payloads that came add to the proof that all did.
fn proof(results: &Results) -> u64 {
    let Results { sums, .. } = results;
    let stretches = results.stretches().filter(|_| !sums.is_empty());
    let proofs = stretches.flat_map(|it| (it.first..).zip(&sums[it.at..it.at + it.count]));
    proofs.fold(0, |whole, (task, sum)| whole.wrapping_add(payload_proof(task, *sum)))
}

/// How often the lock changed hands in a run, where workers share it.
pub(super) fn switches(setup: &PoolSetup, before: Option<GilStats>, after: Option<GilStats>) -> Option<u64> {
    let (before, after) = before.zip(after).filter(|_| setup.shares_lock())?;
    Some(after.switches.saturating_sub(before.switches))
}
