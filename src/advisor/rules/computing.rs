//! The work computes: what helps is cores.

use super::Remark;
use crate::advisor::case::Case;
use crate::units::significant;

/// From this share on computing is what the work does.
const COMPUTES: f64 = 0.5;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let chosen = case.chosen;
    let busy = chosen.cores_used?;
    let computes = chosen.share(|shares| shares.compute + shares.ready) >= COMPUTES;
    (computes && !chosen.is_alone()).then(|| {
        let (busy, usable) = (significant(busy, 3), chosen.work.place.cores);
        Remark::Because(format!("it computes, and keeps {busy} of {usable} usable cores busy"))
    })
}
