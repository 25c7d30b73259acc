//! Laws of scaling, fitted to measured throughput: Amdahl's ("Validity of the single processor approach to achieving large
//! scale computing capabilities", AFIPS 30, 1967) and Gunther's Universal Scalability Law ("A General Theory of
//! Computational Scalability Based on Rational Functions", arXiv:0808.1431, 2008):
//!
//! C(N) = λN / (1 + σ(N − 1) + κN(N − 1)), with κ = 0 in Amdahl's.
//!
//! σ is the share of the work that waits for its turn, κ what every worker pays for agreeing with every other one. The fit
//! takes the least squares of the logarithms of throughput, since noise is a share of it, with a λ for each round of
//! measurements, since what drifts between rounds drifts for all N alike.

mod golden;
mod profile;
mod residuals;
#[cfg(test)]
mod tests;
mod unfit;

use serde::Serialize;

use self::profile::Profile;
use self::residuals::Residuals;
pub use self::unfit::Unfit;

/// A throughput measured with a number of workers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// How many workers there were; at least 1.
    pub workers: u32,
    /// The round in which it was measured: what one round measured, it measured side by side.
    pub round: u32,
    /// Work done per second, in any unit.
    pub throughput: f64,
}

/// A law of scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Only σ: throughput levels off.
    Amdahl,
    /// σ and κ: throughput may fall again.
    Universal,
}

impl Law {
    /// The law's name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amdahl => "Amdahl's law",
            Self::Universal => "the Universal Scalability Law",
        }
    }

    /// How many constants describe a round's curve besides its λ; a fit needs one more number of workers than that.
    const fn constants(self) -> usize {
        match self {
            Self::Amdahl => 1,
            Self::Universal => 2,
        }
    }
}

/// A constant of a law, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The best value.
    pub value: f64,
    /// The lower bound of its 95 % interval; `None` where there are too few measurements to tell.
    pub low: Option<f64>,
    /// The upper bound; `None` as for the lower one.
    pub high: Option<f64>,
}

/// A law that was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    /// Which one.
    pub law: Law,
    /// Throughput of one worker: the geometric mean of the rounds' λ.
    pub lambda: f64,
    /// The share of the work that waits for its turn, 0…1.
    pub sigma: Estimate,
    /// The cost of each pair of workers that has to agree, as a share of the work; exactly 0 in Amdahl's law.
    pub kappa: Estimate,
    /// The number of workers with the highest throughput, √((1 − σ)/κ), at least 1; `None` where none is within reach,
    /// since κ cannot be told from 0.
    pub peak: Option<Estimate>,
    /// The share of the variation of log-throughput within rounds that the law explains; at most 1.
    pub r_squared: f64,
    /// How far the worst point's mean lies off the law, as a share of it, where that is above 2 % and more than the
    /// scatter of the repetitions explains; `None` where the law describes the points.
    pub misfit: Option<f64>,
}

impl Fit {
    /// Fits `law` to `observations`, in any order. Rounds that know one number of workers only say nothing and are left
    /// out.
    ///
    /// # Errors
    /// The name of what is wrong with observations that no constants of the law can describe.
    pub fn of(law: Law, observations: &[Observation]) -> Result<Self, Unfit> {
        let residuals = Residuals::of(observations);
        unfit::judge(law, &residuals)?;
        let profile = Profile::of(law, &residuals);
        let (sigma, kappa) = (profile.sigma(), profile.kappa());
        let peak = kappa.low.filter(|low| *low > 0.0).and_then(|_| profile.peak());
        let (r_squared, misfit) = (profile.r_squared(), profile.misfit());
        Ok(Self { law, lambda: residuals.lambda(sigma.value, kappa.value), sigma, kappa, peak, r_squared, misfit })
    }

    /// How many times the throughput of one worker the law gives to `workers`.
    #[must_use]
    pub fn speedup(&self, workers: f64) -> f64 {
        workers / slowdown(self.sigma.value, self.kappa.value, workers)
    }

    /// The speed-up that no number of workers exceeds; `None` where the law knows no such limit, or the interval of σ leaves
    /// it open whether there is one.
    #[must_use]
    pub fn ceiling(&self) -> Option<f64> {
        if let Some(peak) = self.peak {
            return Some(self.speedup(peak.value));
        }
        let is_told = self.sigma.value > 0.0 && self.sigma.low.is_none_or(|low| low > 0.0);
        is_told.then(|| 1.0 / self.sigma.value)
    }
}

/// What the law divides by: how much longer than alone each of `workers` needs.
fn slowdown(sigma: f64, kappa: f64, workers: f64) -> f64 {
    1.0 + sigma * (workers - 1.0) + kappa * workers * (workers - 1.0)
}
