//! Format and file of an export.
//!
//! ```text
//! ┌ Export ─ 8 results ──────────────────────────────────────┐
//! │ format ‹ CSV ›   JSON   samples                          │
//! │ file    /home/ana/partui-20261122-1714.csv▏              │
//! │ ! exists: other name, or Ctrl-O to overwrite             │
//! └ Enter write ─ Esc back ──────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::layout::Layout;
use super::pen::Pen;
use super::window::Window;
use crate::export::{EXPORTERS, Exporter};
use crate::text::{counted, wrap_text};
use crate::tui::app::overlay::{ExportDialog, ExportLine, ExportProblem};
use crate::tui::app::{App, Page};
use crate::tui::theme::Role;

pub(super) fn draw(buffer: &mut Buffer, layout: &Layout, app: &App, dialog: &ExportDialog) {
    let title = ["Export".to_owned(), contents(app)];
    let width = 60.min(layout.area.width);
    let (problem, role) = problem(dialog, usize::from(width - 4));
    let rows = 2 + u16::try_from(problem.len()).unwrap_or(u16::MAX);
    let keys = &["Enter write", "Esc back", "↑↓ line", "←→ format"];
    Window { title: &title, keys, width, rows }.draw(buffer, layout, app, |pen| {
        draw_formats(pen, dialog);
        draw_file(pen, dialog);
        for (y, line) in (2..pen.height()).zip(&problem) {
            pen.text(1, y, line, role);
        }
    });
}

/// How many results are written, and which of them the table does not show.
fn contents(app: &App) -> String {
    let all = app.rows_of_page().iter().filter(|row| row.is_finished()).count();
    let results = counted(all as u64, "result");
    match all.saturating_sub(app.table().kept().filter(|(_, row)| row.is_finished()).count()) {
        earlier if app.page() == Page::Workbench && earlier > 0 => {
            format!("{results}, {} among them", counted(earlier as u64, "earlier baseline"))
        }
        _ => results,
    }
}

/// Why nothing was written, in lines of that width; one of them is there in any case, so that the window stays.
fn problem(dialog: &ExportDialog, width: usize) -> (Vec<String>, Role) {
    match &dialog.problem {
        Some(ExportProblem::Exists) => (vec!["! exists: other name, or Ctrl-O to overwrite".to_owned()], Role::Strong),
        Some(ExportProblem::IsLink) => {
            (vec!["! a link: other name, or Ctrl-O to replace the link".to_owned()], Role::Strong)
        }
        Some(ExportProblem::Failed(text)) => (wrap_text(&format!("X {text}"), width), Role::Reverse),
        None => (vec![String::new()], Role::Text),
    }
}

fn draw_formats(pen: &mut Pen<'_>, dialog: &ExportDialog) {
    mark(pen, 0, dialog.line == ExportLine::Format);
    let mut x = pen.text(1, 0, "format", Role::Label) + 1;
    for format in EXPORTERS {
        x = if format.id == dialog.format.id {
            pen.text(x, 0, &format!("‹ {} ›", name(format)), Role::Strong) + 1
        } else {
            pen.text(x + 2, 0, &name(format), Role::Text) + 1
        };
    }
}

/// Formats that are called like their files are abbreviations: `CSV`, `JSON`; `samples` is not.
fn name(format: &Exporter) -> String {
    if format.id == format.extension { format.id.to_uppercase() } else { format.id.to_owned() }
}

/// The end of the path matters most: its beginning is left out where it is too long.
fn draw_file(pen: &mut Pen<'_>, dialog: &ExportDialog) {
    mark(pen, 1, dialog.line == ExportLine::File);
    pen.text(1, 1, "file", Role::Label);
    let (before, after) = dialog.file.halves();
    let room = usize::from(pen.width().saturating_sub(10));
    let hidden = before.chars().count().saturating_sub(room);
    let shown: String = before.chars().skip(hidden).collect();
    let x = pen.text(9, 1, &shown, Role::Strong);
    let x = if dialog.line == ExportLine::File { pen.text(x, 1, "▏", Role::Strong) } else { x };
    pen.text(x, 1, &after, Role::Strong);
}

fn mark(pen: &mut Pen<'_>, y: u16, focused: bool) {
    if focused {
        pen.text(0, y, pen.theme().cursor(), Role::Strong);
    }
}
