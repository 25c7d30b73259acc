//! One task, executed: its I/O part, its CPU part under the lock, its timing, and what the worker reports of a sample.
//!
//! Every backend runs its tasks through a [`Runner`], one per worker thread, so that states, lock discipline and timing
//! are the same everywhere. A runner stays on its thread. I/O is done in two ways: a runner waits for it, or an
//! [`Awaiter`] awaits it and a runner does the rest.

mod awaited;
mod blocking;
mod blocks;
mod connections;
mod conversation;
mod copying;
mod http;
mod log;
mod payload;
mod programs;
mod report;
mod requests;
mod results;
mod runner;
mod seat;
mod secured;
mod strike;
mod table;
mod timer;
mod timers;
mod trap;

pub use self::awaited::{Arrived, Awaiter};
pub use self::http::Reply;
pub use self::payload::{Payload, PayloadBlock, payload_proof};
pub use self::report::{Budget, WorkerReport, budget};
pub use self::requests::LISTENER;
pub use self::results::{Results, Stretch};
pub use self::runner::{Runner, RunnerSetup, timed_every};
pub use self::seat::Seat;
pub use self::table::{StripedTable, TableOwner};
pub use self::timer::Timer;
pub use self::trap::{Crier, Trap};
