//! The files of a job: their common header, and where their slices start.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::super::{Refusal, Survey, SurveyedFile};
use super::boundaries::{self, Slices};
use super::slice::records;
use crate::text::{scrub, scrub_os};
use crate::units::{Bytes, grouped};

/// The most bytes of a header.
const LONGEST_HEADER: u64 = 1 << 20;

/// The most bytes of a slice, which is held in memory as a whole.
const LONGEST_SLICE: u64 = 256 << 20;

/// The most slices of a job.
const MOST_SLICES: usize = 1_000_000;

/// The names of the columns, which all files must have in the same order.
///
/// # Errors
/// A path that is no readable file, a file without header, or one whose header differs from the first one's.
pub(in crate::workload) fn columns(files: &[PathBuf]) -> Result<Vec<String>, Refusal> {
    let mut common: Option<Vec<String>> = None;
    for file in files {
        let found = header(file)?;
        match &common {
            Some(first) if *first != found => {
                let (found, first) = (found.join(","), first.join(","));
                let reason = format!("its header is {}, that of the first file {}", scrub(&found), scrub(&first));
                return Err(refused(file, reason));
            }
            Some(_) => {}
            None => common = Some(found),
        }
    }
    Ok(common.unwrap_or_default())
}

fn header(path: &Path) -> Result<Vec<String>, Refusal> {
    let mut records = records(open(path)?.take(LONGEST_HEADER));
    match records.byte_records().next() {
        Some(Ok(record)) => Ok(record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()),
        Some(Err(error)) => Err(refused(path, format!("cannot be read: {error}"))),
        None => Err(refused(path, "is empty; its first line must name the columns")),
    }
}

/// Opens an ordinary file; anything else might block for ever.
fn open(path: &Path) -> Result<File, Refusal> {
    let unreadable = |error| refused(path, format!("cannot be read: {error}"));
    let found = path.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err(refused(path, "is no file"));
    }
    File::open(path).map_err(unreadable)
}

/// Cuts all files into slices of about `size` bytes.
///
/// # Errors
/// As for [`columns`]; no record at all; a slice that would not fit into memory; too many slices.
pub(super) fn survey(files: &[PathBuf], size: u64) -> Result<Survey, Refusal> {
    let columns = columns(files)?;
    let files = files.iter().map(|file| surveyed(file, size)).collect::<Result<Vec<_>, _>>()?;
    match files.iter().map(|file| file.starts.len()).sum() {
        0 => Err(refused(&files[0].path, "there is no record below the header")),
        1..=MOST_SLICES => Ok(Survey { files, columns, ..Survey::default() }),
        slices => {
            let limit = format!(
                "that makes {} slices; at most {} can be planned",
                grouped(slices as u64),
                grouped(MOST_SLICES as u64)
            );
            Err(Refusal::new("size", Bytes(size), limit))
        }
    }
}

fn surveyed(path: &Path, size: u64) -> Result<SurveyedFile, Refusal> {
    let file = open(path)?;
    let unreadable = |error| refused(path, format!("cannot be read: {error}"));
    let bytes = file.metadata().map_err(unreadable)?.len();
    let text = BufReader::with_capacity(1 << 18, file.take(bytes));
    let Slices { starts, longest } = boundaries::slices(text, size).map_err(unreadable)?;
    if longest > LONGEST_SLICE {
        let reason = format!("has a slice of {}; is there a quote that is never closed?", Bytes(longest));
        return Err(refused(path, reason));
    }
    Ok(SurveyedFile { path: path.to_owned(), bytes, starts })
}

fn refused(path: &Path, reason: impl Into<String>) -> Refusal {
    Refusal::new("input", scrub_os(path), reason)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_no_table_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let good = at("good", "a,b\n1,2\n");
        let other = at("other", "a,c\n1,2\n");
        let empty = at("empty", "\n\n");
        let only_header = at("header", "a,b\n");
        for (files, expected) in [
            (vec![folder.path().to_owned()], "is no file"),
            (vec![folder.path().join("missing")], "missing: cannot be read: "),
            (vec![good.clone(), other], "other: its header is a,c, that of the first file a,b"),
            (vec![empty], "is empty; its first line must name the columns"),
            (vec![only_header.clone()], "there is no record below the header"),
        ] {
            let refusal = survey(&files, 1_000).unwrap_err();
            assert!(refusal.to_string().starts_with("--input /"), "{refusal}");
            assert!(refusal.to_string().contains(expected), "{refusal}");
        }
        assert_eq!(survey(&[good, only_header], 1_000).unwrap().columns, ["a", "b"]);
    }
}
