//! The log of this process: a file without a name, so that nothing is left behind however a run ends.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::sync::OnceLock;

use crate::workload::LOG_LINE;

/// A log that is longer begins anew, in bytes.
const LONGEST: u64 = 64 << 20;

/// What every line says behind its number.
const TEXT: &[u8] = b" INFO partui.worker: this was written in the background, while something else mattered";

static LOG: OnceLock<File> = OnceLock::new();

/// Writes the lines from number `first` on into the process's log, each by a call of its own; says how many bytes they
/// had.
pub(super) fn log(first: u64, lines: u64) -> io::Result<u64> {
    if LOG.get().is_none() {
        // Of several workers that come first, one has its file taken.
        let _ = LOG.set(tempfile::tempfile()?);
    }
    let file = LOG.get().ok_or(io::ErrorKind::NotFound)?;
    append(file, first, lines)
}

/// Writers share the file's position, which the kernel moves with each write, so that no line gets into another.
fn append(mut file: &File, first: u64, lines: u64) -> io::Result<u64> {
    if file.metadata()?.len() > LONGEST {
        file.set_len(0)?;
        file.rewind()?;
    }
    let mut bytes = 0;
    for number in first..first.saturating_add(lines) {
        let line = line(number);
        file.write_all(&line)?;
        bytes += line.len() as u64;
    }
    Ok(bytes)
}

/// A number of nine digits, the text, and the line's end.
fn line(number: u64) -> [u8; LOG_LINE] {
    let mut line = [b'.'; LOG_LINE];
    let mut left = number;
    for digit in line[..9].iter_mut().rev() {
        *digit = b"0123456789"[(left % 10) as usize];
        left /= 10;
    }
    line[9..9 + TEXT.len()].copy_from_slice(TEXT);
    line[LOG_LINE - 1] = b'\n';
    line
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn lines_of_many_writers_stay_whole_and_none_is_lost() {
        let file = tempfile::tempfile().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let file = &file;
                scope.spawn(move || assert_eq!(append(file, writer * 100, 100).unwrap(), 100 * LOG_LINE as u64));
            }
        });
        let mut text = String::new();
        (&file).rewind().unwrap();
        (&file).read_to_string(&mut text).unwrap();
        let mut numbers: Vec<u64> = text.lines().map(|line| line[..9].parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..400).collect::<Vec<_>>());
        assert!(text.lines().all(|line| line.len() == LOG_LINE - 1 && line[9..].starts_with(" INFO")));
    }

    #[test]
    fn a_log_that_is_too_long_begins_anew() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(LONGEST + 1).unwrap();
        append(&file, 0, 2).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 2 * LOG_LINE as u64);
    }
}
