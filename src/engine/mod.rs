//! The child process in which one configuration runs: configure, sample, report.

mod protocol;

pub use self::protocol::{Budget, Calibration, Event, LINE_LIMIT, Order, Sample};
