//! Where the kernel's facts are read from: the real `/`, or a tree that a test has built.
//!
//! Paths are written as the kernel shows them (`/proc/self/status`), so that a reason can name the file that it rests on.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The directory that stands for `/`.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// Facts are small; a file that never ends must not take the program with it.
    const LONGEST_FILE: u64 = 1 << 20;

    /// This computer.
    #[must_use]
    pub fn system() -> Self {
        Self(PathBuf::from("/"))
    }

    /// The tree below `directory`.
    #[must_use]
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// The first mebibyte of the file at the absolute `path`, with replacement characters where it is not UTF-8; `None`
    /// where it cannot be read.
    #[must_use]
    pub fn read(&self, path: impl AsRef<Path>) -> Option<String> {
        let path = path.as_ref();
        let file = File::open(self.0.join(path.strip_prefix("/").unwrap_or(path))).ok()?;
        let mut bytes = Vec::new();
        file.take(Self::LONGEST_FILE).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The rest of the first line of `text` that starts with `key`, trimmed.
#[must_use]
pub(super) fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim)
}

/// Trees of files for the tests of this room.
#[cfg(test)]
pub(super) mod fake {
    use super::Root;
    use std::fs;
    use std::path::Path;

    /// A temporary tree that lives as long as this value.
    pub(crate) struct Tree(tempfile::TempDir);

    impl Tree {
        /// The given files, by their absolute paths.
        pub(crate) fn with(files: &[(&str, &str)]) -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            for (path, content) in files {
                tree.write(path, content);
            }
            tree
        }

        pub(crate) fn write(&self, path: impl AsRef<Path>, content: &str) {
            let path = self.0.path().join(path.as_ref().strip_prefix("/").unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }

        pub(crate) fn root(&self) -> Root {
            Root::at(self.0.path())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::Tree;
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_never_beyond() {
        let tree = Tree::with(&[("/a/long", &"x".repeat(3 << 20)), ("/a/short", "y\n")]);
        assert_eq!(tree.root().read("/a/long").map(|text| text.len()), Some(1 << 20));
        assert_eq!(tree.root().read("/a/short").as_deref(), Some("y\n"));
        assert_eq!(tree.root().read("/a/none"), None);
        assert_eq!(tree.root().read("/a"), None, "a directory is no file");
        assert_eq!(Root::system().read("/dev/zero").map(|text| text.len()), Some(1 << 20));
    }

    #[test]
    fn a_field_is_found_at_the_start_of_a_line_only() {
        let text = "Name:\tVmHWM: 1 kB\nVmHWM:\t  820 kB\n";
        assert_eq!(field(text, "VmHWM:"), Some("820 kB"));
        assert_eq!(field(text, "VmRSS:"), None);
    }
}
