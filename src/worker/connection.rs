//! A worker's end of its link, read and written in whole frames.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::os::unix::net::UnixStream;

use super::decoder::Decoder;
use super::desk::MemoryError;
use super::frame::{ALIGNMENT, FrameError, FrameKind, HEADER, content, encode, header, write_frame};
use super::parcel::write_results;
use crate::board::BoardError;
use crate::child::OrphanError;
use crate::task::Results;

/// How much is read at a time at most, in bytes, but for a frame that is longer.
const READ: usize = 64 << 10;

/// The link, read and written in whole frames.
pub(super) struct Connection {
    link: UnixStream,
    decoder: Decoder,
    buffer: Vec<u8>,
    bytes_in: u64,
    bytes_out: u64,
}

impl Connection {
    pub(super) fn new(link: UnixStream) -> Self {
        Self { link, decoder: Decoder::default(), buffer: Vec::new(), bytes_in: 0, bytes_out: 0 }
    }

    pub(super) fn say(&mut self, kind: FrameKind, what: &impl serde::Serialize) -> Result<(), WorkerError> {
        self.buffer.clear();
        encode(&mut self.buffer, kind, what)?;
        self.link.write_all(&self.buffer)?;
        self.bytes_out += self.buffer.len() as u64;
        Ok(())
    }

    pub(super) fn answer(&mut self, results: &Results) -> Result<(), WorkerError> {
        self.buffer.clear();
        write_frame(&mut self.buffer, FrameKind::Done, |buffer| write_results(buffer, results))?;
        self.link.write_all(&self.buffer)?;
        self.bytes_out += self.buffer.len() as u64;
        Ok(())
    }

    /// Sends the payload that came last back, which its task has read, and what became of the task. Both go in one call,
    /// since each call wakes the engine.
    pub(super) fn give_back(&mut self, results: &Results) -> Result<(), WorkerError> {
        let (payload, said) = self.decoder.last();
        if results.sums.last() != Some(&said) {
            return Err(FrameError::Checksum.into());
        }
        let padding = payload.len().next_multiple_of(ALIGNMENT) - payload.len();
        self.buffer.clear();
        self.buffer.extend_from_slice(&header(FrameKind::Load, payload.len(), said)?);
        self.buffer.extend_from_slice(&[0; ALIGNMENT][..padding]);
        write_frame(&mut self.buffer, FrameKind::Done, |buffer| write_results(buffer, results))?;
        let (header, rest) = self.buffer.split_at(HEADER);
        write_all(&self.link, &mut [header, payload, rest].map(IoSlice::new))?;
        self.bytes_out += (self.buffer.len() + payload.len()) as u64;
        Ok(())
    }

    /// Whether a whole frame has arrived already.
    pub(super) fn has_frame(&mut self) -> Result<bool, WorkerError> {
        Ok(self.decoder.peek()?)
    }

    /// The next frame, waited for.
    pub(super) fn frame(&mut self) -> Result<(FrameKind, &[u8]), WorkerError> {
        while !self.decoder.peek()? {
            let read = self.link.read(self.decoder.reading_room(READ));
            self.decoder.arrived(*read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(read) => self.bytes_in += read as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.decoder.next_frame()?.ok_or_else(|| FrameError::Header.into())
    }

    pub(super) fn expect<T: serde::de::DeserializeOwned>(&mut self, wanted: FrameKind) -> Result<T, WorkerError> {
        match self.frame()? {
            (kind, payload) if kind == wanted => Ok(content(payload)?),
            (kind, _) => Err(FrameError::Unexpected(kind).into()),
        }
    }

    /// Bytes in and out since the sample began.
    pub(super) const fn count(&self) -> (u64, u64) {
        (self.bytes_in, self.bytes_out)
    }

    pub(super) fn reset_count(&mut self) {
        (self.bytes_in, self.bytes_out) = (0, 0);
    }
}

/// Writes all of these pieces, with as few calls as can be.
fn write_all(mut link: impl Write, mut pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !pieces.is_empty() {
        match link.write_vectored(pieces) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut pieces, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Why a worker cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkerError {
    #[error(transparent)]
    Orphan(#[from] OrphanError),
    #[error(transparent)]
    Board(#[from] BoardError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the link failed: {0}")]
    Link(#[from] io::Error),
    #[error(transparent)]
    Memory(#[from] MemoryError),
    #[error("there is no seat for this worker")]
    NoSeat,
}

impl WorkerError {
    /// Whether the other end of the link is gone.
    pub(super) fn is_hang_up(&self) -> bool {
        let gone = [ErrorKind::UnexpectedEof, ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
        matches!(self, Self::Link(error) if gone.contains(&error.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes at most so many bytes at a time, and is interrupted before each.
    struct Narrow(usize, Vec<u8>, bool);

    impl Write for &mut Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.2 = !self.2;
            if self.2 {
                return Err(ErrorKind::Interrupted.into());
            }
            let taken = bytes.len().min(self.0);
            self.1.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn pieces_are_written_whole_and_in_order_however_little_a_link_takes() {
        for narrow in [1, 3, 100] {
            let mut link = Narrow(narrow, Vec::new(), false);
            write_all(&mut link, &mut [&b"head"[..], b"payload", b"rest"].map(IoSlice::new)).unwrap();
            assert_eq!(link.1, b"headpayloadrest");
        }
        let nothing = &mut Narrow(0, Vec::new(), false);
        assert_eq!(write_all(nothing, &mut [IoSlice::new(b"x")]).unwrap_err().kind(), ErrorKind::WriteZero);
    }
}
