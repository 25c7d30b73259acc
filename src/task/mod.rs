//! One task, executed: its I/O part, its CPU part under the lock, its timing, and what the worker reports of a sample.
//!
//! Every backend runs its tasks through a [`Runner`], one per worker thread, so that states, lock discipline and timing
//! are the same everywhere. A runner stays on its thread.

mod blocking;
mod payload;
mod report;
mod results;
mod runner;
mod seat;
mod strike;
mod trap;

pub use self::payload::{Payload, PayloadBlock, payload_proof};
pub use self::report::{Budget, WorkerReport, budget};
pub use self::results::{Results, Stretch};
pub use self::runner::{Runner, RunnerSetup, timed_every};
pub use self::seat::Seat;
pub use self::trap::{Crier, Trap};
