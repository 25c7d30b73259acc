//! A line of the table that is printed, and the order statistics in it.

use std::fmt;

/// One thing measured and what was hoped for.
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) value: String,
    /// How far single measurements scatter, or over what the figure was taken.
    pub(crate) spread: String,
    pub(crate) verdict: Verdict,
}

/// What a figure means.
pub(crate) enum Verdict {
    /// It is there to compare with.
    Reference,
    Goal {
        goal: &'static str,
        is_met: bool,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference => f.write_str("(to compare)"),
            Self::Goal { goal, is_met } => write!(f, "{goal}: {}", if *is_met { "met" } else { "NOT met" }),
        }
    }
}

impl Figure {
    pub(crate) fn print_header() {
        println!("{:<38} {:>12}  {:<42} goal", "terminal UI, 120×40", "figure", "spread");
    }

    pub(crate) fn print(&self) {
        println!("{:<38} {:>12}  {:<42} {}", self.what, self.value, self.spread, self.verdict);
    }
}

/// Measurements in ascending order; at least one.
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    pub(crate) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }

    /// The smallest measurement that `percent` of all do not exceed (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        self.0[(self.0.len() * percent).div_ceil(100).max(1) - 1]
    }

    pub(crate) fn max(&self) -> f64 {
        self.percentile(100)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
