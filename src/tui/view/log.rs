//! All messages, the newest first.
//!
//! ```text
//! ┌ Messages ─ 3 ────────────────────────────────────────────┐
//! │ X worker 2 died: SIGKILL; 14 tasks run again             │
//! └ Esc back ─ jk scroll ↓2 ─────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Layout;
use super::window::{self, Window};
use crate::text::wrap_text;
use crate::tui::app::App;
use crate::tui::app::messages::{Level, Message};
use crate::tui::theme::Role;

pub(super) fn draw(buffer: &mut Buffer, layout: &Layout, app: &App, from: usize) {
    let lines = content(app, layout.area);
    let title = ["Messages".to_owned(), app.messages().newest_first().len().to_string()];
    let rows = u16::try_from(lines.len().max(1)).unwrap_or(u16::MAX);
    let hidden = window::hidden(lines.len(), layout.area);
    let from = from.min(hidden);
    let hint = window::scroll_hint(from, hidden);
    let keys: Vec<&str> = ["Esc back"].into_iter().chain(hint.as_deref()).collect();
    Window { title: &title, keys: &keys, width: width(layout.area), rows }.draw(buffer, layout, app, |pen| {
        if lines.is_empty() {
            pen.text(1, 0, "nothing was said yet", Role::Label);
        }
        for (y, (text, role)) in (0..pen.height()).zip(&lines[from..]) {
            pen.text(1, y, text, *role);
        }
    });
}

/// How many lines do not fit on the screen.
pub(super) fn hidden(app: &App, screen: Rect) -> usize {
    window::hidden(content(app, screen).len(), screen)
}

fn width(screen: Rect) -> u16 {
    100.min(screen.width)
}

/// Every message in as many lines as it needs.
fn content(app: &App, screen: Rect) -> Vec<(String, Role)> {
    let cells = usize::from(width(screen).saturating_sub(4));
    let lines = |message: &Message| {
        let role = if message.level >= Level::Warning { Role::Strong } else { Role::Text };
        let lines = wrap_text(&format!("{}{}", message.level.mark(), message.text), cells);
        lines.into_iter().map(move |line| (line, role))
    };
    app.messages().newest_first().flat_map(lines).collect()
}
