//! What the supervisor goes by, what it hears, and what it orders.

use std::ops::Range;

use crate::child::Cause;
use crate::units::{Nanos, WorkerId};

/// How tasks are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many workers there are.
    pub workers: u32,
    /// How many tasks there are.
    pub tasks: u64,
    /// How many are claimed at a time.
    pub chunk: u64,
    /// Tasks on their way per worker; `None` means by recent speed.
    pub in_flight: Option<u64>,
    /// Deaths that one task may cause, beyond the first, before it is given up.
    pub retries: u32,
    /// What a task takes, before anything else is known.
    pub task_cost: Nanos,
    /// Whether workers claim tasks by themselves, from memory that they share, and get only those that dead ones had.
    pub claims: bool,
}

/// What the pool has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A worker has started and can begin.
    Ready(WorkerId),
    /// A worker has answered `count` tasks from `first` on.
    Done {
        /// Who answered.
        worker: WorkerId,
        /// The first task answered.
        first: u64,
        /// How many.
        count: u64,
    },
    /// That many tasks, which a worker had claimed by itself, have their results.
    Settled {
        /// Whose they were.
        worker: WorkerId,
        /// How many.
        count: u64,
    },
    /// A worker finds nothing more to claim.
    Exhausted(WorkerId),
    /// These tasks, which a worker that is about to be reported dead had claimed by itself, have no results.
    Held {
        /// Who had them.
        worker: WorkerId,
        /// Which, ascending.
        tasks: Vec<u64>,
    },
    /// These tasks were claimed by nobody knows whom: by a worker that died while it claimed.
    Orphaned(Vec<u64>),
    /// A worker has given its account of the sample.
    Reported(WorkerId),
    /// A worker is gone, its socket drained.
    Died {
        /// Which one.
        worker: WorkerId,
        /// How.
        cause: Cause,
    },
}

/// What the pool is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Start a worker in this seat.
    Spawn(WorkerId),
    /// Tell a worker that the sample has begun.
    Begin(WorkerId),
    /// Send these tasks.
    Send {
        /// To whom.
        worker: WorkerId,
        /// Which, consecutive.
        tasks: Range<u64>,
    },
    /// Tell a worker that nothing is left.
    Drain(WorkerId),
    /// End a worker that answers what it was not asked; its death is then to be reported.
    Kill {
        /// Which one.
        worker: WorkerId,
        /// What it did.
        why: String,
    },
    /// A death was dealt with.
    Tell {
        /// Who died.
        worker: WorkerId,
        /// How.
        cause: Cause,
        /// How many tasks run again.
        retried: u64,
    },
    /// A task is given up.
    GiveUp {
        /// Which one.
        task: u64,
        /// How the last worker that had it ended.
        cause: Cause,
    },
    /// Workers die whatever they are given: the pool is to fail.
    Fail {
        /// Deaths in a row in one seat.
        deaths: u32,
        /// How the last one ended.
        cause: Cause,
    },
}
