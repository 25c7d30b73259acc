//! Exports read back: the CSV and JSON files that [`super::EXPORTERS`] write, as the advisor sees results. Nothing in a file is
//! believed before it is checked; what is wrong is said in one line.

mod comma;
mod document;

use crate::advisor::{Fact, Unreadable};

/// The longest file that is read, in bytes.
pub const LONGEST_EXPORT: usize = 256 << 20;

/// Why a file is no export that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// More than anybody should wait for.
    #[error("is longer than {} MiB", LONGEST_EXPORT >> 20)]
    TooLong,
    /// Bytes that are no text.
    #[error("is no text (byte {0} is not UTF-8): partui advise reads what --export-csv and --export-json write")]
    NotText(usize),
    /// A whole export, but of nothing.
    #[error("holds no results")]
    NoResults,
    /// Other JSON, or other CSV.
    #[error("is no export of partui: {0}")]
    Foreign(String),
    /// JSON that a later version may have written.
    #[error("has schema version {0}; this version of partui reads {schema}", schema = super::json::SCHEMA_VERSION)]
    Version(String),
    /// The file of samples, which has too little in it.
    #[error("has one line per sample; partui advise reads --export-csv and --export-json")]
    Samples,
    /// It breaks off.
    #[error("ends in the middle, in line {0}: the file is not whole")]
    Truncated(u64),
    /// JSON that is none.
    #[error("is no JSON: {0}")]
    Syntax(serde_json::Error),
    /// A line of another length than the header.
    #[error("line {line} has {cells} cells, the header {header}")]
    Ragged {
        /// Which line, from 1.
        line: u64,
        /// Its cells.
        cells: usize,
        /// The header's.
        header: usize,
    },
    /// CSV that is none.
    #[error("is no CSV: {0}")]
    Comma(csv::Error),
    /// A cell that cannot be.
    #[error("{place}: {source}")]
    Result {
        /// Where: `line 3` or `result 2`.
        place: String,
        /// What is wrong.
        source: Unreadable,
    },
}

/// The results in a file's content, CSV or JSON, numbered from 1.
///
/// # Errors
/// The first thing that is wrong.
pub fn results(content: &[u8]) -> Result<Vec<Fact>, ReadError> {
    if content.len() > LONGEST_EXPORT {
        return Err(ReadError::TooLong);
    }
    let text = std::str::from_utf8(content).map_err(|error| ReadError::NotText(error.valid_up_to() + 1))?;
    // Spreadsheets put a mark of byte order in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let results = match text.trim_start().chars().next() {
        None => return Err(ReadError::Empty),
        Some('{' | '[') => document::results(text)?,
        Some(_) => comma::results(text)?,
    };
    if results.is_empty() { Err(ReadError::NoResults) } else { Ok(results) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisor::advise;
    use crate::export::Exporter;
    use crate::results::fixture::{machine, row};
    use crate::results::{COLUMNS, Record, ResultRow, settle};
    use crate::spec::BackendId::{Processes, Sequential, Threads};
    use crate::spec::{Configuration, Wish};
    use crate::workload::by_id;

    fn rows() -> Vec<ResultRow> {
        let slept = |backend, walls: &[f64]| {
            let wish = Wish::of(by_id("sleep").unwrap(), backend, 2);
            row(backend, 2).walls(walls).with(|row| row.configuration = Configuration::new(wish).unwrap()).done()
        };
        let mut rows = vec![
            row(Sequential, 1).walls(&[1.0, 1.01, 1.02, 1.03]).done(),
            row(Threads, 2).walls(&[0.5, 0.51, 0.52, 0.5]).done(),
            row(Processes, 2).gil().walls(&[0.71, 0.7, 0.72, 0.7]).done(),
            slept(Sequential, &[0.3, 0.31, 0.3]),
            slept(Threads, &[0.15, 0.16, 0.15]),
        ];
        rows[1].configuration.input = vec!["=a;b\\c, \"d\".csv".into()];
        for place in [0, 2] {
            rows[place].configuration.input = rows[1].configuration.input.clone();
        }
        settle(&mut rows);
        rows
    }

    fn written(id: &str) -> Vec<u8> {
        Exporter::by_id(id).unwrap().content(&rows(), &machine())
    }

    #[test]
    fn what_is_read_back_is_what_was_measured() {
        let (rows, machine) = (rows(), machine());
        let fact = |(number, row)| Fact::of(number, &Record::of(row, &machine));
        let live: Vec<Fact> = (1..).zip(&rows).map(fact).collect();
        assert_eq!(advise(&live).len(), 3, "two works, one of them under the lock as well");
        for exporter in ["csv", "json"] {
            let read = results(&Exporter::by_id(exporter).unwrap().content(&rows, &machine)).unwrap();
            let work = |facts: &[Fact]| facts.iter().map(|fact| fact.work.clone()).collect::<Vec<_>>();
            assert_eq!((work(&read), advise(&read)), (work(&live), advise(&live)), "{exporter}");
            // A number read from JSON may differ in its last bit.
            assert!(exporter == "json" || read == live, "{read:#?}");
        }
    }

    #[test]
    fn what_is_no_export_is_refused_in_one_line() {
        let csv = String::from_utf8(written("csv")).unwrap();
        let json = String::from_utf8(written("json")).unwrap();
        let header = csv.lines().next().unwrap();
        for (content, said) in [
            (String::new(), "is empty"),
            (" \n".to_owned(), "is empty"),
            ("a,b\r\n1,2\r\n".to_owned(), "is no export of partui: it has no column run"),
            (header.replacen(",backend,", ",", 1) + "\r\n", "is no export of partui: it has no column backend"),
            (format!("{header}\r\n"), "holds no results"),
            (
                "run,sample,wall_s\r\n1,0,1\r\n".to_owned(),
                "has one line per sample; partui advise reads --export-csv and --export-json",
            ),
            (csv[..csv.len() - 1].to_owned(), "ends in the middle, in line 6: the file is not whole"),
            (csv[..csv.len() - 40].to_owned(), "ends in the middle, in line 6: the file is not whole"),
            (csv.replacen(",threads,2,", ",threads,two,", 1), "line 3: column workers has \"two\", which is no number"),
            (
                csv.replacen(",threads,2,", ",threads,", 1),
                &format!("line 3 has {} cells, the header {}", COLUMNS.len() - 1, COLUMNS.len()),
            ),
            ("{}".to_owned(), "is no export of partui: it has no schema_version"),
            ("[1]".to_owned(), "is no export of partui: it is no object"),
            (
                json.replacen("\"schema_version\": 1", "\"schema_version\": 2", 1),
                "has schema version 2; this version of partui reads 1",
            ),
            (
                json.replacen("\"backend\": \"threads\"", "\"backend\": 7", 1),
                "result 2: column backend has \"7\", which is none that there is",
            ),
            ("{\"schema_version\": 1, \"results\": 3}".to_owned(), "is no export of partui: results is no list"),
            ("{\"schema_version\": 1, \"results\": []}".to_owned(), "holds no results"),
            (json[..json.len() / 2].to_owned(), "ends in the middle, in line "),
            ("{not}".to_owned(), "is no JSON: key must be a string at line 1 column 2"),
        ] {
            let error = results(content.as_bytes()).expect_err(said).to_string();
            assert!(error.starts_with(said) && !error.contains('\n'), "{error}\n  expected {said}");
        }
        assert_eq!(
            results(b"run,\xff").unwrap_err().to_string(),
            "is no text (byte 5 is not UTF-8): partui advise reads what --export-csv and --export-json write"
        );
    }

    #[test]
    fn columns_may_stand_in_any_order_and_others_beside_them() {
        let csv = String::from_utf8(written("csv")).unwrap();
        let turned = csv.lines().map(|line| format!("new,{line}\r\n")).collect::<Vec<_>>().concat();
        let read = results(format!("\u{feff}{turned}").as_bytes()).unwrap();
        assert_eq!(read, results(csv.as_bytes()).unwrap());
    }
}
