//! WHAT WILL run: configurations that are valid by construction, the matrix that lists them, the order of rounds.
//!
//! [`Configuration::new`] is the only door; nothing behind it checks again. Knows facts about backends and transports,
//! but none of their code.

mod backend;
mod configuration;
mod matrix;
mod rounds;

pub use self::backend::{BackendFacts, BackendId, LockScope, Transport};
pub use self::configuration::{Chunk, Configuration, MAX_WORKERS, RETRIES, SWITCH_INTERVAL, Wish};
pub use self::matrix::{Matrix, Overrides};
pub use self::rounds::{Baseline, Order, Rounds, RunSettings, Turn};
