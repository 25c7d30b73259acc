//! How long single tasks took: a histogram that costs the same however many tasks there are.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// The shortest latency that is told apart, in nanoseconds; shorter ones count as this.
const SHORTEST: u64 = 1;

/// The longest latency that is told apart, one hour in nanoseconds; longer ones count as this.
const LONGEST: u64 = 3_600_000_000_000;

/// Each nanosecond below 2 to this power has a bin of its own. From there on, whenever latencies double, bins become twice
/// as wide, which leaves each doubling half as many: three significant digits need 2 × 10³, and this is the next power.
const FINE_BITS: u32 = 11;

/// The bins of one doubling.
const HALF: usize = 1 << (FINE_BITS - 1);

/// All bins.
const BINS: usize = bin(LONGEST) + 1;

/// A histogram of latencies from 1 ns to 1 h with three significant digits: a reported latency is at most 0.1 % above the
/// recorded one. Its bins are those of Gil Tene's `HdrHistogram`.
///
/// All memory it will ever need, about 270 KiB, is reserved at once, but bins that nothing falls into are never touched:
/// a worker process has one, and a page that is not touched takes neither time nor memory.
///
/// The maximum is kept exactly. Serialised as the pairs of [`LatencyRecorder::pairs`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct LatencyRecorder {
    counts: Vec<u64>,
    /// From the first to the last bin that has counts.
    used: Range<usize>,
    total: u64,
    max: u64,
}

/// The bin of a latency.
#[expect(clippy::cast_possible_truncation, reason = "what is left of the value is below 2^11")]
const fn bin(value: u64) -> usize {
    let coarseness = (u64::BITS - value.leading_zeros()).saturating_sub(FINE_BITS);
    coarseness as usize * HALF + (value >> coarseness) as usize
}

/// The longest latency of a bin.
const fn longest(bin: usize) -> u64 {
    let coarseness = (bin / HALF).saturating_sub(1);
    let place = bin - coarseness * HALF;
    ((place as u64 + 1) << coarseness) - 1
}

impl LatencyRecorder {
    /// An empty recorder.
    #[must_use]
    pub fn new() -> Self {
        // Zeros come as pages that the system has not given yet.
        Self { counts: vec![0; BINS], used: 0..0, total: 0, max: 0 }
    }

    /// Adds one latency. Neither allocates nor fails; latencies outside the range count as its nearest end.
    #[inline]
    pub fn record(&mut self, latency: Nanos) {
        self.record_many(latency.0, 1);
    }

    /// Adds everything that `other` has recorded.
    pub fn merge(&mut self, other: &Self) {
        for (value, count) in other.pairs() {
            self.record_many(value, count);
        }
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.counts[self.used.clone()].fill(0);
        (self.used, self.total, self.max) = (0..0, 0, 0);
    }

    /// How many latencies were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The latency that `percent` (0 to 100, held to that range) of all recorded ones do not exceed, by nearest rank;
    /// `None` where nothing was recorded or `percent` is not a number.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> Option<Nanos> {
        if self.count() == 0 || percent.is_nan() {
            return None;
        }
        let rank = rank(percent.clamp(0.0, 100.0), self.total);
        let mut passed = 0;
        self.pairs_used().find_map(|(value, count)| {
            passed += count;
            (passed >= rank).then_some(Nanos(value))
        })
    }

    /// The longest recorded latency, exactly; `None` where nothing was recorded.
    #[must_use]
    pub fn max(&self) -> Option<Nanos> {
        (self.count() > 0).then_some(Nanos(self.max))
    }

    /// The recorded latencies as ascending pairs of nanoseconds and count, one for each distinguishable latency; the
    /// last holds the exact maximum.
    #[must_use]
    pub fn pairs(&self) -> Vec<(u64, u64)> {
        self.pairs_used().collect()
    }

    fn pairs_used(&self) -> impl Iterator<Item = (u64, u64)> {
        let counted = self.used.clone().zip(&self.counts[self.used.clone()]).filter(|(_, count)| **count > 0);
        counted.map(|(bin, count)| (longest(bin).min(self.max), *count))
    }

    /// Adds `count` equal latencies, no more than the total can hold: pairs may come from a process that went mad.
    fn record_many(&mut self, value: u64, count: u64) {
        let count = count.min(u64::MAX - self.total);
        if count > 0 {
            let value = value.clamp(SHORTEST, LONGEST);
            let bin = bin(value);
            // No bin has more than all have together.
            self.counts[bin] += count;
            let used = if self.used.is_empty() { bin..bin + 1 } else { self.used.clone() };
            self.used = used.start.min(bin)..used.end.max(bin + 1);
            self.total += count;
            self.max = self.max.max(value);
        }
    }
}

/// The nearest rank of a percentile among `total`, from 1 on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks are exact below 2^46, and beyond it one more or less makes no difference"
)]
fn rank(percent: f64, total: u64) -> u64 {
    ((percent * total as f64 / 100.0).ceil() as u64).clamp(1, total)
}

impl Default for LatencyRecorder {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes pairs in any order; values outside the range count as its nearest end, and counts stop at `u64::MAX` in all.
impl From<Vec<(u64, u64)>> for LatencyRecorder {
    fn from(pairs: Vec<(u64, u64)>) -> Self {
        let mut recorder = Self::new();
        for (value, count) in pairs {
            recorder.record_many(value, count);
        }
        recorder
    }
}

impl From<LatencyRecorder> for Vec<(u64, u64)> {
    fn from(recorder: LatencyRecorder) -> Self {
        recorder.pairs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(latencies: impl IntoIterator<Item = u64>) -> LatencyRecorder {
        let mut recorder = LatencyRecorder::new();
        latencies.into_iter().for_each(|latency| recorder.record(Nanos(latency)));
        recorder
    }

    #[test]
    fn percentiles_by_nearest_rank() {
        let recorder = recorded(1..=1_000);
        for (percent, expected) in [(0.0, 1), (50.0, 500), (95.0, 950), (99.0, 990), (100.0, 1_000), (250.0, 1_000)] {
            assert_eq!(recorder.percentile(percent), Some(Nanos(expected)), "p{percent}");
        }
        assert_eq!(recorder.percentile(f64::NAN), None);
    }

    #[test]
    fn bins_follow_each_other_without_a_gap() {
        for place in 0..BINS {
            assert_eq!((bin(longest(place)), bin(longest(place) + 1)), (place, place + 1));
        }
    }

    #[test]
    fn three_digits_up_to_an_hour() {
        for value in [1, 999, 12_345, 7_654_321, 987_654_321_987, LONGEST] {
            let recorder = recorded([value, value, LONGEST]);
            let shown = recorder.percentile(50.0).unwrap().0;
            assert!((value..=value + value / 1_000).contains(&shown), "{value} became {shown}");
        }
    }

    #[test]
    fn latencies_out_of_range_count_as_its_ends() {
        let recorder = recorded([0, u64::MAX]);
        assert_eq!(recorder.percentile(0.0), Some(Nanos(SHORTEST)));
        assert_eq!(recorder.max(), Some(Nanos(LONGEST)));
        assert_eq!(recorder.count(), 2);
    }

    #[test]
    fn an_empty_recorder_knows_nothing() {
        let mut recorder = recorded([5]);
        recorder.clear();
        assert_eq!((recorder.percentile(50.0), recorder.max(), recorder.count()), (None, None, 0));
        assert_eq!(recorder, LatencyRecorder::new());
    }

    #[test]
    fn merging_equals_recording_everything_in_one() {
        let (odd, even) = ((1..20_000).step_by(2), (2..20_000).step_by(2));
        let mut merged = recorded(odd.clone());
        merged.merge(&recorded(even.clone()));
        assert_eq!(merged.pairs(), recorded(odd.chain(even)).pairs());
    }

    #[test]
    fn pairs_survive_a_round_trip_with_the_exact_maximum() {
        let before = recorded([3, 3, 1_234_567, 7_654_321]);
        let text = serde_json::to_string(&before).unwrap();
        let after: LatencyRecorder = serde_json::from_str(&text).unwrap();
        assert_eq!(after.pairs(), before.pairs());
        assert_eq!(after.max(), Some(Nanos(7_654_321)));
        assert_eq!(before.pairs().len(), 3);
    }

    #[test]
    fn mad_pairs_do_no_harm() {
        let recorder = LatencyRecorder::from(vec![(u64::MAX, u64::MAX), (0, u64::MAX), (5, 0)]);
        assert_eq!(recorder.count(), u64::MAX);
        assert_eq!(recorder.percentile(50.0), Some(Nanos(LONGEST)));
    }
}
