//! What is learned from: rows of numbers, each with one of two classes.

use std::fs::File;
use std::path::Path;

use csv::ByteRecord;

use super::super::Refusal;
use super::super::etl::{column, columns, number, records};
use super::super::random::Random;
use crate::text::{scrub, scrub_bytes, scrub_os};

/// How many features a made-up row has.
const FEATURES: usize = 12;

/// The column of a made-up row's class.
pub(super) const LABEL: &str = "label";

/// Rows of features with their classes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Table {
    /// Numbers per row.
    pub(super) features: usize,
    numbers: Vec<f64>,
    classes: Vec<f64>,
}

impl Table {
    /// Reads a CSV file whose cells are all numbers; the larger of the target's two values is the class 1.
    ///
    /// # Errors
    /// A column that is not there, a cell that is no number, by its line, or a target without exactly two values.
    pub(super) fn read(path: &Path, target: &str) -> Result<Self, Refusal> {
        let columns = columns(std::slice::from_ref(&path.to_owned()))?;
        let place = column("target", target, &columns)?;
        if columns.len() < 2 {
            return Err(refused(path, "there is no column beside the target"));
        }
        let file = File::open(path).map_err(|error| refused(path, format!("cannot be read: {error}")))?;
        let mut table = Self { features: columns.len() - 1, ..Self::default() };
        let mut records = records(file);
        for record in records.byte_records().skip(1) {
            let record = record.map_err(|error| refused(path, format!("cannot be read: {error}")))?;
            table.take(&record, place, &columns).map_err(|reason| refused(path, reason))?;
        }
        table.with_classes_0_and_1(target)
    }

    /// Adds a record; the reason where it is not all numbers.
    fn take(&mut self, record: &ByteRecord, target: usize, columns: &[String]) -> Result<(), String> {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != columns.len() {
            return Err(format!("line {line}: {} fields, the header has {}", record.len(), columns.len()));
        }
        for (place, (cell, column)) in record.iter().zip(columns).enumerate() {
            let Some(number) = number(cell) else {
                let (cell, column) = (scrub_bytes(cell), scrub(column));
                return Err(format!("line {line}: '{cell}' in column {column} is no number"));
            };
            // Adding 0 makes one zero of the two that there are.
            if place == target { self.classes.push(number + 0.0) } else { self.numbers.push(number) }
        }
        Ok(())
    }

    fn with_classes_0_and_1(mut self, target: &str) -> Result<Self, Refusal> {
        let mut values = self.classes.clone();
        values.sort_by(f64::total_cmp);
        values.dedup_by_key(|value| value.to_bits());
        let [_, upper] = values[..] else {
            let allowed = format!("the column must have two values, such as 0 and 1; it has {}", values.len());
            return Err(Refusal::new("target", scrub(target), allowed));
        };
        for class in &mut self.classes {
            *class = f64::from(u8::from(class.to_bits() == upper.to_bits()));
        }
        Ok(self)
    }

    /// Made-up rows with features of different scales, half of which depend on each other, and classes that follow from
    /// them up to chance.
    #[expect(clippy::cast_precision_loss, reason = "a few bits are enough for a random number")]
    pub(super) fn made_up(rows: u64, seed: u64) -> Self {
        let mut table = Self { features: FEATURES, ..Self::default() };
        for row in 0..rows {
            let mut random = Random::new(seed, row);
            let mut uniform = || (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
            let mut features = [0.0; FEATURES];
            let mut before = 0.0;
            for (place, feature) in features.iter_mut().enumerate() {
                let own = uniform() + uniform() + uniform() - 1.5;
                before = if place < FEATURES / 2 { own } else { 0.6 * before + 0.8 * own };
                *feature = before;
            }
            let leaning: f64 = features.iter().zip([2.0, -1.5, 1.0, 0.0].iter().cycle()).map(|(x, w)| x * w).sum();
            table.classes.push(f64::from(u8::from(uniform() < 1.0 / (1.0 + (-leaning).exp()))));
            table.numbers.extend(features.iter().zip(1..).map(|(feature, scale)| feature * f64::from(scale)));
        }
        table
    }

    /// The names of the columns of a made-up table.
    pub(super) fn made_up_columns() -> Vec<String> {
        (1..=FEATURES).map(|place| format!("x{place}")).chain([LABEL.to_owned()]).collect()
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.classes.len()
    }

    /// The rows, each with its class, 0 or 1.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.numbers.chunks_exact(self.features.max(1)).zip(self.classes.iter().copied())
    }
}

fn refused(path: &Path, reason: impl Into<String>) -> Refusal {
    Refusal::new("input", scrub_os(path), reason)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(text: &str, target: &str) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        fs::write(&path, text).unwrap();
        let prefix = format!("{}/", folder.path().display());
        Table::read(&path, target).map_err(|refusal| refusal.to_string().replace(&prefix, ""))
    }

    #[test]
    fn the_larger_value_is_class_1_wherever_the_target_stands() {
        let table = read("\u{feff}a,y,b\n1,2,-3\n4,1,5.5\n", "y").unwrap();
        assert_eq!(table.iter().collect::<Vec<_>>(), [(&[1.0, -3.0][..], 1.0), (&[4.0, 5.5], 0.0)]);
        assert_eq!((table.rows(), table.features), (2, 2));
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused_in_a_line() {
        for (text, target, expected) in [
            ("a,y\n1,0\nx,1\n", "y", "--input t.csv: line 3: 'x' in column a is no number"),
            ("a,y\n1,0\n,1\n", "y", "--input t.csv: line 3: '' in column a is no number"),
            ("a,y\n1,0\n1\n", "y", "--input t.csv: line 3: 1 fields, the header has 2"),
            ("a,y\n1,0\n", "z", "--target z: there is no such column; the columns are a, y"),
            ("a,y\n1,0\n", "", "--target: is missing, name one of the columns; the columns are a, y"),
            ("y\n1\n", "y", "--input t.csv: there is no column beside the target"),
            ("a,y\n1,0\n2,0\n", "y", "--target y: the column must have two values, such as 0 and 1; it has 1"),
            ("a,y\n1,0\n2,1\n3,2", "y", "--target y: the column must have two values, such as 0 and 1; it has 3"),
        ] {
            assert_eq!(read(text, target).unwrap_err(), expected);
        }
    }

    #[test]
    fn made_up_rows_follow_from_the_seed_and_have_both_classes() {
        let table = Table::made_up(200, 42);
        assert_eq!((table.rows(), table.iter().count()), (200, 200));
        assert_eq!(table, Table::made_up(200, 42));
        assert_ne!(table, Table::made_up(200, 43));
        let ones: f64 = table.iter().map(|(_, class)| class).sum();
        assert!((60.0..140.0).contains(&ones), "{ones}");
        assert_eq!(Table::made_up_columns().len(), table.features + 1);
    }
}
