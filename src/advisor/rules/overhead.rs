//! No pool pays: tasks are over before it is worth handing them out, or the machine has nothing to hand them to.

use super::Remark;
use crate::advisor::case::{Case, best};
use crate::units::{Nanos, significant};

/// Tasks shorter than this, in seconds, are hardly longer than it takes to hand them to another process.
const SHORT: f64 = 50e-6;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let other = best(case.facts.iter().copied().filter(|fact| !fact.is_alone()))?;
    if !case.chosen.is_alone() {
        return None;
    }
    let task =
        case.chosen.task_s.filter(|seconds| *seconds < SHORT).map(|seconds| Nanos::from_seconds(seconds).to_string());
    let tasks = task.map_or_else(String::new, |task| format!(", tasks of {task} are too short to be handed out"));
    let times = significant(other.times(), 3);
    Some(Remark::Because(format!("the best pool, {}, reaches {times}×{tasks}", other.name())))
}
