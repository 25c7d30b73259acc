//! What is read for the page that shows time, and what keys mean there.

use std::sync::Arc;

use super::Reading;
use crate::board::Board;
use crate::results::RunId;
use crate::tui::actions::{Action, Binding, Move, RowAction, Setting, Show, Step};
use crate::tui::app::messages::Level;
use crate::tui::app::{App, Effect, Page};
use crate::tui::view;
use crate::units::Nanos;

impl App {
    /// What is read for the timeline next: a board and how many spans of each of its workers are known; `None` while
    /// nobody looks or nothing is new.
    #[must_use]
    pub fn spans_wanted(&self) -> Option<(&Arc<Board>, Vec<u64>)> {
        if self.page != Page::Timeline || self.frozen.is_some() {
            return None;
        }
        let (_, board) = self.watched_board()?;
        let is_old = self.timeline.shows(board) && self.timeline.is_settled && !self.is_sampled(board);
        (!is_old).then(|| (board, self.timeline.seen(board)))
    }

    /// The board of the row that is watched, else of what was sampled last.
    fn watched_board(&self) -> Option<&(RunId, Arc<Board>)> {
        let watched = self.watched().and_then(|row| self.boards.iter().find(|(run, _)| *run == row.run));
        watched.or(self.boards.last())
    }

    fn is_sampled(&self, board: &Arc<Board>) -> bool {
        self.runs.sampling().is_some_and(|sampling| Arc::ptr_eq(&sampling.board, board))
    }

    pub(in crate::tui::app) fn on_spans(&mut self, reading: Reading) {
        let run = self.boards.iter().find(|(_, board)| Arc::ptr_eq(board, &reading.board)).map(|(run, _)| run.clone());
        let is_going = self.is_sampled(&reading.board);
        self.timeline.take_in(run, reading, is_going);
    }

    /// What a key means on the page that shows time: that of the workbench, unless it moves, or changes what cannot be
    /// seen here.
    pub(in crate::tui::app) fn timeline_action(
        &mut self,
        found: Option<(Action, &Binding)>,
        now: Nanos,
    ) -> Vec<Effect> {
        match found {
            Some((Action::Move(direction), _)) => self.move_in_timeline(direction),
            Some((Action::Set(Setting::Workers(step)), _)) => self.timeline.zoom(step, view::timeline_columns(self)),
            Some((Action::Show(Show::Zoom), _)) => {
                self.say(Level::Info, "this page has the whole screen; + looks closer", now);
            }
            Some((Action::Show(Show::All), _)) => self.timeline.fit(),
            Some((
                Action::Run(_) | Action::Show(_) | Action::Leave(_) | Action::Set(Setting::Gil | Setting::Interval(_)),
                _,
            )) => return self.on_action(found, now),
            Some((Action::Rows(RowAction::Export | RowAction::ExportAs), _)) => {
                self.say(
                    Level::Info,
                    "results are exported on page 1; what workers did, by partui run --export-trace",
                    now,
                );
            }
            Some(_) => self.say(Level::Info, "that key belongs to the workbench: press 1", now),
            None => return self.on_action(None, now),
        }
        Vec::new()
    }

    fn move_in_timeline(&mut self, direction: Move) {
        let columns = view::timeline_columns(self);
        let timeline = &mut self.timeline;
        match direction {
            Move::Up | Move::PreviousPane => timeline.move_by(-1),
            Move::Down | Move::NextPane => timeline.move_by(1),
            Move::PageUp => timeline.move_by(-10),
            Move::PageDown => timeline.move_by(10),
            Move::Left => timeline.pan(Step::Down, columns),
            Move::Right => timeline.pan(Step::Up, columns),
            Move::First => timeline.go_to(Nanos::ZERO, columns),
            Move::Last => timeline.center = None,
            Move::Activate => timeline.approach(columns),
            Move::Back if self.messages.dismiss() => {}
            Move::Back if !timeline.follows() => timeline.center = None,
            Move::Back => self.page = Page::Workbench,
        }
    }
}
