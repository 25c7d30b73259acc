//! What is known of a slice, or of several put together: groups with their aggregates, and what was left out.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::beat::Beat;

/// The most complaints that are kept word for word.
pub(super) const KEPT: usize = 5;

/// The most bytes of a cell that a complaint repeats.
const SHOWN: usize = 60;

/// Aggregates of the numbers of one group, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Group {
    /// How many numbers.
    pub(super) count: u64,
    sum: f64,
    /// What rounding took from `sum`: the compensated summation of Neumaier 1974. So totals are exact to the last digits
    /// whatever the numbers' order of magnitude, and hardly depend on where a file was cut.
    lost: f64,
    /// The smallest.
    pub(super) min: f64,
    /// The largest.
    pub(super) max: f64,
}

impl Group {
    const fn of(value: f64) -> Self {
        Self { count: 1, sum: value, lost: 0.0, min: value, max: value }
    }

    fn join(&mut self, other: &Self) {
        let sum = self.sum + other.sum;
        let (large, small) =
            if self.sum.abs() >= other.sum.abs() { (self.sum, other.sum) } else { (other.sum, self.sum) };
        self.lost += (large - sum) + small + other.lost;
        self.sum = sum;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The sum.
    pub(super) fn total(&self) -> f64 {
        // Beyond the range of numbers, what was lost means nothing.
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }

    /// The arithmetic mean.
    #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 records")]
    pub(super) fn mean(&self) -> f64 {
        self.total() / self.count as f64
    }
}

/// What is wrong with a record that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Complaint {
    /// It has this many fields, not as many as the header.
    Fields(u64),
    /// The cell to aggregate is no number; its first bytes.
    NoNumber(Vec<u8>),
}

impl Complaint {
    pub(super) fn no_number(cell: &[u8]) -> Self {
        Self::NoNumber(cell[..cell.len().min(SHOWN)].to_vec())
    }
}

/// Groups and what was left out.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    groups: BTreeMap<Vec<u8>, Group>,
    /// Records with an empty cell in place of a number.
    pub(super) missing: u64,
    /// Records that did not meet the condition.
    pub(super) filtered: u64,
    /// How many records something was wrong with.
    pub(super) complaints: u64,
    /// The lines of the first of these, and what was wrong.
    pub(super) first_complaints: Vec<(u64, Complaint)>,
}

impl Tally {
    /// Adds a number to a group.
    pub(super) fn add(&mut self, key: &[u8], value: f64) {
        self.join(key, &Group::of(value));
    }

    fn join(&mut self, key: &[u8], other: &Group) {
        match self.groups.get_mut(key) {
            Some(group) => group.join(other),
            None => {
                self.groups.insert(key.to_vec(), *other);
            }
        }
    }

    /// Counts a record that something is wrong with.
    pub(super) fn complain(&mut self, line: u64, complaint: Complaint) {
        self.complaints += 1;
        if self.first_complaints.len() < KEPT {
            self.first_complaints.push((line, complaint));
        }
    }

    /// Adds the groups and counts of what comes next in the input, but not its words of complaint, whose lines mean
    /// nothing without the name of their file.
    pub(super) fn absorb(&mut self, next: &Self) {
        for (key, group) in &next.groups {
            self.join(key, group);
        }
        self.missing += next.missing;
        self.filtered += next.filtered;
        self.complaints += next.complaints;
    }

    /// The groups, sorted by the bytes of their keys.
    pub(super) fn groups(&self) -> impl ExactSizeIterator<Item = (&[u8], &Group)> {
        self.groups.iter().map(|(key, group)| (key.as_slice(), group))
    }

    /// The tally as it leaves its worker, with beats in between: there may be as many groups as records.
    ///
    /// # Errors
    /// None that is known of: memory takes everything.
    pub(super) fn encoded(&self, beat: &Beat<'_>) -> postcard::Result<Vec<u8>> {
        postcard::to_io(self, Paced { bytes: Vec::new(), beat }).map(|paced| paced.bytes)
    }

    /// All groups in one; `None` without any.
    pub(super) fn overall(&self) -> Option<Group> {
        self.groups.values().copied().reduce(|mut all, group| {
            all.join(&group);
            all
        })
    }
}

/// Bytes in memory, with a beat for each piece added.
struct Paced<'a> {
    bytes: Vec<u8>,
    beat: &'a Beat<'a>,
}

impl Write for Paced<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.beat.beat();
        self.bytes.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(values: &[f64]) -> Tally {
        let mut tally = Tally::default();
        for value in values {
            tally.add(b"k", *value);
        }
        tally
    }

    #[test]
    fn small_numbers_survive_beside_large_ones() {
        let group = tally(&[1.0, 1e100, 1.0, -1e100]).overall().unwrap();
        assert_eq!((group.total(), group.count, group.min, group.max), (2.0, 4, -1e100, 1e100));
        let tenths = tally(&[0.1; 10]).overall().unwrap();
        assert_eq!((tenths.total(), tenths.mean()), (1.0, 0.1));
        assert!(tally(&[f64::MAX, f64::MAX]).overall().unwrap().total().is_infinite());
        assert_eq!(Tally::default().overall(), None);
    }

    proptest! {
        /// Thousandths as whole numbers are summed without any rounding.
        #[test]
        fn totals_do_not_depend_on_where_the_input_is_cut(
            thousandths in prop::collection::vec(-1_000_000_i32..1_000_000, 1..200),
            cut in 0_usize..200,
        ) {
            let values: Vec<f64> = thousandths.iter().map(|value| f64::from(*value) / 1_000.0).collect();
            let (head, tail) = values.split_at(cut.min(values.len()));
            let mut joined = tally(head);
            joined.absorb(&tally(tail));
            let exact: f64 = f64::from(thousandths.iter().sum::<i32>()) / 1_000.0;
            let total = joined.overall().unwrap().total();
            prop_assert!((total - exact).abs() <= 1e-9 * exact.abs().max(1.0), "{total} for {exact}");
        }
    }

    #[test]
    fn a_tally_survives_the_way_between_processes() {
        let mut sent = tally(&[1.5, -0.0]);
        sent.complain(7, Complaint::no_number(&[b'x'; 100]));
        let frame = sent.encoded(&Beat::idle()).unwrap();
        assert_eq!(postcard::from_bytes::<Tally>(&frame).unwrap(), sent);
    }
}
