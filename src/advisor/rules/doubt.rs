//! Samples too few, too scattered or too disturbed to tell: what would settle it.

use super::Remark;
use crate::advisor::case::Case;
use crate::advisor::{Confidence, Fact};

/// More samples than this are no way out: what scatters so much is not settled by patience.
const MOST_RUNS: u64 = 100;

/// Four times as many samples of the chosen way and of those that may be as good: intervals half as wide.
pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    if Confidence::of(case).0 != Confidence::Low {
        return None;
    }
    let rivals: Vec<&Fact> = std::iter::once(case.chosen).chain(case.open()).collect();
    let runs = rivals.iter().map(|fact| fact.runs).max().filter(|runs| *runs < MOST_RUNS)?;
    let mut flags = vec![("backend", listed(rivals.iter().map(|fact| fact.backend.id().to_owned())))];
    let workers = listed(rivals.iter().filter(|fact| !fact.is_alone()).map(|fact| fact.workers.to_string()));
    flags.extend(Some(("workers", workers)).filter(|(_, workers)| !workers.is_empty()));
    if rivals.iter().any(|fact| fact.is_sent_unusually()) {
        let transports = rivals.iter().filter_map(|fact| fact.transport);
        flags.push(("transport", listed(transports.map(|transport| transport.id().to_owned()))));
    }
    flags.push(("runs", (4 * runs).min(MOST_RUNS).to_string()));
    Some(Remark::Next(flags))
}

/// What there is, each once, as a flag takes it.
fn listed(values: impl Iterator<Item = String>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for value in values {
        if !listed.contains(&value) {
            listed.push(value);
        }
    }
    listed.join(",")
}
