//! The default input: made-up sales with what real tables bring along, quoted cells with line ends and missing values.

use std::io::{self, Write};
use std::path::PathBuf;

use super::super::cache::Generated;
use super::super::random::Random;
use super::super::{Refusal, Values};

/// The header.
pub(super) const COLUMNS: [&str; 6] = ["order", "date", "region", "product", "amount", "note"];

/// What is grouped by when nothing is asked.
pub(super) const GROUP_BY: &str = "region";

/// What is aggregated when nothing is asked.
pub(super) const VALUE: &str = "amount";

/// More bytes than any record has.
const LONGEST: u64 = 160;

const REGIONS: [&str; 8] = ["North", "South", "East", "West", "Centre", "Islands", "\"Coast, upper\"", "Überland"];

const PRODUCTS: [&str; 6] = ["chair", "desk", "lamp", "shelf", "\"desk, \"\"tall\"\"\"", "rug"];

const NOTES: [&str; 4] = ["gift", "\"ring twice,\nthen wait\"", "\"says \"\"urgent\"\"\"", "\"left,\r\nsecond floor\""];

/// The file of `tasks` slices of `size` bytes behind the header, written where it is not there yet.
///
/// # Errors
/// No folder that takes it.
pub(super) fn file(values: &Values) -> Result<PathBuf, Refusal> {
    let (tasks, size, seed) = (values.count("tasks"), values.count("size"), values.count("seed"));
    let bytes = tasks * size;
    let name = PathBuf::from(format!("etl-1-seed{seed}-{bytes}B.csv"));
    let header = header();
    let content = |out: &mut dyn Write| {
        out.write_all(header.as_bytes())?;
        write_records(out, seed, bytes)
    };
    Generated { name, bytes: header.len() as u64 + bytes, content: &content }.place()
}

fn header() -> String {
    COLUMNS.join(",") + "\n"
}

/// Records that together have exactly this many bytes, at least [`LONGEST`]; the last one is filled up.
fn write_records(out: &mut dyn Write, seed: u64, bytes: u64) -> io::Result<()> {
    let mut random = Random::new(seed, 0);
    let (mut left, mut order) = (bytes, 100_000);
    while left >= 2 * LONGEST {
        let record = record(order, &mut random);
        out.write_all(record.as_bytes())?;
        left -= record.len() as u64;
        order += 1;
    }
    let last = format!("{order},2024-12-31,North,rug,,");
    let filling = left.saturating_sub(last.len() as u64 + 1);
    writeln!(out, "{last}{}", ".".repeat(usize::try_from(filling).unwrap_or_default()))
}

/// One record: two amounts in a hundred are missing, three records have a note.
fn record(order: u64, random: &mut Random) -> String {
    let (year, month, day) = (2015 + random.below(10), 1 + random.below(12), 1 + random.below(28));
    let (region, product) = (random.pick(&REGIONS), random.pick(&PRODUCTS));
    let cents = 100 + random.below(99_900);
    let amount = match random.below(100) {
        0..2 => String::new(),
        _ => format!("{}.{:02}", cents / 100, cents % 100),
    };
    let note = if random.below(100) < 3 { random.pick(&NOTES) } else { "" };
    format!("{order},{year}-{month:02}-{day:02},{region},{product},{amount},{note}\n")
}

#[cfg(test)]
mod tests {
    use super::super::slice::records;
    use super::*;

    fn text(seed: u64, bytes: u64) -> Vec<u8> {
        let mut text = header().into_bytes();
        write_records(&mut text, seed, bytes).unwrap();
        text
    }

    #[test]
    fn the_text_has_the_length_asked_for_and_follows_from_the_seed() {
        for bytes in [4_096, 4_097, 100_000] {
            assert_eq!(text(42, bytes).len() as u64, header().len() as u64 + bytes);
        }
        assert_eq!(text(1, 10_000), text(1, 10_000));
        assert_ne!(text(1, 10_000), text(2, 10_000));
    }

    #[test]
    fn every_record_has_all_fields_and_oddities_occur() {
        let text = text(42, 200_000);
        let mut all = records(&text[..]);
        let records: Vec<_> = all.byte_records().map(Result::unwrap).collect();
        assert!(records.iter().all(|record| record.len() == COLUMNS.len()));
        assert!(records.iter().all(|record| (record.as_slice().len() as u64) < 2 * LONGEST));
        for (column, wanted) in
            [(4, &b""[..]), (5, b"left,\r\nsecond floor"), (3, b"desk, \"tall\""), (2, b"Coast, upper")]
        {
            assert!(records.iter().any(|record| &record[column] == wanted), "{column}");
        }
    }
}
