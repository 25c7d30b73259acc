//! Facts about backends and transports: what each is called, what it shares, what its settings mean.

use serde::{Deserialize, Serialize};

use crate::fault::Home;

/// How tasks are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackendId {
    /// One task after the other, in the engine itself.
    Sequential,
    /// A pool of operating-system threads and a shared cursor.
    Threads,
    /// The rayon crate's work-stealing pool.
    Rayon,
    /// Worker processes behind a supervisor.
    Processes,
    /// The tokio crate's runtime, which keeps many tasks waiting on few threads.
    Async,
}

/// Who contends for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockScope {
    /// All workers share one.
    Shared,
    /// Each worker has its own, which nobody contends for.
    Own,
}

/// How a worker gets its tasks and gives results back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Told where they are, in memory that all share.
    Reference,
    /// Sent as messages that own what they carry, between threads.
    Channel,
    /// Copied through the kernel, over a Unix socket pair.
    Pipe,
    /// Claimed and left in memory that engine and workers share.
    Shm,
}

/// What there is to say about a backend before it runs.
#[derive(Debug)]
pub struct BackendFacts {
    /// Which backend this is about.
    pub backend: BackendId,
    /// The name in flags, fields and exports.
    pub id: &'static str,
    /// One line: how it executes tasks.
    pub summary: &'static str,
    /// Who contends for the emulated lock.
    pub lock: LockScope,
    /// Whether its number of workers can be chosen; otherwise it is 1.
    pub scales: bool,
    /// Whether tasks are claimed in chunks.
    pub chunks: bool,
    /// How tasks can reach workers, first as they do where nothing else is asked; empty where there is no choice.
    pub transports: &'static [Transport],
    /// Where its workers live.
    pub home: Home,
    /// Whether one worker keeps many tasks waiting at a time.
    pub awaits: bool,
}

impl BackendFacts {
    /// How tasks reach workers where `asked` is wanted: so, or as they do anyway where that is not possible; `None` where
    /// there is no choice.
    #[must_use]
    pub fn transport(&self, asked: Transport) -> Option<Transport> {
        self.transports.iter().find(|own| **own == asked).or_else(|| self.transports.first()).copied()
    }
}

impl BackendId {
    /// Every backend, in the order in which people see them.
    pub const ALL: [Self; 5] = [Self::Sequential, Self::Threads, Self::Rayon, Self::Processes, Self::Async];

    /// What there is to say about it.
    #[must_use]
    pub const fn facts(self) -> &'static BackendFacts {
        match self {
            Self::Sequential => &BackendFacts {
                backend: Self::Sequential,
                id: "sequential",
                summary: "one task after the other; the baseline of every speed-up",
                lock: LockScope::Own,
                scales: false,
                chunks: false,
                transports: &[],
                home: Home::Shared,
                awaits: false,
            },
            Self::Threads => &BackendFacts {
                backend: Self::Threads,
                id: "threads",
                summary: "threads of one process that share memory and one lock",
                lock: LockScope::Shared,
                scales: true,
                chunks: true,
                transports: &Transport::BETWEEN_THREADS,
                home: Home::Shared,
                awaits: false,
            },
            Self::Rayon => &BackendFacts {
                backend: Self::Rayon,
                id: "rayon",
                summary: "threads that take work from each other (rayon's work stealing); they share memory and one lock",
                lock: LockScope::Shared,
                scales: true,
                chunks: true,
                transports: &[],
                home: Home::Shared,
                awaits: false,
            },
            Self::Processes => &BackendFacts {
                backend: Self::Processes,
                id: "processes",
                summary: "worker processes with memory and a lock of their own, fed over a socket or from shared memory",
                lock: LockScope::Own,
                scales: true,
                chunks: true,
                transports: &Transport::INTO_PROCESSES,
                home: Home::Own,
                awaits: false,
            },
            Self::Async => &BackendFacts {
                backend: Self::Async,
                id: "async",
                summary: "many tasks that wait side by side on few threads (tokio); files are read on its blocking pool",
                lock: LockScope::Shared,
                scales: true,
                chunks: true,
                transports: &[],
                home: Home::Shared,
                awaits: true,
            },
        }
    }

    /// The name in flags, fields and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.facts().id
    }

    /// The backend with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.id() == id)
    }
}

impl Transport {
    /// Every transport, in the order in which people see them.
    pub const ALL: [Self; 4] = [Self::Reference, Self::Channel, Self::Pipe, Self::Shm];

    /// Those of threads.
    pub const BETWEEN_THREADS: [Self; 2] = [Self::Reference, Self::Channel];

    /// Those of worker processes.
    pub const INTO_PROCESSES: [Self; 2] = [Self::Pipe, Self::Shm];

    /// The name in flags, fields and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Channel => "channel",
            Self::Pipe => "pipe",
            Self::Shm => "shm",
        }
    }

    /// One line: how it moves tasks and results.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Reference => "threads claim tasks in memory that they share, and are told where payloads lie",
            Self::Channel => {
                "tasks sent to threads as messages, with a copy of the payload that comes back the same way"
            }
            Self::Pipe => "tasks and results copied through the kernel, over a Unix socket pair",
            Self::Shm => {
                "tasks claimed by one atomic operation; payloads, results and what all tasks read in shared memory"
            }
        }
    }

    /// Whether it says something: a reference is what everybody expects of threads.
    #[must_use]
    pub fn is_notable(self) -> bool {
        self != Self::Reference
    }

    /// The transport with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.id() == id)
    }
}
