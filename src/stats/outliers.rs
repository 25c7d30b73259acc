//! Samples that stand so far from the others that something else must have happened.

use super::spread::{count, median};

/// The score beyond which a sample is called an outlier.
///
/// Iglewicz and Hoaglin propose 3.5, for looking at data by eye. As a warning that would cry wolf: of five quiet, normally
/// distributed samples one scores beyond 3.5 in 21 % of all cases, beyond 10 in 3 %.
const THRESHOLD: f64 = 10.0;

/// With fewer samples than this there is no telling which of them is the odd one.
const LEAST: usize = 4;

/// The indices of the outliers among `samples`, ascending; empty for fewer than four samples or one that is not finite.
#[must_use]
pub fn outliers(samples: &[f64]) -> Vec<usize> {
    if samples.len() < LEAST {
        return Vec::new();
    }
    let scores = modified_z_scores(samples);
    scores.iter().enumerate().filter(|(_, score)| score.abs() > THRESHOLD).map(|(index, _)| index).collect()
}

/// The modified Z-score of each sample: its signed distance from the median in units of the median absolute deviation,
/// scaled so that it equals the usual Z-score for normally distributed data (Iglewicz and Hoaglin, "How to Detect and
/// Handle Outliers", ASQC 1993).
///
/// Where more than half of the samples are equal, that deviation is zero; the mean absolute deviation then takes its
/// place, and where all are equal every score is zero. Empty where there are no samples or one is not finite.
#[must_use]
pub fn modified_z_scores(samples: &[f64]) -> Vec<f64> {
    let Some(middle) = median(samples) else { return Vec::new() };
    let distances: Vec<f64> = samples.iter().map(|x| (x - middle).abs()).collect();
    let median_deviation = median(&distances).unwrap_or(0.0);
    let mean_deviation = distances.iter().sum::<f64>() / count(&distances);
    // The expected deviations of a normal distribution with a standard deviation of one are 0.6745 and 0.7979.
    let sigma = if median_deviation > 0.0 { median_deviation / 0.674_5 } else { mean_deviation / 0.797_9 };
    let score = |x: &f64| if sigma > 0.0 { (x - middle) / sigma } else { 0.0 };
    samples.iter().map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_scores() {
        let scores = modified_z_scores(&[2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]);
        let expected = [-1.574, 0.675, -0.225, 0.225, -0.675, -1.574, -0.675, 0.675, 25.856, 26.306];
        for (got, wanted) in scores.iter().zip(expected) {
            assert!((got - wanted).abs() < 0.001, "{scores:?}");
        }
    }

    #[test]
    fn only_the_far_ones_stand_out() {
        let check = |samples: &[f64], expected: &[usize]| assert_eq!(outliers(samples), expected, "{samples:?}");
        check(&[], &[]);
        check(&[1.0], &[]);
        check(&[1.0, 1.0, 9.0], &[]);
        check(&[1.00, 1.02, 0.99, 1.01, 1.03], &[]);
        check(&[1.00, 1.02, 0.99, 1.01, 3.00], &[4]);
        check(&[5.0, 1.02, 0.99, 1.01, 0.01, 1.0], &[0, 4]);
        check(&[1.0, 1.0, 1.0, 1.0], &[]);
        check(&[1.0, f64::NAN, 1.0, 9.0], &[]);
    }

    #[test]
    fn equal_samples_do_not_divide_by_zero() {
        assert_eq!(modified_z_scores(&[2.0; 6]), [0.0; 6]);
        let mut mostly_equal = [1.0; 20];
        mostly_equal[7] = 1.5;
        assert_eq!(outliers(&mostly_equal), [7]);
        assert!(modified_z_scores(&mostly_equal).iter().all(|score| score.is_finite()));
    }
}
