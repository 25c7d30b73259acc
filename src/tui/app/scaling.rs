//! The page on scaling: one curve for each way of working, over the job of the workbench.

use super::next::NextRun;
use crate::conductor::Request;
use crate::results::scaling::Curve;
use crate::results::{ResultRow, RunId};
use crate::spec::{BackendId, Baseline, Configuration, RunSettings, Wish, worker_counts};
use crate::workload::Refusal;

/// A way of working whose number of workers can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// What stands for it in the chart.
    pub letter: char,
    /// How tasks are executed.
    pub backend: BackendId,
    /// Whether the emulated lock is on.
    pub gil: bool,
}

/// Every way, in the order of the list.
pub const WAYS: [Way; 5] = [
    Way { letter: 'T', backend: BackendId::Threads, gil: false },
    Way { letter: 'G', backend: BackendId::Threads, gil: true },
    Way { letter: 'R', backend: BackendId::Rayon, gil: false },
    Way { letter: 'P', backend: BackendId::Processes, gil: false },
    Way { letter: 'A', backend: BackendId::Async, gil: false },
];

impl Way {
    /// What it is called: `threads, GIL on`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}{}", self.backend.id(), if self.gil { ", GIL on" } else { "" })
    }

    fn is_of(self, configuration: &Configuration) -> bool {
        (self.backend, self.gil) == way(configuration)
    }

    /// The job of the next run with one worker, two, and so on. Curves compare speeds, so nothing is to fail on purpose.
    ///
    /// # Errors
    /// The first choice that cannot be served.
    pub(super) fn request(self, next: &NextRun) -> Result<Request, Refusal> {
        let job = Wish { backend: self.backend, gil: self.gil, fault: None, ..next.wish().clone() };
        let mut configurations: Vec<Configuration> = Vec::new();
        for workers in worker_counts(next.usable) {
            let configuration = Configuration::new(Wish { workers, ..job.clone() })?;
            // A workload may take fewer workers than were asked for.
            if !configurations.contains(&configuration) {
                configurations.push(configuration);
            }
        }
        let settings = RunSettings { baseline: Baseline::Auto, ..next.settings() };
        Ok(Request { configurations, settings, artifact: false })
    }
}

/// What was measured of one job, and which way is looked at.
#[derive(Debug, Default)]
pub struct Scaling {
    rows: Vec<ResultRow>,
    curves: Vec<Curve>,
    cursor: usize,
}

impl Scaling {
    /// The place of the way that is looked at.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Everything that was measured of the job, the baselines among it.
    #[must_use]
    pub fn rows(&self) -> &[ResultRow] {
        &self.rows
    }

    /// What was measured of the way at this place.
    #[must_use]
    pub fn curve(&self, place: usize) -> Option<&Curve> {
        let way = WAYS.get(place)?;
        self.curves.iter().find(|curve| way.is_of(&curve.rows[0].configuration))
    }

    /// The places of the ways that were measured, each with what was.
    pub fn measured(&self) -> impl Iterator<Item = (usize, &Curve)> {
        (0..WAYS.len()).filter_map(|place| Some((place, self.curve(place)?)))
    }

    /// Whether the next run has another job than what was measured.
    #[must_use]
    pub fn is_of_another_job(&self, next: &NextRun) -> bool {
        let asked = Configuration::new(next.wish().clone());
        asked.is_ok_and(|asked| self.rows.first().is_some_and(|row| !row.configuration.same_work(&asked)))
    }

    /// Takes in a row of the run whose rows are `current`, or what is new of it. What was measured before of the same way
    /// goes, and all of another job.
    pub(super) fn keep(&mut self, row: ResultRow, current: &[RunId]) {
        let is_baseline = |known: &ResultRow| known.configuration.is_baseline();
        let stays = |known: &ResultRow| {
            known.configuration.same_work(&row.configuration)
                && (is_baseline(known) || way(&known.configuration) != way(&row.configuration))
        };
        self.rows.retain(|known| current.contains(&known.run) || stays(known));
        let others = self.rows.iter().filter(|known| !is_baseline(known));
        let baselines: Vec<RunId> = others.filter_map(|known| known.baseline_run.clone()).collect();
        let is_needed = |known: &ResultRow| !is_baseline(known) || baselines.contains(&known.run);
        self.rows.retain(|known| current.contains(&known.run) || is_needed(known));
        let changed = way(&row.configuration);
        match self.rows.iter_mut().find(|known| known.run == row.run) {
            Some(known) => *known = row,
            None => self.rows.push(row),
        }
        self.refit(changed);
    }

    /// Fits the laws to the curve of this way anew. Those of all ways after each sample would keep a core busy beside what
    /// is measured.
    fn refit(&mut self, changed: (BackendId, bool)) {
        let is_known = |curve: &Curve| self.rows.iter().any(|row| row.run == curve.rows[0].run);
        self.curves.retain(|curve| is_known(curve) && way(&curve.rows[0].configuration) != changed);
        let own = self.rows.iter().filter(|row| way(&row.configuration) == changed).cloned();
        self.curves.extend(Curve::all(&own.collect::<Vec<_>>()));
    }

    /// Puts the cursor on the way at this place.
    pub(super) fn look_at(&mut self, place: usize) {
        self.cursor = place;
    }
}

fn way(configuration: &Configuration) -> (BackendId, bool) {
    (configuration.backend, configuration.gil)
}
