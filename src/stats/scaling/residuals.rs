//! How far measured throughput lies off a law, with the best λ for each round.

use std::collections::BTreeMap;

use super::{Observation, slowdown};
use crate::stats::spread::{count, mean};

/// The logarithm of a throughput per worker, which the law says is ln λ − ln slowdown(N).
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The place of its number of workers.
    level: usize,
    /// ln(throughput / workers).
    log: f64,
}

/// Observations, sorted by rounds and by numbers of workers.
#[derive(Debug, Clone)]
pub(super) struct Residuals {
    /// The numbers of workers, ascending.
    levels: Vec<u32>,
    /// What each round measured; at least two entries each.
    rounds: Vec<Vec<Entry>>,
}

impl Residuals {
    /// Sorts `observations`; those of rounds with a single number of workers are left out.
    pub(super) fn of(observations: &[Observation]) -> Self {
        let mut by_round: BTreeMap<u32, Vec<&Observation>> = BTreeMap::new();
        for seen in observations {
            by_round.entry(seen.round).or_default().push(seen);
        }
        by_round.retain(|_, seen| seen.iter().any(|one| one.workers != seen[0].workers));
        let mut levels: Vec<u32> = by_round.values().flatten().map(|seen| seen.workers).collect();
        levels.sort_unstable();
        levels.dedup();
        let entry = |seen: &&Observation| Entry {
            level: levels.binary_search(&seen.workers).unwrap_or_default(),
            log: (seen.throughput / f64::from(seen.workers)).ln(),
        };
        let rounds = by_round.values().map(|seen| seen.iter().map(entry).collect()).collect();
        Self { levels, rounds }
    }

    /// The numbers of workers, ascending.
    pub(super) fn levels(&self) -> &[u32] {
        &self.levels
    }

    /// How many observations there are beyond one for each round's λ.
    pub(super) fn freedom(&self) -> usize {
        self.rounds.iter().map(|round| round.len() - 1).sum()
    }

    /// The logarithms of throughput per worker, by number of workers.
    pub(super) fn logs(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.rounds.iter().flatten().map(|entry| (self.levels[entry.level], entry.log))
    }

    /// For each round that has both, how much more log-throughput per worker `level` has than the lowest one.
    pub(super) fn gains(&self, level: usize) -> Vec<f64> {
        let log = |round: &[Entry], level| round.iter().find(|entry| entry.level == level).map(|entry| entry.log);
        self.rounds.iter().filter_map(|round| Some(log(round, level)? - log(round, 0)?)).collect()
    }

    /// The squares that a law with these constants leaves.
    pub(super) fn squares(&self, sigma: f64, kappa: f64) -> f64 {
        let expected = self.expected(sigma, kappa);
        self.rounds.iter().map(|round| scatter(round, &expected)).sum()
    }

    /// The squares that are left if throughput did not depend on the number of workers at all.
    pub(super) fn variation(&self) -> f64 {
        self.squares(1.0, 0.0)
    }

    /// The mean residual at each number of workers and how many observations it is of.
    pub(super) fn offsets(&self, sigma: f64, kappa: f64) -> Vec<(f64, f64)> {
        let expected = self.expected(sigma, kappa);
        let mut found = vec![Vec::new(); self.levels.len()];
        for round in &self.rounds {
            let center = center(round, &expected);
            for entry in round {
                found[entry.level].push(entry.log - expected[entry.level] - center);
            }
        }
        found.iter().map(|residuals| (mean(residuals), count(residuals))).collect()
    }

    /// The geometric mean of the rounds' λ.
    pub(super) fn lambda(&self, sigma: f64, kappa: f64) -> f64 {
        let expected = self.expected(sigma, kappa);
        let centers: Vec<f64> = self.rounds.iter().map(|round| center(round, &expected)).collect();
        mean(&centers).exp()
    }

    /// What the law says of ln(throughput / workers) at each level, less ln λ.
    fn expected(&self, sigma: f64, kappa: f64) -> Vec<f64> {
        self.levels.iter().map(|workers| -slowdown(sigma, kappa, f64::from(*workers)).ln()).collect()
    }
}

/// The ln λ that fits a round best.
fn center(round: &[Entry], expected: &[f64]) -> f64 {
    let residuals: Vec<f64> = round.iter().map(|entry| entry.log - expected[entry.level]).collect();
    mean(&residuals)
}

fn scatter(round: &[Entry], expected: &[f64]) -> f64 {
    let center = center(round, expected);
    round.iter().map(|entry| (entry.log - expected[entry.level] - center).powi(2)).sum()
}
