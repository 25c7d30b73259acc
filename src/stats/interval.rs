//! How many times faster one configuration is than its baseline, and how sure that is.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::fmt;

use super::bootstrap::bootstrap;
use super::spread::{count, mean, sample_stddev};
use crate::units::Seed;

/// The share of repeated measurements whose interval is meant to hold the true ratio.
pub const CONFIDENCE: f64 = 0.95;

/// From this many rounds on, the interval is a bootstrap one.
const BOOTSTRAP_FROM: usize = 20;

/// From this many rounds on there is an interval at all.
const INTERVAL_FROM: usize = 3;

/// The wall times of one round, measured beside each other, in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// The baseline's time.
    pub baseline: f64,
    /// The configuration's own time.
    pub own: f64,
}

/// How the bounds of a [`Ratio`] were found. Its text is the citation that exports carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Student's t on the logarithms of the ratios.
    StudentT,
    /// The expanded percentile bootstrap on the logarithms of the ratios.
    Bootstrap,
}

impl Method {
    /// The method for that many rounds; `None` where there are too few for any.
    #[must_use]
    pub const fn for_rounds(rounds: usize) -> Option<Self> {
        match rounds {
            0..INTERVAL_FROM => None,
            INTERVAL_FROM..BOOTSTRAP_FROM => Some(Self::StudentT),
            _ => Some(Self::Bootstrap),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StudentT => "95 % interval by Student's t on the log-ratios of the rounds",
            Self::Bootstrap => {
                "95 % interval by expanded percentile bootstrap on the log-ratios of the rounds (Hesterberg 2015)"
            }
        })
    }
}

/// A speed-up: above one where the configuration is faster than its baseline.
///
/// The estimate is the geometric mean of the per-round ratios, the one mean of ratios that does not depend on which of
/// the two is called the baseline (Fleming and Wallace, "How not to lie with statistics", CACM 29(3), 1986). A ratio of
/// medians would throw away that the two were measured side by side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The speed-up.
    pub estimate: f64,
    /// The lower bound of its 95 % interval; `None` below three rounds.
    pub low: Option<f64>,
    /// The upper bound of its 95 % interval; `None` below three rounds.
    pub high: Option<f64>,
    /// How the bounds were found; `None` where there are none.
    pub method: Option<Method>,
}

impl Ratio {
    /// The ratio over `rounds`; `None` where there are none or a time is not positive and finite.
    ///
    /// `seed` starts the bootstrap's draws: equal rounds and seeds give equal bounds.
    #[must_use]
    pub fn of(rounds: &[Round], seed: Seed) -> Option<Self> {
        let logs: Vec<f64> = rounds.iter().map(|round| (round.baseline / round.own).ln()).collect();
        let measured = |time: f64| time.is_finite() && time > 0.0;
        let sound = rounds.iter().all(|round| measured(round.baseline) && measured(round.own));
        if logs.is_empty() || !sound || logs.iter().any(|log| !log.is_finite()) {
            return None;
        }
        let method = Method::for_rounds(logs.len());
        let bounds = match method {
            None => None,
            Some(Method::StudentT) => student_t(&logs),
            Some(Method::Bootstrap) => bootstrap(&logs, seed),
        };
        Some(Self {
            estimate: mean(&logs).exp(),
            low: bounds.map(|(low, _)| low.exp()),
            high: bounds.map(|(_, high)| high.exp()),
            method: bounds.and(method),
        })
    }

    /// Whether the interval leaves out one, so that "faster" or "slower" may be said.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.low.is_some_and(|low| low > 1.0) || self.high.is_some_and(|high| high < 1.0)
    }
}

/// The two-sided interval of the mean of `values` by Student's t with n − 1 degrees of freedom ("Student", "The probable
/// error of a mean", Biometrika 6, 1908).
fn student_t(values: &[f64]) -> Option<(f64, f64)> {
    let mean = mean(values);
    let stddev = sample_stddev(values, mean)?;
    let half_width = student_t_quantile(count(values) - 1.0)? * stddev / count(values).sqrt();
    Some((mean - half_width, mean + half_width))
}

/// The mean of at least three finite values, and the bounds of its 95 % interval by Student's t; `None` where there are
/// fewer or one is not finite.
#[must_use]
pub fn mean_interval(values: &[f64]) -> Option<(f64, f64, f64)> {
    let is_enough = values.len() >= INTERVAL_FROM && values.iter().all(|value| value.is_finite());
    let (low, high) = is_enough.then(|| student_t(values))??;
    Some((mean(values), low, high))
}

/// The factor of the two-sided interval; `None` where there is no such distribution.
pub(super) fn student_t_quantile(degrees_of_freedom: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()?;
    Some(distribution.inverse_cdf(f64::midpoint(1.0, CONFIDENCE)))
}

#[cfg(test)]
mod tests {
    use super::super::bootstrap::SplitMix64;
    use super::*;

    const SEED: Seed = Seed(7);

    fn rounds(ratios: &[f64]) -> Vec<Round> {
        ratios.iter().map(|ratio| Round { baseline: *ratio, own: 1.0 }).collect()
    }

    fn check(ratios: &[f64], estimate: f64, bounds: Option<(f64, f64)>) {
        let ratio = Ratio::of(&rounds(ratios), SEED).unwrap();
        let close = |got: f64, wanted: f64| (got - wanted).abs() < 1e-6 * wanted;
        assert!(close(ratio.estimate, estimate), "{ratios:?}: {ratio:?}");
        match (ratio.low.zip(ratio.high), bounds) {
            (None, None) => {}
            (Some((low, high)), Some(wanted)) => {
                assert!(close(low, wanted.0) && close(high, wanted.1), "{ratios:?}: {ratio:?}");
            }
            _ => panic!("{ratios:?}: {ratio:?}"),
        }
    }

    #[test]
    fn the_t_table() {
        let table = [
            4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157, 2.228_139,
            2.200_985, 2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905, 2.109_816, 2.100_922,
        ];
        for (freedom, expected) in (2..).zip(table) {
            let got = student_t_quantile(f64::from(freedom)).unwrap();
            assert!((got - expected).abs() < 1e-6, "{freedom} degrees of freedom: {got}, not {expected}");
        }
    }

    #[test]
    fn the_estimate_is_the_geometric_mean() {
        check(&[2.0], 2.0, None);
        check(&[2.0, 8.0], 4.0, None);
        // exp(t × s / √3) with t = 0.95 / √(2 × 0.975 × 0.025) (two degrees of freedom have a closed form) and s = ln 2.
        let factor = 5.594_998_374;
        check(&[1.0, 2.0, 4.0], 2.0, Some((2.0 / factor, 2.0 * factor)));
        check(&[3.0; 5], 3.0, Some((3.0, 3.0)));
        check(&[3.0; 25], 3.0, Some((3.0, 3.0)));
    }

    #[test]
    fn swapping_the_two_gives_the_reciprocal() {
        let forth = [1.5, 1.9, 1.7, 2.2];
        let back: Vec<f64> = forth.iter().map(|ratio| 1.0 / ratio).collect();
        let (forth, back) = (Ratio::of(&rounds(&forth), SEED).unwrap(), Ratio::of(&rounds(&back), SEED).unwrap());
        assert!((forth.estimate * back.estimate - 1.0).abs() < 1e-12);
        assert!((forth.low.unwrap() * back.high.unwrap() - 1.0).abs() < 1e-12);
        assert!(forth.is_clear() && back.is_clear());
    }

    #[test]
    fn impossible_times_give_no_ratio() {
        for (baseline, own) in [(0.0, 1.0), (1.0, 0.0), (-1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert_eq!(Ratio::of(&[Round { baseline, own }], SEED), None, "{baseline} / {own}");
        }
        assert_eq!(Ratio::of(&[], SEED), None);
    }

    #[test]
    fn the_method_follows_the_number_of_rounds() {
        for (count, method) in
            [(2, None), (3, Some(Method::StudentT)), (19, Some(Method::StudentT)), (20, Some(Method::Bootstrap))]
        {
            let ratios: Vec<f64> = (0..count).map(|k| 1.0 + f64::from(k) / 100.0).collect();
            assert_eq!(Ratio::of(&rounds(&ratios), SEED).unwrap().method, method, "{count} rounds");
        }
    }

    #[test]
    fn equal_seeds_give_equal_bounds_and_others_nearly_so() {
        let ratios: Vec<f64> = (0..30).map(|k| 1.5 + f64::from(k * 7 % 30) / 30.0).collect();
        let first = Ratio::of(&rounds(&ratios), Seed(1)).unwrap();
        let other = Ratio::of(&rounds(&ratios), Seed(2)).unwrap();
        assert_eq!(Ratio::of(&rounds(&ratios), Seed(1)), Some(first));
        assert_ne!(first, other);
        assert!((first.low.unwrap() / other.low.unwrap() - 1.0).abs() < 0.02);
    }

    /// A standard normal draw by the method of Box and Muller.
    fn normal(draws: &mut SplitMix64) -> f64 {
        let mut uniform = || (f64::from(u32::try_from(draws.next() >> 32).unwrap()) + 0.5) / 4_294_967_296.0;
        let radius = (-2.0 * uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * uniform()).cos()
    }

    /// In how many of a thousand made-up measurements the interval held the true speed-up of 2.
    fn covered(rounds_each: usize) -> usize {
        let mut draws = SplitMix64(42);
        let covers = |_: &usize| {
            let rounds: Vec<Round> = (0..rounds_each)
                .map(|_| {
                    let drift = (0.2 * normal(&mut draws)).exp();
                    let mut noisy = |seconds: f64| seconds * drift * (0.05 * normal(&mut draws)).exp();
                    Round { baseline: noisy(2.0), own: noisy(1.0) }
                })
                .collect();
            let ratio = Ratio::of(&rounds, SEED).unwrap();
            ratio.low.unwrap() <= 2.0 && 2.0 <= ratio.high.unwrap()
        };
        (0..1_000).filter(covers).count()
    }

    #[test]
    fn intervals_cover_the_truth_as_often_as_they_claim() {
        // Three standard errors of a share of 0.95 over a thousand trials are 0.021.
        for rounds_each in [3, 5, 10, 20, 40] {
            let covered = covered(rounds_each);
            assert!((929..=971).contains(&covered), "{rounds_each} rounds: {covered} of 1000");
        }
    }
}
