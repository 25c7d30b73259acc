//! The constants of a law with the fewest squares, and the intervals around them.
//!
//! An interval holds all values of a constant which leave, whatever the other constant is, squares that Student's t does
//! not tell from the fewest: the profile likelihood (Bates and Watts, "Nonlinear Regression Analysis and Its
//! Applications", 1988, chapter 6). Unlike symmetric intervals it respects that neither constant is negative, and it
//! also serves what is computed from both.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::golden::{farthest, lowest};
use super::residuals::Residuals;
use super::{Estimate, Law};
use crate::stats::interval::student_t_quantile;

/// Throughput is not known better than to this share of it, however few repetitions there are to scatter.
const FINEST: f64 = 1e-6;

/// The test of whether a law describes its points errs once in a hundred times.
const MISFIT_CONFIDENCE: f64 = 0.99;

/// A law that misses no point by more than this share describes them, however well that is told from noise.
const WORTH_SAYING: f64 = 0.02;

/// The largest κ that is looked for, as [`folded`]: with it, two workers do a millionth of one's work.
const STEEPEST: f64 = 0.999_999;

/// Peaks are looked for up to that many workers.
const FARTHEST_PEAK: f64 = 1e6;

/// A law over its constants.
pub(super) struct Profile<'a> {
    law: Law,
    residuals: &'a Residuals,
    sigma: f64,
    kappa: f64,
    /// The fewest squares.
    least: f64,
    /// Up to how many squares constants are in their intervals; `None` with too few observations to tell.
    most: Option<f64>,
}

impl<'a> Profile<'a> {
    /// Finds the constants with the fewest squares.
    pub(super) fn of(law: Law, residuals: &'a Residuals) -> Self {
        let kappa = match law {
            Law::Amdahl => 0.0,
            Law::Universal => unfolded(lowest(0.0, STEEPEST, |fold| over_sigma(residuals, |_| unfolded(fold)).1)),
        };
        let (sigma, least) = over_sigma(residuals, |_| kappa);
        let most = freedom(law, residuals).and_then(|freedom| {
            let variance = (least / freedom).max(FINEST.powi(2));
            Some(least + student_t_quantile(freedom)?.powi(2) * variance)
        });
        Self { law, residuals, sigma, kappa, least, most }
    }

    pub(super) fn sigma(&self) -> Estimate {
        let bounds = self.bounds(self.sigma, (0.0, 1.0), |sigma| match self.law {
            Law::Amdahl => self.residuals.squares(sigma, 0.0),
            Law::Universal => {
                let height = |fold: f64| self.residuals.squares(sigma, unfolded(fold));
                height(lowest(0.0, STEEPEST, height))
            }
        });
        estimate(self.sigma, bounds)
    }

    pub(super) fn kappa(&self) -> Estimate {
        if self.law == Law::Amdahl {
            return estimate(0.0, None);
        }
        let squares = |fold: f64| over_sigma(self.residuals, |_| unfolded(fold)).1;
        let bounds = self.bounds(folded(self.kappa), (0.0, STEEPEST), squares);
        estimate(self.kappa, bounds.map(|(low, high)| (unfolded(low), unfolded(high))))
    }

    /// √((1 − σ)/κ); `None` where κ is 0.
    pub(super) fn peak(&self) -> Option<Estimate> {
        let best = ((1.0 - self.sigma) / self.kappa).sqrt();
        let squares = |peak: f64| over_sigma(self.residuals, |sigma| (1.0 - sigma) / peak.powi(2)).1;
        let in_reach = best.is_finite() && (1.0..FARTHEST_PEAK).contains(&best);
        let bounds = || self.bounds(best, (1.0, FARTHEST_PEAK), squares);
        match best {
            _ if in_reach => Some(estimate(best, bounds())),
            // Every further worker makes it slower: the best number is as low as can be.
            _ if best < 1.0 => Some(estimate(1.0, self.most.map(|_| (1.0, 1.0)))),
            _ => None,
        }
    }

    pub(super) fn r_squared(&self) -> f64 {
        1.0 - self.least / self.residuals.variation()
    }

    /// Splits the squares into those of the points' means and those of the repetitions around them, and compares the two
    /// (the test for lack of fit: Draper and Smith, "Applied Regression Analysis", 1998, chapter 2).
    pub(super) fn misfit(&self) -> Option<f64> {
        let offsets = self.residuals.offsets(self.sigma, self.kappa);
        let lack: f64 = offsets.iter().map(|(mean, count)| count * mean.powi(2)).sum();
        let lack_freedom = positive(offsets.len().checked_sub(1 + self.law.constants())?)?;
        let pure_freedom = positive(self.residuals.freedom().checked_sub(offsets.len() - 1)?)?;
        let pure = ((self.least - lack) / pure_freedom).max(FINEST.powi(2));
        let critical = FisherSnedecor::new(lack_freedom, pure_freedom).ok()?.inverse_cdf(MISFIT_CONFIDENCE);
        let worst = offsets.iter().map(|(mean, _)| mean.abs().exp_m1()).fold(0.0, f64::max);
        (worst > WORTH_SAYING && lack / lack_freedom > critical * pure).then_some(worst)
    }

    fn bounds(&self, best: f64, (low, high): (f64, f64), squares: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
        let most = self.most?;
        let holds = |value| squares(value) <= most;
        Some((farthest(best, low, holds), farthest(best, high, holds)))
    }
}

/// The σ with the fewest squares, and how many those are, where κ follows from σ.
fn over_sigma(residuals: &Residuals, kappa: impl Fn(f64) -> f64) -> (f64, f64) {
    let squares = |sigma: f64| residuals.squares(sigma, kappa(sigma));
    let sigma = lowest(0.0, 1.0, squares);
    (sigma, squares(sigma))
}

/// How many observations there are beyond the constants; `None` where there are none.
fn freedom(law: Law, residuals: &Residuals) -> Option<f64> {
    positive(residuals.freedom().checked_sub(law.constants())?)
}

#[expect(clippy::cast_precision_loss, reason = "a number of measurements")]
fn positive(freedom: usize) -> Option<f64> {
    (freedom > 0).then_some(freedom as f64)
}

fn estimate(value: f64, bounds: Option<(f64, f64)>) -> Estimate {
    Estimate { value, low: bounds.map(|(low, _)| low.min(value)), high: bounds.map(|(_, high)| high.max(value)) }
}

/// All κ from 0 on, folded into 0…1, so that a search has an end.
fn folded(kappa: f64) -> f64 {
    kappa / (1.0 + kappa)
}

fn unfolded(fold: f64) -> f64 {
    fold / (1.0 - fold)
}
