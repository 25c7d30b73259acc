//! What was lost, in the sentences that people read. Pure.

use super::order::Ending;
use crate::engine::Sample;
use crate::units::WorkerId;

/// When an engine died that nobody had sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before its pool stood.
    Starting,
    /// In the middle of a sample of so many tasks.
    Sampling {
        /// The outputs are in the memory of the pool until the last is there, so all of them are lost.
        tasks: u64,
    },
    /// While it waited for its turn.
    Waiting,
}

impl Moment {
    /// How many tasks an engine takes with it that dies then.
    pub(super) const fn tasks_lost(self) -> u64 {
        match self {
            Self::Starting | Self::Waiting => 0,
            Self::Sampling { tasks } => tasks,
        }
    }
}

/// What an engine's death has cost.
pub(super) fn death(moment: Moment, ending: &Ending) -> String {
    match moment {
        Moment::Starting => format!("the pool died while it started ({ending})"),
        Moment::Sampling { tasks } => format!("the whole pool died: {tasks} of {tasks} tasks lost ({ending})"),
        Moment::Waiting => format!("the whole pool died between samples ({ending})"),
    }
}

/// What a worker's death has cost.
pub(super) fn lost_worker(worker: WorkerId, cause: &str, retried: u64) -> String {
    let again = if retried == 1 { "1 task runs again".to_owned() } else { format!("{retried} tasks run again") };
    format!("worker {} died: {cause}; {again}", worker.0 + 1)
}

/// Why tasks of a sample have no output; `None` where all have one.
pub(super) fn lost_tasks(sample: &Sample) -> Option<String> {
    if sample.tasks_lost == 0 {
        return None;
    }
    let all = sample.tasks.saturating_add(sample.tasks_lost);
    let first = sample.failures.first().map(|why| format!(": {why}")).unwrap_or_default();
    Some(format!("{} of {all} tasks lost{first}", sample.tasks_lost))
}
