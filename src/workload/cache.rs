//! Where inputs stand that partui generates itself: written once, whole or not at all, and found again by name and
//! length.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Refusal;
use crate::text::scrub_os;

/// A file that follows from its name.
pub(super) struct Generated<'a> {
    /// Its path inside the cache; anything that its content depends on is in here.
    pub(super) name: PathBuf,
    /// Its length in bytes; 0 where only its making tells, and whatever stands there under its name is whole.
    pub(super) bytes: u64,
    /// Writes exactly that many bytes.
    pub(super) content: &'a dyn Fn(&mut dyn Write) -> io::Result<()>,
}

/// How a file comes about that is not simply a stream of bytes of known length.
pub(super) struct Recipe<'a> {
    /// Its path inside the cache; anything that its content depends on is in here.
    pub(super) name: &'a Path,
    /// Whether what stands at this path is the finished file.
    pub(super) is_whole: &'a dyn Fn(&Path) -> bool,
    /// Makes it: the empty file under another name, and that name.
    pub(super) make: &'a dyn Fn(&File, &Path) -> io::Result<()>,
}

impl Generated<'_> {
    /// The file's place, after it was written where it was not there yet.
    ///
    /// # Errors
    /// No folder that takes it; names the last one tried and why.
    pub(super) fn place(&self) -> Result<PathBuf, Refusal> {
        self.place_in(&folders())
    }

    fn place_in(&self, folders: &[PathBuf]) -> Result<PathBuf, Refusal> {
        let has_length = |length: u64| self.bytes == 0 || length == self.bytes;
        let is_whole = |path: &Path| path.metadata().is_ok_and(|found| found.is_file() && has_length(found.len()));
        let make = |file: &File, _: &Path| {
            let mut out = BufWriter::with_capacity(1 << 18, file);
            (self.content)(&mut out)?;
            out.flush()
        };
        Recipe { name: &self.name, is_whole: &is_whole, make: &make }.place_in(folders)
    }
}

impl Recipe<'_> {
    /// As [`Generated::place`].
    ///
    /// # Errors
    /// As there.
    pub(super) fn place(&self) -> Result<PathBuf, Refusal> {
        self.place_in(&folders())
    }

    fn place_in(&self, folders: &[PathBuf]) -> Result<PathBuf, Refusal> {
        let mut reason = "there is no cache folder and no temporary folder".to_owned();
        for folder in folders {
            match self.written_in(folder) {
                Ok(path) => return Ok(path),
                Err(error) => reason = format!("{}: {error}", scrub_os(folder)),
            }
        }
        Err(Refusal::new(
            "input",
            "(generated)",
            format!("the default input cannot be written ({reason}); name an input of your own"),
        ))
    }

    fn written_in(&self, folder: &Path) -> io::Result<PathBuf> {
        let path = folder.join(self.name);
        if (self.is_whole)(&path) {
            return Ok(path);
        }
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        self.write(&path)?;
        Ok(path)
    }

    /// Writes beside the final name and renames. The unfinished file has a fixed name, so that a killed run leaves at
    /// most one behind, which the next one takes over; its lock keeps two runs from writing it at once.
    fn write(&self, path: &Path) -> io::Result<()> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&unfinished)?;
        file.lock()?;
        if (self.is_whole)(path) {
            // Another run finished while this one waited, and the file held open here may be the finished one.
            return Ok(());
        }
        let made = file.set_len(0).and_then(|()| (self.make)(&file, Path::new(&unfinished)));
        made.and_then(|()| fs::rename(&unfinished, path)).inspect_err(|_| {
            // The reason for the failure matters more than whether its remains could be removed.
            let _ = fs::remove_file(&unfinished);
        })
    }
}

/// The folders to try, best first.
#[cfg(not(test))]
fn folders() -> Vec<PathBuf> {
    folders_from(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"), &env::temp_dir())
}

/// Tests keep out of the user's own folders.
#[cfg(test)]
fn folders() -> Vec<PathBuf> {
    vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache")]
}

/// The user's cache folder as the XDG base directory specification has it, which ignores relative paths; then a folder
/// of the user's own among the temporary files.
fn folders_from(cache: Option<OsString>, home: Option<OsString>, temporary: &Path) -> Vec<PathBuf> {
    let absolute = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    let user = absolute(cache).or_else(|| absolute(home).map(|home| home.join(".cache")));
    let own = format!("partui-{}", rustix::process::getuid().as_raw());
    user.map(|folder| folder.join("partui")).into_iter().chain([temporary.join(own)]).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn folders_follow_the_environment() {
        let temporary = format!("/t/partui-{}", rustix::process::getuid().as_raw());
        for (cache, home, expected) in [
            (Some("/c"), Some("/h"), Some("/c/partui")),
            (Some("relative"), Some("/h"), Some("/h/.cache/partui")),
            (Some(""), Some("/h"), Some("/h/.cache/partui")),
            (None, Some("h"), None),
            (None, None, None),
        ] {
            let found = folders_from(cache.map(OsString::from), home.map(OsString::from), Path::new("/t"));
            let expected: Vec<PathBuf> = expected.into_iter().chain([&*temporary]).map(PathBuf::from).collect();
            assert_eq!(found, expected, "{cache:?} {home:?}");
        }
    }

    /// Places five bytes and says how often they were written.
    fn place(folders: &[PathBuf], calls: &Cell<u32>) -> Result<PathBuf, Refusal> {
        let content = |out: &mut dyn Write| {
            calls.set(calls.get() + 1);
            out.write_all(b"hello")
        };
        Generated { name: PathBuf::from("a/b.txt"), bytes: 5, content: &content }.place_in(folders)
    }

    #[test]
    fn a_file_is_written_once_and_again_when_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let (folders, calls) = ([folder.path().to_owned()], Cell::new(0));
        let path = place(&folders, &calls).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        place(&folders, &calls).unwrap();
        assert_eq!(calls.get(), 1);
        fs::write(&path, b"hel").unwrap();
        place(&folders, &calls).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), calls.get()), (&b"hello"[..], 2));
    }

    #[test]
    fn remains_of_a_killed_run_are_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/b.txt.part"), b"longer than it should be").unwrap();
        let path = place(&[folder.path().to_owned()], &Cell::new(0)).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"hello");
        assert!(!folder.path().join("a/b.txt.part").exists());
    }

    #[test]
    fn the_next_folder_is_tried_and_the_last_one_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let usable = folder.path().join("usable");
        let found = place(&[file.clone(), usable.clone()], &Cell::new(0)).unwrap();
        assert_eq!(found, usable.join("a/b.txt"));
        let refusal = place(std::slice::from_ref(&file), &Cell::new(0)).unwrap_err();
        assert!(refusal.to_string().contains(&*file.to_string_lossy()), "{refusal}");
    }
}
