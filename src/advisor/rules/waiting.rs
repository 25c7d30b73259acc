//! The work waits: what helps is to wait for more at a time, which takes no cores.

use super::{Remark, percent};
use crate::advisor::case::Case;

/// From this share on waiting is what the work does.
const WAITS: f64 = 0.5;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let waits = case.chosen.share(|shares| shares.io);
    if waits < WAITS || case.chosen.is_alone() {
        return None;
    }
    let at_a_time = case.chosen.in_flight.unwrap_or(case.chosen.workers.into());
    let lock = if case.gil { ", which it does without the GIL" } else { "" };
    Some(Remark::Because(format!(
        "it waits {} of the time{lock}, and {at_a_time} at a time wait as long as one",
        percent(waits)
    )))
}
