//! Overhead: what a pool costs before and between tasks, and how long tasks must be for it to pay.

use super::evidence::{Evidence, Row, Unmeasured};
use super::plan::{configurations, short_rounds, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::spec::{BackendId, Chunk, Configuration, RunSettings, Wish};
use crate::units::significant;
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Overhead;

static ABOUT: About = About {
    id: "overhead",
    feature: "Overhead",
    question: "What does a pool of workers cost, and how long must tasks be to get faster with it?",
    processes: "higher: start-up and IPC",
    threads: "lower: memory is shared",
    watch: "the counts of tasks beside the workers: 200,000 that do nothing, so that starting and handing out is all that takes time",
    take: "start a pool once and keep it, and hand out tasks of a millisecond or more; then what a pool costs no longer matters in the choice",
    why: "a process is made by the system, loaded and told its work over a pipe; a thread finds everything in memory",
    change: "chunks of many tasks; pools that are started once and kept; shared memory in place of pipes",
};

/// Empty tasks of the job that tells what a task costs: so many that waking the workers does not count.
const EMPTY: u32 = 200_000;

/// Empty tasks of the jobs that only have their pools started.
const STARTED: [u32; 2] = [1_000, 1_001];

/// What has to be started.
const POOLS: [BackendId; 4] = [BackendId::Threads, BackendId::Rayon, BackendId::Async, BackendId::Processes];

/// Tasks of the job that the break-even is told for, where the pool has to be started.
const JOB: f64 = 256.0;

/// Starting one pool has to take this many times what the other takes.
const CLEARLY_MORE: f64 = 1.5;

impl Experiment for Overhead {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let of = |backend, tasks: u32, micros: &str| {
            let asked = [("tasks", &*tasks.to_string()), ("cpu-us", micros), ("io-us", "0")];
            wish("mixed", backend, scope.workers(), &asked)
        };
        let empty = |backend, tasks| Ok(Wish { chunk: Chunk::Fixed(1), ..of(backend, tasks, "0")? });
        let told = POOLS.map(|backend| empty(backend, EMPTY));
        let started = STARTED.into_iter().flat_map(|tasks| POOLS.map(|backend| empty(backend, tasks)));
        let full = BackendId::ALL.map(|backend| of(backend, 32, "1000"));
        configurations(told.into_iter().chain(started).chain(full))
    }

    fn settings(&self, scope: Scope) -> RunSettings {
        short_rounds(scope)
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let processes = Costs::of(evidence, BackendId::Processes)?;
        let threads = Costs::of(evidence, BackendId::Threads)?;
        let shown = |of: Measured| Unit::Seconds.shown(of.value);
        Ok(Finding {
            verdict: Verdict::all(&[
                processes.start.exceeds(threads.start.times(CLEARLY_MORE)),
                empty(evidence, BackendId::Threads)?.faster_than(empty(evidence, BackendId::Processes)?)?.is_above(1.0),
            ]),
            processes: format!("start {}", shown(processes.start)),
            threads: format!("start {}", shown(threads.start)),
            conclusion: format!(
                "a pool of processes starts in {} and spends {} a task, one of threads {} and {}, which is {} of a task of 1 \
                 ms at most; {}; {}",
                shown(processes.start),
                shown(processes.task),
                shown(threads.start),
                shown(threads.task),
                of_a_millisecond(processes.task.value.max(threads.task.value)),
                processes.told("processes"),
                threads.told("threads"),
            ),
            figures: figures(evidence)?,
        })
    }
}

/// Which part of a millisecond that is: `0.007 %`.
fn of_a_millisecond(seconds: f64) -> String {
    format!("{} %", significant(1e5 * seconds, 1))
}

/// What a pool costs, in seconds, and how much faster it computes once it does.
struct Costs {
    start: Measured,
    task: Measured,
    gain: Measured,
}

impl Costs {
    fn of(evidence: &Evidence<'_>, backend: BackendId) -> Result<Self, Unmeasured> {
        let rows = evidence.rows(backend, is_empty);
        let starts: Vec<f64> = rows.flat_map(|row| &row.0.startups).map(|start| start.seconds()).collect();
        let told = empty(evidence, backend)?;
        let full = |backend: BackendId| evidence.row(backend.facts().id, backend, |of| !is_empty(of));
        Ok(Self {
            start: Measured::mean(&starts).ok_or_else(|| told.unmeasured())?,
            task: told.wall_per_task()?,
            gain: full(backend)?.faster_than(full(BackendId::Sequential)?)?,
        })
    }

    /// How long a task must be for the pool to be as fast as doing one after the other: at `s` seconds of computing a task
    /// it needs `once` and `task` + `s` / `gain`. `None` where it is never faster.
    fn break_even(&self, once: Measured) -> Option<Measured> {
        let saved = |gain: f64| (gain > 1.0).then(|| 1.0 - 1.0 / gain);
        let sum = once.plus(self.task);
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
            (Some(warm), Some(cold)) => {
                format!(
                    "{name} make work faster whose tasks take {} or more, or {} where a pool is started just for {JOB} of them",
                    shown(warm),
                    shown(cold)
                )
            }
            _ => format!("{name} compute no faster than one worker here"),
        }
    }
}

/// What is told of each pool.
type Quantity = (&'static str, fn(&Costs) -> Option<Measured>, Unit);

const QUANTITIES: [Quantity; 5] = [
    ("start of a pool", |pool| Some(pool.start), Unit::Seconds),
    ("cost of a task", |pool| Some(pool.task), Unit::Seconds),
    ("speed-up", |pool| Some(pool.gain), Unit::Times),
    ("break-even task, pool kept", Costs::warm, Unit::Seconds),
    ("break-even task, pool started", Costs::cold, Unit::Seconds),
];

fn figures(evidence: &Evidence<'_>) -> Result<Vec<Figure>, Unmeasured> {
    let of = |backend: BackendId| Ok((backend.facts().id, Costs::of(evidence, backend)?));
    let pools = POOLS.into_iter().map(of).collect::<Result<Vec<_>, Unmeasured>>()?;
    let figures = QUANTITIES.into_iter().flat_map(|(quantity, of, unit)| {
        // An upper bound that is infinite says nothing.
        let known = move |pool: &Costs| of(pool).filter(|figure| figure.high.is_finite());
        pools.iter().filter_map(move |(name, pool)| Some(Figure::new(*name, quantity, known(pool)?, unit)))
    });
    Ok(figures.collect())
}

fn is_empty(row: &Configuration) -> bool {
    row.values.real("cpu-us") == 0.0
}

/// The job that tells what a task costs.
fn empty<'a>(evidence: &Evidence<'a>, backend: BackendId) -> Result<Row<'a>, Unmeasured> {
    let is_it = |of: &Configuration| is_empty(of) && of.values.count("tasks") == u64::from(EMPTY);
    evidence.row(backend.facts().id, backend, is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs =
        Costs { start: Measured::exactly(2e-3), task: Measured::exactly(1e-6), gain: Measured::exactly(1.8) };

    #[test]
    fn at_the_break_even_pool_and_single_worker_take_equally_long() {
        for (at, once) in [(COSTS.warm().unwrap(), 0.0), (COSTS.cold().unwrap(), 2e-3 / JOB)] {
            let pool = once + 1e-6 + at.value / 1.8;
            assert!((pool - at.value).abs() < 1e-12, "{at:?}");
        }
    }

    #[test]
    fn a_pool_that_is_no_faster_never_pays() {
        let costs = Costs { gain: Measured::exactly(0.9), ..COSTS };
        assert_eq!((costs.warm(), costs.cold()), (None, None));
        assert!(costs.told("threads").contains("no faster"));
        let unsure = Costs { gain: Measured { value: 1.1, low: 0.9, high: 1.3 }, ..costs };
        assert_eq!(unsure.warm().map(|at| at.high), Some(f64::INFINITY));
    }
}
