//! The exports of one run: where each goes is settled before anything is measured, and each result is on the disk as soon
//! as it is finished.

use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::Arc;

use super::{Exporter, trace};
use crate::board::Recording;
use crate::machine::Machine;
use crate::publish::{PublishError, Target};
use crate::results::ResultRow;

/// One export that was asked for.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The format.
    pub exporter: &'static Exporter,
    /// A file's path, or `-` for standard output.
    pub path: OsString,
}

/// Why an export cannot be, or was not, written. No result is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What the path says, or what the operating system says to it.
    #[error("--export-{exporter}: {source}")]
    Publish {
        /// The format's id.
        exporter: &'static str,
        /// Why.
        source: PublishError,
    },
    /// There is no file to keep what workers do until it is exported.
    #[error("--export-trace: no temporary file: {0}")]
    Recording(#[source] io::Error),
    /// One would replace the other.
    #[error("--export-{exporter} and --export-{other} both name {path}")]
    SamePath {
        /// The format's id.
        exporter: &'static str,
        /// The id of the format that was first.
        other: &'static str,
        /// The path as given, scrubbed.
        path: String,
    },
}

/// All exports of a run, each to its own target.
#[derive(Debug, Default)]
pub struct Exports {
    results: Vec<Export>,
    trace: Option<Trace>,
}

/// What workers do is recorded while they do it, and written when all is over.
#[derive(Debug)]
struct Trace {
    recording: Arc<Recording>,
    target: Target,
}

/// What the export of traces is called, as the other formats by their ids.
pub const TRACE: &str = "trace";

#[derive(Debug)]
struct Export {
    exporter: &'static Exporter,
    target: Target,
}

impl Exports {
    /// Settles where each export goes, changing nothing there; existing files are replaced only with `force`.
    ///
    /// # Errors
    /// The first destination that cannot be written, or that another one has already.
    pub fn probe(destinations: &[Destination], force: bool) -> Result<Self, ExportError> {
        let mut exports: Vec<Export> = Vec::new();
        for Destination { exporter, path } in destinations {
            let target = Target::probe(path, force);
            let target = target.map_err(|source| ExportError::Publish { exporter: exporter.id, source })?;
            if let Some(other) = exports.iter().find(|other| is_same(&other.target, &target)) {
                let path = target.shown().to_owned();
                return Err(ExportError::SamePath { exporter: exporter.id, other: other.exporter.id, path });
            }
            exports.push(Export { exporter, target });
        }
        Ok(Self { results: exports, trace: None })
    }

    /// Settles where a trace goes as well, and answers where the run is to be recorded for it.
    ///
    /// # Errors
    /// A path that cannot be written or that another export has already; a system without room for the recording.
    pub fn probe_trace(&mut self, path: &OsStr, force: bool) -> Result<Arc<Recording>, ExportError> {
        let target = Target::probe(path, force);
        let target = target.map_err(|source| ExportError::Publish { exporter: TRACE, source })?;
        if let Some(other) = self.results.iter().find(|other| is_same(&other.target, &target)) {
            let path = target.shown().to_owned();
            return Err(ExportError::SamePath { exporter: TRACE, other: other.exporter.id, path });
        }
        let recording = Arc::new(Recording::create().map_err(ExportError::Recording)?);
        self.trace = Some(Trace { recording: Arc::clone(&recording), target });
        Ok(recording)
    }

    /// Whether one of them is written to standard output, onto which then nothing else belongs.
    #[must_use]
    pub fn use_stdout(&self) -> bool {
        let results = self.results.iter().map(|export| &export.target);
        results.chain(self.trace.as_ref().map(|trace| &trace.target)).any(Target::is_stdout)
    }

    /// Brings all files up to date with the finished ones of `rows`; to be called after each result. Streams wait for
    /// [`Exports::finish`]. What could not be written is tried again with the next call.
    #[must_use]
    pub fn publish(&mut self, rows: &[ResultRow], machine: &Machine) -> Vec<ExportError> {
        self.each(|exporter, target| match target.path() {
            Some(_) => target.publish(&exporter.content(rows, machine)).map(drop),
            None => Ok(()),
        })
    }

    /// Writes the final state of every export, streams included; an error of one keeps none of the others.
    #[must_use]
    pub fn finish(&mut self, rows: &[ResultRow], machine: &Machine) -> Vec<ExportError> {
        let mut errors = self.each(|exporter, target| target.finish(&exporter.content(rows, machine)));
        let trace = self.trace.as_mut().and_then(|trace| trace.finish(rows).err());
        errors.extend(trace.map(|source| ExportError::Publish { exporter: TRACE, source }));
        errors
    }

    fn each(&mut self, write: impl Fn(&Exporter, &mut Target) -> Result<(), PublishError>) -> Vec<ExportError> {
        let failed = |export: &mut Export| {
            let source = write(export.exporter, &mut export.target).err()?;
            Some(ExportError::Publish { exporter: export.exporter.id, source })
        };
        self.results.iter_mut().filter_map(failed).collect()
    }
}

impl Trace {
    fn finish(&mut self, rows: &[ResultRow]) -> Result<(), PublishError> {
        self.target.finish_with(|out| trace::write(&self.recording, rows, out))
    }
}

/// Whether both end up in the same place, as far as their names tell.
fn is_same(one: &Target, other: &Target) -> bool {
    match (one.path(), other.path()) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.shown() == other.shown() || (one.is_stdout() && other.is_stdout()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::results::Status;
    use crate::results::fixture::{machine, row};
    use crate::spec::BackendId::Threads;

    fn to(id: &str, path: impl AsRef<Path>) -> Destination {
        Destination { exporter: Exporter::by_id(id).unwrap(), path: path.as_ref().into() }
    }

    fn lines(path: &Path) -> usize {
        fs::read_to_string(path).unwrap().lines().count()
    }

    #[test]
    fn files_grow_with_each_result() {
        let folder = tempfile::tempdir().unwrap();
        let [results, samples] = ["results.csv", "samples.csv"].map(|name| folder.path().join(name));
        let mut exports = Exports::probe(&[to("csv", &results), to("samples", &samples)], false).unwrap();
        assert!(!results.exists(), "probing leaves nothing behind");
        let machine = machine();
        let mut rows = [row(Threads, 2).walls(&[1.0, 2.0]).done(), row(Threads, 4).status(Status::Running).done()];
        assert!(exports.publish(&rows, &machine).is_empty());
        assert_eq!((lines(&results), lines(&samples)), (2, 3));
        rows[1].status = Status::Cancelled;
        assert!(exports.finish(&rows, &machine).is_empty());
        assert_eq!((lines(&results), lines(&samples)), (3, 3));
        assert!(!exports.use_stdout());
    }

    #[test]
    fn two_exports_do_not_share_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("both");
        for pair in [[to("csv", &path), to("json", &path)], [to("csv", "-"), to("json", "/dev/stdout")]] {
            let error = Exports::probe(&pair, false).unwrap_err().to_string();
            assert!(error.starts_with("--export-json and --export-csv both name "), "{error}");
        }
        assert!(Exports::probe(&[to("csv", "-")], false).unwrap().use_stdout());
        let mut exports = Exports::probe(&[to("csv", &path)], false).unwrap();
        let error = exports.probe_trace(path.as_os_str(), false).unwrap_err().to_string();
        assert!(error.starts_with("--export-trace and --export-csv both name "), "{error}");
        exports.probe_trace(OsStr::new("-"), false).unwrap();
        assert!(exports.use_stdout());
    }

    #[test]
    fn what_stands_there_is_refused_before_anything_is_measured() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.csv");
        fs::write(&path, "mine").unwrap();
        let error = Exports::probe(&[to("csv", &path)], false).unwrap_err().to_string();
        assert!(error.starts_with("--export-csv: ") && error.ends_with("without --force"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn a_full_disk_is_said_and_keeps_the_other_exports() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        let mut exports = Exports::probe(&[to("json", "/dev/full"), to("csv", &path)], false).unwrap();
        let rows = [row(Threads, 2).walls(&[1.0]).done()];
        assert!(exports.publish(&rows, &machine()).is_empty(), "a stream waits for the end");
        let errors = exports.finish(&rows, &machine());
        assert_eq!(errors.len(), 1);
        assert!(errors[0].to_string().starts_with("--export-json: cannot write /dev/full: "), "{}", errors[0]);
        assert_eq!(lines(&path), 2);
    }
}
