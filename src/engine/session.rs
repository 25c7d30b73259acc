//! An engine's state between orders.

use std::sync::Arc;

use super::calibrate::calibrate;
use super::lookout::Lookout;
use super::measure::sample;
use super::protocol::{Calibration, Event, Order};
use crate::backend::{self, Pool, PoolError, PoolSetup};
use crate::board::{Board, BoardError, Phase};
use crate::child::OrphanError;
use crate::fault::Home;
use crate::fault::Strikes;
use crate::machine::clock;
use crate::spec::Configuration;
use crate::task::{Crier, StripedTable, Trap};
use crate::units::Nanos;
use crate::worker::Deceased;
use crate::workload::{Job, Refusal};

/// Why an engine cannot do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It is not tied to a parent.
    #[error(transparent)]
    Orphan(#[from] OrphanError),
    /// What came with the link is no board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The pool cannot start or go on.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The work cannot be planned.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody asks what the workers would answer.
    #[error("the load generator cannot be reached: {0}")]
    LoadGenerator(std::io::Error),
    /// Nobody would be delayed by the workers.
    #[error("the loop in the foreground cannot start: {0}")]
    Foreground(std::io::Error),
    /// The conductor said something that makes no sense.
    #[error("not an order: {0}")]
    Order(String),
    /// A sample was ordered before a configuration.
    #[error("nothing is configured")]
    NotConfigured,
}

/// An engine without its process: follows orders, says events.
pub struct Session {
    board: Arc<Board>,
    say: Arc<dyn Fn(Event) + Send + Sync>,
    running: Option<Running>,
    /// `None` where the system does not let us look.
    lookout: Option<Lookout>,
}

/// A configuration with its pool.
struct Running {
    setup: PoolSetup,
    pool: Box<dyn Pool>,
    /// Whether the next sample's answer is to bring its artifact.
    artifact: bool,
}

impl Session {
    /// A session that nothing was ordered of yet.
    #[must_use]
    pub fn new(board: Arc<Board>, say: Arc<dyn Fn(Event) + Send + Sync>) -> Self {
        Self { board, say, running: None, lookout: Lookout::new().ok() }
    }

    /// Follows one order. Returns whether there can be another; what went wrong has been said.
    #[must_use]
    pub fn follow(&mut self, order: Order) -> bool {
        let followed = match order {
            Order::Calibrate { configuration, companion } => self.calibrate(&configuration, companion),
            Order::Configure { configuration, calibration, companion, artifact } => {
                self.configure(*configuration, &calibration, companion, artifact)
            }
            Order::Sample { sample, warmup } => self.sample(sample, warmup),
            Order::Finish => {
                self.running = None;
                return false;
            }
        };
        if let Err(error) = &followed {
            (self.say)(Event::Failed { message: error.to_string() });
        }
        followed.is_ok()
    }

    fn calibrate(&self, configuration: &Configuration, companion: Option<String>) -> Result<(), EngineError> {
        let calibration = calibrate(configuration, companion, &self.board)?;
        (self.say)(Event::Calibrated(Box::new(calibration)));
        Ok(())
    }

    fn configure(
        &mut self,
        configuration: Configuration,
        calibration: &Calibration,
        companion: Option<String>,
        artifact: bool,
    ) -> Result<(), EngineError> {
        let job = Job { companion, ..calibration.job(&configuration) };
        let plan = configuration.workload().plan(&job);
        let setup = PoolSetup {
            task_cost: calibration.task_cost,
            job: Arc::new(job),
            plan: Arc::new(plan),
            board: Arc::clone(&self.board),
            table: StripedTable::wanted(&configuration),
            witness: self.witness(),
            trap: configuration.fault.map(|fault| Arc::new(Trap::new(fault.kind, self.crier()))),
            gil: backend::lock_of(&configuration),
            configuration: Arc::new(configuration),
        };
        let tasks = setup.plan.tasks.len() as u64;
        self.board.set_phase(Phase::Starting, 0, tasks, Nanos::ZERO);
        let ordered = clock::now();
        let pool = backend::by_id(setup.configuration.backend).start(setup.clone())?;
        let startup = clock::now().since(ordered);
        self.running = Some(Running { setup, pool, artifact });
        (self.say)(Event::Ready { tasks, startup });
        Ok(())
    }

    fn crier(&self) -> Crier {
        let say = Arc::clone(&self.say);
        Box::new(move |task| say(Event::Struck { task }))
    }

    fn witness(&self) -> Arc<dyn Fn(Deceased) + Send + Sync> {
        let say = Arc::clone(&self.say);
        Arc::new(move |gone| {
            say(Event::Fault { worker: gone.worker, cause: gone.cause.to_string(), retried: gone.retried });
        })
    }

    fn sample(&mut self, number: u32, warmup: bool) -> Result<(), EngineError> {
        let running = self.running.as_mut().ok_or(EngineError::NotConfigured)?;
        let phase = if warmup { Phase::WarmUp } else { Phase::Sampling };
        let tasks = running.setup.plan.tasks.len() as u64;
        lay_trap(&running.setup, warmup);
        let start = clock::now();
        self.board.set_phase(phase, number, tasks, start);
        let watch = self.lookout.as_ref().map(|lookout| (lookout, lookout.begin()));
        let artifact = running.artifact && !warmup;
        let mut taken = sample(&running.setup, &mut *running.pool, artifact)?;
        if let Some((lookout, outset)) = watch {
            let has_children = running.setup.configuration.backend.facts().home == Home::Own;
            taken.surroundings = lookout.end(&outset, if has_children { taken.cpu } else { taken.programs });
            if taken.respawns > 0 {
                // Nobody knows what the dead have used, and it was not others who did.
                taken.surroundings.foreign_cpu = None;
            }
        }
        running.artifact &= taken.answer.as_ref().is_none_or(|answer| answer.artifact.is_none());
        self.board.set_phase(Phase::Done, number, tasks, start);
        taken.sample = number;
        taken.warmup = warmup;
        (self.say)(Event::Sample(Box::new(taken)));
        Ok(())
    }
}

/// Lays out what is to go wrong in the next sample; nothing does in a warm-up.
fn lay_trap(setup: &PoolSetup, warmup: bool) {
    if let (Some(trap), Some(fault)) = (&setup.trap, setup.configuration.fault) {
        let tasks = setup.plan.tasks.len() as u64;
        trap.lay(if warmup { Strikes::none(fault.kind) } else { Strikes::over(fault, tasks) });
    }
}
