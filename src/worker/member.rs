//! One worker process as the pool holds it: the process, its link without blocking, and what waits to be written.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

use super::frame::{Decoder, FrameError, FrameKind, content, encode};
use super::message::Done;
use crate::board::Board;
use crate::child::{Cause, ChildProcess, Role, SpawnError, send_with_descriptor, spawn};
use crate::task::WorkerReport;

/// How much is read at a time, in bytes.
const READ: usize = 256 << 10;

/// How long a worker that closed its link may take to end by itself before it is ended.
const GRACE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// A worker process and its link.
pub(super) struct Member {
    child: ChildProcess,
    decoder: Decoder,
    outgoing: Vec<u8>,
    written: usize,
    /// Bytes that crossed the link, both ways.
    pub(super) bytes: u64,
}

/// What a worker may say.
#[derive(Debug)]
pub(super) enum Word {
    /// It can begin.
    Ready,
    /// Outputs of consecutive tasks.
    Done(Done),
    /// Its account of the sample.
    Report(Box<WorkerReport>),
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
    /// Starts a worker and gives it the board.
    pub(super) fn start(program: &Path, board: &Board) -> Result<Self, SpawnError> {
        let child = spawn(program, Role::Worker)?;
        let prepared =
            send_with_descriptor(&child.link, board.descriptor()).and_then(|()| child.link.set_nonblocking(true));
        match prepared {
            Ok(()) => Ok(Self { child, decoder: Decoder::default(), outgoing: Vec::new(), written: 0, bytes: 0 }),
            Err(source) => Err(SpawnError { program: program.to_owned(), source }),
        }
    }

    /// Its process number.
    pub(super) fn process(&self) -> u32 {
        self.child.pid().as_raw_nonzero().get().unsigned_abs()
    }

    /// Puts a frame behind those that wait to be written.
    pub(super) fn queue(&mut self, kind: FrameKind, what: &impl Serialize) -> Result<(), FrameError> {
        if self.written == self.outgoing.len() {
            self.outgoing.clear();
            self.written = 0;
        }
        encode(&mut self.outgoing, kind, what)
    }

    /// Writes what the link takes now. A link that takes nothing any more is found out by reading.
    pub(super) fn flush(&mut self) {
        while self.written < self.outgoing.len() {
            match (&self.child.link).write(&self.outgoing[self.written..]) {
                Ok(written) => {
                    self.written += written;
                    self.bytes += written as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.written = self.outgoing.len();
                    return;
                }
            }
        }
    }

    /// What to wait for.
    pub(super) fn interest(&self) -> PollFd<'_> {
        let writing = if self.written < self.outgoing.len() { PollFlags::OUT } else { PollFlags::empty() };
        PollFd::from_borrowed_fd(self.link(), PollFlags::IN | writing)
    }

    fn link(&self) -> BorrowedFd<'_> {
        self.child.link.as_fd()
    }

    /// Reads once. A socket's end comes after its last byte, so nothing that a dead worker said is lost.
    pub(super) fn read(&mut self) -> Reading {
        let read = (&self.child.link).read(self.decoder.room(READ));
        self.decoder.arrived(*read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Reading::Closed,
            Ok(read) => {
                self.bytes += read as u64;
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
        let Some((kind, payload)) = self.decoder.next_frame()? else { return Ok(None) };
        Ok(Some(match kind {
            FrameKind::Ready => Word::Ready,
            FrameKind::Done => Word::Done(content(payload)?),
            FrameKind::Report => Word::Report(content(payload)?),
            kind => return Err(FrameError::Unexpected(kind)),
        }))
    }

    /// Ends it at once.
    pub(super) fn kill(&self) {
        self.child.kill();
    }

    /// Ends it and says what ended it: itself, if its link closed first.
    pub(super) fn bury(mut self) -> Cause {
        let ended = self.ended_by_itself();
        if !ended {
            self.child.kill();
        }
        match self.child.wait() {
            Ok(cause) if ended => cause,
            Ok(_) => Cause::Protocol("it closed its link".to_owned()),
            Err(error) => Cause::Protocol(format!("its end is unknown: {error}")),
        }
    }

    fn ended_by_itself(&self) -> bool {
        let mut ends = [PollFd::from_borrowed_fd(self.child.pidfd(), PollFlags::IN)];
        matches!(poll(&mut ends, Some(&GRACE)), Ok(1..))
    }

    /// Asks it to exit and waits until it does, briefly.
    pub(super) fn dismiss(mut self) -> io::Result<()> {
        if self.queue(FrameKind::Finish, &()).is_ok() {
            self.flush();
            let _ = self.ended_by_itself();
        }
        self.child.kill();
        self.child.wait().map(drop)
    }
}
