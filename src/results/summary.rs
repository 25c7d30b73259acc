//! What a row's samples say together. Pure; knows nothing of how it will be shown.

use serde::Serialize;

use super::ResultRow;
use crate::engine::{Budget, Sample};
use crate::stats::{LatencyRecorder, Spread, median};
use crate::units::{Bytes, Nanos};

/// The statistics over a row's samples; every part is `None` while there is nothing to say.
///
/// Times, counts and memory are those of the complete samples; what went wrong is counted over all of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// Faults done on purpose; `None` where none were asked for.
    pub faults_injected: Option<u64>,
    /// Sum over the samples, the thrown-away ones not counted, and the engine's death; `None` before anything is known.
    pub faults_seen: Option<u64>,
    /// Sum over the samples.
    pub respawns: Option<u64>,
    /// Sum over the samples.
    pub tasks_retried: Option<u64>,
    /// Sum over the samples, the one that an engine's death has cut short among them.
    pub tasks_lost: Option<u64>,
}

/// Fractions of workers × wall; they sum to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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

impl Summary {
    /// The statistics over `row`'s samples.
    #[must_use]
    pub fn of(row: &ResultRow) -> Self {
        let samples = Complete(row.complete().collect());
        let startups: Vec<f64> = row.startups.iter().map(|startup| startup.seconds()).collect();
        let workers = f64::from(row.configuration.workers);
        Self {
            wall: Spread::of(&samples.each(|sample| sample.wall.seconds())),
            startup: median(&startups),
            tasks_per_second: median(&samples.each(tasks_per_second)),
            efficiency: row.speedup.map(|speedup| speedup.estimate / workers),
            cpu: median(&samples.each(|sample| sample.cpu.seconds())),
            cores_used: median(&samples.each(|sample| sample.cpu.seconds() / sample.wall.seconds())),
            shares: samples.shares(),
            task: TaskLatency::pooled(samples.0.iter().flat_map(|sample| sample.latency.iter().copied())),
            pss: samples.median_count(|sample| sample.pss.map(|bytes| bytes.0)).map(Bytes),
            peak_rss: samples.0.iter().filter_map(|sample| sample.peak_rss).max(),
            ctx_voluntary: samples.median_count(|sample| sample.ctx_voluntary),
            ctx_involuntary: samples.median_count(|sample| sample.ctx_involuntary),
            gil_switches: samples.median_count(|sample| sample.gil_switches),
            ipc_bytes: samples.median_count(|sample| sample.ipc_bytes),
            faults_injected: row.configuration.fault.map(|_| row.faults_injected),
            faults_seen: faults_seen(row),
            respawns: sum(&row.samples, |sample| sample.respawns),
            tasks_retried: sum(&row.samples, |sample| sample.tasks_retried),
            tasks_lost: tasks_lost(row),
        }
    }
}

/// `None` before a sample has come in or an engine has died.
fn faults_seen(row: &ResultRow) -> Option<u64> {
    let in_samples = sum(&row.samples, |sample| sample.faults_seen);
    if row.engine_died { Some(in_samples.unwrap_or(0) + 1) } else { in_samples }
}

/// `None` before anything is known to be lost or kept.
fn tasks_lost(row: &ResultRow) -> Option<u64> {
    let in_samples = sum(&row.samples, |sample| sample.tasks_lost);
    match row.lost_with_engine {
        0 => in_samples,
        lost => Some(in_samples.unwrap_or(0) + lost),
    }
}

/// The samples whose times may be compared.
struct Complete<'a>(Vec<&'a Sample>);

impl Complete<'_> {
    fn each(&self, measure: fn(&Sample) -> f64) -> Vec<f64> {
        self.0.iter().map(|sample| measure(sample)).collect()
    }

    /// The median of a count over the samples that know it.
    #[expect(clippy::cast_precision_loss, reason = "counts and bytes stay far below 2^53")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a median of unsigned counts")]
    fn median_count(&self, measure: fn(&Sample) -> Option<u64>) -> Option<u64> {
        let known: Vec<f64> = self.0.iter().filter_map(|sample| measure(sample)).map(|count| count as f64).collect();
        median(&known).map(|count| count.round() as u64)
    }

    fn shares(&self) -> Option<Shares> {
        let mut budget = Budget::default();
        self.0.iter().for_each(|sample| budget.add(&sample.budget));
        Shares::of(&budget)
    }
}

impl Shares {
    /// The fractions of a budget; `None` for an empty one.
    #[must_use]
    pub fn of(budget: &Budget) -> Option<Self> {
        let total = budget.total().seconds();
        (total > 0.0).then(|| Self {
            compute: budget.compute.seconds() / total,
            ready: budget.ready.seconds() / total,
            gil: budget.gil.seconds() / total,
            io: budget.io.seconds() / total,
            ipc: budget.ipc.seconds() / total,
            idle: budget.idle.seconds() / total,
        })
    }
}

impl TaskLatency {
    /// The percentiles over all (nanoseconds, count) pairs together; `None` where nothing was timed.
    #[must_use]
    pub fn pooled(pairs: impl Iterator<Item = (u64, u64)>) -> Option<Self> {
        let recorder = LatencyRecorder::from(pairs.collect::<Vec<_>>());
        let seconds = |percent| recorder.percentile(percent).map(Nanos::seconds);
        Some(Self { p50: seconds(50.0)?, p95: seconds(95.0)?, p99: seconds(99.0)?, max: recorder.max()?.seconds() })
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of tasks stay far below 2^53")]
pub(super) fn tasks_per_second(sample: &Sample) -> f64 {
    sample.tasks as f64 / sample.wall.seconds()
}

/// The sum over all samples; `None` where there are none.
fn sum(samples: &[Sample], measure: fn(&Sample) -> u64) -> Option<u64> {
    (!samples.is_empty()).then(|| samples.iter().map(measure).fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{SampleBuilder, row, sample};
    use super::*;
    use crate::spec::BackendId::Threads;
    use crate::stats::Ratio;

    #[test]
    fn nothing_is_said_about_no_samples() {
        let row = row(Threads, 2).with(|row| row.startups.clear()).done();
        assert_eq!(Summary::of(&row), Summary::default());
    }

    #[test]
    fn medians_maxima_and_sums_over_the_samples() {
        let samples = [1.0, 4.0, 2.0].map(|wall| {
            sample(wall).with(|sample| {
                sample.gil_switches = Some(sample.wall.0 / 1_000_000_000);
                sample.peak_rss = Some(Bytes(sample.wall.0));
                sample.respawns = 1;
            })
        });
        let ratio = Ratio { estimate: 1.5, low: None, high: None, method: None };
        let samples = samples.into_iter().map(SampleBuilder::done).collect();
        let row = row(Threads, 2).samples(samples).with(|row| row.speedup = Some(ratio)).done();
        let summary = Summary::of(&row);
        assert_eq!(summary.wall.map(|wall| wall.median), Some(2.0));
        assert_eq!(summary.tasks_per_second, Some(500.0));
        assert_eq!((summary.cpu, summary.cores_used), (Some(4.0), Some(2.0)));
        assert_eq!((summary.gil_switches, summary.peak_rss), (Some(2), Some(Bytes(4_000_000_000))));
        assert_eq!((summary.respawns, summary.tasks_lost), (Some(3), Some(0)));
        assert_eq!((summary.efficiency, summary.ipc_bytes), (Some(0.75), None));
        assert_eq!(summary.startup, Some(0.000_21));
    }

    #[test]
    fn long_samples_weigh_more_in_the_shares() {
        let waiting = Budget { gil: Nanos(100), ..Budget::default() };
        let row = row(Threads, 2).samples(vec![sample(1.0).done(), sample(3.0).budget(waiting).done()]).done();
        let shares = Summary::of(&row).shares.unwrap();
        assert_eq!(shares, Shares { compute: 0.25, gil: 0.75, ..Shares::default() });
    }

    #[test]
    fn latencies_are_pooled_before_percentiles_are_taken() {
        let pairs = [(1_000, 98), (5_000, 1), (1_000, 98), (9_000, 3)];
        let task = TaskLatency::pooled(pairs.into_iter()).unwrap();
        assert_eq!((task.p50, task.p95, task.max), (1e-6, 1e-6, 9e-6));
        assert!(task.p99 > 8.9e-6, "{task:?}");
    }

    #[test]
    fn tasks_that_died_with_the_engine_are_lost() {
        for (samples, lost, expected) in
            [(&[][..], 0, None), (&[], 1_000, Some(1_000)), (&[1.0], 0, Some(0)), (&[1.0], 7, Some(7))]
        {
            let row = row(Threads, 2).walls(samples).with(|row| row.lost_with_engine = lost).done();
            assert_eq!(Summary::of(&row).tasks_lost, expected, "{samples:?} {lost}");
        }
    }

    #[test]
    fn samples_that_lost_tasks_count_only_as_such() {
        let lost = sample(9.0).with(|sample| sample.tasks_lost = 4).done();
        let summary = Summary::of(&row(Threads, 2).samples(vec![sample(1.0).done(), lost]).done());
        assert_eq!(summary.wall.map(|wall| (wall.n, wall.max)), Some((1, 1.0)));
        assert_eq!(summary.tasks_lost, Some(4));
    }
}
