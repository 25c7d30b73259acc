//! Writing a file so that no reader ever sees half of it, and no other file is lost to it.
//!
//! What a path names is decided once, before anything is measured: [`Target::probe`]. An ordinary file is written beside
//! itself and renamed into place; standard output, devices and named pipes can only be streamed to, once, at the end.
//! This room knows bytes and paths, not what is exported.

mod folder;

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

pub use self::folder::Folder;
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
            Sink::File(file) => file.replace(bytes, &self.shown).map(|()| Delivery::Written),
            Sink::Stream(_) => Ok(Delivery::Deferred),
        }
    }

    /// Writes the final content, to every kind of target. May block for as long as the reader of a stream does.
    ///
    /// # Errors
    /// As for [`Target::publish`]. A stream may have taken a part: repeated with the same bytes, the call goes on behind it.
    pub fn finish(&mut self, bytes: &[u8]) -> Result<(), PublishError> {
        match &mut self.sink {
            Sink::File(file) => file.replace(bytes, &self.shown),
            Sink::Stream(stream) => stream.send(bytes).map_err(|source| refused(&self.shown, source)),
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

/// By what right the next rename takes the name.
#[derive(Debug)]
enum Claim {
    /// Nothing stood there at the probe: the name is taken only if that is still so.
    New,
    /// The user gave up what stands there, if anything does; its permissions carry over.
    Forced(Option<Permissions>),
    /// Our own file stands there. It is held open so that its inode number cannot be given to another file.
    Ours(File),
}

/// An ordinary file, replaced as a whole.
#[derive(Debug)]
struct Replaceable {
    path: PathBuf,
    folder: PathBuf,
    claim: Claim,
}

impl Replaceable {
    fn probe(path: PathBuf, claim: Claim, shown: &str) -> Result<Self, PublishError> {
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
    }

    fn replace(&mut self, bytes: &[u8], shown: &str) -> Result<(), PublishError> {
        let written = self.written_beside(bytes).map_err(|source| refused(shown, source))?;
        let file = if self.may_overwrite(shown)? {
            written.persist(&self.path).map_err(|error| refused(shown, error.error))?
        } else {
            written.persist_noclobber(&self.path).map_err(|error| refused(shown, error.error))?
        };
        self.claim = Claim::Ours(file);
        self.settle().map_err(|source| refused(shown, source))
    }

    /// All of `bytes`, safely on the disk under a temporary name.
    fn written_beside(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut temporary = self.temporary()?;
        let permissions = match &self.claim {
            Claim::New => None,
            Claim::Forced(permissions) => permissions.clone(),
            Claim::Ours(file) => Some(file.metadata()?.permissions()),
        };
        if let Some(permissions) = permissions {
            temporary.as_file().set_permissions(permissions)?;
        }
        temporary.write_all(bytes)?;
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

/// Something that takes bytes but has no content: a terminal, a device, a pipe.
#[derive(Debug)]
struct Stream {
    file: File,
    is_stdout: bool,
    sent: usize,
}

impl Stream {
    /// The standard streams are shared with the rest of the program; any other descriptor is opened anew by its name.
    fn to_descriptor(shown: &str, number: u32) -> Result<Self, PublishError> {
        let file = match number {
            1 => io::stdout().as_fd().try_clone_to_owned().map(File::from),
            2 => io::stderr().as_fd().try_clone_to_owned().map(File::from),
            _ => open_unblocked(Path::new(&format!("/proc/self/fd/{number}")), OFlags::APPEND),
        };
        let file = file.map_err(|source| refused(shown, source))?;
        Ok(Self { file, is_stdout: number == 1, sent: 0 })
    }

    fn to_path(path: &Path, shown: &str) -> Result<Self, PublishError> {
        let file = open_unblocked(path, OFlags::NOFOLLOW).map_err(|source| {
            if source.raw_os_error() == Some(Errno::NXIO.raw_os_error()) {
                PublishError::NoReader { path: shown.to_owned() }
            } else {
                refused(shown, source)
            }
        })?;
        let kind = file.metadata().map_err(|source| refused(shown, source))?.file_type();
        if kind.is_file() {
            // Somebody swapped the device for a file after it was looked at.
            return Err(PublishError::Exists { path: shown.to_owned() });
        }
        Ok(Self { file, is_stdout: false, sent: 0 })
    }

    /// Sends what of `bytes` was not sent before.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_stdout {
            io::stdout().flush()?;
        }
        while let Some(rest) = bytes.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.file.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait_for_room()?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits until an inherited stream that somebody made non-blocking takes bytes again.
    fn wait_for_room(&self) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Opens for writing without waiting for a reader and without making a terminal ours; writes then block as usual.
fn open_unblocked(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().write(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
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

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, Mode, mkfifoat};
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::sync::Barrier;
    use tempfile::TempDir;

    /// A folder of its own for each test, with a look at everything in it.
    struct Folder(TempDir);

    impl Folder {
        fn new() -> Self {
            Self(TempDir::new().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn with(self, name: &str, content: &str) -> Self {
            fs::write(self.path(name), content).unwrap();
            self
        }

        /// Names and contents, sorted; also hidden ones, so that a temporary file left behind shows.
        fn everything(&self) -> Vec<(String, String)> {
            let mut found: Vec<_> = fs::read_dir(self.0.path())
                .unwrap()
                .map(|entry| {
                    let entry = entry.unwrap();
                    let content = fs::read_to_string(entry.path()).unwrap_or_else(|error| error.kind().to_string());
                    (entry.file_name().into_string().unwrap(), content)
                })
                .collect();
            found.sort();
            found
        }

        fn check(&self, expected: &[(&str, &str)]) {
            let expected: Vec<_> =
                expected.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect();
            assert_eq!(self.everything(), expected);
        }
    }

    fn refusal(path: impl AsRef<OsStr>, force: bool) -> PublishError {
        Target::probe(path, force).expect_err("must be refused")
    }

    #[test]
    fn a_new_file_grows_with_every_result() {
        let folder = Folder::new();
        let mut target = Target::probe(folder.path("out.csv"), false).unwrap();
        folder.check(&[]);
        assert_eq!(target.publish(b"one").unwrap(), Delivery::Written);
        folder.check(&[("out.csv", "one")]);
        assert_eq!(target.publish(b"one, two").unwrap(), Delivery::Written);
        target.finish(b"one, two, three").unwrap();
        folder.check(&[("out.csv", "one, two, three")]);
        assert_eq!(target.path(), Some(folder.path("out.csv").as_path()));
    }

    #[test]
    fn a_reader_of_the_old_file_keeps_the_old_file() {
        let folder = Folder::new();
        let mut target = Target::probe(folder.path("out"), false).unwrap();
        let _ = target.publish(b"old").unwrap();
        let mut reader = File::open(folder.path("out")).unwrap();
        let _ = target.publish(b"new and longer").unwrap();
        let mut seen = String::new();
        reader.read_to_string(&mut seen).unwrap();
        assert_eq!(seen, "old");
    }

    #[test]
    fn an_existing_file_is_kept_without_force() {
        let folder = Folder::new().with("out", "precious");
        assert!(matches!(refusal(folder.path("out"), false), PublishError::Exists { .. }));
        folder.check(&[("out", "precious")]);
    }

    #[test]
    fn force_replaces_a_file_and_keeps_its_permissions() {
        let folder = Folder::new().with("out", "old");
        fs::set_permissions(folder.path("out"), Permissions::from_mode(0o600)).unwrap();
        let mut target = Target::probe(folder.path("out"), true).unwrap();
        folder.check(&[("out", "old")]);
        target.finish(b"new").unwrap();
        target.finish(b"newer").unwrap();
        folder.check(&[("out", "newer")]);
        assert_eq!(fs::metadata(folder.path("out")).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_new_file_gets_the_mode_of_any_new_file() {
        let folder = Folder::new().with("ordinary", "");
        Target::probe(folder.path("out"), false).unwrap().finish(b"").unwrap();
        let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().mode();
        assert_eq!(mode("out"), mode("ordinary"));
    }

    #[test]
    fn links_are_never_followed() {
        for leads_to in ["elsewhere", "nowhere", "link"] {
            let folder = Folder::new().with("elsewhere", "precious");
            symlink(leads_to, folder.path("link")).unwrap();
            assert!(matches!(refusal(folder.path("link"), false), PublishError::SymbolicLink { .. }), "{leads_to}");

            Target::probe(folder.path("link"), true).unwrap().finish(b"new").unwrap();
            folder.check(&[("elsewhere", "precious"), ("link", "new")]);
            assert!(!fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
        }
    }

    #[test]
    fn a_name_taken_after_the_probe_is_left_alone() {
        let folder = Folder::new();
        let mut target = Target::probe(folder.path("out"), false).unwrap();
        fs::write(folder.path("out"), "theirs").unwrap();
        assert!(matches!(target.publish(b"ours"), Err(PublishError::Exists { .. })));
        folder.check(&[("out", "theirs")]);

        fs::remove_file(folder.path("out")).unwrap();
        target.finish(b"ours").unwrap();
        folder.check(&[("out", "ours")]);
    }

    #[test]
    fn only_our_own_file_is_overwritten_later() {
        for force in [false, true] {
            let folder = Folder::new();
            let mut target = Target::probe(folder.path("out"), force).unwrap();
            target.finish(b"ours").unwrap();
            fs::remove_file(folder.path("out")).unwrap();
            fs::write(folder.path("out"), "theirs").unwrap();
            assert!(matches!(target.publish(b"ours again"), Err(PublishError::NotOurs { .. })));
            folder.check(&[("out", "theirs")]);
        }
    }

    #[test]
    fn a_file_removed_by_the_user_comes_back() {
        let folder = Folder::new();
        let mut target = Target::probe(folder.path("out"), false).unwrap();
        target.finish(b"ours").unwrap();
        fs::remove_file(folder.path("out")).unwrap();
        target.finish(b"ours again").unwrap();
        folder.check(&[("out", "ours again")]);
    }

    #[test]
    fn of_two_publishers_exactly_one_wins() {
        for _ in 0..50 {
            let folder = Folder::new();
            let start = Barrier::new(2);
            let race = |content: &'static str| {
                let mut target = Target::probe(folder.path("out"), false).unwrap();
                start.wait();
                (content, target.publish(content.as_bytes()))
            };
            let ended = std::thread::scope(|scope| {
                [scope.spawn(|| race("first")), scope.spawn(|| race("second"))].map(|runner| runner.join().unwrap())
            });
            let winners: Vec<_> = ended.iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| *name).collect();
            assert_eq!(winners.len(), 1, "{ended:?}");
            assert!(ended.iter().any(|(_, result)| matches!(result, Err(PublishError::Exists { .. }))), "{ended:?}");
            folder.check(&[("out", winners[0])]);
        }
    }

    #[test]
    fn a_failed_write_can_be_repeated() {
        let folder = Folder::new();
        fs::create_dir(folder.path("sub")).unwrap();
        let mut target = Target::probe(folder.path("sub/out"), false).unwrap();
        fs::rename(folder.path("sub"), folder.path("away")).unwrap();
        assert!(matches!(target.publish(b"bytes"), Err(PublishError::Io { .. })));
        fs::rename(folder.path("away"), folder.path("sub")).unwrap();
        target.finish(b"bytes").unwrap();
        assert_eq!(fs::read(folder.path("sub/out")).unwrap(), b"bytes");
    }

    #[test]
    fn a_full_device_is_an_error_at_the_end() {
        let mut target = Target::probe("/dev/full", false).unwrap();
        assert_eq!(target.publish(b"bytes").unwrap(), Delivery::Deferred);
        let error = target.finish(b"bytes").unwrap_err();
        assert!(error.to_string().starts_with("cannot write /dev/full: No space left"), "{error}");
        Target::probe("/dev/null", false).unwrap().finish(b"bytes").unwrap();
    }

    #[test]
    fn a_pipe_without_a_reader_is_refused_and_does_not_block() {
        let folder = Folder::new();
        let pipe = folder.path("pipe");
        mkfifoat(CWD, &pipe, Mode::from_raw_mode(0o600)).unwrap();
        for force in [false, true] {
            assert!(matches!(refusal(&pipe, force), PublishError::NoReader { .. }));
        }
    }

    #[test]
    fn a_pipe_is_sent_the_final_content_once() {
        let folder = Folder::new();
        let pipe = folder.path("pipe");
        mkfifoat(CWD, &pipe, Mode::from_raw_mode(0o600)).unwrap();
        let mut reader =
            OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(&pipe).unwrap();
        fcntl_setfl(&reader, OFlags::empty()).unwrap();
        let mut target = Target::probe(&pipe, false).unwrap();
        assert_eq!(target.publish(b"partial").unwrap(), Delivery::Deferred);

        let long = vec![b'x'; 1 << 20];
        let received = std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let mut received = Vec::new();
                reader.read_to_end(&mut received).unwrap();
                received
            });
            target.finish(&long).unwrap();
            target.finish(&long).unwrap();
            drop(target);
            reader.join().unwrap()
        });
        assert!(received == long, "{} bytes instead of {}", received.len(), long.len());
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn names_that_are_no_file() {
        let folder = Folder::new().with("file", "");
        fs::create_dir(folder.path("sub")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
        let at = |name: &str| folder.path("").to_str().unwrap().to_owned() + name;
        let long = "n".repeat(256);
        for force in [false, true] {
            let check = |path: &str, expected: &str| {
                let message = refusal(path, force).to_string().replace(&at(""), "");
                assert!(message.starts_with(expected), "{path:?}: {message}");
            };
            check("", "the path is empty");
            for path in [".", "..", "/", &at("new/"), &at("file/"), &at("sub"), &at("sub/."), &at("sub/..")] {
                let message = refusal(path, force).to_string();
                assert!(message.ends_with("names a folder, not a file"), "{path:?}: {message}");
            }
            check(&at("missing/out"), "missing/out cannot be made, since");
            check(&at("file/out"), "file/out cannot be made, since file is no folder");
            check(&at("socket"), "socket is a socket, which is never written to");
            check(&at(&long), "cannot write");
            check("/dev/fd/987654", "cannot write /dev/fd/987654");
        }
        check_untouched(&folder);
    }

    #[test]
    fn a_folder_that_may_not_be_written_is_refused_at_once() {
        if rustix::process::geteuid().is_root() {
            return; // To whom nothing is forbidden.
        }
        let folder = Folder::new();
        fs::create_dir(folder.path("sub")).unwrap();
        fs::set_permissions(folder.path("sub"), Permissions::from_mode(0o500)).unwrap();
        let message = refusal(folder.path("sub/out"), false).to_string();
        assert!(message.starts_with("no permission to write"), "{message}");
    }

    fn check_untouched(folder: &Folder) {
        assert_eq!(fs::read(folder.path("file")).unwrap(), b"");
        assert_eq!(fs::read_dir(folder.path("sub")).unwrap().count(), 0);
        assert_eq!(folder.everything().len(), 3);
    }

    #[test]
    fn long_and_strange_names_work_and_print_harmlessly() {
        let folder = Folder::new();
        let longest = "n".repeat(255);
        for name in [longest.as_bytes(), b"two\nlines \x1b[2J", b"\xff\xfe", b"-x", b"...", b" "] {
            let path = folder.0.path().join(OsStr::from_bytes(name));
            let mut target = Target::probe(&path, false).unwrap();
            target.finish(b"bytes").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"bytes");
            let message = refusal(&path, false).to_string();
            assert!(!message.chars().any(char::is_control), "{message:?}");
            assert!(!target.shown().chars().any(char::is_control));
        }
    }

    #[test]
    fn descriptors_are_recognised_by_name() {
        for (path, expected) in [
            ("-", Naming::Descriptor(1)),
            ("/dev/stdout", Naming::Descriptor(1)),
            ("/dev/stderr", Naming::Descriptor(2)),
            ("/dev/fd/1", Naming::Descriptor(1)),
            ("/dev/fd/63", Naming::Descriptor(63)),
            ("/proc/self/fd/7", Naming::Descriptor(7)),
            ("/dev/fd/", Naming::Folder),
            ("/dev/fd/x", Naming::File),
            ("/dev/fd/99999999999", Naming::File),
            ("./-", Naming::File),
        ] {
            assert_eq!(Naming::of(OsStr::new(path)), expected, "{path}");
        }
        assert!(Target::probe("-", false).unwrap().is_stdout());
        assert!(!Target::probe("/dev/null", false).unwrap().is_stdout());
    }

    #[test]
    fn an_open_descriptor_is_appended_to() {
        use std::os::fd::AsRawFd;
        let folder = Folder::new().with("log", "before, ");
        let held = OpenOptions::new().append(true).open(folder.path("log")).unwrap();
        let mut target = Target::probe(format!("/dev/fd/{}", held.as_raw_fd()), false).unwrap();
        target.finish(b"after").unwrap();
        folder.check(&[("log", "before, after")]);
    }
}
