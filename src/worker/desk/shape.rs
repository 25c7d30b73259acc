//! What a desk is made for, and how much memory that takes.

use serde::{Deserialize, Serialize};

use super::memory::{SHORT_PAGE, Words};
use super::{SEAT, SEATS, Tray};

/// What a desk is made for; it is the same on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::worker) struct Shape {
    /// How many workers there are.
    pub(in crate::worker) workers: u32,
    /// How many tasks.
    pub(in crate::worker) tasks: u32,
    /// How many are claimed at a time.
    pub(in crate::worker) chunk: u32,
    /// The length of a payload in bytes.
    pub(in crate::worker) payload: usize,
    /// How many payloads lie there at a time; 0 where tasks have none.
    pub(in crate::worker) areas: usize,
}

/// The bytes of payloads that lie on a desk at most, where two for each worker are fewer.
const PAYLOAD_BYTES: usize = 128 << 20;

impl Shape {
    /// The shape for a plan; areas for two chunks of each worker, as far as memory goes.
    #[must_use]
    pub(in crate::worker) fn new(workers: u32, tasks: u64, chunk: u64, payload: u64) -> Self {
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX / 2);
        let (tasks, chunk) = (narrow(tasks), narrow(chunk).min(1 << 20));
        let payload = usize::try_from(payload).unwrap_or(usize::MAX);
        let pairs = 2 * workers as usize;
        let affordable = (PAYLOAD_BYTES / payload.max(1)).max(pairs);
        let areas = if payload == 0 { 0 } else { (pairs * chunk as usize).min(affordable).min(tasks as usize) };
        Self { workers, tasks, chunk, payload, areas }
    }

    /// The long words of one area: whole pages.
    pub(super) const fn area(self) -> usize {
        self.payload.div_ceil(8).next_multiple_of(512)
    }

    pub(super) const fn words(self) -> Words {
        let workers = self.workers as usize;
        Words {
            short: (SEATS + workers * SEAT).next_multiple_of(SHORT_PAGE),
            long: workers * Tray::WORDS + self.areas * self.area(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_take_what_memory_there_is() {
        for (workers, tasks, chunk, payload, areas) in [
            (2, 100, 1, 0, 0),
            (2, 100, 8, 1 << 20, 32),
            (2, 100, 50, 1 << 20, 100),
            (2, 1_000, 999, 16 << 20, 8),
            (64, 1_000, 1, 16 << 20, 128),
        ] {
            assert_eq!(Shape::new(workers, tasks, chunk, payload).areas, areas, "{workers} {chunk} {payload}");
        }
    }
}
