//! How one writer and many readers share a slot without a lock: a sequence number that is odd while it is written.
//!
//! The method is the sequence lock of Boehm, "Can seqlocks get along with programming language memory models?" (2012),
//! with all fields atomic and relaxed, so that a torn reading is detected and never undefined.

use super::primitives::Ordering::{Acquire, Relaxed, Release};
use super::primitives::{AtomicU32, fence, spin_loop};

/// Odd while the slot that it belongs to is being written.
#[repr(transparent)]
pub(super) struct Sequence(pub(super) AtomicU32);

impl Sequence {
    /// Runs `store`, which writes the slot's fields; by the slot's only writer.
    #[inline]
    pub(super) fn write(&self, store: impl FnOnce()) {
        let odd = self.0.load(Relaxed) | 1;
        self.0.store(odd, Relaxed);
        // Pairs with the reader's acquire fence: whoever sees a field written below also sees the odd sequence.
        fence(Release);
        store();
        self.0.store(odd.wrapping_add(1), Release);
    }

    /// What `load` reads between two writes; `None` where each of `tries` attempts fell into one.
    #[inline]
    pub(super) fn read<T>(&self, tries: u32, mut load: impl FnMut() -> T) -> Option<T> {
        for _ in 0..tries {
            let before = self.0.load(Acquire);
            let loaded = load();
            // Pairs with the writer's release fence: fields of a later write imply that its odd sequence is seen below.
            fence(Acquire);
            if before.is_multiple_of(2) && self.0.load(Relaxed) == before {
                return Some(loaded);
            }
            spin_loop();
        }
        None
    }
}
