//! All messages, the newest first.
//!
//! ```text
//! ┌ Messages ─ 3 ────────────────────────────────────────────┐
//! │ X worker 2 died: SIGKILL; 14 tasks run again             │
//! └ ↑↓ scroll ─ Esc back ────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::layout::Layout;
use super::window::Window;
use crate::tui::app::App;
use crate::tui::app::messages::Level;
use crate::tui::theme::Role;

pub(super) fn draw(buffer: &mut Buffer, layout: &Layout, app: &App, from: usize) {
    let messages = app.messages().newest_first();
    let title = ["Messages".to_owned(), messages.len().to_string()];
    let rows = u16::try_from(messages.len().max(1)).unwrap_or(u16::MAX);
    let window =
        Window { title: &title, keys: &["↑↓ scroll", "Esc back"], width: 100.min(layout.area.width), rows };
    window.draw(buffer, layout, app, |pen| {
        if messages.len() == 0 {
            pen.text(1, 0, "nothing was said yet", Role::Label);
        }
        for (y, message) in (0..pen.height()).zip(messages.skip(from)) {
            let role = if message.level >= Level::Warning { Role::Strong } else { Role::Text };
            pen.text(1, y, &format!("{}{}", message.level.mark(), message.text), role);
        }
    });
}
