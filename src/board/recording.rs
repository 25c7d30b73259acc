//! All spans of a run, kept in one file that has no name: the rings hold the newest ones only.
//!
//! Each worker appends its ring to the file, half a ring at a time; whoever started an engine appends what its rings still
//! hold once it has ended, also when it was killed. The kernel frees the file with its last descriptor, so no crash
//! leaves anything behind, and a file for all workers costs one descriptor, not a thousand.
//!
//! Readers do not trust it: a worker that is killed in the middle of a write leaves half a block, which its check value
//! shows, and the next block is found by its first word.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

use rustix::fs::{OFlags, fcntl_setfl};

use super::layout::{Phase, RING_SPANS};
use super::snapshot::believable;
use super::span::Span;
use crate::units::{Nanos, WorkerId};

/// How many spans a worker appends at a time: the other half of the ring is for those that come meanwhile.
pub(super) const BLOCK_SPANS: u64 = RING_SPANS as u64 / 2;

/// The first word of each block.
const MAGIC: u64 = u64::from_le_bytes(*b"partuisp");

/// The worker of blocks that tell how far an engine is.
const NOBODY: WorkerId = WorkerId(u32::MAX);

/// The words before and after a block's spans.
const HEAD: usize = 4;
const TAIL: usize = 2;

/// How far the file is searched at a time for a block behind something that is none, in bytes.
const STRIDE: u64 = 16;

/// Whose spans go into a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordedAs {
    /// The row of the results table, from 0.
    pub row: u32,
    /// Which of the engines that ran it one after the other, from 0.
    pub engine: u32,
}

impl RecordedAs {
    /// As a word that is never 0.
    pub(super) fn word(self) -> u64 {
        (u64::from(self.row) + 1) << 32 | u64::from(self.engine)
    }

    fn from_word(word: u64) -> Option<Self> {
        let row = u32::try_from(word >> 32).ok()?.checked_sub(1)?;
        Some(Self { row, engine: u32::try_from(word & u64::from(u32::MAX)).ok()? })
    }
}

/// The file.
#[derive(Debug)]
pub struct Recording(File);

/// Where a stretch of one worker's spans stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// Whose spans.
    pub by: RecordedAs,
    /// Which worker of that engine.
    pub worker: WorkerId,
    /// The number of the first span among all of this worker.
    pub first: u64,
    /// How many there are.
    pub count: u64,
    at: u64,
}

/// How far an engine was from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseMark {
    /// Which engine.
    pub by: RecordedAs,
    /// From when on.
    pub at: Nanos,
    /// How far it was.
    pub phase: Phase,
    /// Which sample, from 0.
    pub sample: u32,
}

/// What a recording holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// All stretches, in the order of rows, engines, workers and time.
    pub blocks: Vec<Block>,
    /// All phases, in the order of time.
    pub phases: Vec<PhaseMark>,
}

impl Recording {
    /// An empty recording, in the folder for temporary files.
    ///
    /// # Errors
    /// Where there is no room, no permission or no such folder.
    pub fn create() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        fcntl_setfl(&file, OFlags::APPEND)?;
        Ok(Self(file))
    }

    /// The recording behind a descriptor that came from another process.
    pub(super) fn open(descriptor: OwnedFd) -> Self {
        Self(descriptor.into())
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Appends a stretch of a worker's spans, as they stand on the board. What the system does not take is missing in the
    /// file, which its numbers show: nobody who measures waits or fails for that.
    pub(super) fn append(&self, by: u64, worker: WorkerId, first: u64, cells: impl Iterator<Item = [u64; 2]>) {
        let cells: Vec<[u64; 2]> = cells.collect();
        let head = [MAGIC, by, u64::from(worker.0) << 32 | cells.len() as u64, first];
        let words = head.into_iter().chain(cells.into_iter().flatten());
        let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        let check = u64::from(crc32fast::hash(&bytes));
        bytes.extend([check, MAGIC].into_iter().flat_map(u64::to_le_bytes));
        // In one call, which puts it behind all others, whoever else appends just now.
        let _ = (&self.0).write(&bytes);
    }

    /// Appends that an engine is in a phase from `at` on.
    pub(super) fn append_phase(&self, by: u64, phase: Phase, sample: u32, at: Nanos) {
        let cell = [at.0, u64::from(sample) << 32 | phase as u64];
        self.append(by, NOBODY, 0, std::iter::once(cell));
    }

    /// What is in the file by now.
    ///
    /// # Errors
    /// What the system says to reading it.
    pub fn contents(&self) -> io::Result<Contents> {
        let (mut at, end) = (0, self.0.metadata()?.len());
        let mut contents = Contents::default();
        while at < end {
            let Some((block, cells)) = self.block(at)? else {
                at += STRIDE;
                continue;
            };
            at += block.bytes();
            if block.worker == NOBODY {
                contents.phases.extend(cells.first().and_then(|cell| phase(block.by, *cell)));
            } else {
                contents.blocks.push(block);
            }
        }
        contents.blocks.sort_by_key(|block| (block.by, block.worker, block.first, block.at));
        contents.phases.sort_by_key(|mark| mark.at);
        Ok(contents)
    }

    /// The spans of a block that can have been, oldest first; none before `from`.
    ///
    /// # Errors
    /// What the system says to reading it.
    pub fn spans(&self, block: &Block, from: Nanos) -> io::Result<Vec<Span>> {
        let found = self.block(block.at)?;
        Ok(found.map(|(_, cells)| believable(cells.into_iter(), from)).unwrap_or_default())
    }

    /// The block that begins at `at`; `None` where none does.
    fn block(&self, at: u64) -> io::Result<Option<(Block, Vec<[u64; 2]>)>> {
        let Some(head) = self.words(at, HEAD)? else { return Ok(None) };
        let (count, worker) = (head[2] & u64::from(u32::MAX), u32::try_from(head[2] >> 32).map_or(NOBODY, WorkerId));
        let Some(by) = RecordedAs::from_word(head[1]).filter(|_| head[0] == MAGIC && count <= BLOCK_SPANS) else {
            return Ok(None);
        };
        let block = Block { by, worker, first: head[3], count, at };
        let Some(words) = self.words(at, usize::try_from(block.bytes() / 8).unwrap_or(HEAD))? else { return Ok(None) };
        let (checked, tail) = words.split_at(words.len() - TAIL);
        let bytes: Vec<u8> = checked.iter().copied().flat_map(u64::to_le_bytes).collect();
        let is_whole = tail == [u64::from(crc32fast::hash(&bytes)), MAGIC];
        let cells = checked[HEAD..].chunks_exact(2).map(|cell| [cell[0], cell[1]]).collect();
        Ok(is_whole.then_some((block, cells)))
    }

    /// So many words from `at` on; `None` where the file ends before.
    fn words(&self, at: u64, count: usize) -> io::Result<Option<Vec<u64>>> {
        let mut bytes = vec![0; count * 8];
        match self.0.read_exact_at(&mut bytes, at) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Ok(Some(bytes.chunks_exact(8).map(word).collect()))
    }
}

impl Block {
    fn bytes(&self) -> u64 {
        (HEAD as u64 + 2 * self.count + TAIL as u64) * 8
    }
}

fn phase(by: RecordedAs, [at, rest]: [u64; 2]) -> Option<PhaseMark> {
    let phase = Phase::from_number(u32::try_from(rest & u64::from(u32::MAX)).ok()?)?;
    Some(PhaseMark { by, at: Nanos(at), phase, sample: u32::try_from(rest >> 32).ok()? })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Board, SlotWriter, State};
    use super::*;

    const BY: RecordedAs = RecordedAs { row: 3, engine: 1 };

    fn recorded(workers: u32) -> (Arc<Recording>, Arc<Board>) {
        let recording = Arc::new(Recording::create().unwrap());
        let board = Board::create(workers).unwrap().recorded(Arc::clone(&recording), BY);
        (recording, Arc::new(board))
    }

    fn all(recording: &Recording) -> Vec<Span> {
        let blocks = recording.contents().unwrap().blocks;
        blocks.iter().flat_map(|block| recording.spans(block, Nanos::ZERO).unwrap()).collect()
    }

    fn spend(writer: &SlotWriter, from: u64, spans: u64) {
        for step in from..from + spans {
            writer.enter(if step % 2 == 0 { State::Compute } else { State::Io }, Nanos(1_000 + 3 * step));
        }
    }

    #[test]
    fn every_span_of_a_long_history_is_kept_once_and_in_order() {
        let (recording, board) = recorded(2);
        let writer = SlotWriter::new(Arc::clone(&board), WorkerId(1), Nanos(1_000));
        spend(&writer, 0, 5_000);
        drop(writer);
        board.record_rest();
        let spans = all(&recording);
        assert_eq!(spans.len(), 5_000);
        assert!(spans.windows(2).all(|pair| pair[0].end() == pair[1].start));
        assert_eq!(spans.last().unwrap().end(), Nanos(1_000 + 3 * 4_999));
    }

    #[test]
    fn what_a_killed_worker_leaves_is_followed_by_its_successors() {
        let (recording, board) = recorded(1);
        let killed = SlotWriter::new(Arc::clone(&board), WorkerId(0), Nanos(1_000));
        spend(&killed, 0, 700);
        std::mem::forget(killed);
        spend(&SlotWriter::new(Arc::clone(&board), WorkerId(0), Nanos(9_000)), 4_000, 700);
        board.record_rest();
        let numbers: Vec<_> =
            recording.contents().unwrap().blocks.iter().map(|block| (block.first, block.count)).collect();
        assert_eq!(numbers, [(0, 512), (512, 512), (1_024, 376)]);
        assert_eq!(all(&recording).len(), 1_400);
    }

    #[test]
    fn half_a_block_is_passed_over() {
        let (recording, board) = recorded(1);
        let writer = SlotWriter::new(Arc::clone(&board), WorkerId(0), Nanos(1_000));
        spend(&writer, 0, 512);
        let whole = recording.0.metadata().unwrap().len();
        spend(&writer, 512, 512);
        // As if the write had been cut off at the end of a page.
        recording.0.set_len(whole + 4_096).unwrap();
        spend(&writer, 1_024, 512);
        let firsts: Vec<_> = recording.contents().unwrap().blocks.iter().map(|block| block.first).collect();
        assert_eq!(firsts, [0, 1_024]);
    }

    #[test]
    fn phases_are_kept_with_whom_they_are_of() {
        let (recording, board) = recorded(1);
        board.set_phase(Phase::Sampling, 4, 10, Nanos(5));
        board.set_phase(Phase::Done, 4, 10, Nanos::ZERO);
        let phases = recording.contents().unwrap().phases;
        let told: Vec<_> = phases.iter().map(|mark| (mark.by, mark.phase, mark.sample)).collect();
        assert_eq!(told, [(BY, Phase::Sampling, 4), (BY, Phase::Done, 4)]);
        assert!(phases[0].at <= phases[1].at && phases[0].at > Nanos(5));
    }
}
