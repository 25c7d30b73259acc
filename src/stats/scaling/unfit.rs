//! Measurements that no law can be fitted to, by name.

use super::Law;
use super::residuals::Residuals;
use crate::stats::interval::student_t_quantile;
use crate::stats::spread::{count, mean, sample_stddev};

/// So much more throughput per worker than with the fewest workers is still taken for noise.
const SUPER_LINEAR: f64 = 1.05;

/// Squares that rounding leaves where there is no variation.
const ROUNDING: f64 = 1e-20;

/// Why a law cannot be fitted.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// A curve with as many constants goes through any such points.
    #[error("cannot be fitted to fewer than {needed} numbers of workers measured side by side")]
    TooFew {
        /// How many the law needs.
        needed: usize,
    },
    /// A throughput that has no logarithm.
    #[error("cannot be fitted because nothing, or nothing that can be counted, was done by {workers} workers")]
    Nothing {
        /// With how many workers.
        workers: u32,
    },
    /// There is nothing to explain.
    #[error("cannot be fitted because throughput is exactly the same with every number of workers")]
    Flat,
    /// More workers do more than their share, which no constant from 0 on describes.
    #[error(
        "cannot be fitted because it grows faster than the workers: {workers} do {times:.2} times what {fewest} would \
         have to for an even share"
    )]
    SuperLinear {
        /// The number of workers with the greatest excess.
        workers: u32,
        /// The fewest workers measured.
        fewest: u32,
        /// Throughput per worker, in that of the fewest.
        times: f64,
    },
}

/// Whether `law` can be fitted.
pub(super) fn judge(law: Law, residuals: &Residuals) -> Result<(), Unfit> {
    let needed = law.constants() + 1;
    if residuals.levels().len() < needed {
        return Err(Unfit::TooFew { needed });
    }
    if let Some((workers, _)) = residuals.logs().find(|(_, log)| !log.is_finite()) {
        return Err(Unfit::Nothing { workers });
    }
    if residuals.variation() <= ROUNDING {
        return Err(Unfit::Flat);
    }
    match super_linear(residuals) {
        Some(excess) => Err(excess),
        None => Ok(()),
    }
}

/// The number of workers that exceeds its share the most, if any surely does.
fn super_linear(residuals: &Residuals) -> Option<Unfit> {
    let (fewest, others) = residuals.levels().split_first()?;
    let surely = |gains: &[f64]| lower_bound(gains).is_some_and(|least| least > SUPER_LINEAR.ln());
    let excess = |(level, workers): (usize, &u32)| {
        let gains = residuals.gains(level);
        surely(&gains).then(|| (mean(&gains).exp(), *workers))
    };
    let excesses = (1..).zip(others).filter_map(excess);
    let (times, workers) = excesses.max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(Unfit::SuperLinear { workers, fewest: *fewest, times })
}

/// What the mean surely is above, by Student's t; the mean itself where too few values are there to tell.
fn lower_bound(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mean = mean(values);
    match values.len() {
        1 | 2 => Some(mean),
        _ => {
            let error = sample_stddev(values, mean)? / count(values).sqrt();
            Some(mean - student_t_quantile(count(values) - 1.0)? * error)
        }
    }
}
