//! Ways that nobody has measured yet.

use super::Remark;
use crate::advisor::case::Case;
use crate::spec::BackendId;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let ids = ways(case);
    (!ids.is_empty()).then(|| Remark::Next(vec![("backend", ids.join(","))]))
}

/// The backends that may be better than all that were measured.
pub(in crate::advisor) fn ways(case: &Case<'_>) -> Vec<&'static str> {
    let waits = case.facts.iter().any(|fact| fact.share(|shares| shares.io) >= 0.5);
    let mut wanted = vec![BackendId::Threads, BackendId::Processes];
    wanted.extend(waits.then_some(BackendId::Async));
    wanted.retain(|backend| case.best_of(*backend).is_none());
    wanted.iter().map(|backend| backend.id()).collect()
}
