//! The results table.
//!
//! ```text
//!   # backend     n gil  wall s   ±%  speed-up  95 %       eff %  p99 ms   MiB  note
//!   1 sequential  1 –    1.02    0.6    1.00×   baseline     100    1.21   9.1
//! ▌ 5 threads     4 on   1.04    2.3    0.98×   0.95–1.00     25   16.4    9.9  ╳ 75 % gil
//! ```

use super::layout::{Form, Layout};
use super::note;
use super::pen::{Pen, cut, width_of};
use super::tour;
use crate::text::wrap_text;
use crate::tui::app::overlay::Screen;
use crate::tui::app::shown::rough;
use crate::tui::app::table::Entry;
use crate::tui::app::{App, Pane};
use crate::tui::columns::{Align, COLUMNS, Column};
use crate::tui::theme::Role;

/// The most rows that advice takes; the details have all of it.
const MOST_ADVICE: usize = 3;

/// A column with its first cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) place: usize,
    pub(super) x: u16,
}

impl Placed {
    pub(super) fn column(&self) -> &'static Column {
        &COLUMNS[self.place]
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, layout: &Layout, app: &App) {
    let (columns, note) = placed(layout.area.width);
    if pen.height() == 0 {
        return;
    }
    if let Some((stop, about)) = app.tour_stop() {
        return tour::draw_stop(pen, app, stop, about);
    }
    if app.table().rows().next().is_none() {
        return draw_invitation(pen, app);
    }
    draw_header(pen, app, &columns, note);
    if app.table().shown().len() == 0 {
        pen.text(1, 1, &format!("No row contains {}. Esc shows all.", app.table().filter()), Role::Text);
    }
    let advised = draw_advice(pen, app);
    let rows = usize::from(pen.height() - 1 - advised);
    let from = first_row(app, rows);
    for (y, (place, entry)) in (1..pen.height() - advised).zip(app.table().shown().enumerate().skip(from)) {
        draw_row(pen, y, layout.form, app, entry, &columns, note);
        if place == app.table().cursor() {
            pen.text(0, y, pen.theme().cursor(), Role::Strong);
            if app.focus() == Pane::Results {
                pen.restyle(1, y, pen.width().saturating_sub(1), Role::Reverse);
            }
        }
    }
}

/// What the results say, below them where rows are to spare; answers how many it takes.
fn draw_advice(pen: &mut Pen<'_>, app: &App) -> u16 {
    let spare = usize::from(pen.height()).saturating_sub(1 + app.table().shown().len());
    let Some(advice) = app.advice().filter(|_| spare > 0) else { return 0 };
    let sentence = format!("{}, confidence {}: {}", advice.title(), advice.confidence.word(), advice.sentence);
    let width = pen.width().saturating_sub(2);
    let lines = wrap_text(&sentence, usize::from(width));
    let rows = lines.len().min(MOST_ADVICE).min(spare);
    // A single line of several says nothing.
    if rows < lines.len().min(2) {
        return 0;
    }
    let is_long = rows < lines.len();
    let rows = u16::try_from(rows).unwrap_or(0);
    for (line, y) in lines.iter().zip(pen.height() - rows..pen.height()) {
        let is_cut = is_long && y + 1 == pen.height();
        let line = if is_cut { &format!("{line} …") } else { line };
        pen.text(1, y, &cut(line, width), Role::Text);
    }
    rows
}

/// The columns of a screen of this width, and where the note starts.
pub(super) fn placed(width: u16) -> (Vec<Placed>, u16) {
    let mut x = 0;
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for (place, column) in COLUMNS.iter().enumerate().filter(|(_, column)| column.from <= width) {
        x += column.gap;
        columns.push(Placed { place, x });
        x += column.width;
    }
    (columns, x + 2)
}

/// The first row to show so that the cursor can be seen.
pub(super) fn first_row(app: &App, rows: usize) -> usize {
    (app.table().cursor() + 1).saturating_sub(rows)
}

fn draw_invitation(pen: &mut Pen<'_>, app: &App) {
    let seconds = app.predicted_all().map_or_else(String::new, |all| format!(" (about {})", rough(all)));
    let [this, all] = if pen.width() >= 78 {
        [" measures this row; ", " measures it on every backend"]
    } else {
        [" measures this; ", " every backend"]
    };
    let x = pen.pieces(1, 0, &[("No results. ", Role::Text), ("r", Role::Strong), (this, Role::Text)]);
    pen.pieces(x, 0, &[("a", Role::Strong), (all, Role::Text), (&seconds, Role::Text), (".", Role::Text)]);
}

fn draw_header(pen: &mut Pen<'_>, app: &App, columns: &[Placed], note: u16) {
    for placed in columns {
        let column = placed.column();
        let sorted = std::ptr::eq(app.table().sorted_by().0, column);
        let role = if sorted { Role::Strong } else { Role::Label };
        let indent = match column.align {
            Align::Left => 0,
            _ => column.width.saturating_sub(width_of(column.header)),
        };
        pen.text(placed.x + indent, 0, column.header, role);
    }
    match app.screen() {
        Screen::Filter(line) => pen.text(note, 0, &format!("/{}▏", line.text()), Role::Strong),
        _ => pen.text(note, 0, "note", Role::Label),
    };
}

fn draw_row(pen: &mut Pen<'_>, y: u16, form: Form, app: &App, entry: &Entry, columns: &[Placed], note: u16) {
    for placed in columns {
        draw_cell(pen, y, entry, *placed);
    }
    let room = pen.width().saturating_sub(note);
    let said = match note::of(app, entry, form == Form::Frameless) {
        said if width_of(&said.text) <= room => said,
        _ => note::of(app, entry, true),
    };
    pen.text(note, y, &cut(&said.text, room), said.role);
}

fn draw_cell(pen: &mut Pen<'_>, y: u16, entry: &Entry, placed: Placed) {
    let (column, x) = (placed.column(), placed.x);
    let cell = (column.cell)(entry);
    let text = cell.as_deref().unwrap_or("–");
    let start = match (column.align, &cell) {
        (Align::Left, _) => x,
        (Align::Right, _) => (x + column.width).saturating_sub(width_of(text)),
        (Align::Point { dash, .. }, None) => x + dash,
        (Align::Point { point, .. }, Some(text)) => {
            // A number too long to be aligned must still not touch its neighbour.
            let whole =
                text.find('.').map_or_else(|| width_of(text.trim_end_matches('×')), |place| width_of(&text[..place]));
            let last = (x + column.width).saturating_sub(width_of(text));
            (x + point).saturating_sub(whole).min(last).max(x.saturating_sub(column.gap - 1))
        }
    };
    pen.text(start, y, text, Role::Text);
}
