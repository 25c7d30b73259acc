//! Speed-up over workers, as a chart of letters.
//!
//! ```text
//!  2 ┤             │             ·TP            TP
//!  1 ┤  TGP        │              G             G
//!  0 └──┴──────────┴──────────────┴─────────────┴──
//!       1          2              3             4 workers
//! ```

use ratatui::layout::Rect;

use super::pen::{Pen, width_of};
use crate::tui::theme::Role;

/// The cells left of the axis, with it.
const MARGIN: u16 = 5;

/// The speed-ups of one curve.
pub(super) struct Line {
    /// What stands for it.
    pub(super) letter: char,
    /// Whether it is looked at.
    pub(super) is_chosen: bool,
    /// Numbers of workers, each with its speed-up.
    pub(super) points: Vec<(u32, f64)>,
}

/// What is drawn.
pub(super) struct Chart<'a> {
    pub(super) lines: Vec<Line>,
    /// The numbers of workers on the axis, ascending; at least one.
    pub(super) workers: &'a [u32],
    /// Where cores end.
    pub(super) cores: u32,
    /// What a law gives for the line that is looked at.
    pub(super) model: &'a dyn Fn(f64) -> Option<f64>,
}

/// Where things are: the axis' first cell, the cells between the first number of workers and the last, the rows above
/// the axis, and the values at their ends.
struct Scale {
    left: u16,
    width: u16,
    rows: u16,
    most_workers: f64,
    most: f64,
}

impl Scale {
    fn of(chart: &Chart<'_>, area: Rect) -> Self {
        let speedups = chart.lines.iter().flat_map(|line| line.points.iter().map(|(_, speedup)| *speedup));
        let fastest = speedups.fold(0.0, f64::max);
        // The ideal line says most where it can be seen to go on, but not so high that all else lies flat below it.
        let cores = f64::from(chart.cores);
        let most = if fastest > 0.0 { cores.min(2.0 * fastest).max(fastest) } else { cores }.ceil().max(1.0);
        let last = chart.workers.last().copied().unwrap_or(1);
        Self {
            left: area.x + MARGIN + 2,
            // The last letters, and those beside them, need room.
            width: area.width.saturating_sub(MARGIN + 2 + 12),
            rows: area.height.saturating_sub(2),
            most_workers: f64::from(last.max(2)),
            most,
        }
    }

    fn column(&self, workers: f64) -> u16 {
        self.left + cells((workers - 1.0) / (self.most_workers - 1.0) * f64::from(self.width))
    }

    fn workers_at(&self, column: u16) -> f64 {
        let part = f64::from(column - self.left) / f64::from(self.width.max(1));
        1.0 + part * (self.most_workers - 1.0)
    }

    /// The row of a speed-up, counted from the top; `None` above it.
    fn row(&self, speedup: f64) -> Option<u16> {
        self.rows.checked_sub(cells(speedup / self.most * f64::from(self.rows)))
    }

    /// The speed-ups that are written at the axis: no more than every second row has one.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let room = f64::from((self.rows / 2).max(1));
        let steps = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
        let step = steps.into_iter().find(|step| self.most / step <= room).unwrap_or(self.most);
        let most = self.most;
        (0..=1_000).map(move |tick| f64::from(tick) * step).take_while(move |tick| *tick <= most)
    }
}

/// A rounded number of cells; what is not a number is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats keep to the range")]
fn cells(value: f64) -> u16 {
    value.round() as u16
}

/// Draws it into an area of at least four rows.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, chart: &Chart<'_>) {
    let scale = Scale::of(chart, area);
    draw_axes(pen, area, chart, &scale);
    draw_cores(pen, area, chart, &scale);
    for column in scale.left..=scale.left + scale.width {
        let workers = scale.workers_at(column);
        point(pen, area, scale.row(workers), column, "·", Role::Label);
        let modelled = (chart.model)(workers).and_then(|speedup| scale.row(speedup));
        point(pen, area, modelled, column, "∘", Role::Text);
    }
    for workers in chart.workers {
        draw_letters(pen, area, chart, &scale, *workers);
    }
}

fn point(pen: &mut Pen<'_>, area: Rect, row: Option<u16>, column: u16, glyph: &str, role: Role) {
    if let Some(row) = row {
        pen.text(column, area.y + row, glyph, role);
    }
}

fn draw_axes(pen: &mut Pen<'_>, area: Rect, chart: &Chart<'_>, scale: &Scale) {
    let axis = area.x + MARGIN - 1;
    let bottom = area.y + scale.rows;
    pen.text(axis, bottom, "└", Role::Label);
    let style = pen.theme().role(Role::Label);
    pen.fill(axis + 1, bottom, (scale.left + scale.width + 3).saturating_sub(axis), "─", style);
    for tick in scale.ticks() {
        if let Some(row) = scale.row(tick) {
            pen.right(axis - 1, area.y + row, &format!("{tick:.0}"), Role::Label);
            pen.text(axis, area.y + row, if tick > 0.0 { "┤" } else { "└" }, Role::Label);
        }
    }
    let mut free = 0;
    for workers in chart.workers {
        let column = scale.column(f64::from(*workers));
        pen.text(column, bottom, "┴", Role::Label);
        if column >= free {
            free = pen.text(column, bottom + 1, &workers.to_string(), Role::Label) + 1;
        }
    }
    pen.text(free, bottom + 1, "workers", Role::Label);
}

/// The line behind which there are no more cores.
fn draw_cores(pen: &mut Pen<'_>, area: Rect, chart: &Chart<'_>, scale: &Scale) {
    if f64::from(chart.cores) <= scale.most_workers {
        let column = scale.column(f64::from(chart.cores));
        for row in 0..scale.rows {
            pen.text(column, area.y + row, "│", Role::Label);
        }
    }
}

/// The letters of all curves at one number of workers: those that would hide each other stand side by side.
fn draw_letters(pen: &mut Pen<'_>, area: Rect, chart: &Chart<'_>, scale: &Scale, workers: u32) {
    let mut rows: Vec<(u16, Vec<&Line>)> = Vec::new();
    for line in &chart.lines {
        let speedup = line.points.iter().find(|(other, _)| *other == workers).map(|(_, speedup)| *speedup);
        let Some(row) = speedup.and_then(|speedup| scale.row(speedup)) else { continue };
        match rows.iter_mut().find(|(other, _)| *other == row) {
            Some((_, lines)) => lines.push(line),
            None => rows.push((row, vec![line])),
        }
    }
    for (row, lines) in rows {
        let half = u16::try_from(lines.len() / 2).unwrap_or(0);
        let mut column = scale.column(f64::from(workers)).saturating_sub(half);
        for line in lines {
            let role = if line.is_chosen { Role::Reverse } else { Role::Strong };
            column = pen.text(column, area.y + row, &line.letter.to_string(), role);
        }
    }
}

/// What the chart's glyphs mean, in at most `width` cells.
pub(super) fn draw_legend(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, chart: &Chart<'_>) {
    let mut entries = vec!["speed-up over one alone".to_owned(), "· ideal".to_owned()];
    let chosen = chart.lines.iter().find(|line| line.is_chosen);
    let model = chosen.filter(|_| (chart.model)(1.0).is_some());
    entries.extend(model.map(|line| format!("∘ model of {}", line.letter)));
    let cores = chart.cores;
    entries.push(format!("│ {cores} {}", if cores == 1 { "core" } else { "cores" }));
    let mut end = x;
    for entry in entries {
        if end + width_of(&entry) <= x + width {
            end = pen.text(end, y, &entry, Role::Label) + 3;
        }
    }
}
