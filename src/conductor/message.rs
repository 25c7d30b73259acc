//! What views and conductor say to each other; they share nothing else.

use std::sync::Arc;

use crate::board::Board;
use crate::engine::Calibration;
use crate::results::{ResultRow, RunId};
use crate::spec::{Configuration, RunSettings};
use crate::units::Nanos;

/// What a view asks for.
#[derive(Debug)]
pub enum Ask {
    /// Measure these; waits its turn behind runs asked for earlier.
    Run(Request),
    /// Drop everything that goes on or waits, then measure these.
    Restart(Request),
    /// Stop the run that goes on; finished samples are kept.
    Cancel,
    /// Forget the runs that wait.
    ClearQueue,
    /// Stop the engines where they are; the sample will be taken again.
    Suspend,
    /// Let the engines go on.
    Resume,
    /// Stop everything and end the conductor.
    Quit,
}

/// One run: what to measure and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What to measure; baselines are added as the settings say.
    pub configurations: Vec<Configuration>,
    /// How to measure.
    pub settings: RunSettings,
    /// Whether the first finished result's artifact is wanted (`--output`).
    pub artifact: bool,
}

/// What happened. Each run has a `Preparing`, then what is found out about its work, then a `Started`, its rows and one
/// `Finished`, also when it was cancelled in between or nothing of it could be measured.
#[derive(Debug, Clone)]
pub enum Event {
    /// How many runs wait, whenever that changes or one more was refused because too many do.
    Queue {
        /// Runs that wait, the one that goes on not counted.
        waiting: usize,
        /// Whether a run was refused just now; its configurations will not be measured.
        refused: bool,
    },
    /// A run is taken up: engines look at its work first, which decides about baselines and the prediction.
    Preparing,
    /// A run's samples begin.
    Started {
        /// Its rows, in the order of the table.
        rows: Vec<RunId>,
        /// How long it should take.
        predicted: Nanos,
        /// What is missing and why, such as a baseline that would take too long.
        notes: Vec<String>,
    },
    /// The work of a workload was surveyed and timed.
    Calibrated {
        /// The sequential configuration it was done for; it holds for all that do the same work.
        configuration: Box<Configuration>,
        /// What was found.
        calibration: Arc<Calibration>,
    },
    /// A sample begins.
    Sampling {
        /// Which row.
        row: RunId,
        /// Which sample, from 1; within the warm-ups when `warmup`.
        sample: u32,
        /// Of how many.
        of: u32,
        /// Whether it is thrown away.
        warmup: bool,
        /// Where its workers can be watched.
        board: Arc<Board>,
    },
    /// A row is new or has changed.
    Row(Box<ResultRow>),
    /// How far the run is.
    Progress {
        /// Finished part of the predicted work, 0…1.
        done: f64,
        /// Time left; `None` before the first sample is in.
        left: Option<Nanos>,
    },
    /// Something went wrong and was dealt with, or not; a sentence.
    Fault {
        /// Which row.
        row: RunId,
        /// What happened.
        text: String,
    },
    /// The content that `--output` asks for, of the first finished result.
    Artifact(Arc<Vec<u8>>),
    /// The run is over.
    Finished {
        /// Whether a person ended it.
        cancelled: bool,
    },
    /// The engines were stopped (`true`) or go on (`false`).
    Suspended(bool),
}
