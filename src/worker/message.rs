//! The contents of frames. What is written borrowed is read owned; postcard encodes both alike.

use serde::{Deserialize, Serialize};

use crate::spec::Configuration;
use crate::units::{Nanos, WorkerId};
use crate::workload::{Job, Output, Task, TaskFailure};

/// What a worker works for: the content of a `Setup` frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Assignment {
    /// Its seat on the board.
    pub(super) worker: WorkerId,
    /// What is measured.
    pub(super) configuration: Configuration,
    /// The work.
    pub(super) job: Job,
    /// What one task takes alone.
    pub(super) task_cost: Nanos,
}

/// Consecutive tasks, as they are sent.
#[derive(Debug, Serialize)]
pub(super) struct TasksSent<'a> {
    pub(super) first: u64,
    pub(super) tasks: &'a [Task],
}

/// Consecutive tasks, as they arrive.
#[derive(Debug, Deserialize)]
pub(super) struct Tasks {
    pub(super) first: u64,
    pub(super) tasks: Vec<Task>,
}

/// Outputs of consecutive tasks, both ways.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) first: u64,
    pub(super) outputs: Vec<Result<Output, TaskFailure>>,
}
