//! What would be the way without the lock.

use super::Remark;
use crate::advisor::case::Case;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let without = Case::of(&case.all, false).filter(|_| case.gil)?.chosen;
    let same_way = without.backend == case.chosen.backend;
    (!same_way).then(|| {
        let (name, quoted) = (without.name(), without.quoted());
        Remark::Unless(format!(
            "there were no GIL (a free-threaded Python, C code that lets go of it, Rust): {name} reaches {quoted} then"
        ))
    })
}
