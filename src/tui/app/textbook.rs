//! The page that compares: what textbooks say, and what was found of each row here.

use super::App;
use super::runs::{Purpose, Runs, Stage};
use crate::conductor::Request;
use crate::experiment::{EXPERIMENTS, Experiment, Finding, Scope, judge, request};
use crate::results::ResultRow;
use crate::workload::Refusal;

/// What was found so far, and which row is looked at.
#[derive(Debug, Default)]
pub struct Textbook {
    findings: [Option<Finding>; EXPERIMENTS.len()],
    evidence: [Vec<ResultRow>; EXPERIMENTS.len()],
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
        match runs.stage(Purpose::Experiment(place)) {
            Some(Stage::Running(done)) => Progress::Running(done),
            Some(Stage::Waiting) => Progress::Waiting,
            None => self.finding(place).map_or(Progress::Open, Progress::Found),
        }
    }

    /// What was found of the row at this place, though it may be measured again just now.
    #[must_use]
    pub fn finding(&self, place: usize) -> Option<&Finding> {
        self.findings.get(place)?.as_ref()
    }

    /// The rows behind all that was found.
    pub fn evidence(&self) -> impl Iterator<Item = &ResultRow> {
        self.evidence.iter().flatten()
    }

    /// Takes in the rows that were measured for the row at this place.
    pub(super) fn judge(&mut self, place: usize, evidence: Vec<ResultRow>) {
        if let Some(experiment) = EXPERIMENTS.get(place) {
            self.findings[place] = Some(judge(*experiment, &evidence));
            self.evidence[place] = evidence;
        }
    }

    /// Puts the cursor on the row at this place.
    pub(super) fn look_at(&mut self, place: usize) {
        self.cursor = place;
    }
}

impl App {
    /// Quick, since somebody waits for it at the screen.
    pub(super) fn experiment_request(&self, experiment: &dyn Experiment) -> Result<Request, Refusal> {
        request(experiment, Scope { cores: self.next.usable, quick: true })
    }
}
