//! The GIL: who waits for the lock.

use super::evidence::{Evidence, Row, Unmeasured};
use super::plan::{configurations, short_rounds, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::spec::{BackendId, Configuration, RunSettings, SWITCH_INTERVAL, Wish};
use crate::units::Nanos;
use crate::workload::{GilModel, Refusal};

/// See the module's documentation.
pub(super) struct GlobalLock;

static ABOUT: About = About {
    id: "gil",
    feature: "GIL",
    question: "Who waits for the Global Interpreter Lock?",
    processes: "not affected",
    threads: "affected",
    watch: "the bars of the workers: ╳ is time in which they wait for the lock; where many do, the line above says who holds it",
    take: "for Python code that computes, take processes, or a Python without GIL; work that waits can stay in threads",
    why: "a process has one lock: threads that compute take turns, and a thread that comes back from waiting gets its turn only \
          when the computing one lets go, a switch interval (5 ms in Python) after it was asked",
    change: "work that waits; C code that lets go of the lock; a shorter switch interval, which costs switches",
};

/// Without the lock threads have to be this many times faster, and processes may not be.
const CLEARLY_FASTER: f64 = 1.2;

/// Switch intervals that a thread waits through which comes back from I/O, in microseconds.
const QUICK: [u64; 4] = [100, 1_000, 5_000, 10_000];
const ALL: [u64; 5] = [100, 1_000, 5_000, 20_000, 50_000];

/// Shorter intervals are lost in the time that a thread takes to wake up.
const TELLING: Nanos = Nanos::from_millis(1);

/// Threads that wait.
const WAITING: u32 = 16;

impl Experiment for GlobalLock {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let workers = scope.workers();
        let (threads, processes) = (BackendId::Threads, BackendId::Processes);
        let computing =
            |backend, gil| wish("primes", backend, workers, &[("tasks", "60")]).map(|wish| Wish { gil, ..wish });
        let computing = [(threads, false), (threads, true), (processes, false), (processes, true)]
            .map(|(backend, gil)| computing(backend, gil));
        let waiting = [false, true].map(|gil| {
            let asked = [("tasks", "128"), ("latency", "1ms")];
            wish("sleep", threads, WAITING, &asked).map(|wish| Wish { gil, ..wish })
        });
        let models = GilModel::ALL.map(|model| {
            let asked = [("tasks", "32"), ("cpu-us", "1000"), ("io-us", "0")];
            let wish = wish("mixed", threads, workers, &asked)?;
            Ok(Wish { gil: true, gil_model: Some(model), ..wish })
        });
        let intervals = if scope.quick { &QUICK[..] } else { &ALL };
        let convoy = intervals.iter().map(|micros| convoy(Nanos::from_micros(*micros)));
        configurations(computing.into_iter().chain(waiting).chain(models).chain(convoy))
    }

    fn settings(&self, scope: Scope) -> RunSettings {
        short_rounds(scope)
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let of = |name, workload: &'static str, backend, gil| {
            evidence.row(name, backend, move |row| row.workload == workload && row.gil == gil)
        };
        let computing = |name, backend, gil| of(name, "primes", backend, gil);
        let (threads, processes) = (BackendId::Threads, BackendId::Processes);
        let gain = computing("threads", threads, false)?.faster_than(computing("threads", threads, true)?)?;
        let kept = computing("processes", processes, true)?.faster_than(computing("processes", processes, false)?)?;
        let waits = of("sleep", "sleep", threads, true)?.faster_than(of("sleep", "sleep", threads, false)?)?;
        let slope = slope(evidence)?;
        let shown = |of: Measured| Unit::Times.shown(of.value);
        let share = |of: Measured| Unit::Share.shown(of.value);
        let mut figures = vec![
            Figure::new("threads", "faster without the lock", gain, Unit::Times),
            Figure::new("processes", "speed kept with the lock", kept, Unit::Share),
            Figure::new("waiting threads", "speed kept with the lock", waits, Unit::Share),
            Figure::new("back from waiting", "lateness per switch interval", slope, Unit::Times),
        ];
        figures.extend(models(evidence)?);
        figures.extend(lateness(evidence)?);
        Ok(Finding {
            verdict: Verdict::all(&[gain.is_above(CLEARLY_FASTER), kept.is_above(1.0 / CLEARLY_FASTER)]),
            processes: format!("keep {} of the speed", share(kept)),
            threads: format!("{} without the lock", shown(gain)),
            conclusion: format!(
                "without the GIL threads compute {} as fast, while processes keep {} of their speed with it and waiting \
                 threads {}; beside one computing thread, another that comes back from waiting is late by {} the switch interval, which is 5 ms in \
                 Python",
                shown(gain),
                share(kept),
                share(waits),
                shown(slope),
            ),
            figures,
        })
    }
}

/// One thread that computes, and a loop in the foreground that wants the lock now and then. Its turns are so rare that
/// one is over before the next is due.
fn convoy(interval: Nanos) -> Result<Wish, Refusal> {
    let period = Nanos((3 * interval.0).max(SWITCH_INTERVAL.0));
    let tasks = (TURNS * period.0).div_ceil(COMPUTING.0);
    let (tasks, micros) = (tasks.to_string(), (COMPUTING.0 / 1_000).to_string());
    let period = format!("{}us", period.0 / 1_000);
    let asked = [("tasks", &*tasks), ("cpu-us", &*micros), ("io-us", "0"), ("period", &*period)];
    let wish = wish("mixed", BackendId::Threads, 1, &asked)?;
    Ok(Wish { gil: true, switch_interval: interval, ..wish })
}

/// Turns of the loop in a sample.
const TURNS: u64 = 4;

/// How long a task of the computing thread takes.
const COMPUTING: Nanos = Nanos::from_millis(1);

fn is_convoy(row: &Configuration) -> bool {
    row.workload == "mixed" && row.values.duration("period") > Nanos::ZERO
}

/// The convoys that were measured, by their switch intervals.
fn convoys<'a>(evidence: &Evidence<'a>) -> Vec<(Nanos, Row<'a>)> {
    let rows = evidence.rows(BackendId::Threads, is_convoy);
    let mut convoys: Vec<_> = rows.filter_map(|row| Some((row.0.configuration.switch_interval?, row))).collect();
    convoys.sort_by_key(|(interval, _)| *interval);
    convoys
}

/// How much later a turn comes for each second that the switch interval is longer, from the shortest that tells to the
/// longest.
fn slope(evidence: &Evidence<'_>) -> Result<Measured, Unmeasured> {
    let mut convoys = convoys(evidence);
    convoys.retain(|(interval, _)| *interval >= TELLING);
    let [(short, first), .., (long, last)] = convoys.as_slice() else { return Err(Unmeasured::missing("the convoy")) };
    let median = |row: &Row<'_>| row.lateness(|late| late.p50);
    Ok(median(last)?.less(median(first)?).times(1.0 / long.since(*short).seconds()))
}

fn lateness(evidence: &Evidence<'_>) -> Result<Vec<Figure>, Unmeasured> {
    let figure = |(interval, row): (Nanos, Row<'_>)| {
        let late = row.lateness(|late| late.p50)?;
        Ok(Figure::new(format!("interval {interval}"), "lateness after waiting", late, Unit::Seconds))
    };
    convoys(evidence).into_iter().map(figure).collect()
}

fn models(evidence: &Evidence<'_>) -> Result<Vec<Figure>, Unmeasured> {
    let figure = |model: GilModel| {
        let is_it = |of: &Configuration| of.gil_model == Some(model) && of.workload == "mixed" && !is_convoy(of);
        let cores = evidence.row(model.id(), BackendId::Threads, is_it)?.cores()?;
        Ok(Figure::new(model.id(), "busy cores, threads by GIL model", cores, Unit::Cores))
    };
    GilModel::ALL.into_iter().map(figure).collect()
}
