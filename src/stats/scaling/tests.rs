//! Known constants come back, intervals keep their promise, and what cannot be fitted is named.

use super::*;
use crate::stats::bootstrap::SplitMix64;

/// Throughput at those numbers of workers, in so many rounds, with that relative noise and drift between rounds.
struct Made {
    sigma: f64,
    kappa: f64,
    workers: Vec<u32>,
    rounds: u32,
    noise: f64,
    drift: f64,
}

impl Made {
    fn exactly(sigma: f64, kappa: f64, workers: impl IntoIterator<Item = u32>) -> Self {
        Self { sigma, kappa, workers: workers.into_iter().collect(), rounds: 1, noise: 0.0, drift: 0.0 }
    }

    fn observed(&self, seed: u64) -> Vec<Observation> {
        let mut draws = SplitMix64(seed);
        let mut observations = Vec::new();
        for round in 0..self.rounds {
            let lambda = 120.0 * (self.drift * normal(&mut draws)).exp();
            for workers in &self.workers {
                let n = f64::from(*workers);
                let law = lambda * n / slowdown(self.sigma, self.kappa, n);
                let throughput = law * (self.noise * normal(&mut draws)).exp();
                observations.push(Observation { workers: *workers, round, throughput });
            }
        }
        observations
    }
}

/// A standard normal draw by the method of Box and Muller.
fn normal(draws: &mut SplitMix64) -> f64 {
    let mut uniform = || (f64::from(u32::try_from(draws.next() >> 32).unwrap()) + 0.5) / 4_294_967_296.0;
    let radius = (-2.0 * uniform().ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform()).cos()
}

fn close(found: f64, truth: f64) -> bool {
    (found - truth).abs() <= 0.02 * truth.abs() + 1e-7
}

#[test]
fn known_constants_come_back() {
    for (sigma, kappa) in
        [(0.0, 0.0), (0.02, 0.0), (0.024, 0.001), (0.0, 0.01), (0.3, 0.0005), (0.9, 0.02), (1.0, 0.1), (0.5, 3.0)]
    {
        for workers in [vec![1, 2, 3], vec![1, 2, 3, 4], (1..=16).collect(), vec![2, 8, 64]] {
            let made = Made::exactly(sigma, kappa, workers);
            let fit = Fit::of(Law::Universal, &made.observed(0)).unwrap();
            let found = (fit.sigma.value, fit.kappa.value);
            assert!(close(found.0, sigma) && close(found.1, kappa), "{found:?}, not {sigma}, {kappa}");
            assert!(close(fit.lambda, 120.0) && fit.r_squared > 0.999_999, "{fit:?}");
        }
    }
}

#[test]
fn amdahls_law_is_the_one_without_kappa() {
    let observed = Made::exactly(0.25, 0.0, 1..=8).observed(0);
    let fit = Fit::of(Law::Amdahl, &observed).unwrap();
    assert!(close(fit.sigma.value, 0.25) && close(fit.ceiling().unwrap(), 4.0), "{fit:?}");
    assert!(fit.kappa.value.abs() < f64::EPSILON && fit.peak.is_none(), "{fit:?}");
    assert!(close(fit.speedup(4.0), 4.0 / 1.75));
    let universal = Fit::of(Law::Universal, &observed).unwrap();
    assert_eq!(universal.peak, None, "no peak where nothing is lost to agreeing");
    let open = Fit { sigma: Estimate { low: Some(0.0), ..fit.sigma }, ..fit };
    assert_eq!(open.ceiling(), None, "no limit where there may be none");
}

#[test]
fn the_peak_is_where_throughput_is_highest() {
    let fit = Fit::of(Law::Universal, &Made::exactly(0.05, 0.002, 1..=8).observed(0)).unwrap();
    let peak = fit.peak.unwrap();
    assert!(close(peak.value, (0.95_f64 / 0.002).sqrt()), "{peak:?}");
    assert!(fit.speedup(peak.value) > fit.speedup(peak.value * 0.9).max(fit.speedup(peak.value * 1.1)));
    let retrograde = Fit::of(Law::Universal, &Made::exactly(1.0, 0.3, 1..=4).observed(0)).unwrap();
    assert!(close(retrograde.peak.unwrap().value, 1.0), "{retrograde:?}");
}

/// How many of `trials` made-up measurements have σ, κ and the peak in their intervals.
fn covered(made: &Made, trials: u64) -> [u64; 3] {
    let truths = [made.sigma, made.kappa, ((1.0 - made.sigma) / made.kappa).sqrt()];
    let mut held = [0; 3];
    for seed in 0..trials {
        let fit = Fit::of(Law::Universal, &made.observed(seed)).unwrap();
        for ((estimate, truth), held) in
            [Some(fit.sigma), Some(fit.kappa), fit.peak].into_iter().zip(truths).zip(&mut held)
        {
            // Without a peak within reach nothing is claimed of it.
            let holds = |one: Estimate| one.low.unwrap() <= truth && truth <= one.high.unwrap();
            *held += u64::from(estimate.is_none_or(holds));
        }
    }
    held
}

#[test]
fn intervals_cover_the_truth_under_noise_and_drift() {
    for (sigma, kappa, workers, rounds) in
        [(0.05, 0.01, 1..=8, 5), (0.1, 0.02, 1..=4, 5), (0.024, 0.001, 1..=16, 3), (0.3, 0.004, 1..=16, 10)]
    {
        let made = Made { rounds, noise: 0.03, drift: 0.2, ..Made::exactly(sigma, kappa, workers) };
        let held = covered(&made, 100);
        assert!(held.iter().all(|held| *held >= 93), "σ {sigma} κ {kappa}: {held:?} of 100");
    }
}

#[test]
fn one_repetition_leaves_room_for_doubt_and_as_many_points_as_constants_for_no_claim() {
    let made = Made { noise: 0.03, ..Made::exactly(0.05, 0.01, 1..=8) };
    let fit = Fit::of(Law::Universal, &made.observed(1)).unwrap();
    assert!(fit.sigma.low.unwrap() < fit.sigma.high.unwrap());
    let three = Fit::of(Law::Universal, &Made::exactly(0.05, 0.01, 1..=3).observed(1)).unwrap();
    assert_eq!((three.sigma.low, three.kappa.high, three.peak, three.misfit), (None, None, None, None));
}

#[test]
fn points_that_no_law_describes_are_told_from_noise() {
    let made = Made { rounds: 5, noise: 0.01, drift: 0.1, ..Made::exactly(0.05, 0.01, 1..=8) };
    assert_eq!(Fit::of(Law::Universal, &made.observed(3)).unwrap().misfit, None);
    let mut bent = made.observed(3);
    bent.iter_mut().filter(|seen| seen.workers == 5).for_each(|seen| seen.throughput *= 0.7);
    let misfit = Fit::of(Law::Universal, &bent).unwrap().misfit.unwrap();
    assert!((0.1..0.5).contains(&misfit), "{misfit}");
}

/// One round of throughput by number of workers.
fn round(throughputs: &[(u32, f64)]) -> Vec<Observation> {
    throughputs
        .iter()
        .map(|(workers, throughput)| Observation { workers: *workers, round: 0, throughput: *throughput })
        .collect()
}

#[test]
fn what_cannot_be_fitted_is_named() {
    for (observed, expected) in [
        (round(&[]), "fewer than 3 numbers of workers"),
        (round(&[(4, 9.0)]), "fewer than 3 numbers of workers"),
        (round(&[(1, 9.0), (2, 17.0)]), "fewer than 3 numbers of workers"),
        (round(&[(1, 9.0), (2, 9.0), (3, 9.0)]), "exactly the same"),
        (round(&[(1, 9.0), (2, 0.0), (3, 27.0)]), "was done by 2 workers"),
        (round(&[(1, f64::NAN), (2, 9.0), (3, 9.0)]), "was done by 1 workers"),
        (round(&[(1, 1.0), (2, f64::INFINITY), (3, 9.0)]), "was done by 2 workers"),
        (round(&[(1, -1.0), (2, 2.0), (3, 9.0)]), "was done by 1 workers"),
        (round(&[(1, 1.0), (2, 2.4), (3, 3.9)]), "3 do 1.30 times what 1 would have to"),
    ] {
        let why = Fit::of(Law::Universal, &observed).unwrap_err().to_string();
        assert!(why.starts_with("cannot be fitted ") && why.contains(expected), "{why}");
    }
}

#[test]
fn noise_is_not_taken_for_more_than_a_fair_share() {
    let made = Made { rounds: 5, noise: 0.05, ..Made::exactly(0.0, 0.0, 1..=4) };
    let fitted = (0..100).filter(|seed| Fit::of(Law::Universal, &made.observed(*seed)).is_ok()).count();
    assert!(fitted >= 95, "{fitted}");
}
