//! The rows that an experiment has measured, and how its figures are read from them.

use super::Measured;
use crate::engine::{Lateness, Sample, Surroundings};
use crate::results::{ResultRow, Summary, speedup, why};
use crate::spec::{BackendId, Configuration};
use crate::units::Nanos;

/// What a verdict would have needed and does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Unmeasured {
    what: String,
    why: String,
}

impl Unmeasured {
    /// What was not measured at all.
    pub(super) fn missing(what: &str) -> Self {
        Self { what: what.to_owned(), why: "was not measured".to_owned() }
    }
}

/// The rows of one run.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a>(pub(super) &'a [ResultRow]);

impl<'a> Evidence<'a> {
    /// The rows of a backend of which `fits` is true; baselines are not among them unless `sequential` is asked for.
    pub(super) fn rows(
        self,
        backend: BackendId,
        fits: impl Fn(&Configuration) -> bool,
    ) -> impl Iterator<Item = Row<'a>> {
        let is_meant = move |row: &&ResultRow| row.configuration.backend == backend && fits(&row.configuration);
        self.0.iter().filter(is_meant).map(Row)
    }

    /// Of the time of the cores that could be used, the fraction that other programs took; 0 where it is not known.
    pub(super) fn foreign_share(self) -> f64 {
        let samples = self.0.iter().flat_map(|row| &row.samples);
        Surroundings::foreign_load(samples.map(|sample| &sample.surroundings)).1
    }

    /// The only such row.
    pub(super) fn row(
        self,
        what: &str,
        backend: BackendId,
        fits: impl Fn(&Configuration) -> bool,
    ) -> Result<Row<'a>, Unmeasured> {
        self.rows(backend, fits).next().ok_or_else(|| Unmeasured::missing(what))
    }
}

/// One row as evidence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a>(pub(super) &'a ResultRow);

impl Row<'_> {
    /// The mean of what `figure` reads from its complete samples.
    pub(super) fn mean(self, figure: impl Fn(&Sample) -> Option<f64>) -> Result<Measured, Unmeasured> {
        let values: Vec<f64> = self.0.complete().filter_map(figure).collect();
        Measured::mean(&values).ok_or_else(|| self.unmeasured())
    }

    /// Seconds from the first task to the last result.
    pub(super) fn wall(self) -> Result<Measured, Unmeasured> {
        self.mean(|sample| Some(sample.wall.seconds()))
    }

    /// Seconds of that time for each task.
    #[expect(clippy::cast_precision_loss, reason = "a number of tasks stays far below 2^53")]
    pub(super) fn wall_per_task(self) -> Result<Measured, Unmeasured> {
        Ok(self.wall()?.times(1.0 / self.0.configuration.values.count("tasks") as f64))
    }

    /// Busy cores.
    pub(super) fn cores(self) -> Result<Measured, Unmeasured> {
        self.mean(|sample| Some(sample.cpu.seconds() / sample.wall.seconds()))
    }

    /// Bytes of memory, each page counted once.
    #[expect(clippy::cast_precision_loss, reason = "sizes of memory stay far below 2^53")]
    pub(super) fn memory(self) -> Result<Measured, Unmeasured> {
        self.mean(|sample| sample.pss.map(|bytes| bytes.0 as f64))
    }

    /// Bytes of memory, each page counted for each process that has it.
    #[expect(clippy::cast_precision_loss, reason = "sizes of memory stay far below 2^53")]
    pub(super) fn resident(self) -> Result<Measured, Unmeasured> {
        self.mean(|sample| sample.peak_rss.map(|bytes| bytes.0 as f64))
    }

    /// How late the turns of the foreground were, in seconds.
    pub(super) fn lateness(self, of: fn(&Lateness) -> Nanos) -> Result<Measured, Unmeasured> {
        self.mean(|sample| sample.foreground.as_ref().map(|late| of(late).seconds()))
    }

    /// How many times faster it is than another row that took its turns in the same rounds.
    pub(super) fn faster_than(self, other: Row<'_>) -> Result<Measured, Unmeasured> {
        speedup(self.0, other.0).and_then(Measured::ratio).ok_or_else(|| self.unmeasured())
    }

    /// Why there is no such figure of it.
    pub(super) fn unmeasured(self) -> Unmeasured {
        let configuration = &self.0.configuration;
        let what = format!("{} in {}", configuration.workload, configuration.backend.facts().id);
        let few = self.0.failure.is_none() && self.0.is_finished();
        let why = if few { "too few samples".to_owned() } else { why(self.0, &Summary::of(self.0)) };
        Unmeasured { what, why }
    }
}
