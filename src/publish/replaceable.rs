//! Ordinary files, replaced as a whole: written beside themselves and renamed into place.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{PublishError, TEMPORARY_PREFIX, Write, no_folder, refused};

/// By what right the next rename takes the name.
#[derive(Debug)]
pub(super) enum Claim {
    /// Nothing stood there at the probe: the name is taken only if that is still so.
    New,
    /// The user gave up what stands there, if anything does; its permissions carry over.
    Forced(Option<Permissions>),
    /// Our own file stands there. It is held open so that its inode number cannot be given to another file.
    Ours(File),
}

/// An ordinary file, replaced as a whole.
#[derive(Debug)]
pub(super) struct Replaceable {
    pub(super) path: PathBuf,
    folder: PathBuf,
    claim: Claim,
}

impl Replaceable {
    pub(super) fn probe(path: PathBuf, claim: Claim, shown: &str) -> Result<Self, PublishError> {
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        if !folder.is_dir() {
            return Err(no_folder(&path, shown.to_owned()));
        }
        let file = Self { path, folder, claim };
        drop(file.temporary().map_err(|source| refused(shown, source))?);
        Ok(file)
    }

    /// A new file beside the target, removed when dropped. The mode is what any new file gets: all may read and write,
    /// less the user's mask.
    fn temporary(&self) -> io::Result<tempfile::NamedTempFile> {
        tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .suffix(".tmp")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(&self.folder)
            .map_err(|error| without_path(&error))
    }

    pub(super) fn replace(&mut self, write: Write<'_>, shown: &str) -> Result<(), PublishError> {
        let written = self.written_beside(write).map_err(|source| refused(shown, source))?;
        let file = if self.may_overwrite(shown)? {
            written.persist(&self.path).map_err(|error| refused(shown, error.error))?
        } else {
            written.persist_noclobber(&self.path).map_err(|error| refused(shown, error.error))?
        };
        self.claim = Claim::Ours(file);
        self.settle().map_err(|source| refused(shown, source))
    }

    /// All that is written, safely on the disk under a temporary name.
    fn written_beside(&self, write: Write<'_>) -> io::Result<tempfile::NamedTempFile> {
        let mut temporary = self.temporary()?;
        let permissions = match &self.claim {
            Claim::New => None,
            Claim::Forced(permissions) => permissions.clone(),
            Claim::Ours(file) => Some(file.metadata()?.permissions()),
        };
        if let Some(permissions) = permissions {
            temporary.as_file().set_permissions(permissions)?;
        }
        write(temporary.as_file_mut())?;
        temporary.as_file().sync_all()?;
        Ok(temporary)
    }

    /// Whether the rename may replace what stands at the path, or must find nothing there.
    fn may_overwrite(&self, shown: &str) -> Result<bool, PublishError> {
        let ours = match &self.claim {
            Claim::New => return Ok(false),
            Claim::Forced(_) => return Ok(true),
            Claim::Ours(file) => file.metadata().map_err(|source| refused(shown, source))?,
        };
        match fs::symlink_metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (ours.dev(), ours.ino()) => Ok(true),
            Ok(_) => Err(PublishError::NotOurs { path: shown.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(refused(shown, error)),
        }
    }

    /// Makes the new name itself survive a crash of the machine. A folder that may be written but not read, or a file
    /// system without this service, leaves that to the system.
    fn settle(&self) -> io::Result<()> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        match synced {
            Err(error) if !matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput) => {
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

/// The error without the temporary file's name, which nobody has given.
fn without_path(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let reason = text.split_once(" at path ").map_or(text.as_str(), |(reason, _)| reason);
    io::Error::new(error.kind(), reason.to_owned())
}
