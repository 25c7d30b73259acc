//! Inputs that are lists: a text file with something in each line.

use std::fs;
use std::path::{Path, PathBuf};

use super::Refusal;
use crate::text::scrub_os;

/// The most bytes of a list.
const LONGEST: u64 = 64 << 20;

/// One line of a list.
pub(super) struct Line {
    /// Its list.
    pub(super) path: PathBuf,
    /// Its place in it, from 1.
    pub(super) place: usize,
    /// What is in it, without its end.
    pub(super) text: String,
}

impl Line {
    /// The refusal of a line in which there is not what should be.
    pub(super) fn refused(&self, why: &str) -> Refusal {
        refused(&self.path, &format!("line {} {why}", self.place))
    }
}

/// The lines of all lists, in order; those with nothing but white space are skipped.
///
/// # Errors
/// A list that cannot be read or is too long, and lists without any line.
pub(super) fn lines(input: &[PathBuf], what: &str) -> Result<Vec<Line>, Refusal> {
    let mut all = Vec::new();
    for path in input {
        let length = path.metadata().map_err(|error| refused(path, &error.to_string()))?.len();
        if length > LONGEST {
            return Err(refused(path, "a list may have 64 MiB"));
        }
        let text = fs::read_to_string(path).map_err(|error| refused(path, &error.to_string()))?;
        let line = |(place, text): (usize, &str)| Line { path: path.clone(), place, text: text.to_owned() };
        all.extend((1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()).map(line));
    }
    match input.first() {
        Some(first) if all.is_empty() => Err(refused(first, &format!("there is no {what} in it"))),
        _ => Ok(all),
    }
}

fn refused(path: &Path, why: &str) -> Refusal {
    Refusal::new("input", scrub_os(path), why)
}
