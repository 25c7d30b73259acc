//! Runs that were asked for: the one that goes on, those that wait, and what a second key press means.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::board::Board;
use crate::results::{ResultRow, RunId};
use crate::units::Nanos;

/// A second press within this time after the first empties the queue.
const AGAIN: Nanos = Nanos::from_secs(1);

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Rows of the table of results.
    #[default]
    Results,
    /// The experiment at this place of the textbook's table.
    Experiment(usize),
    /// The curve of the way at this place of the page on scaling.
    Curve(usize),
}

/// How far a run is that is not over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stage {
    /// It waits for its turn.
    Waiting,
    /// It is being measured; the finished part of it, 0…1.
    Running(f64),
}

/// A run that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What the bottom line calls it.
    pub label: String,
    /// What it is for.
    pub purpose: Purpose,
}

/// The run that goes on.
#[derive(Debug, Default)]
pub struct Going {
    /// What it is for.
    pub purpose: Purpose,
    /// Its rows so far, where an experiment is to judge them.
    pub evidence: Vec<ResultRow>,
    /// What is sampled just now; `None` before the first sample begins.
    pub sampling: Option<Sampling>,
    /// Finished part of the predicted work, 0…1.
    pub done: f64,
    /// Time left; `None` before the first sample is in.
    pub left: Option<Nanos>,
    /// Whether its engines are stopped.
    pub suspended: bool,
}

impl Going {
    /// Keeps a row, or what is new of it.
    pub(super) fn keep(&mut self, row: ResultRow) {
        match self.evidence.iter_mut().find(|known| known.run == row.run) {
            Some(known) => *known = row,
            None => self.evidence.push(row),
        }
    }
}

/// A sample that goes on.
#[derive(Debug, Clone)]
pub struct Sampling {
    /// Of which row.
    pub row: RunId,
    /// Which sample, from 1.
    pub sample: u32,
    /// Of how many.
    pub of: u32,
    /// Whether it will be thrown away.
    pub warmup: bool,
    /// Where its workers can be watched.
    pub board: Arc<Board>,
}

impl Sampling {
    /// What the bottom line calls it: `sample 3/5`.
    #[must_use]
    pub fn label(&self) -> String {
        let kind = if self.warmup { "warm-up" } else { "sample" };
        format!("{kind} {}/{}", self.sample, self.of)
    }
}

/// What a press of the cancel key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Cancelling {
    /// Stop the run that goes on.
    Current,
    /// Forget those that wait.
    Queue,
}

/// All runs that are not over.
#[derive(Debug, Default)]
pub struct Runs {
    going: Option<Going>,
    waiting: VecDeque<Asked>,
    rows: Vec<RunId>,
    cancelled: Option<Nanos>,
}

impl Runs {
    /// The run that goes on.
    #[must_use]
    pub fn going(&self) -> Option<&Going> {
        self.going.as_ref()
    }

    /// What is sampled just now.
    #[must_use]
    pub fn sampling(&self) -> Option<&Sampling> {
        self.going.as_ref()?.sampling.as_ref()
    }

    /// The runs that wait, the next one first.
    #[must_use]
    pub fn waiting(&self) -> &VecDeque<Asked> {
        &self.waiting
    }

    /// How far the run for this is; `None` where none goes on or waits.
    #[must_use]
    pub fn stage(&self, purpose: Purpose) -> Option<Stage> {
        match self.going().filter(|going| going.purpose == purpose) {
            Some(going) => Some(Stage::Running(going.done)),
            None => self.waiting.iter().any(|asked| asked.purpose == purpose).then_some(Stage::Waiting),
        }
    }

    /// Whether a run goes on or waits.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.going.is_some() || !self.waiting.is_empty()
    }

    /// The rows of the run that goes on, or of the last one.
    #[must_use]
    pub fn rows(&self) -> &[RunId] {
        &self.rows
    }

    pub(super) fn asked(&mut self, label: String, purpose: Purpose) {
        // Cancelling what is asked for after a cancel is a first time again.
        self.cancelled = None;
        self.waiting.push_back(Asked { label, purpose });
    }

    /// The last run that was asked for will not be measured.
    pub(super) fn refused(&mut self) {
        self.waiting.pop_back();
    }

    pub(super) fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn taken_up(&mut self) {
        let purpose = self.waiting.pop_front().map(|asked| asked.purpose).unwrap_or_default();
        self.going = Some(Going { purpose, ..Going::default() });
    }

    pub(super) fn started(&mut self, rows: Vec<RunId>) {
        self.going.get_or_insert_default();
        self.rows = rows;
    }

    pub(super) fn going_mut(&mut self) -> Option<&mut Going> {
        self.going.as_mut()
    }

    /// The run is over; answers what it was.
    pub(super) fn finished(&mut self) -> Going {
        self.going.take().unwrap_or_default()
    }

    /// What pressing the cancel key at `now` means.
    pub(super) fn cancel(&mut self, now: Nanos) -> Cancelling {
        let again = self.cancelled.is_some_and(|before| now.since(before) <= AGAIN);
        self.cancelled = (!again).then_some(now);
        if again { Cancelling::Queue } else { Cancelling::Current }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_cancel_soon_after_means_the_queue() {
        let mut runs = Runs::default();
        let pressed = [(0, Cancelling::Current), (900, Cancelling::Queue), (1_000, Cancelling::Current)];
        for (millis, meaning) in pressed {
            assert_eq!(runs.cancel(Nanos::from_millis(millis)), meaning, "{millis}");
        }
        assert_eq!(runs.cancel(Nanos::from_millis(2_001)), Cancelling::Current, "too late");
        runs.asked("another".to_owned(), Purpose::Results);
        assert_eq!(runs.cancel(Nanos::from_millis(2_002)), Cancelling::Current, "another run");
    }

    #[test]
    fn runs_are_taken_up_in_the_order_in_which_they_were_asked_for() {
        let mut runs = Runs::default();
        for label in ["a", "b", "c"] {
            runs.asked(label.to_owned(), Purpose::Results);
        }
        runs.taken_up();
        runs.refused();
        let waiting: Vec<&str> = runs.waiting().iter().map(|asked| asked.label.as_str()).collect();
        assert_eq!((runs.going().is_some(), waiting), (true, vec!["b"]));
        runs.finished();
        assert!(runs.is_busy(), "b waits");
        runs.forget_waiting();
        assert!(!runs.is_busy());
    }
}
