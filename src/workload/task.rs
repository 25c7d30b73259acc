//! One unit of work, what comes out of it, and the list of all of them.

use serde::{Deserialize, Serialize};

use super::Io;

/// A task's own numbers, in a meaning that its workload gives them.
pub type Args = [u64; 3];

/// One unit of a workload: first an optional I/O part, then an optional CPU part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What is waited for or read first; boxed, so that tasks that only compute stay small and stream through caches.
    pub io: Option<Box<Io>>,
    /// The arguments of the CPU part; `None` where the task only waits.
    pub cpu: Option<Args>,
}

impl Task {
    /// A task that only computes.
    #[must_use]
    pub const fn computing(args: Args) -> Self {
        Self { io: None, cpu: Some(args) }
    }
}

/// What a task leaves behind: a number and, where that is not enough, bytes in the workload's own encoding.
///
/// A task without CPU part leaves what its I/O says of itself (see [`Io`]).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// A count, a sum, a check value.
    pub number: u64,
    /// Empty where the number says it all.
    pub bytes: Box<[u8]>,
}

impl From<u64> for Output {
    #[inline]
    fn from(number: u64) -> Self {
        Self { number, bytes: Box::default() }
    }
}

/// Why one task has no output, as a sentence for a person, free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct TaskFailure(pub String);

/// All tasks of a job, in the order in which outputs are merged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The tasks; a task's number is its place here.
    pub tasks: Vec<Task>,
}

impl FromIterator<Task> for Plan {
    fn from_iter<T: IntoIterator<Item = Task>>(tasks: T) -> Self {
        Self { tasks: tasks.into_iter().collect() }
    }
}
