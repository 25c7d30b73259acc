//! Writing a file so that no reader ever sees half of it, and no other file is lost to it.
//!
//! What a path names is decided once, before anything is measured: [`Target::probe`]. An ordinary file is written beside
//! itself and renamed into place; standard output, devices and named pipes can only be streamed to, once, at the end.
//! This room knows bytes and paths, not what is exported.

mod folder;
mod replaceable;
mod stream;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::{self, Metadata, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

pub use self::folder::Folder;
use self::replaceable::{Claim, Replaceable};
use self::stream::Stream;
use crate::text;

/// What the names of unfinished files start with, so that those of a killed run can be recognised.
pub const TEMPORARY_PREFIX: &str = ".partui-";

/// Why nothing can be, or was, written to a path. Paths in here are scrubbed and safe to print.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// No path at all.
    #[error("the path is empty")]
    Empty,
    /// A folder, or a name that only a folder can have.
    #[error("{path} names a folder, not a file")]
    Folder {
        /// The path as given.
        path: String,
    },
    /// Something else where a folder is wanted.
    #[error("{path} is no folder, which is what the output needs")]
    NotFolder {
        /// The path as given.
        path: String,
    },
    /// A folder that has something in it.
    #[error("{path} is not empty, and nothing is put into it without --force")]
    NotEmpty {
        /// The path as given.
        path: String,
    },
    /// There is a file already; it may also have appeared since the probe.
    #[error("{path} exists and is not overwritten without --force")]
    Exists {
        /// The path as given.
        path: String,
    },
    /// A symbolic link, wherever it leads.
    #[error("{path} is a symbolic link; it is not followed, and replaced only with --force")]
    SymbolicLink {
        /// The path as given.
        path: String,
    },
    /// The folder that the file would stand in is missing or is no folder.
    #[error("{path} cannot be made, since {folder} is no folder")]
    NoFolder {
        /// The path as given.
        path: String,
        /// Its parent.
        folder: String,
    },
    /// The user may not write there.
    #[error("no permission to write {path}")]
    NoPermission {
        /// The path as given.
        path: String,
    },
    /// A named pipe that would block for ever.
    #[error("{path} is a named pipe that no program reads")]
    NoReader {
        /// The path as given.
        path: String,
    },
    /// A block device or a socket.
    #[error("{path} is a {kind}, which is never written to")]
    Unsuitable {
        /// The path as given.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// Another program put its own file where ours was.
    #[error("{path} was replaced by another program and is left alone")]
    NotOurs {
        /// The path as given.
        path: String,
    },
    /// Anything else that the operating system refuses: a full disk, a broken pipe, an overlong name.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The path as given.
        path: String,
        /// What it said.
        source: io::Error,
    },
}

/// Whether bytes can already be read where they were published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Delivery {
    /// The file holds exactly these bytes.
    Written,
    /// A stream takes everything once, from [`Target::finish`]; nothing was sent.
    Deferred,
}

/// Writes the whole content of a file, piece by piece.
type Write<'a> = &'a mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>;

/// Where an export goes.
#[derive(Debug)]
pub struct Target {
    /// The path as given, scrubbed.
    shown: String,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    File(Replaceable),
    Stream(Stream),
}

impl Target {
    /// Finds out what `path` names and that it can be written, without changing anything there.
    ///
    /// `-`, `/dev/stdout` and `/dev/fd/1` are standard output; other `/dev/fd/N`, character devices and named pipes are
    /// opened here and streamed to. Everything else becomes an ordinary file, for which a temporary file is made and
    /// removed again beside it. With `force`, an existing ordinary file is replaced, keeping its permissions, and so is a
    /// symbolic link *itself*: what it leads to is never touched.
    ///
    /// # Errors
    /// Every [`PublishError`] but [`PublishError::NotOurs`]. Never blocks.
    pub fn probe(path: impl AsRef<OsStr>, force: bool) -> Result<Self, PublishError> {
        let path = path.as_ref();
        let shown = text::scrub_os(path);
        let sink = match Naming::of(path) {
            Naming::Nothing => return Err(PublishError::Empty),
            Naming::Folder => return Err(PublishError::Folder { path: shown }),
            Naming::Descriptor(number) => Stream::to_descriptor(&shown, number).map(Sink::Stream)?,
            Naming::File => probe_name(Path::new(path), &shown, force)?,
        };
        Ok(Self { shown, sink })
    }

    /// The path for people: as given, but safe to print.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The absolute path of an ordinary file; `None` for a stream.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.sink {
            Sink::File(file) => Some(&file.path),
            Sink::Stream(_) => None,
        }
    }

    /// Whether this is the program's standard output, onto which then nothing else should be printed.
    #[must_use]
    pub fn is_stdout(&self) -> bool {
        matches!(&self.sink, Sink::Stream(stream) if stream.is_stdout)
    }

    /// Makes `bytes` the whole content of the file, in one step that survives a crash at any point; may be called again
    /// and again as the content grows. Streams would repeat themselves and wait for [`Target::finish`].
    ///
    /// # Errors
    /// The file stays as it was, no temporary file stays behind, and the call may be repeated.
    pub fn publish(&mut self, bytes: &[u8]) -> Result<Delivery, PublishError> {
        match &mut self.sink {
            Sink::File(file) => file.replace(&mut |out| out.write_all(bytes), &self.shown).map(|()| Delivery::Written),
            Sink::Stream(_) => Ok(Delivery::Deferred),
        }
    }

    /// Writes the final content, to every kind of target. May block for as long as the reader of a stream does.
    ///
    /// # Errors
    /// As for [`Target::publish`]. A stream may have taken a part: repeated with the same bytes, the call goes on behind it.
    pub fn finish(&mut self, bytes: &[u8]) -> Result<(), PublishError> {
        self.finish_with(|out| out.write_all(bytes))
    }

    /// As [`Target::finish`], for content that is written piece by piece: it need never be in memory as a whole.
    ///
    /// # Errors
    /// As for [`Target::finish`], or what `write` itself meets.
    pub fn finish_with(&mut self, write: impl Fn(&mut dyn io::Write) -> io::Result<()>) -> Result<(), PublishError> {
        let mut buffered = |out: &mut dyn io::Write| {
            let mut out = BufWriter::new(out);
            write(&mut out)?;
            out.flush()
        };
        match &mut self.sink {
            Sink::File(file) => file.replace(&mut buffered, &self.shown),
            Sink::Stream(stream) => {
                let sent = stream.content().and_then(|mut content| buffered(&mut content));
                sent.map_err(|source| refused(&self.shown, source))
            }
        }
    }
}

/// What can be said of a path without looking at the disk.
#[derive(Debug, PartialEq, Eq)]
enum Naming {
    Nothing,
    Folder,
    Descriptor(u32),
    File,
}

impl Naming {
    fn of(path: &OsStr) -> Self {
        let bytes = path.as_bytes();
        let last = bytes.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        match bytes {
            b"" => Self::Nothing,
            b"-" | b"/dev/stdout" => Self::Descriptor(1),
            b"/dev/stderr" => Self::Descriptor(2),
            _ if matches!(last, b"" | b"." | b"..") => Self::Folder,
            _ => descriptor_number(path).map_or(Self::File, Self::Descriptor),
        }
    }
}

/// The N of `/dev/fd/N` and `/proc/self/fd/N`. These are links, but to what the user has opened and named.
fn descriptor_number(path: &OsStr) -> Option<u32> {
    let path = path.to_str()?;
    let number = path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"))?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

fn probe_name(path: &Path, shown: &str, force: bool) -> Result<Sink, PublishError> {
    let path = std::path::absolute(path).map_err(|source| refused(shown, source))?;
    let shown = shown.to_owned();
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let claim = if force { Claim::Forced(None) } else { Claim::New };
            return Replaceable::probe(path, claim, &shown).map(Sink::File);
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(no_folder(&path, shown)),
        Err(error) => return Err(refused(&shown, error)),
    };
    let kind = found.file_type();
    if kind.is_fifo() || kind.is_char_device() {
        return Stream::to_path(&path, &shown).map(Sink::Stream);
    }
    if kind.is_dir() {
        return Err(PublishError::Folder { path: shown });
    }
    if kind.is_block_device() || kind.is_socket() {
        let kind = if kind.is_socket() { "socket" } else { "block device" };
        return Err(PublishError::Unsuitable { path: shown, kind });
    }
    match (force, kind.is_symlink()) {
        (false, true) => Err(PublishError::SymbolicLink { path: shown }),
        (false, false) => Err(PublishError::Exists { path: shown }),
        (true, _) => Replaceable::probe(path, Claim::Forced(permissions_of(&found)), &shown).map(Sink::File),
    }
}

/// The permissions that a file replacing the found one is to have; `None` for a link, which has none of its own.
fn permissions_of(found: &Metadata) -> Option<Permissions> {
    found.is_file().then(|| Permissions::from_mode(found.mode() & 0o777))
}

fn no_folder(path: &Path, shown: String) -> PublishError {
    let folder = text::scrub_os(path.parent().unwrap_or(Path::new("/")));
    PublishError::NoFolder { path: shown, folder }
}

/// The sentence for a refusal by the operating system.
fn refused(shown: &str, source: io::Error) -> PublishError {
    let path = shown.to_owned();
    match source.kind() {
        io::ErrorKind::AlreadyExists => PublishError::Exists { path },
        io::ErrorKind::PermissionDenied => PublishError::NoPermission { path },
        io::ErrorKind::IsADirectory => PublishError::Folder { path },
        _ => PublishError::Io { path, source },
    }
}
