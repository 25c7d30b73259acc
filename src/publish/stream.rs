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

    /// Where the content is written to from its start; what of it was sent before is not sent again.
    pub(super) fn content(&mut self) -> io::Result<Content<'_>> {
        if self.is_stdout {
            io::stdout().flush()?;
        }
        Ok(Content { known: self.sent, stream: self })
    }

    /// Waits until an inherited stream that somebody made non-blocking takes bytes again.
    fn wait_for_room(&self) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// See [`Stream::content`].
pub(super) struct Content<'a> {
    stream: &'a mut Stream,
    /// How much of what comes was sent before, in bytes.
    known: usize,
}

impl Write for Content<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.known > 0 {
            let passed_over = self.known.min(bytes.len());
            self.known -= passed_over;
            return Ok(passed_over);
        }
        loop {
            match self.stream.file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.wait_for_room()?,
                Err(error) => return Err(error),
                Ok(count) => {
                    self.stream.sent += count;
                    return Ok(count);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens for writing without waiting for a reader and without making a terminal ours; writes then block as usual.
fn open_unblocked(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().write(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}
