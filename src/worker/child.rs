//! The life of a worker process: take tasks from the link, execute them, answer.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;

use super::frame::{Decoder, FrameError, FrameKind, content, encode};
use super::message::{Assignment, Done, Tasks};
use crate::board::{Board, BoardError, State};
use crate::child::{Lifeline, OrphanError, attach, receive_with_descriptor};
use crate::gil::Gil;
use crate::spec::SWITCH_INTERVAL;
use crate::task::{Runner, RunnerSetup, WorkerReport};
use crate::units::Nanos;
use crate::workload::GilModel;

/// How much is read at a time, in bytes.
const READ: usize = 64 << 10;

/// Answers that wait for company at most, so that the supervisor can send new tasks while others are executed.
const ANSWERS: usize = 128;

/// Bytes of answers that wait at most.
const ANSWER_BYTES: usize = 256 << 10;

/// How long answers wait at most, as far as timed tasks tell.
const PATIENCE: Nanos = Nanos::from_micros(250);

/// Why a worker cannot go on.
#[derive(Debug, thiserror::Error)]
enum WorkerError {
    #[error(transparent)]
    Orphan(#[from] OrphanError),
    #[error(transparent)]
    Board(#[from] BoardError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the link failed: {0}")]
    Link(#[from] std::io::Error),
    #[error("the board has no seat for this worker")]
    NoSeat,
}

/// The life of a worker process; `arguments` are those after `worker`.
#[must_use]
pub fn main(arguments: &[String]) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "partui worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &[String]) -> Result<(), WorkerError> {
    let Lifeline { link } = attach(arguments)?;
    let board = Board::open(receive_with_descriptor(&link)?)?;
    let mut connection = Connection::new(link);
    let assignment: Assignment = connection.expect(FrameKind::Setup)?;
    let runner = seat(assignment, Arc::new(board))?;
    connection.say(FrameKind::Ready, &())?;
    Worker { connection, runner, pending: Done::default(), pending_bytes: 0, answered: Nanos::ZERO }.work()
}

fn seat(assignment: Assignment, board: Arc<Board>) -> Result<Runner, WorkerError> {
    let Assignment { worker, configuration, job, task_cost } = assignment;
    if worker.0 >= board.workers() {
        return Err(WorkerError::NoSeat);
    }
    let setup = RunnerSetup {
        board,
        computation: configuration.workload().computation(&job).into(),
        gil: configuration.gil.then(|| Arc::new(Gil::new(SWITCH_INTERVAL))),
        model: configuration.gil_model.unwrap_or(GilModel::Bytecode),
        task_cost,
    };
    let runner = Runner::new(setup, worker);
    runner.seat().rest(State::Idle);
    Ok(runner)
}

/// A worker between its first and its last frame.
struct Worker {
    connection: Connection,
    runner: Runner,
    pending: Done,
    pending_bytes: usize,
    /// When answers were last sent.
    answered: Nanos,
}

impl Worker {
    fn work(mut self) -> Result<(), WorkerError> {
        loop {
            if !self.connection.has_frame()? {
                self.answer()?;
            }
            match self.connection.frame()? {
                (FrameKind::Begin, payload) => {
                    let start = content(payload)?;
                    self.connection.reset_count();
                    self.answered = start;
                    self.runner.begin(State::Ipc, start);
                }
                (FrameKind::Tasks, payload) => {
                    let tasks = content(payload)?;
                    self.execute(tasks)?;
                }
                (FrameKind::Drained, _) => self.report()?,
                (FrameKind::Finish, _) => return Ok(()),
                (kind, _) => return Err(FrameError::Unexpected(kind).into()),
            }
        }
    }

    fn execute(&mut self, Tasks { first, tasks }: Tasks) -> Result<(), WorkerError> {
        if self.pending.first + self.pending.outputs.len() as u64 != first {
            self.answer()?;
            self.pending.first = first;
        }
        for task in &tasks {
            let output = self.runner.run(task);
            self.pending_bytes += output.as_ref().map_or(0, |output| output.bytes.len());
            self.pending.outputs.push(output);
            if self.is_answer_due() {
                self.answer()?;
            }
        }
        self.runner.seat().rest(State::Ipc);
        Ok(())
    }

    fn is_answer_due(&self) -> bool {
        self.pending.outputs.len() >= ANSWERS
            || self.pending_bytes >= ANSWER_BYTES
            || self.runner.last_clock().since(self.answered) >= PATIENCE
    }

    /// Sends the answers that wait, if there are any.
    fn answer(&mut self) -> Result<(), WorkerError> {
        if self.pending.outputs.is_empty() {
            return Ok(());
        }
        self.runner.seat().rest(State::Ipc);
        self.connection.say(FrameKind::Done, &self.pending)?;
        self.pending.first += self.pending.outputs.len() as u64;
        self.pending.outputs.clear();
        self.pending_bytes = 0;
        self.answered = self.runner.last_clock();
        let (bytes_in, bytes_out) = self.connection.count();
        self.runner.seat().slot().bytes(bytes_in, bytes_out);
        Ok(())
    }

    fn report(&mut self) -> Result<(), WorkerError> {
        self.answer()?;
        let report: WorkerReport = self.runner.finish();
        self.connection.say(FrameKind::Report, &report)
    }
}

/// The link, read and written in whole frames.
struct Connection {
    link: UnixStream,
    decoder: Decoder,
    buffer: Vec<u8>,
    bytes_in: u64,
    bytes_out: u64,
}

impl Connection {
    fn new(link: UnixStream) -> Self {
        Self { link, decoder: Decoder::default(), buffer: Vec::new(), bytes_in: 0, bytes_out: 0 }
    }

    fn say(&mut self, kind: FrameKind, what: &impl serde::Serialize) -> Result<(), WorkerError> {
        self.buffer.clear();
        encode(&mut self.buffer, kind, what)?;
        self.link.write_all(&self.buffer)?;
        self.bytes_out += self.buffer.len() as u64;
        Ok(())
    }

    /// Whether a whole frame has arrived already.
    fn has_frame(&mut self) -> Result<bool, WorkerError> {
        Ok(self.decoder.peek()?)
    }

    /// The next frame, waited for.
    fn frame(&mut self) -> Result<(FrameKind, &[u8]), WorkerError> {
        while !self.decoder.peek()? {
            let read = self.link.read(self.decoder.room(READ));
            self.decoder.arrived(READ, *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
                Ok(read) => self.bytes_in += read as u64,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.decoder.next_frame()?.ok_or_else(|| FrameError::Header.into())
    }

    fn expect<T: serde::de::DeserializeOwned>(&mut self, wanted: FrameKind) -> Result<T, WorkerError> {
        match self.frame()? {
            (kind, payload) if kind == wanted => Ok(content(payload)?),
            (kind, _) => Err(FrameError::Unexpected(kind).into()),
        }
    }

    /// Bytes in and out since the sample began.
    const fn count(&self) -> (u64, u64) {
        (self.bytes_in, self.bytes_out)
    }

    fn reset_count(&mut self) {
        (self.bytes_in, self.bytes_out) = (0, 0);
    }
}
