//! partui measures, on the machine it runs on, what it costs to run a workload in processes, in threads or in neither.
//!
//! The rooms below are listed in the order in which data flows: a room uses only rooms that stand above it, and a test
//! holds that.

pub mod units;
pub mod text;
pub mod publish;
pub mod stats;
