//! The page that compares: what textbooks say, and what was found of each row here.

use super::messages::Level;
use super::overlay::Screen;
use super::runs::{Purpose, Runs};
use super::{App, Effect};
use crate::conductor::{QUEUE_LIMIT, Request, predicted};
use crate::experiment::{EXPERIMENTS, Experiment, Finding, Scope, judge, request};
use crate::results::ResultRow;
use crate::tui::actions::{Action, Binding, Move, RunAction};
use crate::units::Nanos;

/// What was found so far, and which row is looked at.
#[derive(Debug, Default)]
pub struct Textbook {
    findings: [Option<Finding>; EXPERIMENTS.len()],
    cursor: usize,
}

/// How far a row is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Nobody has asked.
    Open,
    /// It waits for its turn.
    Waiting,
    /// It is being measured; the finished part of it, 0…1.
    Running(f64),
    /// What was found last.
    Found(&'a Finding),
}

impl Textbook {
    /// The row that is looked at.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// How far the row at this place is.
    #[must_use]
    pub fn progress<'a>(&'a self, place: usize, runs: &Runs) -> Progress<'a> {
        let purpose = Purpose::Experiment(place);
        match runs.going().filter(|going| going.purpose == purpose) {
            Some(going) => Progress::Running(going.done),
            None if runs.waiting().iter().any(|asked| asked.purpose == purpose) => Progress::Waiting,
            None => self.finding(place).map_or(Progress::Open, Progress::Found),
        }
    }

    /// What was found of the row at this place, though it may be measured again just now.
    #[must_use]
    pub fn finding(&self, place: usize) -> Option<&Finding> {
        self.findings.get(place)?.as_ref()
    }

    /// Takes in the rows that were measured for the row at this place.
    pub(super) fn judge(&mut self, place: usize, evidence: &[ResultRow]) {
        if let (Some(experiment), Some(finding)) = (EXPERIMENTS.get(place), self.findings.get_mut(place)) {
            *finding = Some(judge(*experiment, evidence));
        }
    }

    /// Puts the cursor on the row at this place.
    pub(super) fn look_at(&mut self, place: usize) {
        self.cursor = place.min(EXPERIMENTS.len() - 1);
    }

    /// Moves the cursor, held at the ends.
    pub(super) fn move_by(&mut self, rows: isize) {
        self.cursor = self.cursor.saturating_add_signed(rows).min(EXPERIMENTS.len() - 1);
    }
}

impl App {
    /// What a key means on the page that compares: that of the workbench, unless it is about the next run or its rows.
    pub(super) fn compare_action(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Vec<Effect> {
        match found {
            Some((Action::Move(direction), _)) => return self.move_in_textbook(direction, now),
            Some((Action::Run(RunAction::Start), _)) => return self.measure_row(self.textbook.cursor, now),
            Some((Action::Run(RunAction::All), _)) => self.screen = Screen::ConfirmTextbook(self.textbook_price()),
            Some((Action::Run(RunAction::Cancel) | Action::Show(_) | Action::Leave(_), _)) => {
                return self.on_action(found, now);
            }
            Some(_) => self.say(Level::Info, "that key belongs to the workbench: press 1", now),
            None => {}
        }
        Vec::new()
    }

    fn move_in_textbook(&mut self, direction: Move, now: Nanos) -> Vec<Effect> {
        match direction {
            Move::Up | Move::PreviousPane => self.textbook.move_by(-1),
            Move::Down | Move::NextPane => self.textbook.move_by(1),
            Move::First | Move::PageUp => self.textbook.move_by(isize::MIN),
            Move::Last | Move::PageDown => self.textbook.move_by(isize::MAX),
            Move::Activate => return self.measure_row(self.textbook.cursor, now),
            Move::Left | Move::Right => {}
            Move::Back if self.messages.dismiss() => {}
            Move::Back => self.page = super::Page::Workbench,
        }
        Vec::new()
    }

    /// Asks for one row, unless that was asked for already.
    pub(super) fn measure_row(&mut self, place: usize, now: Nanos) -> Vec<Effect> {
        let is_asked = matches!(self.textbook.progress(place, &self.runs), Progress::Waiting | Progress::Running(_));
        let Some(experiment) = EXPERIMENTS.get(place).filter(|_| !is_asked) else { return Vec::new() };
        match self.request_of(*experiment) {
            Some(request) => self.start(request, experiment.about().feature, Purpose::Experiment(place), now),
            None => Vec::new(),
        }
    }

    /// Asks for all rows, in the order of the table.
    pub(super) fn measure_textbook(&mut self, now: Nanos) -> Vec<Effect> {
        if self.runs.waiting().len() + EXPERIMENTS.len() > QUEUE_LIMIT {
            self.say(Level::Warning, "too many runs wait already; x twice empties the queue", now);
            return Vec::new();
        }
        (0..EXPERIMENTS.len()).flat_map(|place| self.measure_row(place, now)).collect()
    }

    /// How long all rows should take.
    fn textbook_price(&self) -> Nanos {
        let requests = EXPERIMENTS.iter().filter_map(|experiment| self.request_of(*experiment));
        let price = |asked: Request| predicted(&asked.configurations, asked.settings, &self.costs, self.next.usable);
        requests.map(price).fold(Nanos::ZERO, Nanos::plus)
    }

    /// Quick, since somebody waits for it at the screen. No scope asks for what cannot be run.
    fn request_of(&self, experiment: &dyn Experiment) -> Option<Request> {
        request(experiment, Scope { cores: self.next.usable, quick: true }).ok()
    }
}
