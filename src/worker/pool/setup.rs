//! What a process pool is given, and what it gives back.

use std::sync::Arc;

use crate::board::Board;
use crate::child::{Cause, SpawnError};
use crate::spec::Configuration;
use crate::task::{StripedTable, Trap, WorkerReport};
use crate::units::{Nanos, WorkerId};
use crate::worker::desk::MemoryError;
use crate::worker::frame::FrameError;
use crate::worker::supervisor::Policy;
use crate::workload::{Job, Output, Plan, TaskFailure};

/// What a process pool needs to know.
pub struct ProcessSetup {
    /// What is measured.
    pub configuration: Arc<Configuration>,
    /// The work.
    pub job: Arc<Job>,
    /// Its tasks.
    pub plan: Arc<Plan>,
    /// Where workers show what they do.
    pub board: Arc<Board>,
    /// The table that tasks share; `None` where there is none.
    pub table: Option<Arc<StripedTable>>,
    /// How tasks are handed out.
    pub policy: Policy,
    /// Hears of workers that died, while the run goes on.
    pub witness: Arc<dyn Fn(Deceased) + Send + Sync>,
    /// Which tasks are to be struck; `None` where nothing is to go wrong on purpose.
    pub trap: Option<Arc<Trap>>,
}

/// A worker that died, and what became of its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deceased {
    /// Which worker.
    pub worker: WorkerId,
    /// How it ended.
    pub cause: Cause,
    /// How many tasks run again because of it.
    pub retried: u64,
}

/// One execution of the plan.
#[derive(Debug, Default)]
pub struct ProcessRun {
    /// When the workers were let go, on the monotonic clock.
    pub start: Nanos,
    /// Outputs in task order; a lost task has a default one.
    pub outputs: Vec<Output>,
    /// Tasks without an output, with the reason.
    pub lost: Vec<(u64, TaskFailure)>,
    /// How many of these were given up after their workers had died; the others failed by themselves.
    pub given_up: u64,
    /// The sum of [`payload_proof`](crate::task::payload_proof) over all tasks whose payload came back.
    pub payloads: u64,
    /// What each worker says of the run.
    pub reports: Vec<WorkerReport>,
    /// Bytes that crossed the links, both ways.
    pub bytes: u64,
    /// Workers that died or misbehaved.
    pub deaths: u64,
    /// Workers started in place of dead ones.
    pub respawns: u64,
    /// Tasks run again.
    pub retried: u64,
}

/// Why a pool cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum PoolFailure {
    /// The system gives no more processes.
    #[error("cannot start worker {worker}: {error}")]
    Spawn {
        /// Which one.
        worker: WorkerId,
        /// The reason.
        error: SpawnError,
    },
    /// Workers keep dying before they have done anything.
    #[error("workers cannot work: {deaths} in a row died before they had done anything, the last by {cause}")]
    CannotWork {
        /// How many in a row in one seat.
        deaths: u32,
        /// How the last one ended.
        cause: Cause,
    },
    /// Tasks cannot be sent.
    #[error("cannot send tasks: {0}")]
    Encode(FrameError),
    /// The system gives no memory to share.
    #[error(transparent)]
    Memory(MemoryError),
    /// Workers cannot reach the table that they share.
    #[error("the shared table has no owner: {0}")]
    Owner(std::io::Error),
    /// The system does not say when links are ready.
    #[error("cannot wait for workers: {0}")]
    Poll(std::io::Error),
}
