//! All keys, made from the table of actions, then the words that are not everybody's; typing searches them.
//!
//! ```text
//! ┌ Help ─ /gil ─ 2 of 41 ───────────────────────────────────┐
//! │▌g        GIL on or off for the next run                  │
//! └ type to search ─ Enter does it ─ Esc back ───────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::layout::Layout;
use super::window::Window;
use crate::results::WORDS;
use crate::tui::actions::ACTIONS;
use crate::tui::app::App;
use crate::tui::app::overlay::{Help, HelpLine};
use crate::tui::theme::Role;

pub(super) fn draw(buffer: &mut Buffer, layout: &Layout, app: &App, list: &Help) {
    let found = list.found();
    let mut title = vec!["Help".to_owned()];
    if !list.search.is_empty() {
        title.push(format!("/{}", list.search.text()));
    }
    title.push(format!("{} of {}", found.len(), ACTIONS.len() + WORDS.len()));
    let keys = ["type to search", "Enter does it", "Esc back"];
    let rows = u16::try_from(found.len().max(1)).unwrap_or(u16::MAX);
    let window = Window { title: &title, keys: &keys, width: 80.min(layout.area.width), rows };
    window.draw(buffer, layout, app, |pen| {
        let from = (list.chosen + 1).saturating_sub(usize::from(pen.height()));
        for (y, (place, line)) in (0..pen.height()).zip(found.iter().enumerate().skip(from)) {
            let (what, x, said) = match line {
                HelpLine::Key(binding) => (binding.shown, 10, binding.help),
                HelpLine::Word(word) => (word.word, 14, word.meaning),
            };
            pen.text(1, y, what, Role::Strong);
            pen.text(x, y, said, Role::Text);
            if place == list.chosen {
                pen.text(0, y, pen.theme().cursor(), Role::Strong);
                pen.restyle(1, y, pen.width().saturating_sub(1), Role::Reverse);
            }
        }
        if found.is_empty() {
            pen.text(1, 0, "no key does that, no word means it; Backspace widens the search", Role::Label);
        }
    });
}
