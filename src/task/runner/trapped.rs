//! The loop body where some tasks are to be struck: whoever asks for no fault never comes here.

use std::ops::Range;

use super::Runner;
use crate::task::{Payload, Results, Trap};
use crate::workload::Task;

impl Runner {
    /// As [`Runner::run_claims`], with tasks that may be struck.
    pub(super) fn run_trapped_claims(
        &mut self,
        trap: &Trap,
        plan: &[Task],
        mut claim: impl FnMut() -> Option<Range<usize>>,
        results: &mut Results,
    ) {
        while let Some(claim) = claim() {
            results.start_at(claim.start as u64);
            self.run_trapped(trap, &plan[claim], results, &mut |_, _| ());
        }
    }

    /// As [`Runner::run_each`], with tasks that may be struck: those before one as usual, then that one by itself.
    pub(super) fn run_trapped(
        &mut self,
        trap: &Trap,
        tasks: &[Task],
        results: &mut Results,
        after: &mut impl FnMut(&Self, &mut Results),
    ) {
        let mut rest = tasks;
        while !rest.is_empty() {
            let first = results.next();
            let Some(struck) = trap.next_in(first, first + rest.len() as u64) else {
                return self.run_stretch(rest, results, after);
            };
            let (whole, others) = rest.split_at(usize::try_from(struck - first).unwrap_or(rest.len()));
            self.run_stretch(whole, results, after);
            let block = self.setup.payload.clone();
            let payload = block.as_ref().map(|block| block.of(struck));
            self.guard(results, |runner, results| runner.run_struck(trap, &others[0], payload, results));
            after(self, results);
            rest = &others[1..];
        }
    }

    /// Executes one task that may be struck once it has read its payload and computes.
    pub(super) fn run_struck(&mut self, trap: &Trap, task: &Task, payload: Option<Payload<'_>>, results: &mut Results) {
        if let Some(payload) = payload {
            self.read(payload, results);
        }
        self.seat.compute(self.setup.gil.is_some());
        trap.spring(results.next(), &self.seat);
        self.run_one(task, None, results);
    }

    /// Strikes the task `number`, whose I/O has been awaited, if it is to be struck.
    pub(super) fn spring_trap(&self, number: u64) {
        if let Some(trap) = &self.setup.trap {
            self.seat.compute(self.setup.gil.is_some());
            trap.spring(number, &self.seat);
        }
    }
}
