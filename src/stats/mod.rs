//! Pure statistics over finished samples: how they scatter, how sure a speed-up is, which ones stand out, how long tasks
//! took, which law their throughput follows.
//!
//! Nothing in here knows what was measured, on which machine, or how it will be shown. Every method is named where it is
//! used, so that a reader of an export can repeat the calculation.

mod bootstrap;
mod interval;
mod latency;
mod outliers;
mod scaling;
mod spread;

pub use interval::{CONFIDENCE, Method, Ratio, Round, mean_interval};
pub use latency::LatencyRecorder;
pub use outliers::{modified_z_scores, outliers};
pub use scaling::{Estimate, Fit, Law, Observation, Unfit};
pub use spread::{Spread, median};
