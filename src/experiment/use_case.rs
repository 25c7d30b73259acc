//! Use case: which backend suits work that computes, and which suits work that waits.

use super::evidence::{Evidence, Row, Unmeasured};
use super::plan::{configurations, short_rounds, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::spec::{BackendId, Configuration, RunSettings, Wish};
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct UseCase;

static ABOUT: About = About {
    id: "use-case",
    feature: "Use case",
    question: "Which suits work that computes, and which suits work that waits?",
    processes: "CPU-bound",
    threads: "I/O-bound",
    watch: "Σ, the busy cores: computing under the GIL, threads keep one busy and processes all of them; waiting needs none",
    take: "in Python, compute in processes and wait in threads, or in async where very many wait; without a GIL, threads compute as well",
    why: "under the GIL one thread computes at a time, but who waits for I/O lets go of it, so that all can wait at once, as well in threads, which cost less",
    change: "no lock (Rust, C++, free-threaded CPython); computing in C code that lets go of the lock; fewer cores",
};

/// What the figures are.
const COMPUTING: &str = "speed-up, computing";
const WAITING_FOR_IO: &str = "speed-up, waiting";

/// Workers that wait, of each backend.
const WAITING: u32 = 16;

/// Processes suit computing if they are this many times faster than threads.
const CLEARLY_FASTER: f64 = 1.2;

/// Threads suit waiting if they are not slower than this fraction of the speed of processes.
const AS_FAST: f64 = 0.8;

/// The dial: µs of computing in a task of 1,000 µs.
const DIAL: [u32; 5] = [0, 250, 500, 750, 1_000];

impl Experiment for UseCase {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let locked = |made: Result<Wish, Refusal>| made.map(|wish| Wish { gil: true, ..wish });
        let on_each = |workload: &'static str, workers, asked: &'static [(&str, &str)]| {
            BackendId::ALL.map(|backend| wish(workload, backend, workers, asked)).into_iter()
        };
        let computing = on_each("primes", scope.workers(), &[("tasks", "50")]);
        let waiting = on_each("sleep", WAITING, &[("tasks", "64"), ("latency", "1ms")]);
        let dialled = DIAL.into_iter().flat_map(|cpu| {
            let (computes, waits) = (cpu.to_string(), (1_000 - cpu).to_string());
            [BackendId::Threads, BackendId::Processes].map(|backend| {
                let asked = [("tasks", "32"), ("cpu-us", &*computes), ("io-us", &*waits)];
                wish("mixed", backend, 2 * scope.workers(), &asked)
            })
        });
        configurations(computing.chain(waiting).chain(dialled).map(locked))
    }

    fn settings(&self, scope: Scope) -> RunSettings {
        short_rounds(scope)
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let of = |workload: &'static str| {
            move |backend: BackendId| evidence.row(workload, backend, |row| row.workload == workload)
        };
        let (computing, waiting) = (of("primes"), of("sleep"));
        let gain = computing(BackendId::Processes)?.faster_than(computing(BackendId::Threads)?)?;
        let no_loss = waiting(BackendId::Threads)?.faster_than(waiting(BackendId::Processes)?)?;
        let dial = dialled(evidence)?;
        let figures =
            [speedups(&computing, COMPUTING)?, speedups(&waiting, WAITING_FOR_IO)?, shown_dial(&dial)].concat();
        let shown = |label: &str, quantity: &str| {
            let found = figures.iter().find(|figure| figure.label == label && figure.quantity == quantity);
            found.map_or_else(String::new, |figure| Unit::Times.shown(figure.measured.value))
        };
        Ok(Finding {
            verdict: Verdict::all(&[gain.is_above(CLEARLY_FASTER), no_loss.is_above(AS_FAST)]),
            processes: format!("computing {}", shown("processes", COMPUTING)),
            threads: format!("waiting {}", shown("threads", WAITING_FOR_IO)),
            conclusion: format!(
                "beside one worker alone, processes compute {} as fast and threads under the GIL {}: processes are {} as \
                 fast as threads; work that waits is done {} as fast by {WAITING} threads, {} by as many processes, {} by \
                 async; {}",
                shown("processes", COMPUTING),
                shown("threads", COMPUTING),
                Unit::Times.shown(gain.value),
                shown("threads", WAITING_FOR_IO),
                shown("processes", WAITING_FOR_IO),
                shown("async", WAITING_FOR_IO),
                turning_point(&dial),
            ),
            figures,
        })
    }
}

fn speedups<'a>(
    of: &impl Fn(BackendId) -> Result<Row<'a>, Unmeasured>,
    quantity: &'static str,
) -> Result<Vec<Figure>, Unmeasured> {
    let alone = of(BackendId::Sequential)?;
    let parallel = BackendId::ALL.into_iter().filter(|backend| *backend != BackendId::Sequential);
    let figure = |backend: BackendId| {
        Ok(Figure::new(backend.facts().id, quantity, of(backend)?.faster_than(alone)?, Unit::Times))
    };
    parallel.map(figure).collect()
}

/// How many times as fast as threads processes are, by the µs of computing in a task.
fn dialled(evidence: &Evidence<'_>) -> Result<Vec<(u32, Measured)>, Unmeasured> {
    let gain = |cpu: u32| -> Result<Measured, Unmeasured> {
        let of = |backend| {
            let is_it = |row: &Configuration| row.workload == "mixed" && is_dialled(row, cpu);
            evidence.row("mixed", backend, is_it)
        };
        of(BackendId::Processes)?.faster_than(of(BackendId::Threads)?)
    };
    DIAL.into_iter().map(|cpu| Ok((cpu, gain(cpu)?))).collect()
}

/// The dial as figures, from all waiting to all computing.
fn shown_dial(dial: &[(u32, Measured)]) -> Vec<Figure> {
    let figure = |(cpu, gain): &(u32, Measured)| {
        Figure::new(format!("{} % computing", cpu / 10), "processes beside threads", *gain, Unit::Times)
    };
    dial.iter().map(figure).collect()
}

/// From which share of computing on processes are the faster ones.
fn turning_point(dial: &[(u32, Measured)]) -> String {
    let first = dial.iter().find(|(_, gain)| gain.is_above(1.0) == Verdict::Holds);
    match first {
        Some((cpu, gain)) => format!(
            "of tasks of 1 ms, processes are the faster ones from {} % computing on ({})",
            cpu / 10,
            Unit::Times.shown(gain.value)
        ),
        None => "at no mixture of computing and waiting are processes clearly faster".to_owned(),
    }
}

fn is_dialled(row: &Configuration, cpu: u32) -> bool {
    (row.values.real("cpu-us") - f64::from(cpu)).abs() < 0.5
}
