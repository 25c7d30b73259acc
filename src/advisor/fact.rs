//! What advice needs to know of a result: the same whether it was measured just now or read from an export.

use crate::results::{ResultRow, Shares, Status, Summary, Warning};
use crate::spec::{BackendId, Transport};
use crate::units::{Bytes, significant};

/// A result, as far as advice goes into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The number that it is quoted by.
    pub number: usize,
    /// What was computed and where: only facts of one work are compared.
    pub work: Work,
    /// How tasks were executed.
    pub backend: BackendId,
    /// By how many workers.
    pub workers: u32,
    /// How many tasks were awaited at a time; `None` where tasks are not awaited.
    pub in_flight: Option<u32>,
    /// Whether the emulated lock was on.
    pub gil: bool,
    /// How tasks reached worker processes.
    pub transport: Option<Transport>,
    /// What a task carried.
    pub payload: Bytes,
    /// Whether it was measured well: nothing failed, diverged or was made to fail.
    pub is_sound: bool,
    /// Complete samples.
    pub runs: u64,
    /// How many times as fast as the baseline, with the bounds of the 95 % interval where there are any.
    pub speedup: Option<(f64, Option<(f64, f64)>)>,
    /// What the workers did with their time.
    pub shares: Option<Shares>,
    /// The median time of a task in its worker, in seconds.
    pub task_s: Option<f64>,
    /// Cores that were kept busy.
    pub cores_used: Option<f64>,
    /// Memory, shared pages counted in parts.
    pub pss: Option<Bytes>,
    /// What to be careful about, as tags.
    pub warnings: Vec<String>,
}

/// What was computed, and on which machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The workload's id.
    pub workload: String,
    /// All settings of the work, in a form that is equal only for equal work.
    pub settings: String,
    /// Cores that could be used.
    pub cores: u64,
}

impl Fact {
    /// What advice needs of a row that was just measured; `summary` and `warnings` are those of the row.
    #[must_use]
    pub fn of(number: usize, row: &ResultRow, summary: &Summary, warnings: &[Warning]) -> Self {
        let configuration = &row.configuration;
        let settings = (&configuration.values, &configuration.input, configuration.payload);
        Self {
            number,
            work: Work {
                workload: configuration.workload.clone(),
                settings: format!("{settings:?}"),
                cores: row.cores_usable.into(),
            },
            backend: configuration.backend,
            workers: configuration.workers,
            in_flight: configuration.in_flight.filter(|_| configuration.backend == BackendId::Async),
            gil: configuration.gil,
            transport: configuration.transport,
            payload: configuration.payload,
            is_sound: row.status == Status::Ok && configuration.fault.is_none(),
            runs: row.complete().count() as u64,
            speedup: row.speedup.map(|ratio| (ratio.estimate, ratio.low.zip(ratio.high))),
            shares: summary.shares,
            task_s: summary.task.map(|task| task.p50),
            cores_used: summary.cores_used,
            pss: summary.pss,
            warnings: warnings.iter().map(|warning| warning.tag().to_owned()).collect(),
        }
    }

    /// The way of working: `processes n 2 over shm`.
    #[must_use]
    pub fn name(&self) -> String {
        let facts = self.backend.facts();
        let workers = if facts.scales { format!(" n {}", self.workers) } else { String::new() };
        let awaited = self.in_flight.map_or_else(String::new, |tasks| format!(", {tasks} in flight"));
        let shm = if self.transport == Some(Transport::Shm) { " over shm" } else { "" };
        format!("{}{workers}{awaited}{shm}", self.backend.id())
    }

    /// How many times as fast as the baseline; 0 where nothing says it.
    #[must_use]
    pub fn times(&self) -> f64 {
        self.speedup.map_or(0.0, |(times, _)| times)
    }

    /// The figure as it is quoted: `1.93× (1.89–1.96)`.
    #[must_use]
    pub fn quoted(&self) -> String {
        let three = |value: f64| significant(value, 3);
        match self.speedup {
            Some((times, Some((low, high)))) => format!("{}× ({}–{})", three(times), three(low), three(high)),
            Some((times, None)) => format!("{}×", three(times)),
            None => "–".to_owned(),
        }
    }

    /// Whether one worker does everything in turn, without any pool.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        !self.backend.facts().scales
    }

    /// A share of the workers' time, 0 where it is not known.
    #[must_use]
    pub fn share(&self, of: fn(&Shares) -> f64) -> f64 {
        self.shares.as_ref().map_or(0.0, of)
    }

    /// Whether it is slower than `other` beyond doubt: whole intervals lie apart, or, where there are none, the figures
    /// by a tenth.
    #[must_use]
    pub fn is_surely_slower_than(&self, other: &Self) -> bool {
        let bounds = |fact: &Self| fact.speedup.and_then(|(_, bounds)| bounds);
        match (bounds(self), bounds(other)) {
            (Some((_, high)), Some((low, _))) => high < low,
            // The baseline is 1 by definition, without an interval.
            (None, Some((low, _))) if self.is_alone() => self.times() < low,
            (Some((_, high)), None) if other.is_alone() => high < other.times(),
            _ => self.times() < 0.9 * other.times(),
        }
    }
}
