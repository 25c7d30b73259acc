//! What to try next, free of how a view calls it.

use crate::spec::BackendId;

/// A change of the configuration. What it is called depends on where it is read: a key on the screen, a flag elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Without the lock.
    LockOff,
    /// Another backend.
    Backend(BackendId),
    /// This many workers.
    Workers(u32),
    /// More workers.
    MoreWorkers,
    /// More tasks per claim, so that there is less to say per task.
    LargerChunk,
    /// Fewer tasks per claim, so that the last worker is not left alone.
    SmallerChunk,
    /// More tasks.
    MoreTasks,
}

impl Next {
    /// The change as flags of `partui run`.
    #[must_use]
    pub fn flags(self) -> String {
        match self {
            Self::LockOff => "--gil off".to_owned(),
            Self::Backend(backend) => format!("--backend {}", backend.id()),
            Self::Workers(workers) => format!("--workers {workers}"),
            Self::MoreWorkers => "more --workers".to_owned(),
            Self::LargerChunk => "a larger --chunk".to_owned(),
            Self::SmallerChunk => "a smaller --chunk".to_owned(),
            Self::MoreTasks => "more --tasks".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_the_command_line() {
        assert_eq!(Next::Workers(2).flags(), "--workers 2");
        assert_eq!(Next::Backend(BackendId::Processes).flags(), "--backend processes");
    }
}
