//! The next run: fields with a cursor, or one line where there is no room for them.
//!
//! ```text
//!  workload    primes
//!  tasks       1000
//!  ─ how ──────────────────
//! ▌backend   ‹ threads ›
//!  workers     4  (2 usable)
//!  ─ measure ──────────────
//!  runs        5
//!  [ r  run ]
//! ```

use super::pen::{Pen, width_of};
use crate::tui::app::fields::Field;
use crate::tui::app::next::NextRun;
use crate::tui::app::overlay::{FieldEdit, Screen};
use crate::tui::app::shown::{rough, shown_duration};
use crate::tui::app::{App, Pane};
use crate::tui::theme::Role;
use crate::units::Bytes;
use crate::workload::Value;

/// The column in which values start.
const VALUE: u16 = 13;

/// How far the rules between groups go.
const RULE: u16 = 25;

/// A line of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// The title of a group.
    Group(&'static str),
    /// The field in this place.
    Field(usize, Field),
    /// How long the run should take.
    Prediction,
    /// Nothing.
    Blank,
}

pub(super) fn draw(pen: &mut Pen<'_>, app: &App) {
    if let Some(row) = app.toured() {
        return draw_toured(pen, &NextRun::of(row));
    }
    if pen.height() == 1 {
        if app.focus() == Pane::Workload {
            pen.text(0, 0, pen.theme().cursor(), Role::Strong);
        }
        return draw_strip(pen, app.next());
    }
    let lines = lines(app.next());
    let from = first_line(&lines, app.field(), usize::from(pen.height()));
    for (y, line) in (0..pen.height()).zip(&lines[from..]) {
        match *line {
            Line::Group(name) => draw_group(pen, y, name),
            Line::Field(place, Field::Start) => draw_button(pen, y, is_focused(app, place)),
            Line::Field(place, field) => draw_field(pen, y, app, place, field),
            Line::Prediction => draw_prediction(pen, y, app),
            Line::Blank => {}
        }
    }
    let mut below = lines.iter().skip(from + usize::from(pen.height()));
    draw_more(pen, from > 0, below.any(|line| matches!(line, Line::Field(..))));
}

/// What the tour shows just now, which nobody has chosen and nobody can change.
fn draw_toured(pen: &mut Pen<'_>, now: &NextRun) {
    if pen.height() == 1 {
        return draw_strip(pen, now);
    }
    for (y, line) in (0..pen.height()).zip(lines(now)) {
        match line {
            Line::Group(name) => draw_group(pen, y, name),
            Line::Field(_, Field::Start) | Line::Prediction | Line::Blank => {}
            Line::Field(_, field) => drop(draw_value(pen, y, now, field)),
        }
    }
}

/// Says at the right edge that there are fields above or below those that can be seen.
fn draw_more(pen: &mut Pen<'_>, above: bool, below: bool) {
    let (right, bottom) = (pen.width().saturating_sub(2), pen.height().saturating_sub(1));
    if above {
        pen.text(right, 0, "↑", Role::Strong);
    }
    if below {
        pen.text(right, bottom, "↓", Role::Strong);
    }
}

/// All lines of the pane, top to bottom.
pub(super) fn lines(next: &NextRun) -> Vec<Line> {
    let mut lines = Vec::new();
    for (place, field) in next.fields().into_iter().enumerate() {
        match field {
            Field::Backend => lines.push(Line::Group("how")),
            Field::Runs => lines.push(Line::Group("measure")),
            Field::Start => lines.extend([Line::Blank; 3]),
            _ => {}
        }
        lines.push(Line::Field(place, field));
    }
    lines.push(Line::Prediction);
    lines
}

/// The first line to show so that the field under the cursor, and what follows the button, can be seen.
pub(super) fn first_line(lines: &[Line], field: usize, height: usize) -> usize {
    let cursor = lines.iter().position(|line| matches!(line, Line::Field(place, _) if *place == field)).unwrap_or(0);
    let needed = if cursor + 2 == lines.len() { lines.len() } else { cursor + 1 };
    needed.saturating_sub(height)
}

fn is_focused(app: &App, place: usize) -> bool {
    app.focus() == Pane::Workload && app.field() == place
}

fn draw_group(pen: &mut Pen<'_>, y: u16, name: &str) {
    let line = pen.theme().lines(false).horizontal;
    let x = pen.text(1, y, &format!("{line} {name} "), Role::Label);
    pen.fill(x, y, RULE.saturating_sub(x), line, pen.theme().role(Role::Label));
}

fn draw_button(pen: &mut Pen<'_>, y: u16, focused: bool) {
    if focused {
        pen.text(0, y, pen.theme().cursor(), Role::Strong);
    }
    let end = pen.pieces(1, y, &[("[ ", Role::Text), ("r", Role::Strong), ("  run ]", Role::Text)]);
    if focused {
        pen.restyle(1, y, end - 1, Role::Reverse);
    }
}

fn draw_prediction(pen: &mut Pen<'_>, y: u16, app: &App) {
    if let Some(predicted) = app.predicted() {
        pen.text(1, y, &format!("about {}", rough(predicted)), Role::Label);
    }
}

fn draw_field(pen: &mut Pen<'_>, y: u16, app: &App, place: usize, field: Field) {
    let focused = is_focused(app, place);
    if focused {
        pen.text(0, y, pen.theme().cursor(), Role::Strong);
    }
    match app.screen() {
        Screen::Edit(edit) if edit.field == field => {
            pen.text(1, y, app.next().name(field), Role::Label);
            draw_edit(pen, y, edit);
        }
        _ => {
            let end = draw_value(pen, y, app.next(), field);
            if focused {
                pen.text(VALUE - 2, y, "‹", Role::Strong);
                pen.text(end, y, " ›", Role::Strong);
            }
        }
    }
}

/// Name and value; answers the column behind them.
fn draw_value(pen: &mut Pen<'_>, y: u16, next: &NextRun, field: Field) -> u16 {
    pen.text(1, y, next.name(field), Role::Label);
    pen.text(VALUE, y, &next.shown(field), Role::Strong)
}

/// What is typed, with its cursor; what was refused is reversed.
fn draw_edit(pen: &mut Pen<'_>, y: u16, edit: &FieldEdit) {
    let (before, after) = edit.line.halves();
    let room = usize::from(pen.width().saturating_sub(VALUE + 1));
    let hidden = before.chars().count().saturating_sub(room);
    let shown: String = before.chars().skip(hidden).collect();
    let role = if edit.refused.is_some() { Role::Reverse } else { Role::Strong };
    let end = pen.text(VALUE, y, &shown, role);
    let cursor = after.chars().next().unwrap_or(' ');
    let end = pen.text(end, y, &cursor.to_string(), Role::Reverse);
    pen.text(end, y, after.get(cursor.len_utf8()..).unwrap_or(""), role);
}

/// `▌primes 1000 × 1.00 M   threads   n 4   GIL ON 5 ms   –   5+1 runs`, and what else was chosen: a fault, a payload, a GIL model.
fn draw_strip(pen: &mut Pen<'_>, next: &NextRun) {
    let wide = pen.width() >= 78;
    let gap = if wide { "   " } else { "  " };
    let settings = next.settings();
    let workers = if next.wish().backend.facts().scales { next.wish().workers } else { 1 };
    let lock = if next.wish().gil { "GIL ON" } else { "GIL off" };
    let mut parts = vec![work(next, wide)];
    // Where room is short, the end is cut off, and this must be seen.
    parts.extend(next.wish().fault.map(|fault| format!("fault {fault}")));
    parts.extend(Some(next.wish().payload).filter(|payload| *payload > Bytes(0)).map(|payload| format!("+{payload}")));
    parts.extend(next.wish().gil_model.and(next.gil_model()).map(|model| model.id().to_owned()));
    if wide {
        parts.extend([next.wish().backend.id().to_owned(), format!("n {workers}")]);
        parts.push(format!("{lock} {}", shown_duration(next.wish().switch_interval)));
        let transport = next.transport().filter(|transport| transport.is_notable());
        parts.extend(transport.map(|transport| transport.id().to_owned()));
        parts.push(format!("{}+{} runs", settings.runs, settings.warmup));
    } else {
        parts.push(format!("{} n {workers}", next.wish().backend.id()));
        parts.extend([lock.to_owned(), format!("{}+{}", settings.runs, settings.warmup)]);
    }
    let fits = |text: &String| width_of(text) + 1 < pen.width();
    let text = Some(parts.join(gap)).filter(fits).unwrap_or_else(|| parts.join("  "));
    pen.text(1, 0, &text, Role::Strong);
}

/// `primes 1000 × 1.00 M`: the workload and its first two numbers.
fn work(next: &NextRun, wide: bool) -> String {
    let numbers = (0..2).filter(|place| next.value(*place).is_some_and(is_number));
    let numbers: Vec<_> = numbers.map(|place| next.shown(Field::Parameter(place))).collect();
    format!("{} {}", next.wish().workload, numbers.join(if wide { " × " } else { "×" }))
}

fn is_number(value: &Value) -> bool {
    !matches!(value, Value::Text(_))
}
