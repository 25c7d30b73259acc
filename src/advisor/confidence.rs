//! How far an advice can be trusted, computed from the samples behind it.

use serde::Serialize;

use super::case::Case;
use super::fact::Fact;

/// From so many samples on an interval means something.
const ENOUGH: u64 = 5;

/// Warnings that say that something else was measured as well, and how far that leaves an advice.
const DISTURBED: [(&str, Confidence); 4] = [
    ("other-load", Confidence::Low),
    ("throttled", Confidence::Low),
    ("noisy", Confidence::Fair),
    ("faults", Confidence::Fair),
];

/// How far an advice can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Whole intervals say so, from enough undisturbed samples.
    High,
    /// Whole intervals say so, but from few samples or beside other programs.
    Fair,
    /// Other ways may be as good, or other programs took part; more samples could tell.
    Low,
}

impl Confidence {
    /// The confidence in the choice of a case, and what it rests on.
    pub(super) fn of(case: &Case<'_>) -> (Self, String) {
        let chosen = case.chosen;
        let mut open: Vec<String> = case.open().map(Fact::name).collect();
        // With the lock and without it, one worker alone has one name.
        open.dedup();
        if !open.is_empty() {
            return (
                Self::Low,
                format!("too close or too noisy to tell {} from {}", open.join(" and "), chosen.name()),
            );
        }
        let runs = case.facts.iter().map(|fact| fact.runs).min().unwrap_or(0);
        let disturbed = DISTURBED
            .into_iter()
            .find(|(tag, _)| case.facts.iter().any(|fact| fact.warnings.iter().any(|warning| warning == tag)));
        match disturbed {
            Some((tag, left)) => (left, format!("results are marked {tag}")),
            None if runs < ENOUGH => (Self::Fair, format!("there are only {runs} samples of some results")),
            None => (Self::High, format!("whole 95 % intervals of {runs} or more samples each say so")),
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Fair => "fair",
            Self::Low => "low",
        }
    }
}
