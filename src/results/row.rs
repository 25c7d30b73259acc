//! One row of the results table: a configuration, its samples and what they say.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::{Calibration, Sample};
use crate::spec::{Configuration, RunSettings};
use crate::stats::{Ratio, Spread};
use crate::units::{Bytes, Nanos};

/// Identifies a row across exports and machines' time: `20261122T171403Z-4711-3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How a row ended, or that it has not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Still being sampled, or waiting for its first turn.
    Running,
    /// All samples are in and agree.
    Ok,
    /// Its answer differs from that of the same work elsewhere.
    Divergent,
    /// Tasks were lost or the engine died.
    Failed,
    /// Stopped by a person; finished samples are kept.
    Cancelled,
}

impl Status {
    /// The word in exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Divergent => "divergent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A configuration, what was sampled of it, and what that says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Its name across exports.
    pub run: RunId,
    /// When its run started, in UTC, RFC 3339 to the second.
    pub started_at: String,
    /// What was measured.
    pub configuration: Configuration,
    /// How it was measured.
    pub settings: RunSettings,
    /// What was known of the work beforehand; `None` until the first engine has looked.
    pub calibration: Option<Calibration>,
    /// The kept samples, in order.
    pub samples: Vec<Sample>,
    /// The time of each pool start.
    pub startups: Vec<Nanos>,
    /// How it ended.
    pub status: Status,
    /// Why it failed or diverged, as a sentence.
    pub failure: Option<String>,
    /// Samples that were disturbed by a suspension and taken again.
    pub suspended: u32,
    /// The row that this one's speed-up is measured against; its own name for a baseline.
    pub baseline_run: Option<RunId>,
    /// How many times faster than the baseline, over the rounds both have.
    pub speedup: Option<Ratio>,
}

/// The statistics over a row's samples; every part is `None` while there is nothing to say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Wall seconds.
    pub wall: Option<Spread>,
    /// Median seconds from the engine's order to all workers ready.
    pub startup: Option<f64>,
    /// Median over the samples.
    pub tasks_per_second: Option<f64>,
    /// Speed-up / workers.
    pub efficiency: Option<f64>,
    /// Median CPU seconds of the workers.
    pub cpu: Option<f64>,
    /// Median of CPU / wall.
    pub cores_used: Option<f64>,
    /// Fractions of workers × wall, over all samples.
    pub shares: Option<Shares>,
    /// Latency of a task inside its worker, over all samples, in seconds.
    pub task: Option<TaskLatency>,
    /// Median over the samples.
    pub pss: Option<Bytes>,
    /// Largest of the samples.
    pub peak_rss: Option<Bytes>,
    /// Median over the samples.
    pub ctx_voluntary: Option<u64>,
    /// Median over the samples.
    pub ctx_involuntary: Option<u64>,
    /// Median over the samples.
    pub gil_switches: Option<u64>,
    /// Median over the samples.
    pub ipc_bytes: Option<u64>,
    /// Sum over the samples, the thrown-away ones not counted.
    pub faults_seen: u64,
    /// Sum over the samples.
    pub respawns: u64,
    /// Sum over the samples.
    pub tasks_retried: u64,
    /// Sum over the samples.
    pub tasks_lost: u64,
}

/// Fractions of workers × wall; they sum to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    /// Computing on a core.
    pub compute: f64,
    /// Waiting for a core.
    pub ready: f64,
    /// Waiting for the lock.
    pub gil: f64,
    /// Waiting for I/O.
    pub io: f64,
    /// Talking to the supervisor.
    pub ipc: f64,
    /// Nothing to do.
    pub idle: f64,
}

/// Percentiles of a task's latency, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskLatency {
    /// Half of the tasks took at most this long.
    pub p50: f64,
    /// 95 of 100 did.
    pub p95: f64,
    /// 99 of 100 did.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}
