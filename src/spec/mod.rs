//! WHAT WILL run: configurations that are valid by construction, the matrix that lists them, the order of rounds.
//!
//! [`Configuration::new`] is the only door; nothing behind it checks again. Knows facts about backends and transports,
//! but none of their code.

mod backend;
mod configuration;
mod matrix;
mod rounds;
mod sweep;

pub use self::backend::{BackendFacts, BackendId, LockScope, Transport};
pub use self::configuration::{
    AWAITED_PER_WORKER, CHUNKS, Chunk, Configuration, IN_FLIGHT, LONGEST_PAYLOAD, MAX_WORKERS, RETRIES, RETRY_COUNTS,
    SWITCH_INTERVAL, SWITCH_INTERVALS, TASK_TIMEOUT, TASK_TIMEOUTS, Wish,
};
pub use self::matrix::{Matrix, Overrides};
pub use self::rounds::{Baseline, MIN_TIMES, Order, RUNS, Rounds, RunSettings, Turn, WARMUPS};
pub use self::sweep::worker_counts;
