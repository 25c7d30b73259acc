//! What a crash takes along.

use super::Remark;
use crate::advisor::case::Case;
use crate::spec::BackendId;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    if case.chosen.backend == BackendId::Processes {
        return None;
    }
    let processes = case.best_of(BackendId::Processes)?;
    let (name, quoted) = (processes.name(), processes.quoted());
    Some(Remark::Unless(format!("a crash of one task must not stop the others: {name} survives it, at {quoted}")))
}
