//! What the mouse points at.

use ratatui::layout::{Position, Rect};

use super::layout::{Form, Layout, Top};
use super::workload::{Line, first_line, lines};
use super::{compare, footer, results, scaling};
use crate::tui::actions::{Action, Step};
use crate::tui::app::fields::Field;
use crate::tui::app::{App, Page, Pane};
use crate::tui::columns::COLUMNS;

/// Something on the screen that can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A key of the bottom line.
    Action(Action),
    /// The header of this column.
    Header(usize),
    /// This row of the page's table, counted among those that are shown.
    Row(usize),
    /// This field.
    Field(usize),
    /// The arrow that steps this field.
    Step(usize, Step),
    /// Any other place in a pane.
    Pane(Pane),
}

/// What is in this cell of the screen; `None` for nothing.
#[must_use]
pub fn target(app: &App, column: u16, row: u16) -> Option<Target> {
    let (width, height) = app.size();
    let layout = Layout::of(Rect::new(0, 0, width, height), app);
    if layout.form == Form::TooSmall {
        return None;
    }
    let at = Position { x: column, y: row };
    let inside = |area: Rect| area.contains(at);
    if inside(layout.footer) {
        return footer::action_at(app, column).map(Target::Action);
    }
    let in_page = row.checked_sub(1);
    match app.page() {
        Page::Workbench => {}
        Page::Compare => return compare::row_at(layout.form, width, column, in_page?).map(Target::Row),
        Page::Scaling => return scaling::row_at(width, column, in_page?).map(Target::Row),
        Page::Timeline => return None,
    }
    if inside(layout.results) {
        return Some(in_results(app, &layout, column - layout.results.x, row - layout.results.y));
    }
    if inside(layout.workload) {
        return Some(in_workload(app, layout.workload, column - layout.workload.x, row - layout.workload.y));
    }
    let panes = [(layout.cores, Pane::Cores), (layout.sum, Pane::Cores), (layout.workers, Pane::Workers)];
    let pane = panes.into_iter().find(|(area, _)| inside(*area)).map(|(_, pane)| pane);
    let title = || {
        layout.rules.iter().find(|rule| rule.y == row && (rule.from..=rule.to).contains(&column)).and_then(|rule| {
            match rule.top {
                Top::Of(pane) => Some(pane),
                Top::Nothing => None,
            }
        })
    };
    pane.or_else(title).map(Target::Pane)
}

fn in_results(app: &App, layout: &Layout, x: u16, y: u16) -> Target {
    if app.tour_stop().is_some() {
        return Target::Pane(Pane::Results);
    }
    if y == 0 {
        let (columns, _) = results::placed(layout.area.width);
        let hit = columns
            .iter()
            .find(|placed| (placed.x.saturating_sub(1)..placed.x + COLUMNS[placed.place].width).contains(&x));
        return hit.map_or(Target::Pane(Pane::Results), |placed| Target::Header(placed.place));
    }
    let rows = usize::from(layout.results.height - 1);
    let place = results::first_row(app, rows) + usize::from(y - 1);
    if place < app.table().shown().len() { Target::Row(place) } else { Target::Pane(Pane::Results) }
}

fn in_workload(app: &App, area: Rect, x: u16, y: u16) -> Target {
    let lines = lines(app.next());
    let from = first_line(&lines, app.field(), usize::from(area.height));
    match lines.get(from + usize::from(y)) {
        _ if area.height == 1 || app.toured().is_some() => Target::Pane(Pane::Workload),
        Some(Line::Field(_, Field::Start)) if app.field() + 1 == app.next().fields().len() => {
            Target::Action(Action::Run(crate::tui::actions::RunAction::Start))
        }
        Some(Line::Field(place, field)) if *place == app.field() => {
            let end = 13 + u16::try_from(app.next().shown(*field).chars().count()).unwrap_or(0);
            match x {
                11 => Target::Step(*place, Step::Down),
                _ if x == end || x == end + 1 => Target::Step(*place, Step::Up),
                _ => Target::Field(*place),
            }
        }
        Some(Line::Field(place, _)) => Target::Field(*place),
        _ => Target::Pane(Pane::Workload),
    }
}
