//! Comma-separated values after RFC 4180, safe to open in a spreadsheet.

use csv::{Terminator, WriterBuilder};

use crate::results::{COLUMNS, Cell, Record};

/// One line per record, below the header.
pub(super) fn results(records: &[Record<'_>]) -> Vec<u8> {
    let header = COLUMNS.iter().map(|column| column.name);
    let lines = records.iter().map(|record| COLUMNS.iter().map(|column| (column.cell)(record)).collect());
    table(header, lines)
}

/// A header and lines of as many cells each.
///
/// # Panics
/// When a line has another number of cells than the header.
pub(super) fn table<'a>(header: impl Iterator<Item = &'a str>, lines: impl Iterator<Item = Vec<Cell>>) -> Vec<u8> {
    const NEVER_FAILS: &str = "memory takes every write, and all lines are as long as the header";
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(header).expect(NEVER_FAILS);
    for line in lines {
        writer.write_record(line.iter().map(written)).expect(NEVER_FAILS);
    }
    writer.into_inner().expect(NEVER_FAILS)
}

/// The cell's text; one that a spreadsheet would take for a formula gets a `'` in front.
fn written(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        _ => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::results::fixture::{machine, row};
    use crate::results::{ResultRow, settle};
    use crate::spec::BackendId::{Sequential, Threads};

    fn rows() -> [ResultRow; 2] {
        let mut rows =
            [row(Sequential, 1).walls(&[1.0, 1.5, 2.0]).done(), row(Threads, 4).gil().walls(&[0.5, 0.75, 1.0]).done()];
        settle(&mut rows);
        rows[0].run.0 = "20261122T171403Z-4711-1".to_owned();
        rows[1].run.0 = "20261122T171403Z-4711-2".to_owned();
        rows[1].baseline_run = Some(rows[0].run.clone());
        rows
    }

    #[test]
    fn a_line_reads_as_published() {
        let (rows, machine) = (rows(), machine());
        let text = String::from_utf8(results(&[Record::of(&rows[1], &machine)])).unwrap();
        let line = text.lines().nth(1).unwrap();
        let expected = concat!(
            "20261122T171403Z-4711-2,2026-11-22T17:14:03Z,",
            env!("CARGO_PKG_VERSION"),
            ",ana,Debian GNU/Linux 12 (bookworm),AMD EPYC,2,primes,,1000,1000000,0,42,,threads,4,,on,bytecode,0.005,reference,auto,",
            "interleaved,,3,1,0.75,0.75,0.25,0.5,1,0.00021,1333.3333333333333,20261122T171403Z-4711-1,2,2,2,0.5,1.5,2,",
            "1,0,0,0,0,0,0.001000447,0.001000447,0.001200127,0.0013,9856614,11953766,12,34,,,,0,0,0,0,123456789abcdef0,",
            "\"50,847,534 primes below 10⁹\",ok,noisy",
        );
        assert_eq!(line, expected);
        assert!(text.ends_with("\r\n") && text.matches("\r\n").count() == 2);
    }

    #[test]
    fn no_results_are_a_header() {
        let text = String::from_utf8(results(&[])).unwrap();
        assert!(text.starts_with("run,started_at,") && text.ends_with(",status,warnings\r\n"));
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_defanged() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@A1", "'@A1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
            (" =1", " =1"),
        ] {
            assert_eq!(written(&Cell::Text(text.to_owned())), expected, "{text:?}");
        }
        assert_eq!(written(&Cell::Real(-1.5)), "-1.5", "numbers stay numbers");
    }

    /// Texts full of what separates, quotes and starts formulas.
    fn text() -> impl Strategy<Value = String> {
        let special = prop::sample::select(",\"'\r\n\t=+-@; ".chars().collect::<Vec<_>>());
        let character = prop_oneof![special, any::<char>().prop_filter("Python's csv refuses it", |c| *c != '\0')];
        prop::collection::vec(character, 0..12).prop_map(String::from_iter)
    }

    fn grid() -> impl Strategy<Value = Vec<Vec<String>>> {
        prop::collection::vec(prop::collection::vec(text(), 3), 0..8)
    }

    fn bytes(grid: &[Vec<String>]) -> Vec<u8> {
        let lines = grid.iter().map(|line| line.iter().map(|text| Cell::Text(text.clone())).collect());
        table(["a", "b", "c"].into_iter(), lines)
    }

    fn defanged(grid: &[Vec<String>]) -> Vec<Vec<String>> {
        grid.iter().map(|line| line.iter().map(|text| written(&Cell::Text(text.clone()))).collect()).collect()
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(grid in grid()) {
            let bytes = bytes(&grid);
            let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
            let read: Vec<Vec<String>> =
                reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read, defanged(&grid));
        }
    }

    /// Reads CSV from standard input and writes it as JSON, with Python's own reader.
    const READER: &str = "import csv,io,json,sys\n\
        text=io.TextIOWrapper(sys.stdin.buffer,encoding='utf-8',newline='')\n\
        print(json.dumps(list(csv.reader(text,strict=True))[1:]))";

    #[test]
    fn python_reads_the_same_cells() {
        let mut runner = TestRunner::deterministic();
        let tables = (0..200).flat_map(|_| grid().new_tree(&mut runner).unwrap().current());
        let grid: Vec<Vec<String>> = tables.collect();
        let command = Command::new("python3").args(["-c", READER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut python) = command else { return };
        python.stdin.take().unwrap().write_all(&bytes(&grid)).unwrap();
        let output = python.wait_with_output().unwrap();
        assert!(output.status.success());
        let read: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read, defanged(&grid));
    }
}
