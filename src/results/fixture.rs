//! Rows and samples for tests: sensible throughout, changed where a test cares.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{ResultRow, RunId, Status, settle};
use crate::engine::{Budget, Calibration, Sample, Surroundings};
use crate::fault::Home;
use crate::machine::memory::Limits;
use crate::machine::{Cores, Machine};
use crate::spec::{BackendId, Chunk, Configuration, LockScope, RETRIES, RunSettings, SWITCH_INTERVAL};
use crate::units::{Bytes, CoreId, Nanos};
use crate::workload::{Answer, Checksum, GilModel, Survey, Value, Values};

/// Each row of a test has a name of its own.
static ROWS: AtomicU64 = AtomicU64::new(1);

/// Builds a [`ResultRow`].
pub(crate) struct RowBuilder(ResultRow);

/// Builds a [`Sample`] of two workers that compute all the time.
pub(crate) struct SampleBuilder(Sample);

/// A finished row of `primes` without samples, on a machine with two usable cores.
pub(crate) fn row(backend: BackendId, workers: u32) -> RowBuilder {
    let number = ROWS.fetch_add(1, Ordering::Relaxed);
    RowBuilder(ResultRow {
        run: RunId(format!("20261122T171403Z-4711-{number}")),
        started_at: "2026-11-22T17:14:03Z".to_owned(),
        configuration: configuration(backend, workers),
        cores_usable: 2,
        settings: RunSettings::default(),
        calibration: Some(Calibration {
            survey: Survey::default(),
            tasks: 1_000,
            task_cost: Nanos::from_millis(1),
            steps_per_us: 1.0,
        }),
        samples: Vec::new(),
        startups: vec![Nanos::from_micros(210)],
        status: Status::Ok,
        failure: None,
        lost_with_engine: 0,
        faults_injected: 0,
        engine_died: false,
        suspended: 0,
        baseline_run: None,
        speedup: None,
    })
}

/// The baseline and rows with 1, 2, … workers that are so many times as fast.
pub(crate) fn curve_of(backend: BackendId, gil: bool, speedups: &[f64]) -> Vec<ResultRow> {
    curve_at(backend, gil, (1..).zip(speedups.iter().copied()))
}

/// The baseline and rows with these numbers of workers, each so many times as fast, in five rounds that drift, with a
/// little noise of their own.
pub(crate) fn curve_at(
    backend: BackendId,
    gil: bool,
    speedups: impl IntoIterator<Item = (u32, f64)>,
) -> Vec<ResultRow> {
    let walls = |workers: u32, speedup: f64| {
        let noise = move |round: u32| 0.998 + 0.001 * f64::from((workers * 3 + round * workers) % 5);
        (0..5).map(|round| (1.0 + 0.01 * f64::from(round)) * noise(round) / speedup).collect::<Vec<_>>()
    };
    let mut rows = vec![row(BackendId::Sequential, 1).walls(&walls(0, 1.0)).done()];
    rows.extend(speedups.into_iter().map(|(workers, speedup)| {
        let row = row(backend, workers).walls(&walls(workers, speedup));
        if gil { row.gil().done() } else { row.done() }
    }));
    settle(&mut rows);
    rows
}

/// A machine with two cores.
pub(crate) fn machine() -> Machine {
    let cores = vec![CoreId(0), CoreId(1)];
    Machine {
        host: "ana".to_owned(),
        os: "Debian GNU/Linux 12 (bookworm)".to_owned(),
        kernel: "Linux 6.1.0".to_owned(),
        cpu_model: "AMD EPYC".to_owned(),
        cores: Cores {
            usable: 2,
            logical: 2,
            physical: Some(2),
            online: cores.clone(),
            affinity: cores,
            quota: None,
            reason: "all 2 logical cores".to_owned(),
        },
        memory_total: Some(Bytes(8 << 30)),
        memory_limit: None,
        limits: Limits { address_space: None, open_files: Some(1_024), core_file: None },
        clock_read: Nanos(25),
    }
}

fn configuration(backend: BackendId, workers: u32) -> Configuration {
    let facts = backend.facts();
    let mut values = Values::default();
    for (name, value) in [("tasks", 1_000), ("size", 1_000_000), ("seed", 42)] {
        values.set(name, Value::Count(value));
    }
    Configuration {
        payload: Bytes(0),
        workload: "primes".to_owned(),
        values,
        input: Vec::new(),
        backend,
        workers,
        gil: false,
        gil_model: None,
        switch_interval: None,
        transport: facts.transports.first().copied(),
        chunk: facts.chunks.then_some(Chunk::Auto),
        in_flight: None,
        retries: (facts.home == Home::Own).then_some(RETRIES),
        task_timeout: None,
        fault: None,
    }
}

/// Five runs at 1.00 … 1.04 s would be `walls(&[1.00, …])`; this is one of them.
pub(crate) fn sample(wall_seconds: f64) -> SampleBuilder {
    let wall = Nanos::from_seconds(wall_seconds);
    let all = Nanos(2 * wall.0);
    SampleBuilder(Sample {
        sample: 0,
        warmup: false,
        wall,
        tasks: 1_000,
        budget: Budget { compute: all, ..Budget::default() },
        cpu: all,
        programs: Nanos::ZERO,
        ctx_voluntary: Some(12),
        ctx_involuntary: Some(34),
        latency: vec![(1_000_000, 980), (1_200_000, 15), (1_300_000, 5)],
        latency_every: 1,
        pss: Some(Bytes(9_856_614)),
        peak_rss: Some(Bytes(11_953_766)),
        gil_switches: None,
        ipc_bytes: None,
        faults_seen: 0,
        respawns: 0,
        tasks_retried: 0,
        tasks_lost: 0,
        failures: Vec::new(),
        answer: Some(Answer {
            checksum: Checksum(0x1234_5678_9abc_def0),
            sentence: "50,847,534 primes below 10⁹".to_owned(),
            notes: Vec::new(),
            artifact: None,
        }),
        surroundings: Surroundings::default(),
        foreground: None,
    })
}

impl RowBuilder {
    /// Turns the lock on, as `Configuration::new` would.
    pub(crate) fn gil(mut self) -> Self {
        let contends = self.0.configuration.backend.facts().lock == LockScope::Shared;
        self.0.configuration.gil = true;
        self.0.configuration.gil_model = Some(GilModel::Bytecode);
        self.0.configuration.switch_interval = contends.then_some(SWITCH_INTERVAL);
        self
    }

    /// Asks for another number of tasks.
    pub(crate) fn tasks(mut self, tasks: u64) -> Self {
        self.0.configuration.values.set("tasks", Value::Count(tasks));
        self
    }

    /// Sets the samples, numbered in order.
    pub(crate) fn samples(mut self, samples: Vec<Sample>) -> Self {
        let numbered = (0..).zip(samples).map(|(number, sample)| Sample { sample: number, ..sample });
        self.0.samples = numbered.collect();
        self
    }

    /// One plain sample for each wall time, in seconds.
    pub(crate) fn walls(self, seconds: &[f64]) -> Self {
        self.samples(seconds.iter().map(|wall| sample(*wall).done()).collect())
    }

    /// Five samples of one second with this time budget, in percent of it.
    pub(crate) fn budget(self, percent: Budget) -> Self {
        self.samples((0..5).map(|_| sample(1.0).budget(percent).done()).collect())
    }

    /// Sets how the row ended.
    pub(crate) fn status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    /// Ends the row with this failure.
    pub(crate) fn failed(mut self, why: &str) -> Self {
        self.0.failure = Some(why.to_owned());
        self.status(Status::Failed)
    }

    /// Changes anything else.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut ResultRow)) -> Self {
        change(&mut self.0);
        self
    }

    /// The row.
    pub(crate) fn done(self) -> ResultRow {
        self.0
    }
}

impl SampleBuilder {
    /// Sets the answer's checksum.
    pub(crate) fn checksum(mut self, checksum: u64) -> Self {
        if let Some(answer) = &mut self.0.answer {
            answer.checksum = Checksum(checksum);
        }
        self
    }

    /// Sets the time budget, in percent of the sample's workers × wall.
    pub(crate) fn budget(mut self, percent: Budget) -> Self {
        let part = |nanos: Nanos| Nanos(nanos.0 * 2 * self.0.wall.0 / 100);
        self.0.budget = Budget {
            compute: part(percent.compute),
            ready: part(percent.ready),
            gil: part(percent.gil),
            io: part(percent.io),
            ipc: part(percent.ipc),
            idle: part(percent.idle),
        };
        self
    }

    /// Changes anything else.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Sample)) -> Self {
        change(&mut self.0);
        self
    }

    /// The sample.
    pub(crate) fn done(self) -> Sample {
        self.0
    }
}
