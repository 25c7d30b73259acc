//! What the mouse does: it points at what the layout says is there.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::overlay::Screen;
use super::{App, Click, Effect, Page, Pane};
use crate::tui::actions::{Action, Move, Step};
use crate::tui::view::{self, Target};
use crate::units::Nanos;

/// Two clicks on a row within this time are a double click.
const DOUBLE: Nanos = Nanos::from_millis(400);

impl App {
    pub(super) fn on_mouse(&mut self, mouse: MouseEvent, now: Nanos) -> Vec<Effect> {
        if !matches!(self.screen, Screen::Workbench) {
            self.wheel_window(mouse.kind);
            return Vec::new();
        }
        if let (MouseEventKind::Down(MouseButton::Left), Some(page)) =
            (mouse.kind, view::page_at(self, mouse.column, mouse.row))
        {
            self.open(page);
            return Vec::new();
        }
        match self.page {
            Page::Workbench => self.on_workbench(mouse, now),
            Page::Compare | Page::Scaling => self.on_list(mouse, now),
            Page::Timeline => self.on_timeline(mouse, now),
        }
    }

    fn on_workbench(&mut self, mouse: MouseEvent, now: Nanos) -> Vec<Effect> {
        let target = view::target(self, mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(target, now),
            MouseEventKind::ScrollUp => self.wheel(target, -1),
            MouseEventKind::ScrollDown => self.wheel(target, 1),
            _ => Vec::new(),
        }
    }

    fn on_list(&mut self, mouse: MouseEvent, now: Nanos) -> Vec<Effect> {
        match (mouse.kind, view::target(self, mouse.column, mouse.row)) {
            (MouseEventKind::ScrollUp, _) => self.wheel_list(Move::Up, -1),
            (MouseEventKind::ScrollDown, _) => self.wheel_list(Move::Down, 1),
            (MouseEventKind::Down(MouseButton::Left), Some(Target::Action(action))) => {
                return self.perform_if_it_applies(action, now);
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Target::Row(row))) => {
                self.look_at(row);
                if self.is_double_click(row, now) {
                    return self.measure(row, now);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn wheel_list(&mut self, direction: Move, entries: isize) {
        if !self.scroll_zoomed(direction) {
            self.move_list_cursor(entries);
        }
    }

    fn on_timeline(&mut self, mouse: MouseEvent, now: Nanos) -> Vec<Effect> {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.timeline.zoom(Step::Up, view::timeline_columns(self)),
            MouseEventKind::ScrollDown => self.timeline.zoom(Step::Down, view::timeline_columns(self)),
            MouseEventKind::Down(MouseButton::Left) => {
                if let Some(Target::Action(action)) = view::target(self, mouse.column, mouse.row) {
                    return self.perform_if_it_applies(action, now);
                }
                if let Some((worker, moment)) = view::timeline_spot_at(self, mouse.column, mouse.row) {
                    self.timeline.look_at(worker);
                    self.timeline.go_to(moment, view::timeline_columns(self));
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Whether a click on this row is the second of a double click.
    fn is_double_click(&mut self, row: usize, now: Nanos) -> bool {
        let second = self.click.is_some_and(|click| click.row == row && now.since(click.at) <= DOUBLE);
        self.click = (!second).then_some(Click { row, at: now });
        second
    }

    fn wheel_window(&mut self, kind: MouseEventKind) {
        match kind {
            MouseEventKind::ScrollUp => self.scroll_window(-1),
            MouseEventKind::ScrollDown => self.scroll_window(1),
            _ => {}
        }
    }

    fn click(&mut self, target: Option<Target>, now: Nanos) -> Vec<Effect> {
        match target {
            Some(Target::Action(action)) => return self.perform_if_it_applies(action, now),
            Some(Target::Header(column)) => self.table.sort_by(column),
            Some(Target::Row(row)) => self.click_row(row, now),
            Some(Target::Field(field)) => self.click_field(field, None),
            Some(Target::Step(field, step)) => self.click_field(field, Some(step)),
            Some(Target::Pane(pane)) => self.focus = pane,
            None => {}
        }
        Vec::new()
    }

    fn perform_if_it_applies(&mut self, action: Action, now: Nanos) -> Vec<Effect> {
        let bindings = crate::tui::actions::ACTIONS.iter();
        let binding = bindings.into_iter().find(|binding| binding.keys.iter().any(|(_, other)| *other == action));
        self.act(binding.map(|binding| (action, binding)), now)
    }

    fn click_row(&mut self, row: usize, now: Nanos) {
        self.focus = Pane::Results;
        self.table.select_place(row);
        if self.is_double_click(row, now) && self.table.selected().is_some() {
            self.screen = Screen::Details(0);
        }
    }

    fn click_field(&mut self, field: usize, step: Option<Step>) {
        self.focus = Pane::Workload;
        self.field = field.min(self.next.fields().len() - 1);
        if let Some(step) = step {
            self.step_field(step);
        }
    }

    /// The wheel moves what it points at, whatever has the focus.
    fn wheel(&mut self, target: Option<Target>, rows: isize) -> Vec<Effect> {
        let pane = match target {
            Some(Target::Row(_) | Target::Header(_)) => Pane::Results,
            Some(Target::Field(_) | Target::Step(..)) => Pane::Workload,
            Some(Target::Pane(pane)) => pane,
            Some(Target::Action(_)) | None => return Vec::new(),
        };
        self.focus = pane;
        self.move_by(rows);
        Vec::new()
    }
}
