//! What processes take of memory that others do not.

use super::Remark;
use crate::advisor::case::{Case, best};
use crate::spec::BackendId;
use crate::units::{Bytes, significant};

/// Other ways must take at most this part of the memory to be worth a word.
const LESS: f64 = 0.75;

/// How many times faster than one alone another way has to be to be worth its memory.
const CLEARLY_FASTER: f64 = 1.05;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let chosen = case.chosen;
    let taken = chosen.pss.filter(|_| chosen.backend == BackendId::Processes)?;
    let is_smaller = |pss: Bytes| pss.mebibytes() <= LESS * taken.mebibytes();
    let others = case.facts.iter().copied().filter(|fact| !fact.is_alone() && fact.pss.is_some_and(is_smaller));
    // Of those that are no faster than one worker alone, that one takes less.
    let other = best(others).filter(|other| other.times() >= CLEARLY_FASTER)?;
    let (name, times, less) = (other.name(), significant(other.times(), 3), other.pss?);
    Some(Remark::Unless(format!("memory is short: {name} takes {less} instead of {taken}, at {times}×")))
}
