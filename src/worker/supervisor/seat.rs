//! One worker as the supervisor knows it: how far it is, what it has, how much more it may have.

use std::collections::VecDeque;
use std::ops::Range;

use super::Policy;
use crate::units::Nanos;

/// The most tasks on their way to one worker.
pub(super) const LARGEST_WINDOW: u64 = 256;

/// How much recent work should be on its way to a worker.
const WINDOW_TIME: Nanos = Nanos::from_millis(1);

/// How far a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Started, not ready.
    Booting,
    /// Ready, between samples.
    Waiting,
    /// Gets tasks.
    Working,
    /// Was told that nothing is left.
    Draining,
}

/// One worker as the supervisor knows it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) phase: Phase,
    pub(super) assigned: VecDeque<Range<u64>>,
    pub(super) outstanding: u64,
    /// Whether it claims tasks by itself.
    pub(super) claiming: bool,
    /// Whether its only task is one that a dead worker had.
    pub(super) alone: bool,
    /// Workers of this seat in a row that died without a task, before they had answered or reported anything.
    pub(super) barren: u32,
    pub(super) pace: Nanos,
    pub(super) since: Nanos,
}

impl Seat {
    pub(super) fn new(policy: &Policy) -> Self {
        Self {
            phase: Phase::Booting,
            assigned: VecDeque::new(),
            outstanding: 0,
            claiming: false,
            alone: false,
            barren: 0,
            pace: policy.task_cost,
            since: Nanos::ZERO,
        }
    }

    /// Whether it waits for tasks in the middle of a sample.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Working && self.outstanding == 0 && !self.claiming
    }

    pub(super) fn assign(&mut self, tasks: Range<u64>) {
        self.outstanding += tasks.end - tasks.start;
        match self.assigned.back_mut() {
            Some(last) if last.end == tasks.start => last.end = tasks.end,
            _ => self.assigned.push_back(tasks),
        }
    }

    /// Takes answered tasks off the assignment; whether they were its front.
    pub(super) fn answers(&mut self, first: u64, count: u64) -> bool {
        let Some(front) = self.assigned.front_mut() else { return false };
        let fits =
            self.phase == Phase::Working && count > 0 && front.start == first && count <= front.end - front.start;
        if fits {
            front.start += count;
            self.outstanding -= count;
            if front.is_empty() {
                self.assigned.pop_front();
            }
        }
        fits
    }

    /// Learns what a task takes: the newest answer weighs a quarter.
    pub(super) fn note_pace(&mut self, count: u64, now: Nanos) {
        let newest = now.since(self.since).0 / count;
        self.pace = Nanos((self.pace.0 * 3 + newest) / 4);
        self.since = now;
    }

    /// How many tasks may be on their way to a worker: two chunks or a millisecond's work, but no more than a fair share
    /// of half of what is left, so that the last tasks spread over all workers.
    pub(super) fn window(&self, policy: &Policy, left: u64) -> u64 {
        if let Some(fixed) = policy.in_flight {
            return fixed;
        }
        let recent = WINDOW_TIME.0 / self.pace.0.max(1);
        let share = (left + self.outstanding) / (2 * u64::from(policy.workers));
        (2 * policy.chunk).max(recent).min(share).min(LARGEST_WINDOW)
    }
}
