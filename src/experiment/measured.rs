//! A figure with its interval, and what it takes to say that one is above another.

use serde::Serialize;

use super::Verdict;
use crate::stats::{Ratio, mean_interval};

/// A figure and the 95 % interval that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The estimate.
    pub value: f64,
    /// The interval's lower bound.
    pub low: f64,
    /// Its upper bound.
    pub high: f64,
}

impl Measured {
    /// The mean of at least three values by Student's t; `None` where there are fewer.
    #[must_use]
    pub fn mean(values: &[f64]) -> Option<Self> {
        let (value, low, high) = mean_interval(values)?;
        Some(Self { value, low, high })
    }

    /// What is known without any doubt.
    #[must_use]
    pub const fn exactly(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// A ratio that has an interval; `None` where it has none.
    #[must_use]
    pub fn ratio(ratio: Ratio) -> Option<Self> {
        Some(Self { value: ratio.estimate, low: ratio.low?, high: ratio.high? })
    }

    /// It, so many times.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, low: self.low * factor, high: self.high * factor }
    }

    /// How much more it is than `other`; the intervals add up.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self { value: self.value - other.value, low: self.low - other.high, high: self.high - other.low }
    }

    /// What it and `other` are together; the intervals add up.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { value: self.value + other.value, low: self.low + other.low, high: self.high + other.high }
    }

    /// Whether it is more than `limit`.
    #[must_use]
    pub fn is_above(self, limit: f64) -> Verdict {
        if self.low > limit {
            Verdict::Holds
        } else if self.high < limit {
            Verdict::DoesNotHold
        } else {
            Verdict::Undecided
        }
    }

    /// Whether it is less than `limit`.
    #[must_use]
    pub fn is_below(self, limit: f64) -> Verdict {
        self.is_above(limit).turned()
    }

    /// Whether it is more than `other`.
    #[must_use]
    pub fn exceeds(self, other: Self) -> Verdict {
        self.less(other).is_above(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_intervals_decide() {
        let measured = |low, high| Measured { value: f64::midpoint(low, high), low, high };
        assert_eq!(measured(2.0, 3.0).is_above(1.0), Verdict::Holds);
        assert_eq!(measured(2.0, 3.0).is_above(2.5), Verdict::Undecided);
        assert_eq!(measured(2.0, 3.0).is_above(4.0), Verdict::DoesNotHold);
        assert_eq!(measured(2.0, 3.0).is_below(4.0), Verdict::Holds);
        assert_eq!(measured(2.0, 3.0).exceeds(measured(1.0, 1.9)), Verdict::Holds);
        assert_eq!(measured(2.0, 3.0).exceeds(measured(1.0, 2.1)), Verdict::Undecided);
        assert_eq!(measured(2.0, 3.0).times(2.0).exceeds(measured(6.5, 7.0)), Verdict::DoesNotHold);
    }

    #[test]
    fn too_few_values_are_no_figure() {
        assert_eq!(Measured::mean(&[1.0, 2.0]), None);
        let known = Measured::mean(&[1.0, 2.0, 3.0]).unwrap();
        // t of two degrees of freedom is 4.303; the standard error is 1 / √3.
        assert!((known.value - 2.0).abs() < 1e-12 && (known.high - 4.484).abs() < 1e-3, "{known:?}");
    }
}
