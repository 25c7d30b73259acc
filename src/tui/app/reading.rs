//! What views and shell may read of the app; nothing of it changes anything.

use std::sync::Arc;

use super::live::Live;
use super::messages::Messages;
use super::next::NextRun;
use super::overlay::Screen;
use super::runs::{Purpose, Runs};
use super::scaling::Scaling;
use super::standstill::Standstill;
use super::table::{Entry, Table};
use super::textbook::Textbook;
use super::timeline::Timeline;
use super::tour::Tour;
use super::{App, Page, Pane, Readings};
use crate::advisor::{Advice, Fact, advise};
use crate::board::Board;
use crate::machine::Cores;
use crate::results::{ResultRow, RunId, notable_foreign_load};
use crate::tui::actions::When;
use crate::tui::theme::Theme;
use crate::units::Nanos;

impl App {
    /// What fills the screen.
    #[must_use]
    pub const fn page(&self) -> Page {
        self.page
    }

    /// The page that compares.
    #[must_use]
    pub const fn textbook(&self) -> &Textbook {
        &self.textbook
    }

    /// The page on scaling.
    #[must_use]
    pub const fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    /// The page that shows time.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The result that the page that shows time is about; `None` where it is not known any more.
    #[must_use]
    pub fn timeline_row(&self) -> Option<&ResultRow> {
        let run = self.timeline.run()?;
        let kept = || self.table.rows().chain(self.scaling.rows()).chain(self.textbook.evidence());
        self.measured(run).or_else(|| kept().find(|row| row.run == *run))
    }

    /// Changes whenever the screen would look different.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// When a [`Msg::Tick`] is due that changes something; `None` for never.
    #[must_use]
    pub fn next_tick(&self) -> Option<Nanos> {
        let tour = self.tour.and_then(Tour::due);
        self.messages.ends().into_iter().chain(tour).min()
    }

    /// The board to read while a sample goes on, and the row that is sampled.
    #[must_use]
    pub fn board(&self) -> Option<(&RunId, &Arc<Board>)> {
        self.runs.sampling().map(|sampling| (&sampling.row, &sampling.board))
    }

    /// Whether the terminal has the focus; without it, two frames a second are enough.
    #[must_use]
    pub const fn has_focus(&self) -> bool {
        self.has_focus
    }

    /// Whether the mouse is used here, or left to the terminal.
    #[must_use]
    pub const fn takes_mouse(&self) -> bool {
        self.takes_mouse
    }

    /// All results that were not deleted, oldest first.
    pub fn rows(&self) -> impl Iterator<Item = &ResultRow> {
        self.table.rows()
    }

    /// The machine's cores.
    #[must_use]
    pub const fn cores(&self) -> &Cores {
        &self.machine.cores
    }

    /// The next run.
    #[must_use]
    pub const fn next(&self) -> &NextRun {
        &self.next
    }

    /// The runs that go on and wait.
    #[must_use]
    pub const fn runs(&self) -> &Runs {
        &self.runs
    }

    /// The results table.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// What was said.
    #[must_use]
    pub const fn messages(&self) -> &Messages {
        &self.messages
    }

    /// What the keys go to.
    #[must_use]
    pub const fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The pane that has the focus.
    #[must_use]
    pub const fn focus(&self) -> Pane {
        self.focus
    }

    /// The place of the field under the cursor.
    #[must_use]
    pub const fn field(&self) -> usize {
        self.field
    }

    /// How many rows a zoomed pane without a cursor is scrolled down.
    #[must_use]
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// Whether the focused pane is shown alone.
    #[must_use]
    pub const fn is_zoomed(&self) -> bool {
        self.zoomed
    }

    /// Whether the live panes are held.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// How things look.
    #[must_use]
    pub const fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Columns and rows of the terminal.
    #[must_use]
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The readings that the live panes show: held, or the newest.
    #[must_use]
    pub fn readings(&self) -> &Readings {
        self.frozen.as_deref().map_or(&self.readings, |(_, readings)| readings)
    }

    /// What the workers of the watched row do: held, or when they were seen last; nobody before that.
    #[must_use]
    pub fn live(&self) -> &Live {
        self.frozen.as_deref().map_or_else(|| self.newest_live(), |(live, _)| live)
    }

    fn newest_live(&self) -> &Live {
        let watched = self.watched().map(|row| &row.run);
        let live = watched.and_then(|run| self.lives.iter().find(|(known, _)| known == run));
        live.map_or(&self.nobody, |(_, live)| live)
    }

    /// Which processes of the run that goes on are stopped.
    #[must_use]
    pub const fn standstill(&self) -> &Standstill {
        &self.standstill
    }

    /// The row whose workers are watched: the one under the cursor if it belongs to the run, else the first that was
    /// asked for. Of a run that is not for the table of results it is the one that is sampled.
    #[must_use]
    pub fn watched(&self) -> Option<&ResultRow> {
        if self.runs.going().is_some_and(|going| going.purpose != Purpose::Results) {
            return self.sampled();
        }
        let rows = self.runs.rows();
        let selected = self.table.selected().filter(|entry| rows.contains(&entry.row.run));
        let mut entries = rows.iter().filter_map(|run| self.table.entry(run));
        let asked = entries.clone().find(|entry| !entry.row.configuration.is_baseline());
        selected.or(asked).or_else(|| entries.next()).map(|entry| &entry.row)
    }

    /// The row that is sampled just now.
    #[must_use]
    pub fn sampled(&self) -> Option<&ResultRow> {
        self.measured(&self.runs.sampling()?.row)
    }

    /// A row of the run that goes on.
    pub(super) fn measured(&self, run: &RunId) -> Option<&ResultRow> {
        let is_it = |row: &&ResultRow| row.run == *run;
        let going = self.runs.going()?;
        match going.purpose {
            Purpose::Results => self.table.entry(run).map(|entry| &entry.row),
            Purpose::Experiment(_) => going.evidence.iter().find(is_it),
            Purpose::Curve(_) => self.scaling.rows().iter().find(is_it),
        }
    }

    /// How many cores other programs kept busy in the newest samples of the run that goes on; `None` where it is too
    /// little to matter.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of cores are small")]
    pub fn others(&self) -> Option<f64> {
        let rows = self.runs.rows().iter().filter_map(|run| self.measured(run));
        let newest = rows.filter_map(|row| row.samples.last()).map(|sample| &sample.surroundings);
        Some(notable_foreign_load(newest)? * self.machine.cores.usable as f64)
    }

    /// What all results together say of the work of the row under the cursor, under its lock; `None` where too little was
    /// measured of it.
    #[must_use]
    pub fn advice(&self) -> Option<Advice> {
        let selected = self.table.selected()?;
        let work = &selected.row.configuration;
        let entries = self.table.kept_entries().filter(|entry| entry.row.configuration.same_work(work));
        let fact = |entry: &Entry| Fact::of(entry.number as usize, &entry.record(&self.machine));
        let facts: Vec<Fact> = entries.map(fact).collect();
        let advices = advise(&facts);
        let is_under_it = |advice: &&Advice| work.is_baseline() || advice.gil == work.gil;
        advices.iter().rfind(is_under_it).cloned()
    }

    /// How long the next run should take; `None` where it cannot start.
    #[must_use]
    pub const fn predicted(&self) -> Option<Nanos> {
        self.price.one
    }

    /// How long the next run should take on every backend; `None` where it cannot start.
    #[must_use]
    pub const fn predicted_all(&self) -> Option<Nanos> {
        self.price.all
    }

    /// Whether an action that needs this can do something now.
    #[must_use]
    pub fn applies(&self, when: When) -> bool {
        let facts = self.next.wish().backend.facts();
        match when {
            When::Always => true,
            When::Running => self.runs.is_busy(),
            When::Rows => match self.page {
                Page::Workbench | Page::Timeline => self.table.shown().len() > 0,
                Page::Compare => self.textbook.evidence().next().is_some(),
                Page::Scaling => !self.scaling.rows().is_empty(),
            },
            When::Deleted => self.table.can_undo(),
            When::Computes => self.next.gil_model().is_some(),
            When::Lock => self.next.contends(),
            When::Transport => !facts.transports.is_empty(),
            When::Scales => facts.scales,
        }
    }
}
