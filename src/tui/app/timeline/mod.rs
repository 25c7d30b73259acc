//! The page that shows time: what each worker did and when, and which part of it is looked at.
//!
//! It keeps what the board's rings told so far, as many spans of each worker as a ring holds. The picture hangs from the
//! moment under its mark, or follows what happens.

mod keys;
mod strip;

use std::collections::VecDeque;
use std::sync::Arc;

pub use self::strip::{Reading, Strip};
use crate::board::{Board, State};
use crate::results::RunId;
use crate::tui::actions::Step;
use crate::units::{Nanos, WorkerId};

/// What one column of the picture stands for at first: ten switches of CPython's lock fit on a screen.
const COLUMN: Nanos = Nanos::from_micros(500);

/// The least and the most that a column can stand for.
const CLOSEST: Nanos = Nanos(100);
const WIDEST: Nanos = Nanos::from_secs(10);

/// How many beginnings of samples are kept: more than the spans of a ring can reach over.
const STARTS: usize = 1_024;

/// What all workers did, and which part of it is looked at.
#[derive(Debug)]
pub struct Timeline {
    run: Option<RunId>,
    board: Option<Arc<Board>>,
    /// Whether the board was read after its sample, so that nothing more is to come.
    is_settled: bool,
    strips: Vec<Strip>,
    missed: u64,
    /// When the samples began that were seen, oldest first.
    starts: VecDeque<Nanos>,
    /// When the sample was last seen to go on.
    seen_going: Nanos,
    worker: usize,
    /// What a column stands for; `None` for what lets the whole sample fit.
    column: Option<Nanos>,
    /// The moment under the mark; `None` follows what happens.
    center: Option<Nanos>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            run: None,
            board: None,
            is_settled: false,
            strips: Vec::new(),
            missed: 0,
            starts: VecDeque::new(),
            seen_going: Nanos::ZERO,
            worker: 0,
            column: Some(COLUMN),
            center: None,
        }
    }
}

impl Timeline {
    /// The workers, in the order of their ids; none before something was seen.
    #[must_use]
    pub fn strips(&self) -> &[Strip] {
        &self.strips
    }

    /// The row that is shown.
    #[must_use]
    pub const fn run(&self) -> Option<&RunId> {
        self.run.as_ref()
    }

    /// The place of the worker under the cursor.
    #[must_use]
    pub const fn worker(&self) -> usize {
        self.worker
    }

    /// How much time a column stands for, where there are so many.
    #[must_use]
    pub fn column(&self, columns: u16) -> Nanos {
        self.column.unwrap_or_else(|| {
            let whole = self.end().since(self.beginning());
            Nanos(whole.0.div_ceil(u64::from(columns.max(1)))).max(CLOSEST)
        })
    }

    /// How many spans were over and overwritten before they could be read.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    /// When the sample began that was shown last.
    #[must_use]
    pub fn sample_start(&self) -> Nanos {
        self.starts.back().copied().unwrap_or(Nanos::ZERO)
    }

    /// When the sample began that a moment belongs to; of one before all that were seen, the first of them.
    #[must_use]
    pub fn start_before(&self, moment: Nanos) -> Nanos {
        let past = self.starts.partition_point(|start| *start <= moment).saturating_sub(1);
        self.starts.get(past).copied().unwrap_or(Nanos::ZERO)
    }

    /// Whether the picture goes on with what happens.
    #[must_use]
    pub const fn follows(&self) -> bool {
        self.center.is_none()
    }

    /// When the picture's first column begins, where it has this many.
    #[must_use]
    pub fn from(&self, columns: u16) -> Nanos {
        match self.center {
            Some(center) => center.since(self.stretch(columns / 2, columns)),
            None => self.end().since(self.stretch(columns, columns)),
        }
    }

    /// The moment under the mark.
    #[must_use]
    pub fn center(&self, columns: u16) -> Nanos {
        self.center.unwrap_or_else(|| self.from(columns).plus(self.stretch(columns / 2, columns)))
    }

    /// How long some of the columns are together.
    fn stretch(&self, some: u16, columns: u16) -> Nanos {
        Nanos(self.column(columns).0.saturating_mul(u64::from(some)))
    }

    /// When anybody last did anything.
    fn end(&self) -> Nanos {
        let busy = |strip: &Strip| strip.spans().rev().find(|span| is_busy(span.state)).map(|span| span.end());
        self.strips.iter().filter_map(busy).max().unwrap_or(self.sample_start())
    }

    /// When the sample began, or what is known of it.
    fn beginning(&self) -> Nanos {
        let first = self.strips.iter().filter_map(|strip| strip.spans().next()).map(|span| span.start).min();
        first.unwrap_or(self.sample_start()).max(self.sample_start())
    }

    /// Takes a reading in; one of a board whose sample goes on if `is_going`. Another board is another picture.
    pub(in crate::tui::app) fn take_in(&mut self, run: Option<RunId>, reading: Reading, is_going: bool) {
        let Reading { board, snapshot, recent } = reading;
        if !self.shows(&board) {
            let workers = snapshot.slots.len();
            self.strips.clear();
            self.strips.resize_with(workers, Strip::default);
            self.starts.clear();
            (self.seen_going, self.center) = (Nanos::ZERO, None);
            (self.missed, self.worker) = (0, self.worker.min(workers.saturating_sub(1)));
            (self.board, self.run) = (Some(board), run);
        }
        self.is_settled = !is_going;
        self.note_start(snapshot.sample_start);
        if is_going {
            self.seen_going = snapshot.taken_at;
        }
        for ((strip, recent), slot) in self.strips.iter_mut().zip(recent).zip(&snapshot.slots) {
            // What was over before anybody looked was not missed.
            self.missed += if strip.seen() > 0 { recent.missed } else { 0 };
            strip.add(recent, slot, self.seen_going);
        }
    }

    fn note_start(&mut self, start: Nanos) {
        if self.starts.back().is_none_or(|last| *last < start) {
            self.starts.push_back(start);
            let superfluous = self.starts.len().saturating_sub(STARTS);
            self.starts.drain(..superfluous);
        }
    }

    fn shows(&self, board: &Arc<Board>) -> bool {
        self.board.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, board))
    }

    /// How many spans of each worker of this board were seen.
    fn seen(&self, board: &Arc<Board>) -> Vec<u64> {
        let seen = |worker: usize| self.strips.get(worker).filter(|_| self.shows(board)).map_or(0, Strip::seen);
        (0..board.workers() as usize).map(seen).collect()
    }

    /// Puts the cursor on the worker at this place.
    pub(in crate::tui::app) fn look_at(&mut self, worker: usize) {
        self.worker = worker.min(self.strips.len().saturating_sub(1));
    }

    fn move_by(&mut self, workers: isize) {
        self.look_at(self.worker.saturating_add_signed(workers));
    }

    /// Puts a moment under the mark, or goes on following where that is beyond the end.
    pub(in crate::tui::app) fn go_to(&mut self, moment: Nanos, columns: u16) {
        let last = self.end().since(self.stretch(columns - columns / 2, columns));
        self.center = (moment < last).then(|| moment.max(self.beginning()));
    }

    fn pan(&mut self, step: Step, columns: u16) {
        let by = self.stretch((columns / 8).max(1), columns);
        let center = self.center(columns);
        let to = if step == Step::Up { center.plus(by) } else { center.since(by) };
        self.go_to(to, columns);
    }

    /// Makes a column stand for the next shorter (`Up`) or longer time; what is under the mark stays.
    pub(in crate::tui::app) fn zoom(&mut self, step: Step, columns: u16) {
        let now = self.column(columns);
        self.column = Some(match step {
            Step::Up => ladder().rev().find(|column| *column < now).unwrap_or(CLOSEST),
            Step::Down => ladder().find(|column| *column > now).unwrap_or(WIDEST),
        });
    }

    /// Shows the whole sample, as far as it is known, and goes on to do so.
    const fn fit(&mut self) {
        (self.column, self.center) = (None, None);
    }

    /// Lets the span under the mark and the cursor fill about half of the picture.
    fn approach(&mut self, columns: u16) {
        let Some(span) = self.strips.get(self.worker).and_then(|strip| strip.at(self.center(columns))) else { return };
        let (start, length) = (span.start, span.length);
        let wanted = Nanos(2 * length.0.div_ceil(u64::from(columns.max(1))));
        self.column = Some(ladder().find(|column| *column >= wanted).unwrap_or(WIDEST));
        self.center = Some(start.plus(Nanos(length.0 / 2)));
    }
}

/// Whether a worker in this state is worth following.
const fn is_busy(state: State) -> bool {
    !matches!(state, State::Idle | State::Starting | State::Dead)
}

/// What a column can stand for: 1, 2 and 5 of each power of ten.
fn ladder() -> impl DoubleEndedIterator<Item = Nanos> {
    let powers = 2..=10;
    let steps = powers.flat_map(|power| [1, 2, 5].map(|digit| Nanos(digit * 10_u64.pow(power))));
    steps.filter(|column| *column <= WIDEST)
}

/// The worker at this place of the picture.
#[must_use]
pub fn worker_at(place: usize) -> WorkerId {
    WorkerId(u32::try_from(place).unwrap_or(u32::MAX))
}
