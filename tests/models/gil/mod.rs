//! The lock, explored.
//!
//! Time does not pass in a model. An interval says instead how many waits may end by it (see `primitives`): with none,
//! every wait needs its wake-up, so that a lost one is a deadlock that the checker reports; with some, waiters ask.

#[path = "../../../src/gil/lock.rs"]
mod lock;
#[path = "../../../src/gil/policy.rs"]
mod policy;
mod primitives;
#[path = "../../../src/gil/stats.rs"]
mod stats;
#[path = "../../../src/gil/waiting.rs"]
mod waiting;

mod scenes;
