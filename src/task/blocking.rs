//! The I/O part of a task, executed by a thread that waits for it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::seat::Seat;
use crate::text::scrub;
use crate::workload::{Blocks, Io, TaskFailure};

/// How much a streamed file is read at a time, in bytes.
const BLOCK: usize = 1 << 20;

/// How much of a file is read ahead of the computation where the thread that computes must not wait for it, in bytes.
const AHEAD: usize = 8 << 20;

/// What the I/O part left: the number that says something of it, and how the CPU part gets its bytes.
pub(super) enum Done {
    /// Nothing to hand over.
    Waited(u64),
    /// This many bytes are in the buffer.
    Read(u64),
    /// The file is open, to be read while it is computed on; this many bytes of it are in the buffer already.
    Opened(File, usize),
}

/// Performs `io`, leaving its bytes in `buffer`.
pub(super) fn perform(io: &Io, buffer: &mut Vec<u8>) -> Result<Done, TaskFailure> {
    match io {
        Io::Sleep(span) => {
            std::thread::sleep((*span).into());
            Ok(Done::Waited(span.0))
        }
        Io::ReadRange { path, offset, length } => {
            read_range(path, *offset, *length, buffer).map_err(|error| failure(path, &error))?;
            Ok(Done::Read(buffer.len() as u64))
        }
        Io::ReadBlocks { path } => {
            File::open(path).map(|file| Done::Opened(file, 0)).map_err(|error| failure(path, &error))
        }
    }
}

fn read_range(path: &Path, offset: u64, length: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    buffer.clear();
    file.take(length).read_to_end(buffer)?;
    Ok(())
}

pub(super) fn failure(path: &Path, error: &io::Error) -> TaskFailure {
    TaskFailure(format!("{}: {error}", scrub(&path.to_string_lossy())))
}

/// A file read block by block; each refill is I/O with the lock released.
pub(super) struct FileBlocks<'a> {
    file: File,
    buffer: &'a mut Vec<u8>,
    /// How much of the buffer is a block that was read before and not handed out yet.
    ready: usize,
    seat: &'a Seat,
}

impl<'a> FileBlocks<'a> {
    /// Blocks of `file`, of which the first `ready` bytes are in `buffer` already.
    pub(super) fn new(file: File, buffer: &'a mut Vec<u8>, ready: usize, seat: &'a Seat) -> Self {
        Self { file, buffer, ready, seat }
    }
}

impl Blocks for FileBlocks<'_> {
    fn next_block(&mut self) -> io::Result<&[u8]> {
        let ready = std::mem::take(&mut self.ready);
        if ready > 0 {
            return Ok(&self.buffer[..ready]);
        }
        self.buffer.resize(BLOCK, 0);
        let resume = self.seat.pause_for_io();
        let read = fill(&mut self.file, self.buffer);
        self.seat.resume(resume);
        Ok(&self.buffer[..read?])
    }
}

/// As [`perform`], and reads the first [`AHEAD`] bytes of a file that is opened; only what a longer file holds besides is
/// left to the thread that computes.
pub(super) fn perform_ahead(io: &Io, buffer: &mut Vec<u8>) -> Result<Done, TaskFailure> {
    let (mut file, path) = match (perform(io, buffer)?, io) {
        (Done::Opened(file, _), Io::ReadBlocks { path }) => (file, path),
        (done, _) => return Ok(done),
    };
    let length = file.metadata().map_or(0, |facts| usize::try_from(facts.len()).unwrap_or(AHEAD));
    buffer.resize(length.clamp(1, AHEAD), 0);
    let read = fill(&mut file, buffer).map_err(|error| failure(path, &error))?;
    Ok(Done::Opened(file, read))
}

/// Reads until `buffer` is full or the file ends, so that only the last block is short.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
