//! The bottom row, made from the table of actions.
//!
//! ```text
//!  r run  x cancel  R restart  g GIL  b backend  +/- workers  e export  ? help  q quit
//! ```

use super::pen::{Pen, width_of};
use crate::tui::actions::{Action, Leave, Move, Show, footer_entries};
use crate::tui::app::App;
use crate::tui::theme::Role;

/// A key, what it does, and the action behind it.
type Entry = (&'static str, &'static str, Action);

pub(super) fn draw(pen: &mut Pen<'_>, app: &App) {
    let mut x = 1;
    for (key, label, _) in entries(app) {
        x = pen.text(x, 0, key, Role::Strong) + 1;
        x = pen.text(x, 0, label, Role::Label) + 2;
    }
}

/// The keys of the page; those of a field that is typed into, and of the tour, go before.
fn entries(app: &App) -> Vec<Entry> {
    if app.screen().edited().is_some() {
        let all = [("Enter", "take it", Action::Move(Move::Activate)), ("Esc", "leave it", Action::Move(Move::Back))];
        return all.to_vec();
    }
    let Some(tour) = app.tour() else {
        let entries = footer_entries(app.page(), app.size().0);
        return entries.map(|(binding, label)| (binding.shown, label, binding.keys[0].1)).collect();
    };
    let goes_on = ("Enter", if tour.is_at_its_end() { "table" } else { "go on" }, Action::Move(Move::Activate));
    let all = [
        ("Esc", "end the tour", Action::Move(Move::Back)),
        ("?", "help: keys and words", Action::Show(Show::Help)),
        ("q", "quit", Action::Leave(Leave::Quit)),
    ];
    tour.measured().is_none().then_some(goes_on).into_iter().chain(all).collect()
}

/// The action that is written in this column.
pub(super) fn action_at(app: &App, column: u16) -> Option<Action> {
    let mut x = 1;
    for (key, label, action) in entries(app) {
        let end = x + width_of(key) + 1 + width_of(label);
        if (x..end).contains(&column) {
            return Some(action);
        }
        x = end + 2;
    }
    None
}
