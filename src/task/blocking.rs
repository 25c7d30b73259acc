//! The I/O part of a task, executed by a thread that waits for it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::seat::Seat;
use crate::text::scrub;
use crate::workload::{Blocks, Io, TaskFailure};

/// How much a streamed file is read at a time, in bytes.
const BLOCK: usize = 1 << 20;

/// What the I/O part left: the number that says something of it, and how the CPU part gets its bytes.
pub(super) enum Done {
    /// Nothing to hand over.
    Waited(u64),
    /// This many bytes are in the buffer.
    Read(u64),
    /// The file is open, to be read while it is computed on.
    Opened(File),
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
        Io::ReadBlocks { path } => File::open(path).map(Done::Opened).map_err(|error| failure(path, &error)),
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
    seat: &'a Seat,
}

impl<'a> FileBlocks<'a> {
    pub(super) fn new(file: File, buffer: &'a mut Vec<u8>, seat: &'a Seat) -> Self {
        buffer.resize(BLOCK, 0);
        Self { file, buffer, seat }
    }
}

impl Blocks for FileBlocks<'_> {
    fn next_block(&mut self) -> io::Result<&[u8]> {
        let resume = self.seat.pause_for_io();
        let read = fill(&mut self.file, self.buffer);
        self.seat.resume(resume);
        Ok(&self.buffer[..read?])
    }
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
