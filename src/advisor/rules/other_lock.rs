//! What would be the way with the lock the other way round.

use super::Remark;
use crate::advisor::case::Case;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let other = Case::of(&case.all, !case.gil)?.chosen;
    // Without the lock nothing gets slower: where it looks so, it is noise.
    let is_no_gain = case.gil && other.times() <= case.chosen.times();
    if other.backend == case.chosen.backend || other.gil == case.gil || is_no_gain {
        return None;
    }
    let world = if case.gil {
        "there were no GIL (a free-threaded Python, C code that lets go of it, Rust)"
    } else {
        "there were a GIL (an ordinary Python)"
    };
    let (name, quoted) = (other.name(), other.quoted());
    Some(Remark::Unless(format!("{world}: {name} reaches {quoted} then")))
}
