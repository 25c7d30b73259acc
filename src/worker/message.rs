//! What a worker is told once.

use serde::{Deserialize, Serialize};

use super::desk::Shape;
use crate::spec::Configuration;
use crate::units::{Nanos, WorkerId};
use crate::workload::Job;

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
    /// The desk whose descriptor came with the board's; `None` where tasks come over the link.
    pub(super) desk: Option<Shape>,
    /// Whether the descriptor of a dataset came behind the others.
    pub(super) has_dataset: bool,
    /// Where the owner of the table is to be found that tasks share; `None` where there is none.
    pub(super) owner: Option<String>,
}
