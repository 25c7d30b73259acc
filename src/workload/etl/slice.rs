//! One slice of a CSV file: parsed, filtered, grouped and aggregated.

use std::io::{self, Read};

use csv::ByteRecord;

use super::query::Query;
use super::tally::{Complaint, Tally};
use crate::beat::Beat;

/// How many bytes are parsed between two beats: about 15 µs of work, and 40 µs where records are a few bytes long.
const PIECE: usize = 2 << 10;

/// The records of a whole text, the header among them.
pub(in crate::workload) fn records<R: Read>(text: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(PIECE).from_reader(text)
}

/// The records of a slice, with a beat for each piece that is parsed.
pub(super) fn records_in_slice<'a>(bytes: &'a [u8], beat: &'a Beat<'a>) -> csv::Reader<impl Read + 'a> {
    records(Pieces { left: bytes, started: false, beat })
}

/// A slice in pieces. The first is a single byte, so that the parser does not take the first bytes of a slice for a byte
/// order mark: there is none but at the start of a file.
struct Pieces<'a> {
    left: &'a [u8],
    started: bool,
    beat: &'a Beat<'a>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.beat.beat();
        let limit = if self.started { buffer.len() } else { 1 };
        self.started = true;
        self.left.read(&mut buffer[..limit])
    }
}

/// Aggregates a slice that starts on `first_line` of its file.
///
/// # Errors
/// None that the parser has: a slice in memory, with any bytes and any number of fields, can be read.
pub(super) fn aggregate(bytes: &[u8], first_line: u64, query: &Query, beat: &Beat<'_>) -> csv::Result<Tally> {
    let mut tally = Tally::default();
    let mut lines = Lines { bytes, at: 0, line: first_line };
    let mut records = records_in_slice(bytes, beat);
    let mut record = ByteRecord::new();
    while records.read_byte_record(&mut record)? {
        if let Some(complaint) = take(&record, query, &mut tally) {
            let start = record.position().map_or(0, csv::Position::byte);
            tally.complain(lines.of(start), complaint);
        }
    }
    Ok(tally)
}

/// Adds one record to the tally, or says what is wrong with it.
fn take(record: &ByteRecord, query: &Query, tally: &mut Tally) -> Option<Complaint> {
    if record.len() != query.width {
        return Some(Complaint::Fields(record.len() as u64));
    }
    if query.filter.as_ref().is_some_and(|filter| !filter.passes(record)) {
        tally.filtered += 1;
        return None;
    }
    let cell = &record[query.value];
    match (cell, number(cell)) {
        (b"", _) => tally.missing += 1,
        (_, Some(value)) => tally.add(&record[query.group], value),
        (_, None) => return Some(Complaint::no_number(cell)),
    }
    None
}

/// The finite number that a cell holds, spaces around it aside.
pub(in crate::workload) fn number(cell: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(cell.trim_ascii()).ok()?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Finds out the lines of records, which is needed only for those that something is wrong with.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the record at or, over line ends, behind `offset` starts; offsets must ascend.
    fn of(&mut self, offset: u64) -> u64 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.at) {
            if self.at >= offset && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            let half = *byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.line += u64::from(matches!(byte, b'\r' | b'\n') && !half);
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn numbers_are_plain_and_finite() {
        for (cell, expected) in [
            (&b"1.5"[..], Some(1.5)),
            (b" -2 ", Some(-2.0)),
            (b"1e3", Some(1_000.0)),
            (b"", None),
            (b"inf", None),
            (b"nan", None),
            (b"1,5", None),
            (b"\xff", None),
        ] {
            assert_eq!(number(cell), expected, "{cell:?}");
        }
    }

    fn query(condition: &str) -> Query {
        let columns = ["key".to_owned(), "value".to_owned()];
        Query::new("key", "value", condition, &columns).unwrap()
    }

    #[test]
    fn records_are_added_counted_or_complained_about() {
        let text = b"a,1\r\n\r\na,\r\n\"a\n\",2\r\nb,x\r\nb\r\na,3,4\r\na,5";
        let tally = aggregate(text, 10, &query(""), &Beat::idle()).unwrap();
        let groups: Vec<_> = tally.groups().map(|(key, group)| (key, group.count, group.total())).collect();
        assert_eq!(groups, [(&b"a"[..], 2, 6.0), (b"a\n", 1, 2.0)]);
        assert_eq!((tally.missing, tally.complaints), (1, 3));
        let complaints =
            [(15, Complaint::NoNumber(b"x".to_vec())), (16, Complaint::Fields(1)), (17, Complaint::Fields(3))];
        assert_eq!(tally.first_complaints, complaints);
    }

    #[test]
    fn filtered_records_are_not_looked_at_further() {
        let tally = aggregate(b"a,1\nb,x\na,3\n", 2, &query("key = a"), &Beat::idle()).unwrap();
        assert_eq!((tally.filtered, tally.complaints), (1, 0));
        let groups: Vec<_> = tally.groups().map(|(key, group)| (key, group.total())).collect();
        assert_eq!(groups, [(&b"a"[..], 4.0)]);
    }

    thread_local! {
        static BEATS: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn beats_come_with_bytes_also_within_one_long_record() {
        let requested = AtomicBool::new(true);
        let beat = Beat::new(&requested, || BEATS.set(BEATS.get() + 1));
        let text = format!("\"{}\",1\n", "x".repeat(100 * PIECE));
        aggregate(text.as_bytes(), 1, &query(""), &beat).unwrap();
        assert!(BEATS.get() >= 100, "{}", BEATS.get());
    }
}
