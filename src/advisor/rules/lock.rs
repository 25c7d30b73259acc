//! Workers of one process wait for the lock.

use super::{Remark, percent};
use crate::advisor::Fact;
use crate::advisor::case::{Case, best};
use crate::spec::LockScope;
use crate::units::significant;

/// From this share on the lock explains what workers lose.
const EXPLAINS: f64 = 0.2;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let is_bound = |fact: &&Fact| {
        fact.gil && fact.backend.facts().lock == LockScope::Shared && fact.share(|shares| shares.gil) >= EXPLAINS
    };
    let bound = best(case.facts.iter().copied().filter(is_bound))?;
    let chosen = case.chosen;
    (bound.is_surely_slower_than(chosen) && chosen.backend.facts().lock != LockScope::Shared).then(|| {
        let (name, times) = (bound.name(), significant(bound.times(), 3));
        let waits = percent(bound.share(|shares| shares.gil));
        Remark::Because(format!("{name} stops at {times}×, {waits} of its workers' time goes into waiting for the GIL"))
    })
}
