//! Responsiveness: how late a loop in the foreground comes while work is done behind it.

use super::evidence::{Evidence, Row, Unmeasured};
use super::plan::{configurations, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit};
use crate::engine::Lateness;
use crate::spec::{BackendId, Configuration, Wish};
use crate::units::Nanos;
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Responsiveness;

static ABOUT: About = About {
    id: "responsiveness",
    feature: "Responsiveness",
    question: "How late does an interface, or a server that accepts, react while work is done behind it?",
    processes: "leave it alone",
    threads: "hold it up under the GIL",
    watch: "the workers, which never stop computing: a loop in the foreground must get its turns between them, and each turn is timed",
    take: "beside something that must react at once, let processes compute, not threads under the GIL",
    why: "a loop that reacts needs the lock for each turn; a computing thread keeps it for a switch interval (5 ms) before it \
          lets go, and then another computing thread may be the first to take it; rayon's threads let go after each handful of tasks, but \
          mostly take it again before the loop is awake",
    change: "no GIL; work that waits; a shorter switch interval; a loop in a process of its own",
};

/// The loop's turns with threads behind it must be this many times as late.
const CLEARLY_LATER: f64 = 2.0;

/// What computes behind the loop, with the lock or without.
const BEHIND: [(BackendId, bool, &str); 5] = [
    (BackendId::Threads, true, "threads, GIL on"),
    (BackendId::Threads, false, "threads, GIL off"),
    (BackendId::Rayon, true, "rayon, GIL on"),
    (BackendId::Processes, true, "processes"),
    (BackendId::Async, true, "async, GIL on"),
];

/// What a figure says, and how it is read from a sample.
type Quantity = (&'static str, fn(&Lateness) -> Nanos);

/// What is told of the turns' lateness.
const QUANTITIES: [Quantity; 2] = [
    ("half of the turns are at most so late", |late| late.p50),
    ("99 of 100 turns are at most so late", |late| late.p99),
];

impl Experiment for Responsiveness {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let tasks = (60 * scope.workers()).to_string();
        configurations(BEHIND.map(|(backend, gil, _)| {
            let asked = [("tasks", &*tasks), ("cpu-us", "1000"), ("io-us", "0"), ("period", "10ms")];
            wish("mixed", backend, scope.workers(), &asked).map(|wish| Wish { gil, ..wish })
        }))
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let median = |row: Row<'_>| row.lateness(|late| late.p50);
        let mut figures = Vec::new();
        for (quantity, of) in QUANTITIES {
            for (backend, gil, name) in BEHIND {
                let row = evidence.row(name, backend, |of| of.gil == gil)?;
                figures.push(Figure::new(name, quantity, row.lateness(of)?, Unit::Seconds));
            }
        }
        let of = |backend, gil| median(evidence.row("the loop", backend, |of| of.gil == gil)?);
        let (threads, processes) = (of(BackendId::Threads, true)?, of(BackendId::Processes, true)?);
        let free = of(BackendId::Threads, false)?;
        let shown = |of: Measured| Unit::Seconds.shown(of.value);
        Ok(Finding {
            verdict: threads.exceeds(processes.times(CLEARLY_LATER)),
            processes: format!("{} late", shown(processes)),
            threads: format!("{} late", shown(threads)),
            conclusion: format!(
                "a loop with threads under the GIL behind it reacts {} late (the median), with processes {}, with threads \
                 without the GIL {}",
                shown(threads),
                shown(processes),
                shown(free),
            ),
            figures,
        })
    }
}
