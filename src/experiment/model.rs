//! A machine as textbooks have it, for tests: rows for a plan, with figures from a few rules, and the same turned round.

use super::{Experiment, Scope};
use crate::engine::{Lateness, Sample};
use crate::fault::FaultKind;
use crate::results::{ResultRow, Status, fixture};
use crate::spec::{BackendId, Configuration, SWITCH_INTERVAL, Transport};
use crate::units::{Bytes, Nanos};
use crate::workload::GilModel;

/// The cores of that machine.
const CORES: f64 = 2.0;

/// What is measured of a configuration.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    wall: f64,
    cores: f64,
    memory: f64,
    start: f64,
    lateness: f64,
    dies: bool,
    /// Factors of the samples' figures.
    scatter: Vec<f64>,
}

impl Figures {
    /// Threads share a lock and their memory, and die together; processes have their own, cost more, and die alone.
    pub(crate) fn of_a_textbook(asked: &Configuration) -> Self {
        let is_process = asked.backend == BackendId::Processes;
        let workers = f64::from(asked.workers);
        let locked = asked.gil && !is_process && asked.gil_model != Some(GilModel::CReleased);
        let cores = if locked { 1.0 } else { workers.min(CORES) };
        let (computing, waiting) = work(asked);
        let waits = if waiting > 0.0 { asked.in_flight.map_or(workers, f64::from) } else { 1.0 };
        let handing = if is_process { 20e-6 } else { 1e-6 } * tasks(asked);
        let copying =
            if asked.transport == Some(Transport::Pipe) { 1e-9 } else { 1e-11 } * payload(asked) * tasks(asked);
        let own = if is_process { 6e6 } else { 1e5 };
        let deadly =
            asked.fault.is_some_and(|fault| matches!(fault.kind, FaultKind::Abort | FaultKind::Segv | FaultKind::Kill));
        Self {
            wall: computing / cores + waiting / waits + handing + copying,
            cores,
            memory: 1e7 + own * workers + f64::from(asked.in_flight.unwrap_or(0)) * 600.0,
            start: if is_process { 3e-3 } else { 1e-4 },
            lateness: if locked { asked.switch_interval.unwrap_or(SWITCH_INTERVAL).seconds() } else { 5e-5 },
            dies: deadly && !is_process,
            scatter: vec![0.99, 1.01, 1.0, 0.995, 1.005],
        }
    }

    /// Threads have the figures of processes, and processes those of threads.
    pub(crate) fn turned_round(asked: &Configuration) -> Self {
        let backend = match asked.backend {
            BackendId::Threads => BackendId::Processes,
            BackendId::Processes => BackendId::Threads,
            other => other,
        };
        let transport = (backend == BackendId::Processes).then_some(Transport::Pipe);
        Self::of_a_textbook(&Configuration { backend, transport, ..asked.clone() })
    }

    /// The same, but with samples far apart.
    pub(super) fn scattered(self) -> Self {
        Self { scatter: vec![0.02, 9.0, 0.3, 4.0, 0.05], ..self }
    }

    pub(super) fn without_samples(self) -> Self {
        Self { scatter: Vec::new(), ..self }
    }

    fn sample(&self, factor: f64) -> Sample {
        let late = Nanos::from_seconds(self.lateness * factor);
        fixture::sample(self.wall * factor)
            .with(|sample| {
                sample.cpu = Nanos::from_seconds(self.wall * self.cores * factor * factor);
                sample.pss = Some(bytes(self.memory * factor));
                sample.peak_rss = Some(bytes(2.0 * self.memory * factor));
                sample.foreground = Some(Lateness { turns: 20, p50: late, p99: late, max: late });
            })
            .done()
    }
}

/// A number of bytes, rounded.
fn bytes(count: f64) -> Bytes {
    Bytes(Nanos::from_seconds(count * 1e-9).0)
}

#[expect(clippy::cast_precision_loss, reason = "a number of tasks stays far below 2^53")]
fn tasks(asked: &Configuration) -> f64 {
    asked.values.count("tasks") as f64
}

#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn payload(asked: &Configuration) -> f64 {
    asked.payload.0 as f64
}

/// Seconds of computing and of waiting in a job.
fn work(asked: &Configuration) -> (f64, f64) {
    match asked.workload.as_str() {
        "sleep" => (0.0, tasks(asked) * asked.values.duration("latency").seconds()),
        "mixed" => {
            let of = |name: &str| tasks(asked) * asked.values.real(name) * 1e-6;
            (of("cpu-us"), of("io-us"))
        }
        _ => (1e-3 * tasks(asked), 0.0),
    }
}

/// The rows of an experiment's plan with the figures of a model.
pub(crate) fn rows(
    experiment: &dyn Experiment,
    scope: Scope,
    model: impl Fn(&Configuration) -> Figures,
) -> Vec<ResultRow> {
    let plan = experiment.plan(scope).unwrap();
    plan.iter().enumerate().map(|(place, asked)| row(asked, model(asked), place)).collect()
}

fn row(asked: &Configuration, mut figures: Figures, place: usize) -> ResultRow {
    // Rows are not disturbed all at the same time.
    let turn = place.checked_rem(figures.scatter.len()).unwrap_or(0);
    figures.scatter.rotate_left(turn);
    let samples: Vec<Sample> = figures.scatter.iter().map(|factor| figures.sample(*factor)).collect();
    let start = figures.start * figures.scatter.first().unwrap_or(&1.0);
    let status = match (figures.dies, samples.is_empty()) {
        (true, false) => Status::Failed,
        (_, true) => Status::Cancelled,
        (false, false) => Status::Ok,
    };
    fixture::row(asked.backend, asked.workers)
        .samples(if figures.dies { Vec::new() } else { samples })
        .with(|row| {
            row.configuration = asked.clone();
            row.startups = vec![Nanos::from_seconds(start)];
            row.status = status;
        })
        .done()
}
