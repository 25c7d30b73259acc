//! A file that is read block by block while a task computes on it.

use std::fs::File;
use std::io::{self, Read};

use super::seat::Seat;
use crate::board::State;
use crate::workload::Blocks;

/// How much a streamed file is read at a time, in bytes.
pub(super) const BLOCK: usize = 1 << 20;

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
        let read = self.seat.away(State::Io, || fill(&mut self.file, self.buffer))?;
        Ok(&self.buffer[..read])
    }
}

/// Reads until `buffer` is full or the file ends, so that only the last block is short.
pub(super) fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
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
