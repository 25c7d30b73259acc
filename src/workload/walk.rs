//! Which files an input names: files as given, and everything below folders.
//!
//! Links to files are read through, as `sha256sum` does. Links to folders are not followed below the input, so that a
//! circle of links cannot trap the walk; a folder given as input may be a link itself.

use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Refusal, Survey, SurveyedFile};
use crate::text::scrub_os;
use crate::units::grouped;

/// The most files of one job: their plan fits into memory with room to spare.
const MOST: usize = 1_000_000;

/// The most skipped paths that are named.
const NAMED: usize = 5;

/// All files of the input, sorted by the bytes of their paths, each once.
///
/// # Errors
/// A path that is not there, a folder that cannot be listed, no file at all, or too many.
pub(in crate::workload) fn survey(input: &[PathBuf]) -> Result<Survey, Refusal> {
    let mut walk = Walk::default();
    for path in input {
        walk.start(path)?;
    }
    walk.files.sort_by(|one, other| bytes(&one.path).cmp(bytes(&other.path)));
    walk.files.dedup_by(|one, other| bytes(&one.path) == bytes(&other.path));
    if walk.files.is_empty() {
        return Err(no_files(input));
    }
    Ok(Survey { notes: walk.notes(), files: walk.files, ..Survey::default() })
}

/// Whether there is any file, looking no further than the first file.
///
/// # Errors
/// As for [`survey`], as far as that look goes.
pub(in crate::workload) fn has_files(input: &[PathBuf]) -> Result<(), Refusal> {
    let mut walk = Walk { first_only: true, ..Walk::default() };
    for path in input {
        walk.start(path)?;
    }
    if walk.files.is_empty() { Err(no_files(input)) } else { Ok(()) }
}

/// The whole path as bytes; comparing paths themselves would ignore doubled slashes.
fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

fn no_files(input: &[PathBuf]) -> Refusal {
    let paths: Vec<String> = input.iter().map(scrub_os).collect();
    Refusal::new("input", paths.join(" "), "there is no file in it")
}

#[derive(Default)]
struct Walk {
    /// Whether to stop at the first file of each input path.
    first_only: bool,
    files: Vec<SurveyedFile>,
    /// How many entries were no files, and the names of the first of them.
    skipped: usize,
    named: Vec<String>,
}

impl Walk {
    /// Walks one path of the input.
    fn start(&mut self, path: &Path) -> Result<(), Refusal> {
        let found = fs::metadata(path).map_err(|error| refused(path, &error))?;
        if !found.is_dir() {
            return self.file_or_other(path.to_owned(), &found);
        }
        let already = self.files.len();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            if self.first_only && self.files.len() > already {
                break;
            }
            self.list(&folder, &mut folders)?;
        }
        Ok(())
    }

    /// Takes the files of one folder and puts its folders onto the pile.
    fn list(&mut self, folder: &Path, folders: &mut Vec<PathBuf>) -> Result<(), Refusal> {
        for entry in fs::read_dir(folder).map_err(|error| refused(folder, &error))? {
            let entry = entry.map_err(|error| refused(folder, &error))?;
            let kind = entry.file_type().map_err(|error| refused(&entry.path(), &error))?;
            if kind.is_dir() {
                folders.push(entry.path());
                continue;
            }
            match fs::metadata(entry.path()) {
                Ok(found) => self.file_or_other(entry.path(), &found)?,
                Err(_) => self.skip(&entry.path()),
            }
        }
        Ok(())
    }

    fn file_or_other(&mut self, path: PathBuf, found: &Metadata) -> Result<(), Refusal> {
        if !found.is_file() {
            self.skip(&path);
        } else if self.files.len() < MOST {
            self.files.push(SurveyedFile { path, bytes: found.len(), starts: Vec::new() });
        } else {
            let limit = format!("there are more than {} files; name fewer", grouped(MOST as u64));
            return Err(Refusal::new("input", scrub_os(&path), limit));
        }
        Ok(())
    }

    /// Counts an entry that is no file: a device, a pipe, a socket, a link to a folder or to nothing.
    fn skip(&mut self, path: &Path) {
        self.skipped += 1;
        if self.named.len() < NAMED {
            self.named.push(scrub_os(path));
        }
    }

    fn notes(&self) -> Vec<String> {
        if self.skipped == 0 {
            return Vec::new();
        }
        let more = if self.skipped > self.named.len() { ", …" } else { "" };
        vec![format!("{} skipped, not ordinary files: {}{more}", self.skipped, self.named.join(", "))]
    }
}

fn refused(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::new("input", scrub_os(path), format!("cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn files_come_sorted_by_bytes_and_oddities_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/deep")).unwrap();
        for (name, content) in [("a/z", "1"), ("a/deep/y", "22"), ("a.txt", ""), ("B", "4444")] {
            fs::write(at(name), content).unwrap();
        }
        symlink(folder.path(), at("a/circle")).unwrap();
        symlink("nowhere", at("a/broken")).unwrap();
        symlink(at("B"), at("link")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        let survey = survey(&[folder.path().to_owned(), folder.path().join("B")]).unwrap();
        let found: Vec<(String, u64)> = survey
            .files
            .iter()
            .map(|file| (file.path.strip_prefix(folder.path()).unwrap().display().to_string(), file.bytes))
            .collect();
        let expected = [("B", 4), ("a.txt", 0), ("a/deep/y", 2), ("a/z", 1), ("link", 4)];
        assert_eq!(found, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
        assert_eq!(survey.notes.len(), 1);
        assert!(survey.notes[0].starts_with("3 skipped"), "{}", survey.notes[0]);
    }

    #[test]
    fn a_path_keeps_the_form_in_which_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x"), "").unwrap();
        let given = PathBuf::from(format!("{}/./", folder.path().display()));
        let survey = survey(std::slice::from_ref(&given)).unwrap();
        assert_eq!(bytes(&survey.files[0].path), format!("{}x", given.display()).as_bytes());
    }

    #[test]
    fn what_holds_no_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        for (path, reason) in [("empty", "no file"), ("missing\n", r"missing\n: cannot be read")] {
            let input = [folder.path().join(path)];
            for refusal in [survey(&input).unwrap_err(), has_files(&input).unwrap_err()] {
                assert!(refusal.to_string().contains(reason), "{refusal}");
            }
        }
    }
}
