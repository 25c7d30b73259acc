//! What to be careful about in a row, each with the next step. One table: kinds with the rule that finds them.

use serde::Serialize;

use super::{ResultRow, Status, Summary};
use crate::engine::Surroundings;
use crate::spec::Baseline;
use crate::stats::{Spread, outliers};
use crate::text::counted;
use crate::units::Nanos;

/// Samples whose standard deviation is a larger part of their mean than this, in percent, are called noisy.
const NOISY_PERCENT: f64 = 5.0;

/// Below this, starting and stopping the clock and the workers is no longer small against what is measured.
const SHORT: Nanos = Nanos::from_millis(5);

/// A first sample this many times as long as the slowest of the others was taken before everything was warm.
const SLOW_FIRST: f64 = 1.2;

/// The share of their time that workers wait for a core before the number of workers is called too large.
const CROWDED: f64 = 0.05;

/// Others that take this share of the usable cores' time get into the figures.
const FOREIGN: f64 = 0.1;

/// The kernel counts in ticks of 10 ms; of fewer than five nothing is said.
const FOREIGN_LEAST: Nanos = Nanos::from_millis(50);

/// From this many samples on there is an interval.
const INTERVAL_FROM: usize = 3;

/// Something to be careful about in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Which kind of warning.
    pub kind: WarningKind,
    /// What is the matter and what to do about it, as a sentence without full stop.
    pub text: String,
}

impl Warning {
    /// The kind in one word, for tables and exports.
    #[must_use]
    pub const fn tag(&self) -> &'static str {
        self.kind.tag()
    }
}

/// The kinds of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// Workers died or misbehaved during the samples.
    Faults,
    /// A CPU quota stopped the workers during the samples.
    Throttled,
    /// Other programs used the cores during the samples.
    OtherLoad,
    /// The samples scatter, or some of them stand apart.
    Noisy,
    /// The samples are too short to be trusted.
    Short,
    /// The first sample took longer than all others.
    SlowFirst,
    /// More workers than cores, and it shows.
    Crowded,
    /// Samples were stopped and taken again.
    Suspended,
    /// There is nothing to compare with.
    NoBaseline,
    /// Too few samples for an interval.
    FewRuns,
    /// Not every task was timed.
    SampledLatency,
}

impl WarningKind {
    /// The kind in one word, for tables and exports.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Faults => "faults",
            Self::Throttled => "throttled",
            Self::OtherLoad => "other-load",
            Self::Noisy => "noisy",
            Self::Short => "short",
            Self::SlowFirst => "slow-first",
            Self::Crowded => "crowded",
            Self::Suspended => "suspended",
            Self::NoBaseline => "no-baseline",
            Self::FewRuns => "few-runs",
            Self::SampledLatency => "sampled-latency",
        }
    }
}

/// What the rules look at.
struct Evidence<'a> {
    row: &'a ResultRow,
    summary: &'a Summary,
    /// The wall seconds of the complete samples, in order.
    walls: Vec<f64>,
}

/// Says what is the matter, or that nothing is.
type Rule = fn(&Evidence<'_>) -> Option<String>;

/// Every kind with its rule, the most serious first.
const RULES: &[(WarningKind, Rule)] = &[
    (WarningKind::Faults, faults),
    (WarningKind::Throttled, throttled),
    (WarningKind::OtherLoad, other_load),
    (WarningKind::Noisy, noisy),
    (WarningKind::Short, short),
    (WarningKind::SlowFirst, slow_first),
    (WarningKind::Crowded, crowded),
    (WarningKind::Suspended, suspended),
    (WarningKind::NoBaseline, no_baseline),
    (WarningKind::FewRuns, few_runs),
    (WarningKind::SampledLatency, sampled_latency),
];

/// What to be careful about in `row`, the most serious first; `summary` is that of the row.
#[must_use]
pub fn warnings(row: &ResultRow, summary: &Summary) -> Vec<Warning> {
    let walls = row.complete().map(|sample| sample.wall.seconds()).collect();
    let evidence = Evidence { row, summary, walls };
    RULES.iter().filter_map(|(kind, rule)| Some(Warning { kind: *kind, text: rule(&evidence)? })).collect()
}

fn faults(evidence: &Evidence<'_>) -> Option<String> {
    let seen = evidence.summary.faults_seen.filter(|seen| *seen > 0 && !evidence.walls.is_empty())?;
    let retried = evidence.summary.tasks_retried.unwrap_or(0);
    let respawns = evidence.summary.respawns.unwrap_or(0);
    let asked = evidence.row.configuration.fault.is_some();
    let next = if asked { "leave out --fault" } else { "measure once more without" };
    Some(format!(
        "the times contain {} ({respawns} started again, {retried} of the tasks run again): {next}",
        counted(seen, "worker fault"),
    ))
}

fn throttled(evidence: &Evidence<'_>) -> Option<String> {
    let stops = evidence.surroundings().filter_map(|around| around.throttles.zip(around.throttled));
    let (times, time) = stops.fold((0, Nanos::ZERO), |sum, (times, time)| (sum.0 + times, sum.1.plus(time)));
    (times > 0).then(|| {
        let usable = counted(evidence.row.cores_usable.into(), "worker");
        format!(
            "a CPU quota stopped the workers {} ({time} of the cores' time): raise the quota, or use at most {usable}",
            counted(times, "time"),
        )
    })
}

/// The fraction of the usable cores' time that other programs took; `None` where it is too little to matter.
pub fn notable_foreign_load<'a>(all: impl IntoIterator<Item = &'a Surroundings>) -> Option<f64> {
    let (foreign, share) = Surroundings::foreign_load(all);
    (foreign >= FOREIGN_LEAST && share >= FOREIGN).then_some(share)
}

fn other_load(evidence: &Evidence<'_>) -> Option<String> {
    let percent = 100.0 * notable_foreign_load(evidence.surroundings())?;
    Some(format!("other programs took {percent:.0} % of the usable cores' time: close them and measure once more"))
}

fn noisy(evidence: &Evidence<'_>) -> Option<String> {
    let walls = if evidence.first_is_slow() { &evidence.walls[1..] } else { &evidence.walls[..] };
    let odd = outliers(walls).len() as u64;
    let variation = Spread::of(walls)?.variation_percent()?;
    let advice = "close other programs or raise --runs";
    if odd > 0 {
        return Some(format!("{} far off the others: {advice}", counted(odd, "sample")));
    }
    let which = if evidence.first_is_slow() { "the samples after the first" } else { "the samples" };
    (variation > NOISY_PERCENT).then(|| format!("{which} scatter by {variation:.1} % of their mean: {advice}"))
}

fn short(evidence: &Evidence<'_>) -> Option<String> {
    let median = Nanos::from_seconds(evidence.summary.wall?.median);
    let has_input = !evidence.row.configuration.input.is_empty();
    let advice = if has_input { "take a larger --input" } else { "raise --tasks, or --size where there is one" };
    (median < SHORT).then(|| format!("a sample takes only {median}, less than {SHORT}: {advice}"))
}

fn slow_first(evidence: &Evidence<'_>) -> Option<String> {
    evidence.first_is_slow().then(|| {
        let warmup = evidence.row.settings.warmup;
        format!("the first sample took longer than all others: raise --warmup above {warmup}")
    })
}

fn crowded(evidence: &Evidence<'_>) -> Option<String> {
    let (workers, usable) = (evidence.row.configuration.workers, evidence.row.cores_usable);
    let waiting = evidence.summary.shares?.ready;
    (workers > usable && waiting >= CROWDED)
        .then(|| format!("{workers} workers share {}: try --workers {usable}", counted(usable.into(), "usable core")))
}

fn suspended(evidence: &Evidence<'_>) -> Option<String> {
    let times = u64::from(evidence.row.suspended);
    (times > 0).then(|| {
        format!("{} suspended and taken again: caches may have cooled, measure once more if in doubt", were(times))
    })
}

fn no_baseline(evidence: &Evidence<'_>) -> Option<String> {
    let row = evidence.row;
    let comparable = matches!(row.status, Status::Ok | Status::Cancelled) && !evidence.walls.is_empty();
    if !comparable || row.speedup.is_some() {
        return None;
    }
    let reason = match (&row.baseline_run, row.settings.baseline) {
        (Some(_), _) => "the baseline has no complete sample of the same round: measure once more",
        (None, Baseline::None) => "it was asked not to measure a baseline: leave out --baseline none",
        (None, Baseline::Auto) => {
            "the baseline was left out, since a sample of it takes too long: lower --tasks, or --size where there is one"
        }
    };
    Some(format!("no speed-up: {reason}"))
}

fn few_runs(evidence: &Evidence<'_>) -> Option<String> {
    let samples = evidence.walls.len();
    (evidence.row.is_finished() && (1..INTERVAL_FROM).contains(&samples)).then(|| {
        format!(
            "{} cannot tell how sure the speed-up is: use --runs {INTERVAL_FROM} or more",
            counted(samples as u64, "sample")
        )
    })
}

fn sampled_latency(evidence: &Evidence<'_>) -> Option<String> {
    let every = evidence.row.complete().map(|sample| sample.latency_every).max()?;
    (every > 1).then(|| {
        format!("one task in {every} was timed, since a look at the clock takes about as long as a task: raise --size for longer \
             tasks")
    })
}

impl Evidence<'_> {
    /// What disturbed each of the complete samples.
    fn surroundings(&self) -> impl Iterator<Item = &Surroundings> {
        self.row.complete().map(|sample| &sample.surroundings)
    }

    fn first_is_slow(&self) -> bool {
        let [first, others @ ..] = &self.walls[..] else { return false };
        let slowest = others.iter().copied().fold(f64::NAN, f64::max);
        others.len() + 1 >= INTERVAL_FROM && *first > SLOW_FIRST * slowest
    }
}

fn were(samples: u64) -> String {
    format!("{} {}", counted(samples, "sample"), if samples == 1 { "was" } else { "were" })
}

#[cfg(test)]
mod tests;
