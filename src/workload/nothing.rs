//! The computation of workloads whose tasks only wait.

use super::{Args, Compute, Data, Output, TaskFailure};
use crate::beat::Beat;

/// For tasks without CPU part, so that nobody ever asks.
pub(super) struct NothingToCompute;

impl Compute for NothingToCompute {
    fn compute(&self, _args: &Args, _data: Data<'_>, _beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        Err(TaskFailure("this task has no CPU part".to_owned()))
    }
}
