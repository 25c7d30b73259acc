//! Results as files for other programs: one file per format, and one table that lists them.

mod csv;
mod json;
mod markdown;
pub mod reading;
mod samples;
mod session;
mod trace;

pub use self::samples::{SAMPLE_COLUMNS, SampleColumn};
pub use self::session::{Destination, ExportError, Exports, TRACE};

use crate::machine::Machine;
use crate::results::{Record, ResultRow};

/// A format.
#[derive(Debug)]
pub struct Exporter {
    /// The name in flags (`--export-csv`) and menus.
    pub id: &'static str,
    /// What its file names end in, without dot.
    pub extension: &'static str,
    /// One line: what it holds.
    pub summary: &'static str,
    /// The whole content of a file.
    write: fn(&[Record<'_>], &Machine) -> Vec<u8>,
}

/// All formats, in the order in which people see them.
pub const EXPORTERS: &[Exporter] = &[
    Exporter {
        id: "csv",
        extension: "csv",
        summary: "one line per result (partui list columns explains each column)",
        write: |records, _| csv::results(records),
    },
    Exporter {
        id: "samples",
        extension: "csv",
        summary: "one line per sample, as CSV",
        write: |records, _| samples::samples(records),
    },
    Exporter {
        id: "markdown",
        extension: "md",
        summary: "the table as GitHub Markdown, with a sentence per row that says why",
        write: |records, _| markdown::tables(records),
    },
    Exporter {
        id: "json",
        extension: "json",
        summary: "everything: results with their samples, settings, warnings and the machine",
        write: json::document,
    },
];

impl Exporter {
    /// The format with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<&'static Self> {
        EXPORTERS.iter().find(|exporter| exporter.id == id)
    }

    /// The content of a file with those of `rows` that are finished, measured on `machine`.
    #[must_use]
    pub fn content(&self, rows: &[ResultRow], machine: &Machine) -> Vec<u8> {
        let finished = rows.iter().filter(|row| row.is_finished());
        let records: Vec<Record<'_>> = finished.map(|row| Record::of(row, machine)).collect();
        (self.write)(&records, machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Status;
    use crate::results::fixture::{machine, row};
    use crate::spec::BackendId::Threads;

    #[test]
    fn ids_are_unique_and_every_format_says_what_it_holds() {
        for exporter in EXPORTERS {
            assert_eq!(EXPORTERS.iter().filter(|other| other.id == exporter.id).count(), 1, "{}", exporter.id);
            assert!(!exporter.summary.is_empty() && !exporter.extension.starts_with('.'));
        }
        assert!(Exporter::by_id("csv").is_some() && Exporter::by_id("xls").is_none());
    }

    #[test]
    fn every_format_leaves_out_what_still_runs_and_nothing_else() {
        let states = [Status::Running, Status::Ok, Status::Divergent, Status::Failed, Status::Cancelled];
        let rows = states.map(|status| row(Threads, 2).walls(&[1.0]).status(status).done());
        for exporter in EXPORTERS {
            let content = exporter.content(&rows, &machine());
            for left_out in &rows {
                let others: Vec<_> = rows.iter().filter(|row| row.run != left_out.run).cloned().collect();
                let is_in = exporter.content(&others, &machine()) != content;
                assert_eq!(is_in, left_out.is_finished(), "{}: {:?}", exporter.id, left_out.status);
            }
        }
    }
}
