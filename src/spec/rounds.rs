//! In which order configurations are sampled: pure.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// Whether rounds interleave the configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Each round samples every configuration once, so that drift and heat favour none.
    Interleaved,
    /// All samples of one configuration, then those of the next.
    Sequential,
}

impl Order {
    /// The name in flags and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Interleaved => "interleaved",
            Self::Sequential => "sequential",
        }
    }
}

/// Whether a run samples a baseline of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Yes, unless it is predicted to take more than 30 s a sample.
    Auto,
    /// No.
    None,
}

impl Baseline {
    /// The name in flags and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
        }
    }
}

/// How many samples may be kept per configuration.
pub const RUNS: RangeInclusive<u32> = 1..=10_000;

/// How many samples may be thrown away first.
pub const WARMUPS: RangeInclusive<u32> = 0..=1_000;

/// For how long sampling may be asked to go on.
pub const MIN_TIMES: RangeInclusive<Nanos> = Nanos::from_millis(1)..=Nanos::from_secs(3_600);

/// How a run measures; the same for all of its configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// Samples kept per configuration, at least 1.
    pub runs: u32,
    /// Samples thrown away first.
    pub warmup: u32,
    /// Go on after `runs` until each configuration was sampled for this long in all; `None` means stop there.
    pub min_time: Option<Nanos>,
    /// In which order configurations take turns.
    pub order: Order,
    /// Whether a baseline is sampled in the same rounds.
    pub baseline: Baseline,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self { runs: 5, warmup: 1, min_time: None, order: Order::Interleaved, baseline: Baseline::Auto }
    }
}

/// One sample to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Which configuration, by its place in the run.
    pub configuration: usize,
    /// Which sample of it, from 0; warm-up samples count apart, also from 0.
    pub sample: u32,
    /// Whether the sample is thrown away.
    pub warmup: bool,
}

/// The turns of a run, handed out one by one.
///
/// Invariant: each configuration that is not dropped gets its warm-ups, then its samples, in ascending order.
#[derive(Debug)]
pub struct Rounds {
    settings: RunSettings,
    alive: Vec<bool>,
    sampled: Vec<(u32, Nanos)>,
    queue: VecDeque<Turn>,
}

impl Rounds {
    /// The turns of `configurations` configurations.
    #[must_use]
    pub fn new(configurations: usize, settings: RunSettings) -> Self {
        let turns_of = |configuration| {
            let warmup = (0..settings.warmup).map(move |sample| Turn { configuration, sample, warmup: true });
            let kept = (0..settings.runs).map(move |sample| Turn { configuration, sample, warmup: false });
            warmup.chain(kept)
        };
        let mut queue: Vec<Turn> = (0..configurations).flat_map(turns_of).collect();
        if settings.order == Order::Interleaved {
            // A stable sort keeps the configurations' order within a round.
            queue.sort_by_key(|turn| (!turn.warmup, turn.sample));
        }
        Self {
            settings,
            alive: vec![true; configurations],
            sampled: vec![(0, Nanos::ZERO); configurations],
            queue: queue.into(),
        }
    }

    /// The next sample to take; `None` when the run is over.
    pub fn next_turn(&mut self) -> Option<Turn> {
        loop {
            if let Some(turn) = self.queue.pop_front() {
                if self.alive[turn.configuration] {
                    return Some(turn);
                }
            } else if !self.extend() {
                return None;
            }
        }
    }

    /// Notes that a turn's sample is in, and how long it took.
    pub fn sampled(&mut self, turn: Turn, wall: Nanos) {
        if !turn.warmup {
            let (count, total) = &mut self.sampled[turn.configuration];
            *count += 1;
            *total = total.plus(wall);
        }
    }

    /// Drops a configuration: it failed.
    pub fn drop_configuration(&mut self, configuration: usize) {
        self.alive[configuration] = false;
    }

    /// Turns still to come, as far as they are known.
    pub fn remaining(&self) -> impl Iterator<Item = &Turn> {
        self.queue.iter().filter(|turn| self.alive[turn.configuration])
    }

    /// Adds a round for the configurations that were not sampled long enough yet.
    fn extend(&mut self) -> bool {
        let Some(min_time) = self.settings.min_time else { return false };
        let short = |place: &usize| self.alive[*place] && self.sampled[*place].1 < min_time;
        let more: Vec<Turn> = (0..self.alive.len())
            .filter(short)
            .map(|configuration| Turn { configuration, sample: self.sampled[configuration].0, warmup: false })
            .collect();
        self.queue.extend(more);
        !self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rounds: &mut Rounds) -> Vec<(usize, u32, bool)> {
        std::iter::from_fn(|| rounds.next_turn()).map(|t| (t.configuration, t.sample, t.warmup)).collect()
    }

    fn settings(runs: u32, warmup: u32, order: Order) -> RunSettings {
        RunSettings { runs, warmup, order, ..RunSettings::default() }
    }

    #[test]
    fn interleaved_rounds_visit_every_configuration_before_the_next_sample() {
        let turns = all(&mut Rounds::new(2, settings(2, 1, Order::Interleaved)));
        let expected = [(0, 0, true), (1, 0, true), (0, 0, false), (1, 0, false), (0, 1, false), (1, 1, false)];
        assert_eq!(turns, expected);
    }

    #[test]
    fn sequential_rounds_finish_one_configuration_first() {
        let turns = all(&mut Rounds::new(2, settings(2, 0, Order::Sequential)));
        assert_eq!(turns, [(0, 0, false), (0, 1, false), (1, 0, false), (1, 1, false)]);
    }

    #[test]
    fn a_dropped_configuration_gets_no_more_turns() {
        let mut rounds = Rounds::new(2, settings(2, 0, Order::Interleaved));
        let first = rounds.next_turn().unwrap();
        rounds.drop_configuration(first.configuration);
        assert_eq!(all(&mut rounds), [(1, 0, false), (1, 1, false)]);
    }

    #[test]
    fn minimum_time_adds_rounds_only_where_they_are_missing() {
        let settings = RunSettings { min_time: Some(Nanos(30)), ..settings(1, 0, Order::Interleaved) };
        let mut rounds = Rounds::new(2, settings);
        let mut seen = Vec::new();
        while let Some(turn) = rounds.next_turn() {
            rounds.sampled(turn, Nanos(if turn.configuration == 0 { 30 } else { 10 }));
            seen.push((turn.configuration, turn.sample));
        }
        assert_eq!(seen, [(0, 0), (1, 0), (1, 1), (1, 2)]);
    }
}
