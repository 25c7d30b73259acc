//! HOW tasks are run: the trait, the registry, one file per backend.
//!
//! Starting a pool and running a plan are timed apart, since that is what textbooks confuse. Pools live over the samples
//! of their configuration and wait between them without spinning.

mod cursor;
mod exchange;
mod gather;
mod meeting;
mod outputs;
mod processes;
mod rayon;
mod sequential;
mod threads;
mod tokio;

use std::sync::Arc;

use crate::board::Board;
use crate::gil::{Gil, GilStats};
use crate::spec::{BackendId, Chunk, Configuration, LockScope, SWITCH_INTERVAL};
use crate::task::{PayloadBlock, RunnerSetup, StripedTable, Trap, WorkerReport, timed_every};
use crate::units::{Bytes, Nanos};
use crate::worker::{Deceased, PoolFailure};
use crate::workload::{GilModel, Job, Plan, TaskFailure};

pub use self::outputs::Outputs;

/// Every backend, in the order of [`BackendId::ALL`].
pub const BACKENDS: &[&dyn Backend] =
    &[&sequential::Sequential, &threads::Threads, &rayon::Rayon, &processes::Processes, &tokio::Async];

/// The backend with this id.
///
/// # Panics
/// When the registry lacks it; a law test excludes that.
#[must_use]
pub fn by_id(id: BackendId) -> &'static dyn Backend {
    *BACKENDS.iter().find(|backend| backend.id() == id).expect("every backend id has a backend")
}

/// A way to run tasks.
pub trait Backend: Sync {
    /// Which one this is.
    fn id(&self) -> BackendId;

    /// Starts the workers and waits until all of them are ready.
    ///
    /// # Errors
    /// When workers cannot be started.
    fn start(&self, setup: PoolSetup) -> Result<Box<dyn Pool>, PoolError>;
}

/// Workers that are ready.
pub trait Pool {
    /// Runs the plan once.
    ///
    /// # Errors
    /// When the pool cannot go on; tasks that fail by themselves are part of a [`PoolRun`].
    fn run(&mut self) -> Result<PoolRun, PoolError>;

    /// The processes besides this one that workers live in.
    fn processes(&self) -> Vec<u32> {
        Vec::new()
    }
}

/// The bytes of payloads that are claimed at a time. Payloads that wait for their turn should still be in a cache when it
/// comes.
const PAYLOADS_AT_A_TIME: u64 = 1 << 20;

/// What a pool needs to know, whatever its backend.
#[derive(Clone)]
pub struct PoolSetup {
    /// What is measured.
    pub configuration: Arc<Configuration>,
    /// The work.
    pub job: Arc<Job>,
    /// Its tasks.
    pub plan: Arc<Plan>,
    /// What one task takes alone.
    pub task_cost: Nanos,
    /// Where workers show what they do.
    pub board: Arc<Board>,
    /// The table that its tasks share; `None` where the workload has none. Who runs the pool clears it before each run.
    pub table: Option<Arc<StripedTable>>,
    /// Hears of workers that died, while the run goes on.
    pub witness: Arc<dyn Fn(Deceased) + Send + Sync>,
    /// Which tasks are to be struck; `None` where nothing is to go wrong on purpose.
    pub trap: Option<Arc<Trap>>,
    /// The lock of this process; `None` where it is off.
    pub gil: Option<Arc<Gil>>,
}

/// Why a pool cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// No thread could be started.
    #[error("cannot start worker {worker}: {reason}")]
    Start {
        /// Which one, counted from 1.
        worker: u32,
        /// The system's reason.
        reason: String,
    },
    /// No process could be started or kept.
    #[error(transparent)]
    Processes(PoolFailure),
    /// A worker thread of this process is gone.
    #[error("a worker thread ended before its work did")]
    ThreadLost,
}

/// One execution of the plan.
#[derive(Debug, Default)]
pub struct PoolRun {
    /// The release of the barrier, on the monotonic clock.
    pub start: Nanos,
    /// Outputs in task order; a lost task has a default one.
    pub outputs: Outputs,
    /// Tasks without an output, with the reason.
    pub lost: Vec<(u64, TaskFailure)>,
    /// How many of these were given up after their workers had died; the others failed by themselves.
    pub given_up: u64,
    /// The sum of [`payload_proof`](crate::task::payload_proof) over all tasks whose payload was read and given back; 0
    /// where tasks have none.
    pub payloads: u64,
    /// What each worker says of the run; a worker that died says nothing.
    pub reports: Vec<WorkerReport>,
    /// How often the lock changed hands; `None` where nobody can wait for it.
    pub gil_switches: Option<u64>,
    /// Bytes that crossed between processes, both ways; `None` where workers share this process.
    pub ipc_bytes: Option<u64>,
    /// Workers that died or misbehaved.
    pub deaths: u64,
    /// Workers started in place of dead ones.
    pub respawns: u64,
    /// Tasks run again.
    pub retried: u64,
}

/// The lock of a process that a configuration asks for; `None` where it is off.
#[must_use]
pub fn lock_of(configuration: &Configuration) -> Option<Arc<Gil>> {
    let interval = configuration.switch_interval.unwrap_or(SWITCH_INTERVAL);
    configuration.gil.then(|| Arc::new(Gil::new(interval)))
}

impl PoolSetup {
    /// What each runner of this process needs.
    #[must_use]
    pub fn runner(&self) -> RunnerSetup {
        RunnerSetup {
            board: Arc::clone(&self.board),
            computation: self.configuration.workload().computation(&self.job).into(),
            gil: self.gil.clone(),
            payload: PayloadBlock::new(self.configuration.payload),
            table: self.table.clone(),
            model: self.configuration.gil_model.unwrap_or(GilModel::Bytecode),
            task_cost: self.task_cost,
            trap: self.trap.clone(),
        }
    }

    /// The figures of this process's lock so far; `None` where it is off.
    fn lock_stats(&self) -> Option<GilStats> {
        self.gil.as_ref().map(|gil| gil.stats())
    }

    /// One task in this many is timed.
    #[must_use]
    pub fn timed_every(&self) -> u32 {
        timed_every(self.task_cost)
    }

    /// Whether workers of one process share the lock, so that its switches mean something.
    fn shares_lock(&self) -> bool {
        self.configuration.gil && self.configuration.backend.facts().lock == LockScope::Shared
    }

    /// How many tasks are claimed at a time: about 200 µs of work, at most tasks / (4 × workers) and a mebibyte of
    /// payloads, at least one.
    #[must_use]
    pub fn chunk(&self) -> u64 {
        match self.configuration.chunk {
            Some(Chunk::Fixed(chunk)) => chunk.into(),
            Some(Chunk::Auto) | None => {
                let tasks = self.plan.tasks.len() as u64;
                automatic_chunk(
                    self.task_cost,
                    self.configuration.payload,
                    tasks / u64::from(self.configuration.workers),
                )
            }
        }
    }
}

/// How many tasks are claimed at a time where nobody says it, with so many tasks for each worker.
fn automatic_chunk(task_cost: Nanos, payload: Bytes, tasks_each: u64) -> u64 {
    let by_time = 200_000 / task_cost.0.max(1);
    let by_payload = PAYLOADS_AT_A_TIME / payload.0.max(1);
    by_time.min(by_payload).min(tasks_each / 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_worth_their_claim_and_leave_enough_for_everybody() {
        for (task_cost, payload, tasks_each, expected) in [
            (1_000, 0, 10_000, 200),
            (1_000, 0, 100, 25),
            (0, 0, 10_000_000, 200_000),
            (1_000_000, 0, 100, 1),
            (1_000, 64 << 10, 10_000, 16),
            (50_000, 1 << 20, 10_000, 1),
            (1_000, 16 << 20, 10_000, 1),
        ] {
            let chunk = automatic_chunk(Nanos(task_cost), Bytes(payload), tasks_each);
            assert_eq!(chunk, expected, "{task_cost} ns, {payload} bytes, {tasks_each} tasks");
        }
    }
}
