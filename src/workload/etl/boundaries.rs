//! Where the records of a CSV text start, without looking at what they hold.
//!
//! The rules are those of the parser that reads the slices afterwards (the `csv` crate's: RFC 4180, and for text outside
//! of it, quotes that do not start a field are ordinary characters and a record ends at a line feed, a carriage return or
//! both), so that no record is ever cut or read twice.

use std::io::{self, BufRead};

use super::super::SliceStart;

/// The mark that some programs put before UTF-8 text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where in a record the scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first byte of a record, or among the line ends between two.
    BetweenRecords,
    FieldStart,
    Field,
    Quoted,
    /// Behind a quote in a quoted field: the field's end, or the first of two that stand for one.
    QuoteInQuoted,
}

/// A scan over a text, byte by byte.
#[derive(Debug)]
pub(super) struct Scan {
    place: Place,
    /// The line of the next byte, from 1.
    line: u64,
    after_return: bool,
}

impl Scan {
    pub(super) const fn new() -> Self {
        Self { place: Place::BetweenRecords, line: 1, after_return: false }
    }

    /// Takes the first of `bytes` as far as they cannot end a record or open or close quotes, which is most of them, and
    /// says how many these were.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        if matches!(self.place, Place::BetweenRecords | Place::QuoteInQuoted) {
            return 0;
        }
        let length = bytes.iter().position(|byte| matches!(byte, b'"' | b'\r' | b'\n')).unwrap_or(bytes.len());
        if let Some(last) = bytes[..length].last() {
            self.after_return = false;
            self.place = match (self.place, last) {
                (Place::Quoted, _) => Place::Quoted,
                (_, b',') => Place::FieldStart,
                _ => Place::Field,
            };
        }
        length
    }

    /// Takes the next byte and says on which line a record starts with it, if one does.
    pub(super) fn next(&mut self, byte: u8) -> Option<u64> {
        let line = self.line;
        let line_end = matches!(byte, b'\r' | b'\n');
        self.line += u64::from(line_end && !(byte == b'\n' && self.after_return));
        self.after_return = byte == b'\r';
        let before = self.place;
        self.place = match (before, byte) {
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) | (Place::QuoteInQuoted | Place::BetweenRecords | Place::FieldStart, b'"') => {
                Place::Quoted
            }
            (_, b'\r' | b'\n') => Place::BetweenRecords,
            (_, b',') => Place::FieldStart,
            _ => Place::Field,
        };
        (before == Place::BetweenRecords && !line_end).then_some(line)
    }
}

/// What a scan of a whole file finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slices {
    /// Where the slices start; empty without a record after the header.
    pub(super) starts: Vec<SliceStart>,
    /// The longest slice, in bytes.
    pub(super) longest: u64,
}

/// Cuts a CSV text with a header into slices of whole records: each starts at the first record that starts at or after
/// the next multiple of `size` behind the header.
///
/// # Errors
/// Those of the reader.
pub(super) fn slices(mut text: impl BufRead, size: u64) -> io::Result<Slices> {
    let mut cut = Cut { size, starts: Vec::new(), longest: 0, header_seen: false, next: 0 };
    let mut scan = Scan::new();
    let mut offset = 0;
    if text.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        text.consume(BYTE_ORDER_MARK.len());
        offset = BYTE_ORDER_MARK.len() as u64;
    }
    loop {
        let bytes = text.fill_buf()?;
        if bytes.is_empty() {
            return Ok(cut.finish(offset));
        }
        let length = scan.skip(bytes);
        let started = bytes.get(length).and_then(|byte| scan.next(*byte));
        if let Some(line) = started {
            cut.record(SliceStart { offset: offset + length as u64, line });
        }
        let taken = bytes.len().min(length + 1);
        text.consume(taken);
        offset += taken as u64;
    }
}

/// Decides at which records to cut.
struct Cut {
    size: u64,
    starts: Vec<SliceStart>,
    longest: u64,
    header_seen: bool,
    /// The first offset at which the next slice may start.
    next: u64,
}

impl Cut {
    fn record(&mut self, start: SliceStart) {
        if !self.header_seen {
            self.header_seen = true;
        } else if start.offset >= self.next {
            let first = self.starts.first().map_or(start.offset, |first| first.offset);
            self.measure(start.offset);
            self.next = first + ((start.offset - first) / self.size + 1) * self.size;
            self.starts.push(start);
        }
    }

    fn measure(&mut self, end: u64) {
        self.longest = self.longest.max(self.starts.last().map_or(0, |last| end - last.offset));
    }

    fn finish(mut self, end: u64) -> Slices {
        self.measure(end);
        Slices { starts: self.starts, longest: self.longest }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::slice::{records, records_in_slice};
    use super::*;
    use crate::beat::Beat;

    fn starts(text: &str, size: u64) -> Vec<(u64, u64)> {
        let slices = slices(text.as_bytes(), size).unwrap();
        slices.starts.iter().map(|start| (start.offset, start.line)).collect()
    }

    #[test]
    fn slices_start_at_records() {
        for (text, size, expected) in [
            ("", 1, &[][..]),
            ("h", 1, &[]),
            ("h\n", 1, &[]),
            ("h\na\nb\n", 1, &[(2, 2), (4, 3)]),
            ("h\na\nb", 2, &[(2, 2), (4, 3)]),
            ("h\na\nb\nc", 3, &[(2, 2), (6, 4)]),
            ("h\r\na\r\n\r\nb\r\n", 1, &[(3, 2), (8, 4)]),
            ("h\ra\rb", 1, &[(2, 2), (4, 3)]),
            ("h\n\"a\n\"\"b\"\nc", 1, &[(2, 2), (10, 4)]),
            ("\"h\n\"\na\"b\nc", 1, &[(5, 3), (9, 4)]),
            ("\u{feff}\"h\n\"\na", 1, &[(8, 3)]),
        ] {
            assert_eq!(starts(text, size), expected, "{text:?} {size}");
        }
    }

    #[test]
    fn the_longest_slice_is_known() {
        assert_eq!(slices(&b"h\na\nlonger\nb\n"[..], 1).unwrap().longest, 7);
        assert_eq!(slices(&b"h\na\nunfinished"[..], 1).unwrap().longest, 10);
    }

    /// All records of a text as the parser reads them.
    fn whole(text: &[u8]) -> Vec<csv::ByteRecord> {
        records(text).byte_records().map(Result::unwrap).collect()
    }

    fn check(text: &[u8], size: u64) {
        let slices = slices(text, size).unwrap();
        let ends = slices.starts.iter().skip(1).map(|start| start.offset).chain([text.len() as u64]);
        let mut found = Vec::new();
        for (start, end) in slices.starts.iter().zip(ends) {
            let slice = &text[usize::try_from(start.offset).unwrap()..usize::try_from(end).unwrap()];
            let beat = Beat::idle();
            let before = found.len();
            found.extend(records_in_slice(slice, &beat).into_byte_records().map(Result::unwrap));
            assert!(found.len() > before, "an empty slice of {text:?}");
        }
        let expected: Vec<_> = whole(text).into_iter().skip(1).collect();
        assert_eq!(found, expected, "{text:?} in slices of {size}");
    }

    proptest! {
        #[test]
        fn slices_hold_the_records_of_the_whole(
            pieces in prop::collection::vec(
                prop::sample::select(&["a", "b,", "\"", "\"\"", "\n", "\r\n", "\r", ",", " ", "\u{feff}", "ü", "1.5"][..]),
                0..60,
            ),
            size in 1_u64..12,
        ) {
            check(pieces.concat().as_bytes(), size);
        }

        #[test]
        fn written_records_come_back_in_slices(
            rows in prop::collection::vec(prop::collection::vec("[ab,\"\r\n ]{0,6}", 3), 1..20),
            size in 1_u64..40,
            crlf in any::<bool>(),
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
            for row in std::iter::once(&vec!["x".to_owned(), "y".to_owned(), "z".to_owned()]).chain(&rows) {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            check(&text, size);
            let read: Vec<Vec<String>> = whole(&text)
                .iter()
                .skip(1)
                .map(|record| record.iter().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect())
                .collect();
            prop_assert_eq!(read, rows);
        }
    }
}
