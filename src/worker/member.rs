//! One worker process as the pool holds it: the process, its link without blocking, and what waits to be written.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use crc32fast::Hasher;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

use super::decoder::Decoder;
use super::frame::{FrameError, FrameKind, content, encode, header, write_frame};
use super::outgoing::Outgoing;
use super::parcel::{read_results, write_tasks};
use crate::board::Board;
use crate::child::{Cause, ChildProcess, Role, SpawnError, send_with_descriptors, spawn};
use crate::machine::clock;
use crate::task::{PayloadBlock, Results, WorkerReport};
use crate::units::Nanos;
use crate::workload::Task;

/// How much is read at a time at most, in bytes, but for a frame that is longer.
const READ: usize = 256 << 10;

/// How long a worker that closed its link, or was told to exit, may take to end by itself before it is ended.
pub(super) const GRACE: Nanos = Nanos::from_millis(100);

/// A worker process and its link.
pub(super) struct Member {
    child: ChildProcess,
    decoder: Decoder,
    outgoing: Outgoing,
    /// Of the payload that is coming back: the checksum, and how much is in it.
    arriving: (Hasher, usize),
    /// Checksums of the payloads that came back, until the results that belong to them come.
    loads: VecDeque<u32>,
    /// Bytes that crossed the link, both ways.
    pub(super) bytes: u64,
}

/// What a worker may say.
#[derive(Debug)]
pub(super) enum Word {
    /// It can begin.
    Ready,
    /// What became of tasks, and the checksums of the payloads that came back with it.
    Done(Results, Vec<u32>),
    /// Its account of the sample.
    Report(Box<WorkerReport>),
    /// Nothing is left to claim.
    Exhausted,
    /// There is something in the trays.
    Nudge,
    /// A task is struck now.
    Struck(u64),
}

/// What reading from a link led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Some bytes, or none for now.
    Open,
    /// The worker will say nothing more.
    Closed,
}

impl Member {
    /// Starts a worker and gives it the board, and what else it shares with the engine.
    pub(super) fn start<'a>(
        program: &Path,
        board: &'a Board,
        shared: impl Iterator<Item = BorrowedFd<'a>>,
    ) -> Result<Self, SpawnError> {
        let child = spawn(program, Role::Worker)?;
        let descriptors: Vec<_> = board.descriptors().into_iter().chain(shared).collect();
        let sent = match send_with_descriptors(&child.link, &descriptors) {
            // It is gone already, which is found out, with the cause, by reading.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => Ok(()),
            sent => sent,
        };
        let prepared = sent.and_then(|()| child.link.set_nonblocking(true));
        match prepared {
            Ok(()) => Ok(Self {
                child,
                decoder: Decoder::default(),
                outgoing: Outgoing::default(),
                arriving: (Hasher::new(), 0),
                loads: VecDeque::new(),
                bytes: 0,
            }),
            Err(source) => Err(SpawnError { program: program.to_owned(), source }),
        }
    }

    /// Its process number.
    pub(super) fn process(&self) -> u32 {
        self.child.pid().as_raw_nonzero().get().unsigned_abs()
    }

    /// Puts a frame behind those that wait to be written.
    pub(super) fn queue(&mut self, kind: FrameKind, what: &impl Serialize) -> Result<(), FrameError> {
        encode(self.outgoing.end(), kind, what)
    }

    /// Puts consecutive tasks behind the frames that wait to be written, and their payloads if they have any.
    pub(super) fn queue_tasks(
        &mut self,
        first: u64,
        tasks: &[Task],
        block: Option<&PayloadBlock>,
    ) -> Result<(), FrameError> {
        write_frame(self.outgoing.end(), FrameKind::Tasks, |buffer| write_tasks(buffer, first, tasks))?;
        for (block, number) in block.iter().flat_map(|block| tasks.iter().map(move |_| block)).zip(first..) {
            let stamp = block.stamp(number);
            let header = header(FrameKind::Load, block.bytes().len(), block.sum(number))?;
            self.outgoing.end().extend_from_slice(&header);
            self.outgoing.end().extend_from_slice(&stamp);
            self.outgoing.add_block(block.bytes(), stamp.len());
        }
        Ok(())
    }

    /// Writes what the link takes now. A link that takes nothing any more is found out by reading.
    pub(super) fn flush(&mut self) {
        while !self.outgoing.is_empty() {
            match self.outgoing.write(&self.child.link) {
                Ok(written) => self.bytes += written as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.outgoing.clear(),
            }
        }
    }

    /// What to wait for.
    pub(super) fn interest(&self) -> PollFd<'_> {
        let writing = if self.outgoing.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        PollFd::from_borrowed_fd(self.link(), PollFlags::IN | writing)
    }

    fn link(&self) -> BorrowedFd<'_> {
        self.child.link.as_fd()
    }

    /// Reads once. A socket's end comes after its last byte, so nothing that a dead worker said is lost.
    pub(super) fn read(&mut self) -> Reading {
        let read = (&self.child.link).read(self.decoder.reading_room(READ));
        self.decoder.arrived(*read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Reading::Closed,
            Ok(read) => {
                self.bytes += read as u64;
                self.sum_arriving();
                Reading::Open
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Reading::Open,
            Err(_) => Reading::Closed,
        }
    }

    /// What it has said in whole frames, and what is wrong with what follows.
    pub(super) fn said(&mut self) -> (Vec<Word>, Option<FrameError>) {
        let mut said = Vec::new();
        loop {
            match self.next_word() {
                Ok(Some(word)) => said.push(word),
                Ok(None) => return (said, None),
                Err(error) => return (said, Some(error)),
            }
        }
    }

    fn next_word(&mut self) -> Result<Option<Word>, FrameError> {
        while let Some((kind, payload)) = self.decoder.next_frame()? {
            return Ok(Some(match kind {
                FrameKind::Ready => Word::Ready,
                FrameKind::Done => {
                    let results = read_results(payload)?;
                    let count = results.outputs.len().min(self.loads.len());
                    Word::Done(results, self.loads.drain(..count).collect())
                }
                FrameKind::Report => Word::Report(content(payload)?),
                FrameKind::Exhausted => Word::Exhausted,
                FrameKind::Nudge => Word::Nudge,
                FrameKind::Struck => Word::Struck(content(payload)?),
                FrameKind::Load => {
                    self.note_load()?;
                    continue;
                }
                kind => return Err(FrameError::Unexpected(kind)),
            }));
        }
        Ok(None)
    }

    /// Reads what has come of a payload, while it is still in a cache: a long one comes in many pieces.
    fn sum_arriving(&mut self) {
        let (sum, count) = &mut self.arriving;
        if let Some(come) = self.decoder.arriving_load() {
            sum.update(&come[*count..]);
            *count = come.len();
        }
    }

    /// Reads the rest of a payload that came back.
    fn note_load(&mut self) -> Result<(), FrameError> {
        let (payload, said) = self.decoder.last();
        let (mut sum, count) = std::mem::take(&mut self.arriving);
        sum.update(&payload[count..]);
        let sum = sum.finalize();
        if sum != said {
            return Err(FrameError::Checksum);
        }
        self.loads.push_back(sum);
        Ok(())
    }

    /// Ends it at once.
    pub(super) fn kill(&self) {
        self.child.kill();
    }

    /// Ends it and says what ended it: itself, if its link closed first.
    pub(super) fn bury(mut self) -> Cause {
        let ended = self.ended_by(clock::now().plus(GRACE));
        if !ended {
            self.child.kill();
        }
        match self.child.wait() {
            Ok(cause) if ended => cause,
            Ok(_) => Cause::Protocol("it closed its link".to_owned()),
            Err(error) => Cause::Protocol(format!("its end is unknown: {error}")),
        }
    }

    /// Asks it to exit.
    pub(super) fn dismiss(&mut self) {
        // A frame without content can be encoded.
        if self.queue(FrameKind::Finish, &()).is_ok() {
            self.flush();
        }
    }

    /// Waits until it has ended; not beyond `deadline`, but for what has ended by then.
    pub(super) fn ended_by(&self, deadline: Nanos) -> bool {
        let left = std::time::Duration::from_nanos(deadline.since(clock::now()).0);
        let Ok(left) = Timespec::try_from(left) else { return false };
        let mut ends = [PollFd::from_borrowed_fd(self.child.pidfd(), PollFlags::IN)];
        matches!(poll(&mut ends, Some(&left)), Ok(1..))
    }
}
