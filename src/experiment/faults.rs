//! Fault isolation: who dies, and what is lost.

use super::evidence::{Evidence, Row, Unmeasured};
use super::plan::{configurations, rounds, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::fault::{Fault, FaultKind};
use crate::results::Status;
use crate::spec::{BackendId, Configuration, RunSettings, Wish};
use crate::units::Nanos;
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Faults;

static ABOUT: About = About {
    id: "faults",
    feature: "Fault isolation",
    question: "One task crashes: who dies, and what is lost?",
    processes: "isolated",
    threads: "take all down",
    watch: "the messages in the bottom line: a worker process that dies is replaced and its tasks run again, threads die together",
    take: "where a task may crash (C code, memory running out, kill), take processes; against exceptions, threads do as well",
    why: "an exception ends the task that throws it; a crash ends the process, and threads share one, while a worker process dies alone and its tasks run again",
    change: "tasks that only ever throw exceptions, which threads survive as well; a program that another one watches and starts again; tasks that must not run twice",
};

/// What ends a process.
const DEADLY: [FaultKind; 3] = [FaultKind::Abort, FaultKind::Segv, FaultKind::Kill];

/// What does not end it, and what is told of that.
const OTHERS: [(FaultKind, &str); 2] =
    [(FaultKind::Panic, "tasks lost to an exception, of 64"), (FaultKind::Scribble, "tasks lost to a scribble, of 64")];

/// How long a task may take where it may hang.
const LIMIT: Nanos = Nanos::from_millis(250);

const POOLS: [BackendId; 4] = [BackendId::Threads, BackendId::Rayon, BackendId::Async, BackendId::Processes];

impl Experiment for Faults {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let with = |backend, kind: Option<FaultKind>| {
            let asked = [("tasks", "64"), ("cpu-us", "500"), ("io-us", "0")];
            let wish = wish("mixed", backend, scope.workers(), &asked)?;
            let fault = kind.map(|kind| Fault { kind, task: None, times: 1 });
            let task_timeout = (kind == Some(FaultKind::Hang)).then_some(LIMIT);
            Ok(Wish { task_timeout, fault, ..wish })
        };
        let struck = DEADLY.into_iter().chain(OTHERS.map(|(kind, _)| kind));
        let struck = struck.flat_map(|kind| POOLS.map(|backend| with(backend, Some(kind))));
        let others = [None, Some(FaultKind::Hang)].map(|kind| with(BackendId::Processes, kind));
        configurations(struck.chain(others))
    }

    fn settings(&self, scope: Scope) -> RunSettings {
        RunSettings { runs: 3, warmup: 0, ..rounds(scope) }
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let of = |backend| Deaths::of(evidence, backend);
        let (processes, threads) = (of(BackendId::Processes)?, of(BackendId::Threads)?);
        let thrown = |backend| struck(evidence, backend, Some(FaultKind::Panic)).map(tasks_lost);
        let (thrown_in_processes, thrown_in_threads) = (thrown(BackendId::Processes)?, thrown(BackendId::Threads)?);
        let told =
            |kind| delay(evidence, kind).map_or("an unknown time".to_owned(), |delay| Unit::Seconds.shown(delay.value));
        Ok(Finding {
            verdict: Verdict::all(&[
                Verdict::certain(processes.lost == 0),
                Verdict::certain(threads.lost == threads.crashes),
            ]),
            processes: processes.cell(),
            threads: threads.cell(),
            conclusion: format!(
                "a crash (abort, segv or kill) ends {} of {} jobs in threads and {} of {} in processes; an exception \
                 (panic) costs {thrown_in_threads} of 64 tasks in threads and {thrown_in_processes} in processes; a \
                 killed worker process costs its job {}, one that hangs {} at a limit of {LIMIT} a task",
                threads.lost,
                threads.crashes,
                processes.lost,
                processes.crashes,
                told(FaultKind::Kill),
                told(FaultKind::Hang),
            ),
            figures: figures(evidence)?,
        })
    }
}

/// How many jobs had a crash, and how many of them were lost with it.
struct Deaths {
    crashes: u32,
    lost: u32,
}

impl Deaths {
    fn of(evidence: &Evidence<'_>, backend: BackendId) -> Result<Self, Unmeasured> {
        let mut deaths = Self { crashes: 0, lost: 0 };
        for kind in DEADLY {
            let row = struck(evidence, backend, Some(kind))?;
            deaths.crashes += 1;
            deaths.lost += u32::from(is_lost(row)?);
        }
        Ok(deaths)
    }

    fn cell(&self) -> String {
        format!("crash: {} of {} jobs lost", self.lost, self.crashes)
    }
}

/// What each kind of fault costs each backend.
fn figures(evidence: &Evidence<'_>) -> Result<Vec<Figure>, Unmeasured> {
    let mut figures = Vec::new();
    for backend in POOLS {
        let lost = Deaths::of(evidence, backend)?.lost;
        figures.push(counted(backend, "jobs lost to a crash, of 3", lost.into()).of(3.0));
    }
    for (kind, quantity) in OTHERS {
        for backend in POOLS {
            figures.push(counted(backend, quantity, tasks_lost(struck(evidence, backend, Some(kind))?)).of(64.0));
        }
    }
    // A hang takes as long as its limit, beside which the other bars would be empty.
    let crashes = DEADLY.map(|kind| (kind, "time that a crash costs the job"));
    let delays = crashes.into_iter().chain([(FaultKind::Hang, "time that a hang costs, limit 250 ms")]);
    figures.extend(delays.filter_map(|(kind, quantity)| {
        let delay = delay(evidence, kind).ok()?;
        Some(Figure::new(format!("processes, {}", kind.id()), quantity, delay, Unit::Seconds))
    }));
    Ok(figures)
}

fn counted(backend: BackendId, quantity: &'static str, count: u64) -> Figure {
    let count = Measured::exactly(u32::try_from(count).unwrap_or(u32::MAX).into());
    Figure::new(backend.facts().id, quantity, count, Unit::Count)
}

/// Of a sample, the one with most of them.
fn tasks_lost(row: Row<'_>) -> u64 {
    row.0.samples.iter().map(|sample| sample.tasks_lost).max().unwrap_or(0).max(row.0.lost_with_engine)
}

fn struck<'a>(evidence: &Evidence<'a>, backend: BackendId, kind: Option<FaultKind>) -> Result<Row<'a>, Unmeasured> {
    let name = kind.map_or("nothing", FaultKind::id);
    evidence.row(name, backend, |of| of.fault.map(|fault| fault.kind) == kind)
}

/// Whether a crash took the job with it.
fn is_lost(row: Row<'_>) -> Result<bool, Unmeasured> {
    match row.0.status {
        Status::Ok => Ok(false),
        Status::Failed => Ok(true),
        Status::Running | Status::Divergent | Status::Cancelled => Err(row.unmeasured()),
    }
}

/// How much longer the job of processes takes with the fault.
fn delay(evidence: &Evidence<'_>, kind: FaultKind) -> Result<Measured, Unmeasured> {
    let of = |kind| struck(evidence, BackendId::Processes, kind)?.wall();
    let later = of(Some(kind))?.less(of(None)?);
    // A crash makes nothing faster.
    Ok(Measured { value: later.value.max(0.0), low: later.low.max(0.0), ..later })
}
