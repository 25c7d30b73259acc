//! What can only be streamed to: standard output, devices, named pipes.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use super::{PublishError, refused};

/// Something that takes bytes but has no content: a terminal, a device, a pipe.
#[derive(Debug)]
pub(super) struct Stream {
    file: File,
    pub(super) is_stdout: bool,
    sent: usize,
}

impl Stream {
    /// The standard streams are shared with the rest of the program; any other descriptor is opened anew by its name.
    pub(super) fn to_descriptor(shown: &str, number: u32) -> Result<Self, PublishError> {
        let file = match number {
            1 => io::stdout().as_fd().try_clone_to_owned().map(File::from),
            2 => io::stderr().as_fd().try_clone_to_owned().map(File::from),
            _ => open_unblocked(Path::new(&format!("/proc/self/fd/{number}")), OFlags::APPEND),
        };
        let file = file.map_err(|source| refused(shown, source))?;
        Ok(Self { file, is_stdout: number == 1, sent: 0 })
    }

    pub(super) fn to_path(path: &Path, shown: &str) -> Result<Self, PublishError> {
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
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
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
