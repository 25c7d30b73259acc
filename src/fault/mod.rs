//! WHAT CAN GO WRONG on purpose: which faults exist, where they strike, and what they mean on which backend. Pure.
//!
//! A fault is real: a worker that is to be killed is killed, one that is to run out of memory does. What follows from
//! it depends on whether the worker that it strikes has a process of its own; the table [`FaultKind::outcome`] says it
//! in one place, for the refusals, the lists and the tests.

mod strikes;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::strikes::Strikes;

/// The code that a worker exits with when it is to exit with an error.
pub const EXIT_CODE: i32 = 3;

/// The code by which a process says that it may have no more memory.
pub const OUT_OF_MEMORY_CODE: i32 = 86;

/// The most times that a fault may strike in one sample.
pub const MOST_TIMES: u32 = 10_000;

/// What happens to the worker that executes a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The computation panics.
    Panic,
    /// It calls `abort`.
    Abort,
    /// It writes to an address that it does not own.
    Segv,
    /// It recurses until its stack is used up.
    StackOverflow,
    /// It exits with code 3.
    Exit,
    /// It exits with code 0, as if nothing were wrong.
    Exit0,
    /// It is killed by SIGKILL, as by the system when memory is short.
    Kill,
    /// It is stopped by SIGSTOP and not continued.
    Stop,
    /// It computes forever.
    Hang,
    /// It asks for memory until its process may have no more.
    Oom,
    /// It answers with bytes that are no frame.
    Garbage,
    /// It answers with half a frame and ends.
    HalfFrame,
    /// It writes nonsense over its part of the board.
    Scribble,
}

/// Where a worker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In the engine, with all other workers.
    Shared,
    /// In a process of its own.
    Own,
}

/// What follows from a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// That task has no output; the others go on.
    TaskFails,
    /// The worker dies; its unanswered tasks run again on another.
    TasksRunAgain,
    /// The worker stands still until the time limit of a task ends it; its tasks run again.
    TimedOut,
    /// The engine dies, and all workers in it.
    PoolDies,
    /// Nobody's result is harmed.
    Harmless,
}

/// What there is to say about a kind.
struct Facts {
    id: &'static str,
    summary: &'static str,
    shared: Option<Outcome>,
    own: Outcome,
}

impl FaultKind {
    /// Every kind, in the order in which people see them.
    pub const ALL: [Self; 13] = [
        Self::Panic,
        Self::Abort,
        Self::Segv,
        Self::StackOverflow,
        Self::Exit,
        Self::Exit0,
        Self::Kill,
        Self::Stop,
        Self::Hang,
        Self::Oom,
        Self::Garbage,
        Self::HalfFrame,
        Self::Scribble,
    ];

    const fn facts(self) -> Facts {
        use Outcome::{Harmless, PoolDies, TaskFails, TasksRunAgain, TimedOut};
        let (id, summary, shared, own) = match self {
            Self::Panic => ("panic", "the computation panics", Some(TaskFails), TaskFails),
            Self::Abort => ("abort", "the worker aborts", Some(PoolDies), TasksRunAgain),
            Self::Segv => ("segv", "a write to memory that is not there", Some(PoolDies), TasksRunAgain),
            Self::StackOverflow => ("stack-overflow", "recursion without end", Some(PoolDies), TasksRunAgain),
            Self::Exit => ("exit", "the worker exits with code 3", Some(PoolDies), TasksRunAgain),
            Self::Exit0 => ("exit0", "the worker exits with code 0", Some(PoolDies), TasksRunAgain),
            Self::Kill => ("kill", "the worker is killed by SIGKILL", Some(PoolDies), TasksRunAgain),
            Self::Stop => ("stop", "the worker is stopped by SIGSTOP", None, TimedOut),
            Self::Hang => ("hang", "the computation never ends", None, TimedOut),
            Self::Oom => ("oom", "memory is asked for up to the process's limit", Some(PoolDies), TasksRunAgain),
            Self::Garbage => ("garbage", "the worker answers with bytes that are no frame", None, TasksRunAgain),
            Self::HalfFrame => ("half-frame", "the worker ends in the middle of an answer", None, TasksRunAgain),
            Self::Scribble => ("scribble", "the worker writes nonsense over the board", Some(Harmless), Harmless),
        };
        Facts { id, summary, shared, own }
    }

    /// The name in flags, fields and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.facts().id
    }

    /// One line: what happens.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        self.facts().summary
    }

    /// The kind with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// What follows where workers live like this; `None` where the fault means nothing or could not be ended.
    #[must_use]
    pub const fn outcome(self, home: Home) -> Option<Outcome> {
        match home {
            Home::Shared => self.facts().shared,
            Home::Own => Some(self.facts().own),
        }
    }
}

impl Outcome {
    /// What follows, in the words of lists.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::TaskFails => "the task fails",
            Self::TasksRunAgain => "its tasks run again",
            Self::TimedOut => "--task-timeout ends it, its tasks run again",
            Self::PoolDies => "the whole pool dies",
            Self::Harmless => "no result is harmed",
        }
    }
}

/// A fault that is to strike in every sample that counts.
///
/// Written `kind[@task][xN]`. With a task, the first N attempts at it are struck, so that more than the retries make a
/// task that kills whoever gets it; without one, N tasks spread over the plan are struck once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// The task that it happens to, counted from 0; `None` spreads the strikes over the plan.
    pub task: Option<u64>,
    /// How often, 1…[`MOST_TIMES`].
    pub times: u32,
}

/// What was written where a fault was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such kind.
    #[error("a kind of fault with @task and xN, such as kill, kill@100 or kill@100x3; partui list faults names them")]
    Kind,
    /// No task number.
    #[error("a task number after @, counted from 0")]
    Task,
    /// Not a count that is allowed.
    #[error("a count after x, 1…{MOST_TIMES}")]
    Times,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (head, task) = match text.split_once('@') {
            Some((head, task)) => (head, Some(task)),
            None => (text, None),
        };
        let Some(task) = task else {
            let (kind, times) = kind_and_times(head)?;
            return Ok(Self { kind, task: None, times });
        };
        let (task, times) = match task.split_once('x') {
            Some((task, times)) => (task, count(times)?),
            None => (task, 1),
        };
        let kind = FaultKind::by_id(head).ok_or(FaultError::Kind)?;
        let task = digits(task).and_then(|digits| digits.parse().ok()).ok_or(FaultError::Task)?;
        Ok(Self { kind, task: Some(task), times })
    }
}

/// A kind by itself, or followed by `xN`; kinds may have an `x` of their own.
fn kind_and_times(text: &str) -> Result<(FaultKind, u32), FaultError> {
    if let Some(kind) = FaultKind::by_id(text) {
        return Ok((kind, 1));
    }
    let (kind, times) = text.rsplit_once('x').ok_or(FaultError::Kind)?;
    let kind = FaultKind::by_id(kind).ok_or(FaultError::Kind)?;
    Ok((kind, count(times)?))
}

fn count(text: &str) -> Result<u32, FaultError> {
    let count = digits(text).and_then(|digits| digits.parse().ok());
    count.filter(|count| (1..=MOST_TIMES).contains(count)).ok_or(FaultError::Times)
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.id())?;
        if let Some(task) = self.task {
            write!(f, "@{task}")?;
        }
        if self.times > 1 {
            write!(f, "x{}", self.times)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
