//! Concurrency: how many cores are really used.

use super::evidence::{Evidence, Unmeasured};
use super::plan::{configurations, short_rounds, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::results::Summary;
use crate::spec::{BackendId, Configuration, RunSettings, Wish};
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Concurrency;

static ABOUT: About = About {
    id: "concurrency",
    feature: "Concurrency",
    question: "How many cores are really used?",
    processes: "true parallelism",
    threads: "limited by the GIL",
    watch: "Σ, the sum of busy cores: single core bars mislead, since threads hop from core to core",
    take: "to have all cores compute in Python, take processes, as many as there are cores; more workers than that only queue for a core",
    why: "the GIL is a lock that lets one thread of a process compute at a time; every process has one of its own",
    change: "no GIL, or computing in C code that lets go of it; a CPU quota below the number of cores",
};

/// More than one core, whatever the noise.
const MORE_THAN_ONE: f64 = 1.25;

/// Of the cores that could be used, the fraction that must be.
const MOST: f64 = 0.75;

/// How many workers a core has where there are too many.
const TOO_MANY: u32 = 4;

impl Experiment for Concurrency {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let with = |backend, workers, gil| {
            wish("primes", backend, workers, &[("tasks", "100")]).map(|wish| Wish { gil, ..wish })
        };
        let (threads, processes, workers) = (BackendId::Threads, BackendId::Processes, scope.workers());
        configurations([
            with(threads, workers, false),
            with(threads, workers, true),
            with(processes, 1, true),
            with(processes, workers, true),
            with(threads, TOO_MANY * workers, false),
        ])
    }

    fn settings(&self, scope: Scope) -> RunSettings {
        short_rounds(scope)
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let most = evidence.rows(BackendId::Processes, |_| true).map(|row| row.0.configuration.workers).max();
        let workers = most.unwrap_or(1);
        let of = |name, backend, gil| evidence.row(name, backend, |of| of.workers == workers && of.gil == gil);
        let alone = evidence.row("one process", BackendId::Processes, |of| of.workers == 1)?;
        let row = of("processes", BackendId::Processes, true)?;
        let usable = f64::from(workers.min(row.0.cores_usable));
        let processes = row.cores()?;
        let locked = of("threads with the lock", BackendId::Threads, true)?.cores()?;
        let free = of("threads without the lock", BackendId::Threads, false)?.cores()?;
        let crowd = evidence.row("too many threads", BackendId::Threads, |of| of.workers > workers)?;
        let waits = Summary::of(crowd.0).shares.map_or(0.0, |shares| shares.ready);
        let shown = |value| Unit::Cores.shown(value);
        Ok(Finding {
            verdict: Verdict::all(&[
                processes.is_above(MORE_THAN_ONE.max(MOST * usable)),
                locked.is_below(MORE_THAN_ONE),
            ]),
            processes: shown(processes.value),
            threads: shown(locked.value),
            conclusion: format!(
                "{workers} worker processes keep {} busy, {workers} threads {} under the GIL and {} without it; \
                 {} threads spend {} of their time waiting for a core",
                shown(processes.value),
                shown(locked.value),
                shown(free.value),
                crowd.0.configuration.workers,
                Unit::Share.shown(waits),
            ),
            figures: vec![
                busy("1 process".to_owned(), alone.cores()?),
                busy(format!("{workers} processes"), processes),
                busy(format!("{workers} threads, GIL on"), locked),
                busy(format!("{workers} threads"), free),
                busy(format!("{} threads", crowd.0.configuration.workers), crowd.cores()?),
                Figure::new(
                    format!("{} threads", crowd.0.configuration.workers),
                    "time spent waiting for a core",
                    Measured::exactly(waits),
                    Unit::Share,
                ),
            ],
        })
    }
}

fn busy(label: String, cores: Measured) -> Figure {
    Figure::new(label, "busy cores", cores, Unit::Cores)
}
