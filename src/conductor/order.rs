//! What the decisions of this room hear from the world, and what they want done there.

use std::fmt;

use super::Event;
use crate::engine;
use crate::results::RunId;

/// One of a run's engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum EngineId {
    /// The one that looks at the work before the first sample.
    Scout,
    /// The one that runs the configuration at this place of the table.
    Row(usize),
}

/// What engines do.
#[derive(Debug)]
pub(super) enum Happening {
    /// An engine said something.
    Said(EngineId, engine::Event),
    /// An engine is gone, or could not be started.
    Ended(EngineId, Ending),
}

/// How an engine ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    /// Its signal, its exit code, or what was wrong with it.
    pub(super) cause: String,
    /// Its last words on standard error, on one line; empty where there were none.
    pub(super) last_words: String,
}

/// `SIGABRT: memory allocation failed`.
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        if self.last_words.is_empty() { Ok(()) } else { write!(f, ": {}", self.last_words) }
    }
}

/// What is to be done, in order.
#[derive(Debug)]
pub(super) enum Do {
    /// Start an engine with a board for this many workers. Its end is always reported, also when it never started.
    Spawn(EngineId, u32),
    /// Say this to an engine.
    Send(EngineId, engine::Order),
    /// Let an engine end by itself; kill it if that takes too long.
    Finish(EngineId),
    /// End an engine and its workers at once.
    Kill(EngineId),
    /// Stop all engines where they are.
    StopAll,
    /// Let all engines go on.
    ResumeAll,
    /// Tell the views.
    Tell(Event),
    /// Tell the views that a sample begins, with its engine's board.
    TellSampling(Beginning),
    /// Nothing is left to be done, ever.
    Quit,
}

/// A sample that begins; see [`Event::Sampling`].
#[derive(Debug)]
pub(super) struct Beginning {
    /// Whose board shows it.
    pub(super) engine: EngineId,
    /// Which row.
    pub(super) row: RunId,
    /// Which sample, from 1.
    pub(super) sample: u32,
    /// Of how many.
    pub(super) of: u32,
    /// Whether it is thrown away.
    pub(super) warmup: bool,
}
