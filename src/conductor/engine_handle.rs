//! One engine as the conductor holds it: its process, its board, what it says and what it still has to be told. Never
//! blocks on an engine, whatever that does.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{ChildStderr, ChildStdout};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::{SendFlags, send};

use super::hearing::{LastWords, Lines};
use super::order::Ending;
use crate::board::{Board, RecordedAs, Recording};
use crate::child::{Cause, ChildProcess, Role, send_with_descriptors, spawn};
use crate::engine::{Event, Order};

/// How long an engine may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much is read from one engine before the others have their turn, in bytes.
const AT_A_TIME: usize = 1 << 20;

/// Something of an engine that can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// It says something.
    Said,
    /// It complains.
    Complained,
    /// It can take more of what it is told.
    Listens,
    /// It is gone.
    Ended,
}

/// A running engine. Dropping it kills it and its workers.
#[derive(Debug)]
pub(super) struct EngineHandle {
    child: ChildProcess,
    board: Arc<Board>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    lines: Lines,
    last_words: LastWords,
    outbox: Vec<u8>,
    deadline: Option<Deadline>,
    complaint: Option<String>,
}

/// When an engine must have ended.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Instant,
    /// What it did wrong if it has not.
    breach: &'static str,
}

impl Deadline {
    fn from_now(breach: &'static str) -> Self {
        Self { at: Instant::now() + PATIENCE, breach }
    }
}

impl EngineHandle {
    /// Starts an engine with a board for that many workers, whose spans go into `recording` if there is one.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub(super) fn start(
        program: &Path,
        workers: u32,
        recording: Option<(Arc<Recording>, RecordedAs)>,
    ) -> Result<Self, String> {
        let board = Board::create(workers).map_err(|error| error.to_string())?;
        let board = match recording {
            Some((recording, by)) => board.recorded(recording, by),
            None => board,
        };
        let child = spawn(program, Role::Engine).map_err(|error| error.to_string())?;
        Self::attach(child, board).map_err(|error| format!("cannot talk to the engine: {error}"))
    }

    fn attach(mut child: ChildProcess, board: Board) -> io::Result<Self> {
        // An engine that is gone already is heard of through its end, like one that dies later.
        let _ = send_with_descriptors(&child.link, &board.descriptors());
        child.link.set_nonblocking(true)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        for output in [stdout.as_ref().map(AsFd::as_fd), stderr.as_ref().map(AsFd::as_fd)].into_iter().flatten() {
            ioctl_fionbio(output, true)?;
        }
        Ok(Self {
            child,
            board: Arc::new(board),
            stdout,
            stderr,
            lines: Lines::new(),
            last_words: LastWords::default(),
            outbox: Vec::new(),
            deadline: None,
            complaint: None,
        })
    }

    /// Where its workers can be watched.
    pub(super) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// What to wait for.
    pub(super) fn channels(&self) -> Vec<(Channel, PollFd<'_>)> {
        let mut channels = vec![(Channel::Ended, PollFd::from_borrowed_fd(self.child.pidfd(), PollFlags::IN))];
        channels.extend(self.stdout.as_ref().map(|out| (Channel::Said, PollFd::new(out, PollFlags::IN))));
        channels.extend(self.stderr.as_ref().map(|err| (Channel::Complained, PollFd::new(err, PollFlags::IN))));
        if !self.outbox.is_empty() {
            channels.push((Channel::Listens, PollFd::new(&self.child.link, PollFlags::OUT)));
        }
        channels
    }

    /// When it must have ended; `None` while it may live on.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.at)
    }

    /// Kills it if it should have ended by `now`.
    pub(super) fn end_if_overdue(&mut self, now: Instant) {
        if let Some(deadline) = self.deadline.take_if(|deadline| deadline.at <= now) {
            self.complain(deadline.breach.to_owned());
        }
    }

    /// Tells it something, now or when it listens.
    pub(super) fn tell(&mut self, order: &Order) {
        match serde_json::to_vec(order) {
            Ok(line) => self.outbox.extend(line.into_iter().chain([b'\n'])),
            Err(error) => self.complain(error.to_string()),
        }
        self.flush();
    }

    /// Lets it end by itself, within [`PATIENCE`].
    pub(super) fn finish(&mut self) {
        self.tell(&Order::Finish);
        self.deadline = Some(Deadline::from_now("it did not end when it was told to"));
    }

    /// Ends it and its workers at once; its end is reported like any other.
    pub(super) fn kill(&mut self) {
        self.deadline = None;
        self.child.kill();
    }

    /// Stops it and its workers where they are.
    pub(super) fn stop(&self) {
        self.child.stop();
    }

    /// Lets it and its workers go on.
    pub(super) fn resume(&self) {
        self.child.resume();
    }

    /// Sends as much as it takes just now.
    pub(super) fn flush(&mut self) {
        while !self.outbox.is_empty() {
            match send(&self.child.link, &self.outbox, SendFlags::NOSIGNAL) {
                Ok(sent) => drop(self.outbox.drain(..sent)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // It does not listen any more, which only an engine does that is about to end.
                Err(_) => self.outbox.clear(),
            }
        }
    }

    /// What it said since the last time. Whoever says something senseless is killed.
    pub(super) fn listen(&mut self) -> Vec<Event> {
        let Some(stdout) = &mut self.stdout else { return Vec::new() };
        let is_closed = read_available(stdout, |bytes| self.lines.push(bytes));
        if is_closed {
            // Nothing can be heard from it any more; if it is not about to end, it is made to.
            self.stdout = None;
            self.deadline.get_or_insert(Deadline::from_now("it closed its output and went on"));
        }
        let mut events = Vec::new();
        while self.complaint.is_none() {
            match self.lines.next_event() {
                Some(Ok(event)) => events.push(event),
                Some(Err(garbage)) => self.complain(garbage.to_string()),
                None => break,
            }
        }
        events
    }

    fn complain(&mut self, what: String) {
        self.complaint.get_or_insert(what);
        self.stdout = None;
        self.kill();
    }

    /// Keeps what it complained of.
    pub(super) fn hear_complaints(&mut self) {
        let Some(stderr) = &mut self.stderr else { return };
        if read_available(stderr, |bytes| self.last_words.push(bytes)) {
            self.stderr = None;
        }
    }

    /// Takes leave of an engine that has ended, with whatever it had still said; its workers go with it.
    pub(super) fn part(mut self) -> (Vec<Event>, Ending) {
        self.child.kill();
        let events = self.listen();
        self.hear_complaints();
        let ended = self.child.wait();
        self.board.record_rest();
        let cause = match (&self.complaint, ended) {
            (Some(what), _) => Cause::Protocol(what.clone()).to_string(),
            (None, Ok(cause)) => cause.to_string(),
            (None, Err(error)) => format!("ended in a way that the system does not tell: {error}"),
        };
        (events, Ending { cause, last_words: self.last_words.in_one_line() })
    }
}

/// Reads what is there, [`AT_A_TIME`] at most; says whether nothing will follow.
fn read_available(source: &mut impl Read, mut take: impl FnMut(&[u8])) -> bool {
    let mut buffer = [0; 16 << 10];
    for _ in 0..AT_A_TIME / buffer.len() {
        match source.read(&mut buffer) {
            Ok(0) => return true,
            Ok(length) => take(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
        }
    }
    false
}
