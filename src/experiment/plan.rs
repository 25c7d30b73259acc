//! How plans are written down.

use super::Scope;
use crate::spec::{BackendId, Baseline, Configuration, Order, RunSettings, Wish};
use crate::workload::{Refusal, by_id};

/// Rounds where time is short and samples are too: what moves a short sample most is what others do on this machine just
/// then, so many short rounds say more than few long ones.
const SHORT_ROUNDS: u32 = 10;

/// Enough rounds for intervals, in turns.
pub(super) const fn rounds(scope: Scope) -> RunSettings {
    let runs = if scope.quick { 5 } else { 15 };
    RunSettings { runs, warmup: 1, min_time: None, order: Order::Interleaved, baseline: Baseline::None }
}

/// Enough rounds for intervals of short samples.
pub(super) fn short_rounds(scope: Scope) -> RunSettings {
    let usual = rounds(scope);
    RunSettings { runs: usual.runs.max(SHORT_ROUNDS), ..usual }
}

/// The wish for a workload with some of its settings, as they would be written after their flags.
pub(super) fn wish(
    workload: &str,
    backend: BackendId,
    workers: u32,
    settings: &[(&str, &str)],
) -> Result<Wish, Refusal> {
    let refuse = |name: &str, value: &str| Refusal::new(name, value, "there is no such thing");
    let workload = by_id(workload).ok_or_else(|| refuse("workload", workload))?;
    let mut wish = Wish::of(workload, backend, workers);
    for (name, text) in settings {
        let table = workload.about().parameters;
        let parameter = table.iter().find(|parameter| parameter.name == *name).ok_or_else(|| refuse(name, text))?;
        wish.values.set(name, parameter.parse(text)?);
    }
    Ok(wish)
}

/// All of these, valid.
pub(super) fn configurations(
    wishes: impl IntoIterator<Item = Result<Wish, Refusal>>,
) -> Result<Vec<Configuration>, Refusal> {
    wishes.into_iter().map(|wish| Configuration::new(wish?)).collect()
}
