//! Where samples lie and how far they scatter.

use serde::{Deserialize, Serialize};

/// The location and the scatter of at least one finite sample, in the samples' own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many samples there were.
    pub n: usize,
    /// The middle sample, or the mean of the middle two.
    pub median: f64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The sample standard deviation (divisor n − 1); `None` for a single sample, which says nothing about scatter.
    pub stddev: Option<f64>,
    /// The smallest sample.
    pub min: f64,
    /// The largest sample.
    pub max: f64,
}

impl Spread {
    /// Describes `samples`; `None` where there are none or one is not finite.
    ///
    /// The variance is computed in two passes around the mean, corrected for the mean's own rounding (Chan, Golub and
    /// `LeVeque`, "Algorithms for Computing the Sample Variance", The American Statistician 37, 1983).
    #[must_use]
    pub fn of(samples: &[f64]) -> Option<Self> {
        let median = median(samples)?;
        let mean = mean(samples);
        let (min, max) =
            samples.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(*x), max.max(*x)));
        Some(Self { n: samples.len(), median, mean, stddev: sample_stddev(samples, mean), min, max })
    }

    /// The "± %" of the results table: the coefficient of variation, that is the sample standard deviation as a percentage
    /// of the mean.
    ///
    /// It says how far single samples scatter; it is no confidence interval of the mean. `None` for a single sample and
    /// for a mean of zero.
    #[must_use]
    pub fn variation_percent(&self) -> Option<f64> {
        let stddev = self.stddev?;
        (self.mean != 0.0).then(|| 100.0 * stddev / self.mean.abs())
    }
}

/// The middle of `samples`, in any order, or the mean of the middle two; `None` where there are none or one is not finite.
#[must_use]
pub fn median(samples: &[f64]) -> Option<f64> {
    if samples.is_empty() || samples.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    Some(if sorted.len() % 2 == 1 { sorted[middle] } else { sorted[middle - 1].midpoint(sorted[middle]) })
}

/// The number of samples as a divisor.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 samples")]
pub(super) fn count(samples: &[f64]) -> f64 {
    samples.len() as f64
}

/// The arithmetic mean of at least one sample.
pub(super) fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / count(samples)
}

/// The sample standard deviation around `mean`, or `None` for fewer than two samples.
pub(super) fn sample_stddev(samples: &[f64], mean: f64) -> Option<f64> {
    if samples.len() < 2 {
        return None;
    }
    let n = count(samples);
    let squares: f64 = samples.iter().map(|x| (x - mean).powi(2)).sum();
    let remainder: f64 = samples.iter().map(|x| x - mean).sum();
    let variance = (squares - remainder.powi(2) / n) / (n - 1.0);
    Some(variance.max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(samples: &[f64], expected: &Spread) {
        let spread = Spread::of(samples).unwrap();
        for (what, got, wanted) in [
            ("median", spread.median, expected.median),
            ("mean", spread.mean, expected.mean),
            ("min", spread.min, expected.min),
            ("max", spread.max, expected.max),
            ("stddev", spread.stddev.unwrap_or(-1.0), expected.stddev.unwrap_or(-1.0)),
        ] {
            assert!((got - wanted).abs() < 1e-9, "{what} of {samples:?}: {got}, not {wanted}");
        }
        assert_eq!(spread.n, expected.n);
    }

    #[test]
    fn known_samples() {
        check(&[3.5], &Spread { n: 1, median: 3.5, mean: 3.5, stddev: None, min: 3.5, max: 3.5 });
        check(&[4.0, 2.0], &Spread { n: 2, median: 3.0, mean: 3.0, stddev: Some(2_f64.sqrt()), min: 2.0, max: 4.0 });
        // NIST StRD "NumAcc1": the variance of three large, close numbers is exactly one.
        check(
            &[10_000_001.0, 10_000_003.0, 10_000_002.0],
            &Spread {
                n: 3,
                median: 10_000_002.0,
                mean: 10_000_002.0,
                stddev: Some(1.0),
                min: 10_000_001.0,
                max: 10_000_003.0,
            },
        );
        check(
            &[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0],
            &Spread { n: 8, median: 4.5, mean: 5.0, stddev: Some((32_f64 / 7.0).sqrt()), min: 2.0, max: 9.0 },
        );
    }

    #[test]
    fn nothing_is_said_about_no_or_unknown_samples() {
        for samples in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY]] {
            assert_eq!(Spread::of(samples), None, "{samples:?}");
        }
    }

    #[test]
    fn variation_is_relative_to_the_mean() {
        let percent = |samples: &[f64]| Spread::of(samples).unwrap().variation_percent();
        assert!((percent(&[90.0, 110.0]).unwrap() - 14.142_135_623_730_951).abs() < 1e-12);
        assert_eq!(percent(&[5.0, 5.0, 5.0]), Some(0.0));
        assert_eq!(percent(&[5.0]), None);
        assert_eq!(percent(&[-1.0, 1.0]), None);
    }
}
