//! What the app makes of what others report: the conductor, the board, the exporter.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::live::Live;
use super::messages::Level;
use super::overlay::{ExportProblem, Screen};
use super::runs::{Purpose, Sampling};
use super::standstill::Standstill;
use super::{App, Pane};
use crate::board::Snapshot;
use crate::conductor::Event;
use crate::fault::Home;
use crate::results::{ResultRow, RunId};
use crate::text::scrub_os;
use crate::units::Nanos;

impl App {
    pub(super) fn on_event(&mut self, event: Event, now: Nanos) {
        match event {
            Event::Queue { refused, .. } => self.on_queue(refused, now),
            Event::Preparing => self.runs.taken_up(),
            Event::Started { rows, notes, .. } => self.on_started(rows, &notes, now),
            Event::Calibrated { configuration, calibration } => self.costs.learn(&configuration, calibration),
            Event::Sampling { row, sample, of, warmup, board } => {
                self.on_sampling(Sampling { row, sample, of, warmup, board });
            }
            Event::Row(row) => {
                self.costs.learn_start_of(&row);
                self.on_row(*row);
            }
            Event::Progress { done, left } => {
                if let Some(going) = self.runs.going_mut() {
                    (going.done, going.left) = (done, left);
                }
            }
            Event::Fault { row, text } => self.on_fault(&row, &text, now),
            Event::Artifact(_) => {}
            Event::Finished { cancelled } => self.on_finished(cancelled, now),
            Event::Suspended(suspended) => {
                if let Some(going) = self.runs.going_mut() {
                    going.suspended = suspended;
                }
            }
        }
    }

    fn on_queue(&mut self, refused: bool, now: Nanos) {
        if refused {
            self.runs.refused();
            self.say(Level::Warning, "the queue is full", now);
        }
    }

    fn on_started(&mut self, rows: Vec<RunId>, notes: &[String], now: Nanos) {
        self.runs.started(rows);
        self.lives.clear();
        self.boards.clear();
        for note in notes {
            self.say(Level::Warning, note, now);
        }
    }

    fn on_sampling(&mut self, sampling: Sampling) {
        self.boards.retain(|(run, _)| *run != sampling.row);
        self.boards.push((sampling.row.clone(), Arc::clone(&sampling.board)));
        if let Some(going) = self.runs.going_mut() {
            going.sampling = Some(sampling);
        }
    }

    fn on_row(&mut self, row: ResultRow) {
        match self.runs.going().map(|going| going.purpose) {
            Some(Purpose::Experiment(_)) => {
                if let Some(going) = self.runs.going_mut() {
                    going.keep(row);
                }
            }
            Some(Purpose::Curve(_)) => self.scaling.keep(row, self.runs.rows()),
            Some(Purpose::Results) | None => self.show_row(row),
        }
    }

    /// A new row of the run takes the cursor, unless a person has gone about in the table since that run was asked for.
    fn show_row(&mut self, row: ResultRow) {
        let is_new = self.table.entry(&row.run).is_none();
        let run = row.run.clone();
        let asked = !row.configuration.is_baseline();
        self.table.upsert(row);
        let has_cursor = self.table.selected().is_some_and(|entry| self.runs.rows().contains(&entry.row.run));
        let is_free = self.focus != Pane::Results || self.table.follows();
        if is_new && is_free && (!has_cursor || asked && self.cursor_is_on_baseline()) {
            self.table.select(run);
        }
    }

    /// The faults of an experiment are what it is about; they come one upon the other, from all ways of working.
    fn on_fault(&mut self, row: &RunId, text: &str, now: Nanos) {
        let Some(Purpose::Experiment(_)) = self.runs.going().map(|going| going.purpose) else {
            return self.say(Level::Fault, text, now);
        };
        let backend = self.measured(row).map_or("", |row| row.configuration.backend.id());
        self.say(Level::Info, &format!("{backend}: {text}"), now);
    }

    fn cursor_is_on_baseline(&self) -> bool {
        self.table.selected().is_some_and(|entry| entry.row.configuration.is_baseline())
    }

    fn on_finished(&mut self, cancelled: bool, now: Nanos) {
        let is_kept = !matches!(self.runs.going().map(|going| going.purpose), Some(Purpose::Experiment(_)));
        if cancelled {
            let kept = self.watched().filter(|_| is_kept).map(|row| (row.samples.len(), row.settings.runs));
            let text =
                kept.map_or_else(|| "cancelled".to_owned(), |(kept, of)| format!("cancelled, {kept} of {of} kept"));
            self.say(Level::Info, &text, now);
        }
        let run = self.runs.finished();
        if let (Purpose::Experiment(place), false) = (run.purpose, cancelled) {
            self.textbook.judge(place, run.evidence);
        }
        self.seen(run.purpose, cancelled, now);
        self.on_stopped(&[], now);
        self.lives.iter_mut().for_each(|(_, live)| live.rest());
    }

    pub(super) fn on_board(&mut self, run: &RunId, snapshot: Snapshot) {
        let place = self.lives.iter().position(|(known, _)| known == run).unwrap_or_else(|| {
            self.lives.push((run.clone(), Live::default()));
            self.lives.len() - 1
        });
        self.lives[place].1.push(snapshot);
    }

    /// Says once who stands still, and takes it back when that has changed.
    pub(super) fn on_stopped(&mut self, processes: &[u32], now: Nanos) {
        self.lives.iter_mut().for_each(|(_, live)| live.stop(processes));
        let standstill = self.standing_still(processes);
        if standstill == self.standstill {
            return;
        }
        if self.standstill.is_any() {
            self.messages.withdraw(&self.standstill.to_string());
        }
        if standstill.is_any() {
            self.say(Level::Condition, &standstill.to_string(), now);
        }
        self.standstill = standstill;
    }

    /// Who of the row that is sampled these processes are.
    fn standing_still(&self, processes: &[u32]) -> Standstill {
        let sampled = self.runs.sampling().and_then(|sampling| self.table.entry(&sampling.row)).map(|entry| &entry.row);
        let live = sampled.and_then(|row| self.lives.iter().find(|(known, _)| *known == row.run));
        let workers = live.map_or(&[][..], |(_, live)| live.workers());
        let are_processes = sampled.is_some_and(|row| row.configuration.backend.facts().home == Home::Own);
        Standstill::of(processes, workers, are_processes)
    }

    pub(super) fn on_exported(&mut self, outcome: Result<PathBuf, ExportProblem>, now: Nanos) {
        match (outcome, &mut self.screen) {
            (Ok(path), screen) => {
                if matches!(screen, Screen::Export(_)) {
                    *screen = Screen::Workbench;
                }
                self.say(Level::Info, &format!("wrote {}", scrub_os(path)), now);
            }
            (Err(problem), Screen::Export(dialog)) => dialog.problem = Some(problem),
            (Err(ExportProblem::Failed(text)), _) => self.say(Level::Error, &text, now),
            (Err(ExportProblem::Exists | ExportProblem::IsLink), _) => {
                self.say(Level::Error, "a file of that name is already there", now);
            }
        }
    }

    pub(super) fn on_suggested(&mut self, path: &Path) {
        if let Screen::Export(dialog) = &mut self.screen {
            dialog.propose(path);
        }
    }
}
