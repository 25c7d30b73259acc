//! The guide's words: while a stop is measured in place of the table of results, afterwards in the row above the keys.
//!
//! ```text
//! Who waits for the Global Interpreter Lock?
//! Just now: primes with backend threads, 2 workers, GIL on: threads of one process that share memory and one lock.
//! Look at the band: with the lock on, it says who holds the lock and how many wait.
//! ```

use super::pen::Pen;
use crate::experiment::About;
use crate::results::ResultRow;
use crate::text::wrap_text;
use crate::tui::app::App;
use crate::tui::app::tour::{STOPS, Tour};
use crate::tui::theme::Role;

/// What is measured at this stop, by whom just now, and what to look at.
pub(super) fn draw_stop(pen: &mut Pen<'_>, app: &App, about: &About) {
    let now = app.toured().map_or_else(|| "Just now: everything is prepared.".to_owned(), just_now);
    let paragraphs = [
        (about.question.to_owned(), Role::Strong),
        (now, Role::Text),
        (format!("Look at {}.", about.watch), Role::Text),
        (format!("Textbooks say of processes: {}; of threads: {}.", about.processes, about.threads), Role::Text),
        ("What it means is said on page 2 in a few seconds. Esc ends the tour.".to_owned(), Role::Label),
    ];
    let width = usize::from(pen.width().saturating_sub(2));
    let lines = paragraphs.iter().flat_map(|(text, role)| wrap_text(text, width).into_iter().map(|line| (line, *role)));
    for ((line, role), y) in lines.zip(0..pen.height()) {
        pen.text(1, y, &line, role);
    }
}

/// `Just now: primes with backend threads, 2 workers, GIL on: threads of one process that …`
fn just_now(row: &ResultRow) -> String {
    let configuration = &row.configuration;
    let facts = configuration.backend.facts();
    let workers = if facts.scales { format!(", {} workers", configuration.workers) } else { String::new() };
    let lock = if configuration.gil { ", GIL on" } else { "" };
    format!("Just now: {} with backend {}{workers}{lock}: {}.", configuration.workload, facts.id, facts.summary)
}

/// What comes next, and how to have it at once; behind the last stop, what else there is.
pub(super) fn draw_pause(pen: &mut Pen<'_>, tour: Tour) {
    let seen = format!("Tour, {} of {}. ", tour.number(), STOPS.len());
    let end = [
        ("That was the tour. ", Role::Text),
        ("a", Role::Strong),
        (" measures all rows, ", Role::Text),
        ("1", Role::Strong),
        (" is for work of your own   ", Role::Text),
        ("Esc", Role::Strong),
    ];
    let more = [
        (seen.as_str(), Role::Text),
        ("Enter", Role::Strong),
        ("  goes on, by itself in a few seconds   ", Role::Text),
        ("Esc", Role::Strong),
        ("  leaves", Role::Text),
    ];
    pen.pieces(1, 0, if tour.is_at_its_end() { &end[..] } else { &more[..] });
}
