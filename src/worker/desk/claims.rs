//! How tasks are claimed: from one counter that all workers move, each claim noted by its worker before and after, so that
//! whoever looks on finds it wherever the worker dies.

use std::ops::Range;

use super::primitives::AtomicU32;
use super::primitives::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// A claim that is being made.
pub(super) const CLAIMING: u32 = u32::MAX;

/// The counter, and by how much it moves how far.
pub(super) struct Cursor<'a> {
    pub(super) counter: &'a AtomicU32,
    pub(super) tasks: u32,
    pub(super) chunk: u32,
}

/// A worker's notes: how many, then the first task of each claim. Written by that worker, and by the engine while no worker
/// sits there.
#[derive(Clone, Copy)]
pub(super) struct Notes<'a>(pub(super) &'a [AtomicU32]);

impl Cursor<'_> {
    /// Claims the next chunk; `None` when no task is left.
    pub(super) fn claim(&self, notes: Notes<'_>) -> Option<Range<u32>> {
        if self.counter.load(Relaxed) >= self.tasks {
            return None;
        }
        let count = notes.announce();
        // Who sees the counter moved sees the announcement.
        let first = self.counter.fetch_add(self.chunk, AcqRel);
        if first >= self.tasks {
            notes.withdraw(count);
            return None;
        }
        notes.0[count + 1].store(first, Release);
        Some(first..first.saturating_add(self.chunk).min(self.tasks))
    }

    /// How many tasks have been claimed.
    pub(super) fn claimed(&self) -> u32 {
        self.counter.load(Acquire).min(self.tasks)
    }
}

impl Notes<'_> {
    /// How many claims can be noted.
    const fn room(self) -> usize {
        self.0.len() - 1
    }

    /// Notes that a claim is being made, behind those noted already; says how many those are.
    fn announce(self) -> usize {
        let count = self.0[0].load(Relaxed) as usize % self.room();
        self.0[count + 1].store(CLAIMING, Relaxed);
        self.set_count(count + 1);
        count
    }

    fn withdraw(self, count: usize) {
        self.set_count(count);
    }

    fn set_count(self, count: usize) {
        self.0[0].store(u32::try_from(count).unwrap_or(0), Release);
    }

    /// Forgets the claims whose results have been left, all but the one that starts with `current`.
    pub(super) fn forget(self, current: Option<u32>) {
        if let Some(current) = current {
            self.0[1].store(current, Release);
        }
        self.set_count(current.is_some().into());
    }

    /// The chunks that are noted, by their first task, and whether one more is being claimed just now.
    pub(super) fn read(self) -> (Vec<u32>, bool) {
        let count = (self.0[0].load(Acquire) as usize).min(self.room());
        let mut firsts: Vec<u32> = self.0[1..=count].iter().map(|note| note.load(Acquire)).collect();
        firsts.retain(|first| *first != CLAIMING);
        let is_claiming = firsts.len() < count;
        (firsts, is_claiming)
    }
}
