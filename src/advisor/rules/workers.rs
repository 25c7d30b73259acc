//! More workers than the chosen ones: whether they were tried, and what they brought.

use super::Remark;
use crate::advisor::case::Case;
use crate::spec::{IN_FLIGHT, MAX_WORKERS};
use crate::units::significant;

/// Workers that wait for the lock for this part of their time are held up by it.
const WAITING: f64 = 0.25;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let chosen = case.chosen;
    let same = case.facts.iter().filter(|fact| fact.backend == chosen.backend && fact.transport == chosen.transport);
    let more = same.filter(|fact| fact.workers > chosen.workers).max_by_key(|fact| fact.workers);
    if let Some(more) = more {
        let (workers, times) = (more.workers, significant(more.times(), 3));
        let why = if more.share(|shares| shares.gil) >= WAITING {
            ", since they wait for the lock"
        } else if u64::from(workers) > chosen.work.place.cores && more.share(|shares| shares.io) < 0.5 {
            ", since they share the cores"
        } else {
            ""
        };
        return Some(Remark::Because(format!("more of them bring nothing: {workers} reach {times}×{why}")));
    }
    let waits = chosen.share(|shares| shares.io) >= 0.5;
    let (workers, cores) = (chosen.workers, chosen.work.place.cores);
    let also =
        |flag, value: String| Some(Remark::Next(vec![("backend", chosen.backend.id().to_owned()), (flag, value)]));
    match chosen.in_flight {
        _ if chosen.is_alone() => None,
        Some(in_flight) if waits => {
            also("in-flight", in_flight.saturating_mul(4).min(u64::from(*IN_FLIGHT.end())).to_string())
        }
        None if waits => also("workers", format!("{workers},{}", workers.saturating_mul(4).min(MAX_WORKERS))),
        _ if u64::from(workers) < cores => also("workers", format!("{workers},{cores}")),
        _ => None,
    }
}
