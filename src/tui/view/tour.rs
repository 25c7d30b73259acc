//! The guide's words: while a stop is measured in place of the table of results, afterwards in the row above the keys.
//!
//! ```text
//! Tour, 2 of 5: Who waits for the Global Interpreter Lock?
//! Look at the band: with the lock on, it says who holds the lock and how many wait.
//! ```

use super::pen::Pen;
use crate::experiment::About;
use crate::text::wrap_text;
use crate::tui::app::tour::{STOPS, Tour};
use crate::tui::theme::Role;

/// What is measured at this stop and what to look at.
pub(super) fn draw_stop(pen: &mut Pen<'_>, tour: Tour, about: &About) {
    let title = format!("Tour, {} of {}: {}", tour.number(), STOPS.len(), about.question);
    let paragraphs = [
        (title, Role::Strong),
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

/// What comes next, and how to have it at once.
pub(super) fn draw_pause(pen: &mut Pen<'_>, tour: Tour) {
    let next = if tour.is_at_its_end() { "  ends it   " } else { "  goes on, by itself in a few seconds   " };
    let seen = format!("Tour, {} of {}. ", tour.number(), STOPS.len());
    let pieces = [
        (seen.as_str(), Role::Text),
        ("Enter", Role::Strong),
        (next, Role::Text),
        ("Esc", Role::Strong),
        ("  leaves", Role::Text),
    ];
    pen.pieces(1, 0, &pieces);
}
