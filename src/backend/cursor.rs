//! Claims from one counter that all workers of a process move.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

/// Gives out the tasks of a plan in their order, a chunk at a time.
pub(super) struct Cursor {
    next: CachePadded<AtomicUsize>,
    tasks: usize,
    chunk: usize,
}

impl Cursor {
    pub(super) fn new(tasks: usize, chunk: usize) -> Self {
        Self { next: CachePadded::new(AtomicUsize::new(0)), tasks, chunk }
    }

    /// How many tasks are claimed at a time.
    pub(super) const fn chunk(&self) -> usize {
        self.chunk
    }

    /// Begins again, while nobody claims.
    pub(super) fn rewind(&self) {
        self.next.store(0, Ordering::Relaxed);
    }

    /// The next chunk; `None` when no task is left.
    #[inline]
    pub(super) fn claim(&self) -> Option<Range<usize>> {
        let first = self.next.fetch_add(self.chunk, Ordering::Relaxed);
        (first < self.tasks).then(|| first..first.saturating_add(self.chunk).min(self.tasks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_given_out_once_in_order() {
        for (tasks, chunk, expected) in [(5, 2, &[(0, 2), (2, 4), (4, 5)][..]), (2, usize::MAX, &[(0, 2)]), (0, 3, &[])]
        {
            let cursor = Cursor::new(tasks, chunk);
            for _ in 0..2 {
                let claims = std::iter::from_fn(|| cursor.claim()).take(4);
                let ends: Vec<_> = claims.map(|claim| (claim.start, claim.end)).collect();
                assert_eq!(ends, expected, "{tasks} by {chunk}");
                cursor.rewind();
            }
        }
    }
}
