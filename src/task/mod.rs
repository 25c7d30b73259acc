//! One task, executed: its I/O part, its CPU part under the lock, its timing, and what the worker reports of a sample.
//!
//! Every backend runs its tasks through a [`Runner`], one per worker thread, so that states, lock discipline and timing
//! are the same everywhere. A runner stays on its thread. I/O is done in two ways: a runner waits for it, or an
//! [`Awaiter`] awaits it and a runner does the rest.

mod awaited;
mod blocking;
mod report;
mod runner;
mod seat;
mod timer;

pub use self::awaited::{Arrived, Awaiter};
pub use self::report::{Budget, WorkerReport, budget};
pub use self::runner::{Runner, RunnerSetup, timed_every};
pub use self::seat::Seat;
