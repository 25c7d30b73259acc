//! The rows of a run while they are being filled: what is kept of samples, how rows end, which ones have changed. Pure.

use std::sync::Arc;

use super::Event;
use super::order::Do;
use crate::engine::{Calibration, Sample};
use crate::results::{ResultRow, RunId, Status, settle};
use crate::units::Nanos;

/// Up to this many samples every one is told of at once; above, they are told of when they have become so many times 1/256
/// more, since working out and handing over a table costs more the longer it is.
const TOLD_SINGLY: usize = 256;

/// The rows of a run, each telling the views of itself when it has changed.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<ResultRow>,
    told: Vec<Option<Told>>,
    told_volume: usize,
    artifacts: Artifacts,
}

/// What the views were told of a row. The samples themselves only ever grow in number.
#[derive(Debug, PartialEq)]
struct Told {
    samples: usize,
    startups: usize,
    suspended: u32,
    status: Status,
    failure: Option<String>,
    baseline: Option<RunId>,
    speedup: Option<crate::stats::Ratio>,
}

/// The content that `--output` asks for.
#[derive(Debug)]
enum Artifacts {
    /// Nobody asked, or the views have it.
    Unwanted,
    /// What each row has found so far.
    Wanted(Vec<Option<Vec<u8>>>),
}

impl Table {
    /// A table of rows without samples.
    pub(super) fn new(rows: Vec<ResultRow>, wants_artifact: bool) -> Self {
        let told = rows.iter().map(|_| None).collect();
        let artifacts = if wants_artifact { Artifacts::Wanted(vec![None; rows.len()]) } else { Artifacts::Unwanted };
        Self { rows, told, told_volume: 0, artifacts }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row at a place.
    pub(super) fn row(&self, place: usize) -> &ResultRow {
        &self.rows[place]
    }

    /// The names of all rows, in order.
    pub(super) fn names(&self) -> Vec<RunId> {
        self.rows.iter().map(|row| row.run.clone()).collect()
    }

    /// What is known of a row's work, for its engine.
    pub(super) fn calibration(&self, place: usize) -> Option<&Calibration> {
        self.rows[place].calibration.as_ref()
    }

    /// Whether a row's engine should bring the artifact along.
    pub(super) fn lacks_artifact(&self, place: usize) -> bool {
        matches!(&self.artifacts, Artifacts::Wanted(found) if found[place].is_none())
    }

    /// How long a row was sampled in all, the samples thrown away not counted.
    pub(super) fn sampled(&self, place: usize) -> Nanos {
        self.rows[place].samples.iter().map(|sample| sample.wall).fold(Nanos::ZERO, Nanos::plus)
    }

    /// Notes a pool start.
    pub(super) fn started(&mut self, place: usize, startup: Nanos) {
        self.rows[place].startups.push(startup);
    }

    /// Keeps a sample, except for the artifact it carries and unless it is a warm-up.
    pub(super) fn take(&mut self, place: usize, mut sample: Sample) {
        let artifact = sample.answer.as_mut().and_then(|answer| answer.artifact.take());
        if let (Artifacts::Wanted(found), Some(artifact)) = (&mut self.artifacts, artifact) {
            found[place] = Some(artifact.content);
        }
        if !sample.warmup {
            self.rows[place].samples.push(sample);
        }
    }

    /// Notes that so many tasks were struck on purpose.
    pub(super) fn struck(&mut self, place: usize, times: u64) {
        self.rows[place].faults_injected += times;
    }

    /// Notes that an engine died, and that so many tasks were lost with it.
    pub(super) fn engine_died(&mut self, place: usize, tasks: u64) {
        self.rows[place].engine_died = true;
        self.rows[place].lost_with_engine += tasks;
    }

    /// Notes that a sample was disturbed and will be taken again.
    pub(super) fn disturbed(&mut self, place: usize) {
        self.rows[place].suspended += 1;
    }

    /// A row ends with all of its samples.
    pub(super) fn complete(&mut self, place: usize) {
        self.end(place, Status::Ok, None);
    }

    /// A row ends for a reason.
    pub(super) fn fail(&mut self, place: usize, why: String) {
        self.end(place, Status::Failed, Some(why));
    }

    /// All rows that have not ended do so now, with the samples that they have.
    pub(super) fn cancel(&mut self) {
        (0..self.rows.len()).for_each(|place| self.end(place, Status::Cancelled, None));
    }

    fn end(&mut self, place: usize, status: Status, failure: Option<String>) {
        let row = &mut self.rows[place];
        if row.status == Status::Running {
            row.status = status;
            row.failure = failure;
        }
    }

    /// Works out what the rows say about each other; tells of all that changed, and of the artifact once a row is well.
    #[must_use]
    pub(super) fn changes(&mut self) -> Vec<Do> {
        if !self.is_due() {
            return Vec::new();
        }
        settle(&mut self.rows);
        self.told_volume = self.volume();
        let mut changes = Vec::new();
        for (row, told) in self.rows.iter().zip(&mut self.told) {
            let now = Some(Told::of(row));
            if *told != now {
                *told = now;
                changes.push(Do::Tell(Event::Row(Box::new(row.clone()))));
            }
        }
        changes.extend(self.artifact().map(|content| Do::Tell(Event::Artifact(Arc::new(content)))));
        changes
    }

    /// How much there is to tell.
    fn volume(&self) -> usize {
        self.rows.iter().map(|row| row.samples.len() + row.startups.len()).sum()
    }

    fn is_due(&self) -> bool {
        let has_ended = |(row, told): (&ResultRow, &Option<Told>)| told.as_ref().is_none_or(|t| t.status != row.status);
        let is_much_longer = self.volume() > self.told_volume + self.told_volume / TOLD_SINGLY;
        self.told_volume < TOLD_SINGLY || is_much_longer || self.rows.iter().zip(&self.told).any(has_ended)
    }

    /// The artifact of the first row that ended well, once.
    fn artifact(&mut self) -> Option<Vec<u8>> {
        let Artifacts::Wanted(found) = &mut self.artifacts else { return None };
        let is_well = |place: &usize| self.rows[*place].status == Status::Ok;
        let content = (0..self.rows.len()).filter(is_well).find_map(|place| found[place].take())?;
        self.artifacts = Artifacts::Unwanted;
        Some(content)
    }
}

impl Told {
    fn of(row: &ResultRow) -> Self {
        Self {
            samples: row.samples.len(),
            startups: row.startups.len(),
            suspended: row.suspended,
            status: row.status,
            failure: row.failure.clone(),
            baseline: row.baseline_run.clone(),
            speedup: row.speedup,
        }
    }
}
