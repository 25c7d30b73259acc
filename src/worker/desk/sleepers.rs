//! How those who find nothing to do sleep without missing what they wait for.
//!
//! Each side says that it is about to sleep before it looks for the last time, and looks whether the other one sleeps after
//! it has changed something, with a full barrier in between on both sides; so one of the two always sees the other.

use super::primitives::Ordering::{Acquire, Relaxed, Release, SeqCst};
use super::primitives::{AtomicU32, fence, sleep_while, spin_loop, wake};

/// How many payloads are there, and how many workers sleep until there are more.
pub(super) struct Filling<'a> {
    pub(super) filled: &'a AtomicU32,
    pub(super) sleepers: &'a AtomicU32,
}

impl Filling<'_> {
    /// Says that the payloads of all tasks before `filled` are there.
    pub(super) fn set(&self, filled: u32) {
        self.filled.store(filled, Release);
        fence(SeqCst);
        if self.sleepers.load(Relaxed) > 0 {
            wake(self.filled);
        }
    }

    /// Whether the payload of a task is there.
    pub(super) fn reaches(&self, task: u32) -> bool {
        self.filled.load(Acquire) > task
    }

    /// Waits until the payload of a task is there: looks for it `looks` times, then sleeps.
    pub(super) fn wait_for(&self, task: u32, looks: u32) {
        for _ in 0..looks {
            if self.reaches(task) {
                return;
            }
            spin_loop();
        }
        self.sleepers.fetch_add(1, Relaxed);
        fence(SeqCst);
        loop {
            let filled = self.filled.load(Acquire);
            if filled > task {
                break;
            }
            sleep_while(self.filled, filled);
        }
        self.sleepers.fetch_sub(1, Relaxed);
    }
}

/// Whether the engine sleeps, on its links.
pub(super) struct EngineSleep<'a>(pub(super) &'a AtomicU32);

impl EngineSleep<'_> {
    /// Says that the engine is about to sleep, and looks for the last time after this, or is awake again.
    pub(super) fn set(&self, sleeps: bool) {
        self.0.store(sleeps.into(), Relaxed);
        fence(SeqCst);
    }

    /// Whether the engine has to be nudged, by a worker that has left something. Only one is told so.
    pub(super) fn ends_by_nudge(&self) -> bool {
        fence(SeqCst);
        self.0.load(Relaxed) == 1 && self.0.swap(0, Relaxed) == 1
    }
}
