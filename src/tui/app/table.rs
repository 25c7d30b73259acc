//! The results that the screen shows: numbered, folded, sorted, filtered, deleted and brought back.
//!
//! Rows are known by their run's name, so that a late change never meets the wrong one.

use crate::machine::Machine;
use crate::results::{Explanation, Record, ResultRow, RunId, Summary, Warning, explain, warnings};
use crate::tui::columns::{COLUMNS, Column};

/// A row with what can be said about it.
#[derive(Debug)]
pub struct Entry {
    /// Its number on the screen, from 1.
    pub number: u32,
    /// The row itself.
    pub row: ResultRow,
    /// The statistics over its samples.
    pub summary: Summary,
    /// Why it is as it is.
    pub explanation: Explanation,
    /// What to be careful about, the most serious first.
    pub warnings: Vec<Warning>,
    deleted: bool,
}

impl Entry {
    fn new(number: u32, row: ResultRow) -> Self {
        let summary = Summary::of(&row);
        let explanation = explain(&row, &summary);
        let warnings = warnings(&row, &summary);
        Self { number, row, summary, explanation, warnings, deleted: false }
    }

    fn update(&mut self, row: ResultRow) {
        *self = Self { deleted: self.deleted, ..Self::new(self.number, row) };
    }

    /// The row as its columns are read.
    pub(super) fn record<'a>(&'a self, machine: &'a Machine) -> Record<'a> {
        Record { row: &self.row, summary: self.summary.clone(), warnings: self.warnings.clone(), machine }
    }

    /// Whether both are baselines of the same work, of which the table shows one.
    fn folds_with(&self, other: &ResultRow) -> bool {
        let (own, other) = (&self.row.configuration, &other.configuration);
        own.is_baseline() && other.is_baseline() && own.same_work(other)
    }

    /// What a filter looks at.
    fn contains(&self, wanted: &str) -> bool {
        let configuration = &self.row.configuration;
        let lock = if configuration.gil { "gil on" } else { "gil off" };
        let tags = self.warnings.iter().map(Warning::tag);
        let status = if self.row.is_finished() { self.row.status.id() } else { "running" };
        let mut texts = [configuration.backend.id(), lock, status].into_iter().chain(tags);
        configuration.workload.contains(wanted) || texts.any(|text| text.to_lowercase().contains(wanted))
    }
}

/// The results table.
#[derive(Debug, Default)]
pub struct Table {
    entries: Vec<Entry>,
    /// Places of the entries that are shown, in order.
    shown: Vec<usize>,
    /// The rows that were deleted, those of one key press together.
    deleted: Vec<Vec<RunId>>,
    column: usize,
    reversed: bool,
    filter: String,
    selected: Option<RunId>,
    /// Whether the cursor goes to new rows: nobody has moved it since a run was asked for.
    follows: bool,
}

impl Table {
    /// The rows that are shown, top to bottom.
    #[must_use]
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &Entry> + DoubleEndedIterator {
        self.shown.iter().map(|place| &self.entries[*place])
    }

    /// The row that is shown in this place.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&Entry> {
        self.shown.get(place).map(|place| &self.entries[*place])
    }

    /// All rows but deleted ones, folded baselines included, oldest first: what exports hold.
    pub fn rows(&self) -> impl Iterator<Item = &ResultRow> {
        self.entries.iter().filter(|entry| !entry.deleted).map(|entry| &entry.row)
    }

    /// The rows that stand for something of their own, with their numbers, ascending: what is left when the screen goes.
    pub fn kept(&self) -> impl Iterator<Item = (u32, &ResultRow)> {
        self.kept_entries().map(|entry| (entry.number, &entry.row))
    }

    /// The entries of the rows of [`Table::kept`].
    pub fn kept_entries(&self) -> impl Iterator<Item = &Entry> {
        let mut kept: Vec<_> = (0..self.entries.len()).filter(|place| self.is_newest(*place)).collect();
        kept.sort_by_key(|place| self.entries[*place].number);
        kept.into_iter().map(|place| &self.entries[place])
    }

    /// The entry of that name, shown or not.
    #[must_use]
    pub fn entry(&self, run: &RunId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.row.run == *run)
    }

    /// The row under the cursor; `None` where nothing is shown.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.at(self.cursor())
    }

    /// The place of the row under the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        let is_selected = |entry: &Entry| self.selected.as_ref() == Some(&entry.row.run);
        self.shown().position(is_selected).unwrap_or(0)
    }

    /// What the rows are sorted by.
    #[must_use]
    pub fn sorted_by(&self) -> (&'static Column, bool) {
        (&COLUMNS[self.column], self.reversed)
    }

    /// What rows must contain to be shown; empty for all.
    #[must_use]
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Whether different work is compared, so that rows must say which is theirs.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        let mut workloads = self.rows().map(|row| &row.configuration.workload);
        workloads.next().is_some_and(|first| workloads.any(|other| other != first))
    }

    /// What this entry's speed-up is measured against, and whether its number still stands for that very measurement.
    #[must_use]
    pub fn baseline(&self, entry: &Entry) -> Option<(&Entry, bool)> {
        let run = entry.row.baseline_run.as_ref()?;
        let place = self.entries.iter().position(|known| known.row.run == *run)?;
        Some((&self.entries[place], self.is_newest(place)))
    }

    /// Takes a row in: a new one at the end, a known one in its place.
    pub(super) fn upsert(&mut self, row: ResultRow) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.row.run == row.run) {
            entry.update(row);
        } else {
            let folded = self.entries.iter().find(|entry| entry.folds_with(&row)).map(|entry| entry.number);
            let next = self.entries.iter().map(|entry| entry.number).max().unwrap_or(0) + 1;
            self.entries.push(Entry::new(folded.unwrap_or(next), row));
        }
        self.arrange();
    }

    /// Lets the cursor go to new rows until somebody moves it.
    pub(super) const fn follow(&mut self) {
        self.follows = true;
    }

    /// Whether the cursor goes to new rows though it is here that keys go.
    pub(super) const fn follows(&self) -> bool {
        self.follows
    }

    pub(super) fn select(&mut self, run: RunId) {
        self.selected = Some(run);
    }

    /// Moves the cursor by that many rows, held at the ends.
    pub(super) fn move_cursor(&mut self, rows: isize) {
        let last = self.shown.len().saturating_sub(1);
        self.select_place(self.cursor().saturating_add_signed(rows).min(last));
    }

    pub(super) fn select_place(&mut self, place: usize) {
        self.follows = false;
        if let Some(run) = self.at(place).map(|entry| entry.row.run.clone()) {
            self.selected = Some(run);
        }
    }

    /// Takes the row under the cursor out of the table, with all baselines that it stands for; its number, where there
    /// was one.
    pub(super) fn delete(&mut self) -> Option<u32> {
        let (cursor, selected) = (self.cursor(), self.selected()?);
        let number = selected.number;
        let goes = |entry: &&Entry| entry.row.run == selected.row.run || entry.folds_with(&selected.row);
        let alive = self.entries.iter().filter(|entry| !entry.deleted);
        let runs: Vec<RunId> = alive.filter(goes).map(|entry| entry.row.run.clone()).collect();
        self.mark_deleted(&runs, true);
        self.deleted.push(runs);
        self.arrange();
        self.select_place(cursor.min(self.shown.len().saturating_sub(1)));
        Some(number)
    }

    /// Brings back the row that was deleted last; its number, where there was one.
    pub(super) fn undo(&mut self) -> Option<u32> {
        let runs = self.deleted.pop()?;
        self.mark_deleted(&runs, false);
        self.arrange();
        let number = self.entry(runs.first()?)?.number;
        let back = self.shown.iter().position(|place| self.entries[*place].number == number);
        self.select_place(back.unwrap_or(0));
        Some(number)
    }

    /// Whether a deleted row can be brought back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.deleted.is_empty()
    }

    pub(super) fn sort_by(&mut self, column: usize) {
        self.reversed = self.column == column && !self.reversed;
        self.column = column;
        self.arrange();
    }

    pub(super) fn sort_by_next(&mut self) {
        (self.column, self.reversed) = ((self.column + 1) % COLUMNS.len(), false);
        self.arrange();
    }

    pub(super) fn reverse(&mut self) {
        self.reversed = !self.reversed;
        self.arrange();
    }

    pub(super) fn set_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
        self.arrange();
    }

    /// The same baseline may be shown by another row now: the cursor goes with its number.
    fn arrange(&mut self) {
        let number = self.selected.as_ref().and_then(|run| self.entry(run)).map(|entry| entry.number);
        let wanted = self.filter.to_lowercase();
        let mut shown: Vec<usize> = (0..self.entries.len())
            .filter(|place| self.is_newest(*place) && self.entries[*place].contains(&wanted))
            .collect();
        let order = COLUMNS[self.column].order;
        shown.sort_by(|one, other| {
            let (one, other) = (&self.entries[*one], &self.entries[*other]);
            let ordering = order(one, other, self.reversed);
            ordering.then(one.number.cmp(&other.number))
        });
        self.shown = shown;
        let is_shown = self.shown().any(|entry| Some(&entry.row.run) == self.selected.as_ref());
        let heir = self.shown().find(|entry| !is_shown && Some(entry.number) == number);
        self.selected = heir.map(|entry| entry.row.run.clone()).or(self.selected.take());
    }

    /// Whether an entry stands for all baselines of its work: the newest that has samples, else the newest.
    fn is_newest(&self, place: usize) -> bool {
        let entry = &self.entries[place];
        let rank = |place: usize| (!self.entries[place].row.samples.is_empty(), place);
        let folds = |other: &usize| !self.entries[*other].deleted && self.entries[*other].folds_with(&entry.row);
        !entry.deleted && !(0..self.entries.len()).filter(folds).any(|other| rank(other) > rank(place))
    }

    fn mark_deleted(&mut self, runs: &[RunId], deleted: bool) {
        for entry in self.entries.iter_mut().filter(|entry| runs.contains(&entry.row.run)) {
            entry.deleted = deleted;
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
