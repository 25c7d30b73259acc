//! The guide's words: while a stop is measured in place of the table of results, afterwards in the row above the keys.
//!
//! ```text
//! Who waits for the Global Interpreter Lock?
//! The GIL is Python's lock: …
//! Just now: primes (computes), 2 threads, GIL on.
//! Look at the line above the workers: …
//! ```

use super::pen::Pen;
use crate::experiment::About;
use crate::spec::{BackendId, Configuration};
use crate::text::{counted, wrap_text};
use crate::tui::app::App;
use crate::tui::app::tour::{STOPS, Stop, Tour};
use crate::tui::theme::Role;
use crate::units::Bytes;
use crate::workload::Kind;

/// What is measured at this stop, by whom just now, and what to look at.
pub(super) fn draw_stop(pen: &mut Pen<'_>, app: &App, stop: &Stop, about: &About) {
    let now = app.toured().map_or_else(|| "everything is prepared".to_owned(), |row| done_by(&row.configuration));
    let claims = format!("Textbooks say of processes: {}; of threads: {}.", about.processes, about.threads);
    let paragraphs = [
        (about.question.to_owned(), Role::Strong),
        (stop.first.to_owned(), Role::Text),
        (format!("Just now: {now}."), Role::Strong),
        (format!("Look at {}.", about.watch), Role::Text),
        (format!("{claims} What was found follows on page 2."), Role::Label),
    ];
    let width = usize::from(pen.width().saturating_sub(2));
    let lines = paragraphs.iter().flat_map(|(text, role)| wrap_text(text, width).into_iter().map(|line| (line, *role)));
    for ((line, role), y) in lines.zip(0..pen.height()) {
        pen.text(1, y, &line, role);
    }
}

/// What is done and who does it, in words for everybody: `primes (computes), 2 threads of rayon, GIL on`.
fn done_by(of: &Configuration) -> String {
    let does = match of.workload().about().kind {
        Kind::Cpu => "computes",
        Kind::CpuAndFile => "reads and computes",
        Kind::Io => "waits",
        Kind::Both => "waits and computes",
    };
    let workers = |what: &str| counted(of.workers.into(), what);
    let who = match of.backend {
        BackendId::Sequential => "one worker alone".to_owned(),
        BackendId::Threads => workers("thread"),
        BackendId::Rayon => format!("{} of rayon", workers("thread")),
        BackendId::Processes if of.workers == 1 => "1 process".to_owned(),
        BackendId::Processes => format!("{} processes", of.workers),
        BackendId::Async => format!("{} for many waiting tasks (async)", workers("thread")),
    };
    let way = of.transport.map_or("reference", |transport| transport.id());
    let payload = (of.payload > Bytes(0)).then(|| format!("{} to each task and back by {way}", of.payload));
    let fault = of.fault.map(|fault| format!("fault: {}", fault.kind.id()));
    let lock = of.gil.then(|| "GIL on".to_owned());
    let is_watched = of.workload().foreground(&of.values).is_some();
    let foreground = is_watched.then(|| "beside a loop in the foreground that waits and comes back".to_owned());
    let more = [lock, foreground, payload, fault].into_iter().flatten();
    let parts = [format!("{} ({does})", of.workload), who].into_iter().chain(more);
    parts.collect::<Vec<_>>().join(", ")
}

/// What comes next, and how to have it at once; behind the last stop, what else there is.
pub(super) fn draw_pause(pen: &mut Pen<'_>, tour: Tour) {
    let seen = format!("Tour, {} of {}. ", tour.number(), STOPS.len());
    let next = tour.begins_in().map(|seconds| format!("  goes on, or wait {seconds} s   "));
    match &next {
        _ if tour.is_at_its_end() => pen.pieces(
            1,
            0,
            &[
                ("That was the tour. ", Role::Text),
                ("Enter", Role::Strong),
                ("  to the table   ", Role::Text),
                ("a", Role::Strong),
                ("  measures all   ", Role::Text),
                ("1", Role::Strong),
                ("  your own work", Role::Text),
            ],
        ),
        Some(next) => pen.pieces(
            1,
            0,
            &[
                (&seen, Role::Text),
                ("Enter", Role::Strong),
                (next, Role::Text),
                ("Space", Role::Strong),
                ("  leaves you time", Role::Text),
            ],
        ),
        None => pen.pieces(1, 0, &[(&seen, Role::Text), ("Enter", Role::Strong), ("  goes on", Role::Text)]),
    };
}
