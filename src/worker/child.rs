//! The life of a worker process: take tasks from the link, execute them, answer.

use std::io::{ErrorKind, Read, Write};
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
use crate::workload::{GilModel, Output, TaskFailure};

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

impl WorkerError {
    /// Whether the other end of the link is gone.
    fn is_hang_up(&self) -> bool {
        let gone = [ErrorKind::UnexpectedEof, ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
        matches!(self, Self::Link(error) if gone.contains(&error.kind()))
    }
}

/// The life of a worker process; `arguments` are those after `worker`.
#[must_use]
pub fn main(arguments: &[String]) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Its engine has died, of which the conductor tells; what else could be said would get into the engine's last words.
        Err(error) if error.is_hang_up() => ExitCode::FAILURE,
        Err(error) => {
            // In one piece, since others complain at the same time.
            let _ = std::io::stderr().write_all(format!("partui worker: {error}\n").as_bytes());
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
    Worker { runner, answers: Answers::new(connection) }.work()
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
    runner: Runner,
    answers: Answers,
}

impl Worker {
    fn work(mut self) -> Result<(), WorkerError> {
        loop {
            if !self.answers.connection.has_frame()? {
                self.answers.send(&self.runner)?;
            }
            match self.answers.connection.frame()? {
                (FrameKind::Begin, payload) => {
                    let start = content(payload)?;
                    self.answers.begin(start);
                    self.runner.begin(State::Ipc, start);
                }
                (FrameKind::Tasks, payload) => {
                    let tasks = content(payload)?;
                    self.execute(&tasks)?;
                }
                (FrameKind::Drained, _) => self.report()?,
                (FrameKind::Finish, _) => return Ok(()),
                (kind, _) => return Err(FrameError::Unexpected(kind).into()),
            }
        }
    }

    fn execute(&mut self, Tasks { first, tasks }: &Tasks) -> Result<(), WorkerError> {
        let Self { runner, answers } = self;
        answers.continue_at(*first, runner)?;
        let mut sent = Ok(());
        runner.run_each(tasks, |runner, output| {
            if sent.is_ok() {
                sent = answers.add(output, runner);
            }
        });
        runner.seat().rest(State::Ipc);
        sent
    }

    fn report(&mut self) -> Result<(), WorkerError> {
        self.answers.send(&self.runner)?;
        let report: WorkerReport = self.runner.finish();
        self.answers.connection.say(FrameKind::Report, &report)
    }
}

/// Answers that wait for company, and the link that they will take.
struct Answers {
    connection: Connection,
    waiting: Done,
    bytes: usize,
    /// When answers were last sent.
    sent: Nanos,
}

impl Answers {
    fn new(connection: Connection) -> Self {
        Self { connection, waiting: Done::default(), bytes: 0, sent: Nanos::ZERO }
    }

    fn begin(&mut self, start: Nanos) {
        self.connection.reset_count();
        self.sent = start;
    }

    /// The next answers are those of the tasks from `first` on; what waits is sent if it does not lead there.
    fn continue_at(&mut self, first: u64, runner: &Runner) -> Result<(), WorkerError> {
        if self.waiting.first + self.waiting.outputs.len() as u64 != first {
            self.send(runner)?;
            self.waiting.first = first;
        }
        Ok(())
    }

    /// Adds an answer; sends what waits when that is enough, or old enough as far as timed tasks tell.
    fn add(&mut self, output: Result<Output, TaskFailure>, runner: &Runner) -> Result<(), WorkerError> {
        self.bytes += output.as_ref().map_or(0, |output| output.bytes.len());
        self.waiting.outputs.push(output);
        let enough = self.waiting.outputs.len() >= ANSWERS || self.bytes >= ANSWER_BYTES;
        if enough || runner.last_clock().since(self.sent) >= PATIENCE { self.send(runner) } else { Ok(()) }
    }

    /// Sends the answers that wait, if there are any.
    fn send(&mut self, runner: &Runner) -> Result<(), WorkerError> {
        if self.waiting.outputs.is_empty() {
            return Ok(());
        }
        runner.seat().rest(State::Ipc);
        self.connection.say(FrameKind::Done, &self.waiting)?;
        self.waiting.first += self.waiting.outputs.len() as u64;
        self.waiting.outputs.clear();
        self.bytes = 0;
        self.sent = runner.last_clock();
        let (bytes_in, bytes_out) = self.connection.count();
        runner.seat().slot().bytes(bytes_in, bytes_out);
        Ok(())
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
            self.decoder.arrived(*read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(read) => self.bytes_in += read as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
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
