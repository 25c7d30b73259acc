//! The life of a worker process: take tasks from the link, execute them, answer.

use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::sync::Arc;

use super::claimant::Claimant;
use super::connection::{Connection, WorkerError};
use super::dataset;
use super::desk::MemoryError;
use super::frame::{FrameError, FrameKind, content};
use super::message::Assignment;
use super::owner::RemoteTable;
use super::parcel::{Tasks, read_tasks};
use super::struck::crier;
use crate::board::{Board, State};
use crate::child::{Lifeline, attach, receive_with_descriptors};
use crate::gil::Gil;
use crate::spec::SWITCH_INTERVAL;
use crate::task::{Payload, Results, Runner, RunnerSetup, Trap, WorkerReport};
use crate::units::Nanos;
use crate::workload::{Dataset, GilModel, Task};

/// Answers that wait for company at most, so that the supervisor can send new tasks while others are executed.
pub(super) const ANSWERS: usize = 128;

/// How long answers wait at most, as far as timed tasks tell.
pub(super) const PATIENCE: Nanos = Nanos::from_micros(250);

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
    let Lifeline { link, watch } = attach(arguments)?;
    let mut descriptors = receive_with_descriptors(&link)?.into_iter();
    let board = Board::receive(&mut descriptors)?;
    let side_link = link.try_clone()?;
    let mut connection = Connection::new(link);
    let assignment: Assignment = connection.expect(FrameKind::Setup)?;
    let has_payloads = assignment.configuration.payload.0 > 0;
    let claimant = claimant(&mut descriptors, &assignment)?;
    let dataset = mapped(&mut descriptors, &assignment)?;
    let fault = assignment.configuration.fault;
    let trap = fault.map(|fault| Arc::new(Trap::new(fault.kind, crier(side_link, fault.kind))));
    let runner = seat(assignment, dataset, Arc::new(board), trap.clone())?;
    connection.say(FrameKind::Ready, &())?;
    watch.begin()?;
    Worker { runner, claimant, answers: Answers::new(connection), has_payloads, trap }.work()
}

/// Takes a seat at the desk, if there is one.
fn claimant(
    descriptors: &mut impl Iterator<Item = OwnedFd>,
    assignment: &Assignment,
) -> Result<Option<Claimant>, WorkerError> {
    let Some(shape) = assignment.desk else { return Ok(None) };
    let descriptor = descriptors.next().ok_or(MemoryError::Foreign)?;
    let plan = assignment.configuration.workload().plan(&assignment.job);
    Claimant::new(descriptor, shape, plan, assignment.worker).map(Some)
}

/// Maps the dataset, if there is one.
fn mapped(
    descriptors: &mut impl Iterator<Item = OwnedFd>,
    assignment: &Assignment,
) -> Result<Option<Dataset>, WorkerError> {
    if !assignment.has_dataset {
        return Ok(None);
    }
    let descriptor = descriptors.next().ok_or(MemoryError::Foreign)?;
    Ok(Some(dataset::map(descriptor.as_fd())?))
}

fn seat(
    assignment: Assignment,
    dataset: Option<Dataset>,
    board: Arc<Board>,
    trap: Option<Arc<Trap>>,
) -> Result<Runner, WorkerError> {
    let Assignment { worker, configuration, job, task_cost, owner, .. } = assignment;
    if worker.0 >= board.workers() {
        return Err(WorkerError::NoSeat);
    }
    let workload = configuration.workload();
    let computation =
        dataset.map_or_else(|| workload.computation(&job), |numbers| workload.computation_over(&job, numbers));
    let setup = RunnerSetup {
        board,
        computation: computation.into(),
        payload: None,
        table: None,
        gil: configuration.gil.then(|| Arc::new(Gil::new(SWITCH_INTERVAL))),
        model: configuration.gil_model.unwrap_or(GilModel::Bytecode),
        task_cost,
        trap,
    };
    let mut runner = Runner::new(setup, worker);
    if let Some(name) = owner {
        runner.share(Box::new(RemoteTable::connect(&name)?));
    }
    runner.seat().rest(State::Idle);
    Ok(runner)
}

/// A worker between its first and its last frame.
struct Worker {
    runner: Runner,
    claimant: Option<Claimant>,
    answers: Answers,
    has_payloads: bool,
    /// `None` where nothing is to go wrong on purpose.
    trap: Option<Arc<Trap>>,
}

impl Worker {
    fn work(mut self) -> Result<(), WorkerError> {
        loop {
            if !self.answers.link.connection.has_frame()? {
                self.answers.send(&self.runner)?;
            }
            match self.answers.link.connection.frame()? {
                (FrameKind::Begin, payload) => {
                    let start = content(payload)?;
                    self.begin(start)?;
                }
                (FrameKind::Arm, payload) => {
                    let tasks: Vec<u64> = content(payload)?;
                    self.trap.iter().for_each(|trap| trap.add(&tasks));
                }
                (FrameKind::Tasks, payload) => {
                    let tasks = read_tasks(payload)?;
                    self.execute(&tasks)?;
                }
                (FrameKind::Drained, _) => self.report()?,
                (FrameKind::Finish, _) => return Ok(()),
                (kind, _) => return Err(FrameError::Unexpected(kind).into()),
            }
        }
    }

    fn begin(&mut self, start: Nanos) -> Result<(), WorkerError> {
        self.answers.link.begin(start);
        self.runner.begin(State::Ipc, start);
        let Some(claimant) = &mut self.claimant else { return Ok(()) };
        claimant.work(&mut self.runner, &mut self.answers.link.connection, self.trap.as_deref())
    }

    fn execute(&mut self, Tasks { first, tasks }: &Tasks) -> Result<(), WorkerError> {
        let Self { runner, answers, has_payloads, .. } = self;
        answers.waiting.start_at(*first);
        if *has_payloads {
            return tasks.iter().try_for_each(|task| answers.answer_loaded(task, runner));
        }
        let Answers { waiting, link } = answers;
        let mut sent = Ok(());
        runner.run_each(tasks, waiting, |runner, results| {
            if sent.is_ok() && link.is_due(results, runner) {
                sent = link.send(results, runner);
            }
        });
        runner.seat().rest(State::Ipc);
        sent
    }

    fn report(&mut self) -> Result<(), WorkerError> {
        self.answers.send(&self.runner)?;
        let report: WorkerReport = self.runner.finish();
        self.answers.link.connection.say(FrameKind::Report, &report)
    }
}

/// Answers that wait for company, and the link that they will take.
struct Answers {
    waiting: Results,
    link: Outbound,
}

impl Answers {
    fn new(connection: Connection) -> Self {
        Self { waiting: Results::default(), link: Outbound { connection, sent: Nanos::ZERO } }
    }

    /// Waits for the payload of a task, executes it, and gives the payload back with the answer.
    fn answer_loaded(&mut self, task: &Task, runner: &mut Runner) -> Result<(), WorkerError> {
        let connection = &mut self.link.connection;
        match connection.frame()? {
            (FrameKind::Load, payload) => runner.run_loaded(task, Payload::Arrived(payload), &mut self.waiting),
            (kind, _) => return Err(FrameError::Unexpected(kind).into()),
        }
        self.link.give_back(&mut self.waiting, runner)
    }

    /// Sends the answers that wait, if there are any.
    fn send(&mut self, runner: &Runner) -> Result<(), WorkerError> {
        if self.waiting.outputs.is_empty() { Ok(()) } else { self.link.send(&mut self.waiting, runner) }
    }
}

/// The way out for answers.
struct Outbound {
    connection: Connection,
    /// When answers were last sent.
    sent: Nanos,
}

impl Outbound {
    fn begin(&mut self, start: Nanos) {
        self.connection.reset_count();
        self.sent = start;
    }

    /// Whether these answers are enough, or old enough as far as timed tasks tell.
    fn is_due(&self, results: &Results, runner: &Runner) -> bool {
        results.outputs.len() >= ANSWERS || runner.last_clock().since(self.sent) >= PATIENCE
    }

    /// Sends what became of tasks.
    fn send(&mut self, results: &mut Results, runner: &Runner) -> Result<(), WorkerError> {
        runner.seat().rest(State::Ipc);
        self.connection.answer(results)?;
        self.note_sent(results, runner);
        Ok(())
    }

    /// Sends what became of a task, and its payload.
    fn give_back(&mut self, results: &mut Results, runner: &Runner) -> Result<(), WorkerError> {
        runner.seat().rest(State::Ipc);
        self.connection.give_back(results)?;
        self.note_sent(results, runner);
        Ok(())
    }

    fn note_sent(&mut self, results: &mut Results, runner: &Runner) {
        results.clear();
        self.sent = runner.last_clock();
        let (bytes_in, bytes_out) = self.connection.count();
        runner.seat().slot().bytes(bytes_in, bytes_out);
    }
}
