//! The lock of CPython, emulated: one thread computes at a time, and a thread that has waited for one switch interval
//! asks the holder to let go at its next check point.
//!
//! The algorithm is that of CPython 3.11 (`Python/ceval_gil.h`): a timed wait that ends in a request, a release that
//! wakes one waiter but reserves nothing for it, and forced switching, by which a thread that was asked to let go waits
//! until somebody else has taken the lock. It stands on the same primitives, because which waiter wakes first decides
//! what two and more computing threads do to an I/O thread.
//!
//! - [`policy`]: the decisions, without a lock or a clock in sight.
//! - [`Gil`]: the lock itself, shared by the threads of one process.
//! - [`Attached`]: one thread's own view of it, which makes misuse harmless.
//! - [`GilStats`]: what it counted.
//!
//! The room knows nothing of tasks, states or boards. Whoever needs to show that a thread waits passes a [`Waiting`],
//! which hears of the wait and of each wake-up in vain; a closure hears of its beginning.

mod handle;
mod lock;
pub mod policy;
mod pthread;
mod stats;
mod waiting;

#[cfg(test)]
mod scenes;

pub use handle::Attached;
pub use lock::{Gil, Taking};
pub use stats::GilStats;
pub use waiting::Waiting;

/// What the lock is built from, chosen here and nowhere else, so that a model checker can put its own in their place.
mod primitives {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    pub(super) use super::pthread::{Held, Monitor};
}
