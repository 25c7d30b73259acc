//! The bottom row, made from the table of actions.
//!
//! ```text
//!  r run  x cancel  R restart  g GIL  b backend  +/- workers  e export  ? help  q quit
//! ```

use super::pen::{Pen, width_of};
use crate::tui::actions::{Action, footer_entries};
use crate::tui::app::Page;
use crate::tui::theme::Role;

pub(super) fn draw(pen: &mut Pen<'_>, page: Page) {
    let mut x = 1;
    for (binding, label) in footer_entries(page, pen.width()) {
        x = pen.text(x, 0, binding.shown, Role::Strong) + 1;
        x = pen.text(x, 0, label, Role::Label) + 2;
    }
}

/// The action that is written in this column.
pub(super) fn action_at(page: Page, width: u16, column: u16) -> Option<Action> {
    let mut x = 1;
    for (binding, label) in footer_entries(page, width) {
        let end = x + width_of(binding.shown) + 1 + width_of(label);
        if (x..end).contains(&column) {
            return Some(binding.keys[0].1);
        }
        x = end + 2;
    }
    None
}
