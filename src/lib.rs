//! partui measures, on the machine it runs on, what it costs to run a workload in processes, in threads or in neither.
//!
//! The rooms below are listed in the order in which data flows: a room uses only rooms that stand above it, and a test
//! holds that.

pub mod units;
pub mod text;
pub mod publish;
pub mod stats;
pub mod machine;
pub mod beat;
pub mod workload;
pub mod spec;
pub mod board;
pub mod gil;
pub mod task;
pub mod child;
pub mod worker;
pub mod backend;
pub mod engine;
pub mod results;
pub mod conductor;
pub mod export;
pub mod doctor;
pub mod tui;
