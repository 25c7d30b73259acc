//! What waits to be written to a worker: frames, and between them blocks that many frames share and nobody copies.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::sync::Arc;

use super::frame::ALIGNMENT;

/// How many pieces one system call takes.
const PIECES: usize = 32;

/// Pieces in the order in which they are to be written.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pieces: VecDeque<Piece>,
    /// How much of the first piece has been written.
    written: usize,
}

#[derive(Debug)]
enum Piece {
    Frames(Vec<u8>),
    /// The block from this byte on.
    Block(Arc<[u8]>, usize),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Frames(bytes) => bytes,
            Self::Block(block, from) => &block[*from..],
        }
    }
}

impl Outgoing {
    /// The end, where frames are appended.
    pub(super) fn end(&mut self) -> &mut Vec<u8> {
        if !matches!(self.pieces.back(), Some(Piece::Frames(_))) {
            self.pieces.push_back(Piece::Frames(Vec::new()));
        }
        match self.pieces.back_mut() {
            Some(Piece::Frames(frames)) => frames,
            _ => unreachable!("frames were put there"),
        }
    }

    /// Puts a block from byte `from` on behind what waits, as the end of a frame.
    pub(super) fn add_block(&mut self, block: &Arc<[u8]>, from: usize) {
        self.pieces.push_back(Piece::Block(Arc::clone(block), from));
        let padding = block.len().next_multiple_of(ALIGNMENT) - block.len();
        self.end().extend_from_slice(&[0; ALIGNMENT][..padding]);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| piece.bytes().is_empty()) || self.pieces.is_empty()
    }

    /// Writes once; says how much the link took.
    pub(super) fn write(&mut self, mut link: impl Write) -> io::Result<usize> {
        let skipped = std::iter::once(self.written).chain(std::iter::repeat(0));
        let slices: Vec<IoSlice<'_>> = (self.pieces.iter().zip(skipped))
            .map(|(piece, skipped)| IoSlice::new(&piece.bytes()[skipped..]))
            .filter(|slice| !slice.is_empty())
            .take(PIECES)
            .collect();
        let written = link.write_vectored(&slices)?;
        drop(slices);
        self.advance(written);
        Ok(written)
    }

    fn advance(&mut self, written: usize) {
        self.written += written;
        let mut left = self.pieces.len();
        while let Some(front) = self.pieces.front_mut() {
            let length = front.bytes().len();
            if self.written < length {
                return;
            }
            self.written -= length;
            match front {
                // The last piece keeps its memory for the next frames.
                Piece::Frames(frames) if left == 1 => return frames.clear(),
                _ => drop(self.pieces.pop_front()),
            }
            left -= 1;
        }
    }

    /// Forgets all of it.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes at most so many bytes at a time.
    struct Narrow(usize, Vec<u8>);

    impl Write for &mut Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.1.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn pieces_come_out_whole_and_in_order() {
        let block: Arc<[u8]> = b"0123456789ab".as_slice().into();
        for narrow in [1, 3, 7, 100] {
            let mut link = Narrow(narrow, Vec::new());
            let mut outgoing = Outgoing::default();
            for _ in 0..2 {
                outgoing.end().extend_from_slice(b"head");
                outgoing.add_block(&block, 4);
                outgoing.end().extend_from_slice(b"tail");
                while !outgoing.is_empty() {
                    outgoing.write(&mut link).unwrap();
                }
            }
            assert_eq!(link.1, b"head456789ab\0\0\0\0tail".repeat(2));
        }
    }
}
