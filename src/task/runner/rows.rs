//! Tasks in a row: as they are handed over, or claim by claim; a panic of one leaves the others alone.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Runner, panicked};
use crate::task::payload::Payload;
use crate::task::results::Results;
use crate::workload::Task;

impl Runner {
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
    pub(super) fn run_stretch(
        &mut self,
        tasks: &[Task],
        results: &mut Results,
        after: &mut impl FnMut(&Self, &mut Results),
    ) {
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
    pub(super) fn guard(&mut self, results: &mut Results, work: impl FnOnce(&mut Self, &mut Results)) {
        let before = results.outputs.len();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(self, results))) {
            results.add(Err(panicked(&*panic)));
        }
        self.seat.slot().tasks_done((results.outputs.len() - before) as u64);
    }
}
