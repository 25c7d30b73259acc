//! One row of the results table: a configuration, its samples and what they say.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::{Calibration, Sample};
use crate::spec::{Configuration, RunSettings};
use crate::stats::Ratio;
use crate::units::Nanos;
use crate::workload::Answer;

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
    /// How many cores the engine could use at that time.
    pub cores_usable: u32,
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
    /// Tasks of the sample that was on its way when the engine died; all of them are lost.
    pub lost_with_engine: u64,
    /// Faults that were done on purpose, also in a sample that never came in.
    pub faults_injected: u64,
    /// Whether its engine died.
    pub engine_died: bool,
    /// Samples that were disturbed by a suspension and taken again.
    pub suspended: u32,
    /// The row that this one's speed-up is measured against; its own name for a baseline.
    pub baseline_run: Option<RunId>,
    /// How many times faster than the baseline, over the rounds both have.
    pub speedup: Option<Ratio>,
}

impl ResultRow {
    /// Its configuration in a few words: `primes threads n 4 over channel GIL on`.
    #[must_use]
    pub fn name(&self) -> String {
        let configuration = &self.configuration;
        let facts = configuration.backend.facts();
        let workers = if facts.scales { format!(" n {}", configuration.workers) } else { String::new() };
        let over = configuration.unusual_transport().map_or_else(String::new, |own| format!(" over {}", own.id()));
        let lock = if configuration.gil { " GIL on" } else { "" };
        format!("{} {}{workers}{over}{lock}", configuration.workload, facts.id)
    }

    /// The samples in which every task has an output: the only ones whose times may be compared.
    pub fn complete(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(|sample| sample.tasks_lost == 0)
    }

    /// Whether the row will change no more, so that it belongs into exports.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        !matches!(self.status, Status::Running)
    }

    /// What the first complete sample found; `None` before there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        self.complete().find_map(|sample| sample.answer.as_ref())
    }
}
