//! How one writer and many readers share a ring without a lock: a count of the cells that were ever written.
//!
//! A reader copies cells and looks at the count again: what the writer may have been over meanwhile is not believed. As
//! in the sequence lock beside it, all fields are atomic, so that a torn reading is detected and never undefined.

use super::primitives::Ordering::{Acquire, Relaxed, Release};
use super::primitives::{AtomicU64, fence};

/// No writer comes this far in a lifetime: a higher count is nonsense.
const MOST: u64 = 1 << 48;

/// How many cells of a ring were ever written.
#[repr(transparent)]
pub(super) struct Written(pub(super) AtomicU64);

/// What a reader found in a ring.
pub(super) struct Found<T> {
    /// The cells, oldest first.
    pub(super) cells: Vec<T>,
    /// How many were ever written.
    pub(super) written: u64,
    /// How many of the new ones were overwritten before they could be read.
    pub(super) missed: u64,
}

impl Written {
    /// Runs `store`, which fills the cell of this number; by the ring's only writer, number by number.
    #[inline]
    pub(super) fn push(&self, number: u64, store: impl FnOnce()) {
        // Pairs with the reader's fence: whoever sees a field of this cell also sees that all cells before it count.
        fence(Release);
        store();
        self.0.store(number + 1, Release);
    }

    /// The number of the next cell; 0 where the count is nonsense.
    pub(super) fn next(&self) -> u64 {
        Some(self.0.load(Acquire)).filter(|written| *written <= MOST).unwrap_or(0)
    }

    /// What `load` finds in the cells after the first `seen` ones, of which a ring of this `capacity` keeps the newest.
    /// Where fewer than that were written, somebody began anew, and so does the reader. Never waits.
    pub(super) fn read<T>(&self, seen: u64, capacity: u64, mut load: impl FnMut(u64) -> T) -> Found<T> {
        let written = self.next();
        let seen = if seen > written { 0 } else { seen };
        let first = seen.max(written.saturating_sub(capacity));
        let mut cells: Vec<T> = (first..written).map(&mut load).collect();
        // Pairs with the writer's fence: fields of a later cell imply that its predecessors are counted below.
        fence(Acquire);
        // The cell after those that count may be half written; it stands where an older one stood.
        let oldest = (self.0.load(Relaxed).saturating_add(1)).saturating_sub(capacity).min(written);
        let torn = oldest.saturating_sub(first);
        cells.drain(..usize::try_from(torn).map_or(cells.len(), |torn| torn.min(cells.len())));
        Found { missed: written - seen - cells.len() as u64, cells, written }
    }
}
