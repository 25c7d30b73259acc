//! Overhead: what a pool costs before and between tasks, and how long tasks must be for it to pay.

use super::evidence::{Evidence, Row, Unmeasured};
use super::plan::{configurations, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::spec::{BackendId, Chunk, Configuration, Wish};
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Overhead;

static ABOUT: About = About {
    id: "overhead",
    feature: "Overhead",
    question: "What does a pool cost, and how long must tasks be for it to pay?",
    processes: "higher: start-up and IPC",
    threads: "lower: memory is shared",
    watch: "how small tasks can get before `ipc` fills the bars of the workers",
    why: "a process is made by the system, loaded and told its work over a pipe; a thread finds everything in memory",
    change: "chunks of many tasks; pools that are started once and kept; shared memory in place of pipes",
};

/// Pools of each backend that are started, each for a job of its own.
const STARTS: u32 = 5;

/// Empty tasks of the smallest of these jobs.
const EMPTY: u32 = 20_000;

/// Tasks of the job that the break-even is told for, where the pool has to be started.
const JOB: f64 = 256.0;

/// Starting one pool has to take this many times what the other takes.
const CLEARLY_MORE: f64 = 1.5;

impl Experiment for Overhead {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let pools = [BackendId::Threads, BackendId::Processes];
        let empty = (0..STARTS).flat_map(|start| {
            let tasks = (EMPTY + start).to_string();
            pools.map(|backend| {
                let asked = [("tasks", &*tasks), ("cpu-us", "0"), ("io-us", "0")];
                Ok(Wish { chunk: Chunk::Fixed(1), ..wish("mixed", backend, scope.workers(), &asked)? })
            })
        });
        let full = [BackendId::Sequential, BackendId::Threads, BackendId::Processes].map(|backend| {
            wish("mixed", backend, scope.workers(), &[("tasks", "64"), ("cpu-us", "1000"), ("io-us", "0")])
        });
        configurations(empty.chain(full))
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let processes = Costs::of(evidence, BackendId::Processes)?;
        let threads = Costs::of(evidence, BackendId::Threads)?;
        let shown = |of: Measured| Unit::Seconds.shown(of.value);
        Ok(Finding {
            verdict: Verdict::all(&[
                processes.start.exceeds(threads.start.times(CLEARLY_MORE)),
                processes.task.exceeds(threads.task),
            ]),
            processes: format!("start {}", shown(processes.start)),
            threads: format!("start {}", shown(threads.start)),
            conclusion: format!(
                "a pool of processes starts in {} and spends {} a task, one of threads {} and {}; {}; {}",
                shown(processes.start),
                shown(processes.task),
                shown(threads.start),
                shown(threads.task),
                processes.told("processes"),
                threads.told("threads"),
            ),
            figures: [processes.figures("processes"), threads.figures("threads")].concat(),
        })
    }
}

/// What a pool costs, in seconds, and how much faster it computes once it does.
struct Costs {
    start: Measured,
    task: Measured,
    gain: Measured,
}

impl Costs {
    fn of(evidence: &Evidence<'_>, backend: BackendId) -> Result<Self, Unmeasured> {
        let is_empty = |of: &Configuration| of.values.real("cpu-us") == 0.0;
        let empty: Vec<Row<'_>> = evidence.rows(backend, is_empty).collect();
        let starts: Vec<f64> = empty.iter().flat_map(|row| &row.0.startups).map(|start| start.seconds()).collect();
        let first = evidence.row(backend.facts().id, backend, is_empty)?;
        let full = |backend: BackendId| evidence.row(backend.facts().id, backend, |of| !is_empty(of));
        Ok(Self {
            start: Measured::mean(&starts).ok_or_else(|| first.unmeasured())?,
            task: first.mean(|sample| Some(sample.wall.seconds() / tasks_of(first)))?,
            gain: full(backend)?.faster_than(full(BackendId::Sequential)?)?,
        })
    }

    /// How long a task must be for the pool to be as fast as doing one after the other: at `s` seconds of computing a task
    /// it needs `once` and `task` + `s` / `gain`. `None` where it is never faster.
    fn break_even(&self, once: Measured) -> Option<Measured> {
        let saved = |gain: f64| (gain > 1.0).then(|| 1.0 - 1.0 / gain);
        let sum = Measured {
            value: once.value + self.task.value,
            low: once.low + self.task.low,
            high: once.high + self.task.high,
        };
        Some(Measured {
            value: sum.value / saved(self.gain.value)?,
            low: sum.low.max(0.0) / saved(self.gain.high)?,
            high: saved(self.gain.low).map_or(f64::INFINITY, |saved| sum.high / saved),
        })
    }

    fn warm(&self) -> Option<Measured> {
        self.break_even(Measured::exactly(0.0))
    }

    fn cold(&self) -> Option<Measured> {
        self.break_even(self.start.times(1.0 / JOB))
    }

    fn told(&self, name: &str) -> String {
        let shown = |of: Measured| Unit::Seconds.shown(of.value);
        match (self.warm(), self.cold()) {
            (Some(warm), Some(cold)) => format!(
                "{name} pay from tasks of {} on, or of {} where a pool is started for {JOB} of them",
                shown(warm),
                shown(cold)
            ),
            _ => format!("{name} compute no faster than one worker here"),
        }
    }

    fn figures(&self, name: &'static str) -> Vec<Figure> {
        let known = [("start of a pool", self.start, Unit::Seconds), ("cost of a task", self.task, Unit::Seconds)]
            .into_iter()
            .chain([("speed-up", self.gain, Unit::Times)]);
        let told = [("break-even task, pool kept", self.warm()), ("break-even task, pool started", self.cold())];
        let told = told.into_iter().filter_map(|(what, at)| Some((what, at?, Unit::Seconds)));
        let finite = |(_, at, _): &(&str, Measured, Unit)| at.high.is_finite();
        known.chain(told).filter(finite).map(|(what, at, unit)| Figure::new(name, what, at, unit)).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of tasks stays far below 2^53")]
fn tasks_of(row: Row<'_>) -> f64 {
    row.0.configuration.values.count("tasks") as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_break_even_pool_and_single_worker_take_equally_long() {
        let costs =
            Costs { start: Measured::exactly(2e-3), task: Measured::exactly(1e-6), gain: Measured::exactly(1.8) };
        for (at, once) in [(costs.warm().unwrap(), 0.0), (costs.cold().unwrap(), 2e-3 / JOB)] {
            let pool = once + 1e-6 + at.value / 1.8;
            assert!((pool - at.value).abs() < 1e-12, "{at:?}");
        }
    }

    #[test]
    fn a_pool_that_is_no_faster_never_pays() {
        let costs =
            Costs { start: Measured::exactly(2e-3), task: Measured::exactly(1e-6), gain: Measured::exactly(0.9) };
        assert_eq!((costs.warm(), costs.cold()), (None, None));
        assert!(costs.told("threads").contains("no faster"));
        let unsure = Costs { gain: Measured { value: 1.1, low: 0.9, high: 1.3 }, ..costs };
        assert_eq!(unsure.warm().map(|at| at.high), Some(f64::INFINITY));
        assert!(unsure.figures("threads").iter().all(|figure| figure.measured.high.is_finite()));
    }
}
