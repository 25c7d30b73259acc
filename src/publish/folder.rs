//! A folder that takes several files, each written as a whole.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Naming, PublishError, Target, no_folder, refused};
use crate::text;

/// Where files go that are made together.
#[derive(Debug)]
pub struct Folder {
    /// The path as given, scrubbed.
    shown: String,
    path: PathBuf,
    force: bool,
}

impl Folder {
    /// Finds out that `path` is an empty folder or can become one, without leaving anything there. With `force`, the folder
    /// may have files in it, and those of the same names will be replaced, as by [`Target::probe`].
    ///
    /// # Errors
    /// A path that is empty or names something else, a folder with something in it, a missing parent, no permission.
    pub fn probe(path: impl AsRef<OsStr>, force: bool) -> Result<Self, PublishError> {
        let path = path.as_ref();
        let shown = text::scrub_os(path);
        match Naming::of(path) {
            Naming::Nothing => return Err(PublishError::Empty),
            Naming::Descriptor(_) => return Err(PublishError::NotFolder { path: shown }),
            Naming::Folder | Naming::File => {}
        }
        let path = std::path::absolute(path).map_err(|source| refused(&shown, source))?;
        let folder = Self { shown, path, force };
        folder.try_out()?;
        Ok(folder)
    }

    /// Makes the folder, or a file in it, and takes that away again.
    fn try_out(&self) -> Result<(), PublishError> {
        let failed = |source| refused(&self.shown, source);
        match fs::metadata(&self.path) {
            Ok(found) if !found.is_dir() => return Err(PublishError::NotFolder { path: self.shown.clone() }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !self.path.parent().is_some_and(Path::is_dir) {
                    return Err(no_folder(&self.path, self.shown.clone()));
                }
                return fs::create_dir(&self.path).and_then(|()| fs::remove_dir(&self.path)).map_err(failed);
            }
            Err(error) => return Err(failed(error)),
        }
        if !self.force && fs::read_dir(&self.path).map_err(failed)?.next().is_some() {
            return Err(PublishError::NotEmpty { path: self.shown.clone() });
        }
        tempfile::Builder::new().prefix(super::TEMPORARY_PREFIX).tempfile_in(&self.path).map(drop).map_err(failed)
    }

    /// Writes one file, in folders below this one that are made where they are not there.
    ///
    /// # Errors
    /// A name that leads elsewhere, and as for [`Target::finish`].
    pub fn finish(&self, name: &Path, bytes: &[u8]) -> Result<(), PublishError> {
        let path = self.path.join(name);
        let stays_below = name.components().all(|part| matches!(part, Component::Normal(_)));
        if !stays_below || name.as_os_str().is_empty() {
            return Err(PublishError::NotOurs { path: text::scrub_os(&path) });
        }
        let parent = path.parent().unwrap_or(&self.path);
        fs::create_dir_all(parent).map_err(|source| refused(&text::scrub_os(parent), source))?;
        Target::probe(&path, self.force)?.finish(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path, force: bool) -> String {
        Folder::probe(path, force).unwrap_err().to_string()
    }

    #[test]
    fn files_go_into_a_new_folder() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("new");
        let folder = Folder::probe(&path, false).unwrap();
        assert!(!path.exists(), "a probe leaves nothing behind");
        folder.finish(Path::new("a.png"), b"one").unwrap();
        folder.finish(Path::new("deep/er/b.png"), b"two").unwrap();
        assert_eq!(fs::read(path.join("a.png")).unwrap(), b"one");
        assert_eq!(fs::read(path.join("deep/er/b.png")).unwrap(), b"two");
        let again = folder.finish(Path::new("a.png"), b"three").unwrap_err().to_string();
        assert!(again.ends_with("a.png exists and is not overwritten without --force"), "{again}");
    }

    #[test]
    fn what_stands_there_is_replaced_by_force_only() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.png"), "mine").unwrap();
        assert!(refusal(folder.path(), false).contains(" is not empty, and nothing is put into it without --force"));
        let forced = Folder::probe(folder.path(), true).unwrap();
        forced.finish(Path::new("a.png"), b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("a.png")).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let around = tempfile::tempdir().unwrap();
        let file = around.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(refusal(&file, true).contains("is no folder"));
        assert!(refusal(&around.path().join("no/where"), false).contains("cannot be made, since"));
        assert_eq!(refusal(Path::new("-"), false), "- is no folder, which is what the output needs");
        assert_eq!(refusal(Path::new(""), false), "the path is empty");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let around = tempfile::tempdir().unwrap();
        let folder = Folder::probe(around.path().join("in"), false).unwrap();
        for name in ["../out", "/tmp/partui-out", "a/../../out", ""] {
            assert!(folder.finish(Path::new(name), b"x").is_err(), "{name}");
        }
        assert_eq!(fs::read_dir(around.path()).unwrap().count(), 0);
    }
}
