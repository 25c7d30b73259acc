//! The hook that a computation calls while it computes.
//!
//! A workload says "here I could be interrupted" and nothing more. It does not know whether there is a lock, who asks
//! for it, or what happens then: that is behind the check point, a plain function that the room which executes tasks
//! supplies. So the hook costs one relaxed load where nobody asks.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a computation calls at least every 50 µs.
///
/// A concrete type over a function pointer: a trait object costs four times as much per call, and a closure would make
/// every computation generic over it. What the check point needs to know it finds through its thread.
#[derive(Debug, Clone, Copy)]
pub struct Beat<'a> {
    requested: &'a AtomicBool,
    check_point: fn(),
}

/// The flag behind [`Beat::idle`].
static NEVER: AtomicBool = AtomicBool::new(false);

impl<'a> Beat<'a> {
    /// A hook that runs `check_point` at every call for which `requested` reads true.
    ///
    /// The flag is only a hint, read without ordering: `check_point` must find out for itself, under whatever lock
    /// guards it, whether there is something to do, and doing nothing must be right.
    #[must_use]
    pub const fn new(requested: &'a AtomicBool, check_point: fn()) -> Self {
        Self { requested, check_point }
    }

    /// Passes a point at which this computation may be interrupted.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call costs more than the load, in the innermost loop of every workload"
    )]
    pub fn beat(&self) {
        if self.requested.load(Ordering::Relaxed) {
            self.interrupt();
        }
    }

    #[cold]
    #[inline(never)]
    fn interrupt(&self) {
        (self.check_point)();
    }
}

impl Beat<'static> {
    /// A hook that is never interrupted: for work without a lock, and for tests.
    #[must_use]
    pub const fn idle() -> Self {
        Self::new(&NEVER, || ())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
    }

    fn count() {
        CALLS.set(CALLS.get() + 1);
    }

    #[test]
    fn the_check_point_runs_exactly_while_the_flag_is_set() {
        let requested = AtomicBool::new(false);
        let beat = Beat::new(&requested, count);
        for (set, calls_after) in [(false, 0), (true, 1), (true, 2), (false, 2)] {
            requested.store(set, Ordering::Relaxed);
            beat.beat();
            assert_eq!(CALLS.get(), calls_after, "flag {set}");
        }
    }

    #[test]
    fn idle_does_nothing() {
        Beat::idle().beat();
        assert_eq!(CALLS.get(), 0);
    }
}
