//! How a child ended, in the words that people see.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::fault::OUT_OF_MEMORY_CODE;
use crate::units::Nanos;

/// Why a child is no longer there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A signal ended it; the signal's number.
    Signal(i32),
    /// It exited by itself, with this code.
    Exit(i32),
    /// It said something that makes no sense, and was killed for it.
    Protocol(String),
    /// It owed an answer and was killed for not giving it.
    Silent {
        /// For how long nothing was heard of it.
        limit: Nanos,
        /// Whether it had been stopped, by SIGSTOP or the like.
        stopped: bool,
    },
}

impl Cause {
    /// Whether it ended of its own will and without complaint.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Exit(0))
    }
}

impl From<ExitStatus> for Cause {
    fn from(status: ExitStatus) -> Self {
        status.signal().map_or_else(|| Self::Exit(status.code().unwrap_or(-1)), Self::Signal)
    }
}

/// `SIGKILL`, `exited with code 3`, `protocol error: …`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(number) => match signal_hook::low_level::signal_name(*number) {
                Some(name) => f.write_str(name),
                None => write!(f, "signal {number}"),
            },
            Self::Exit(OUT_OF_MEMORY_CODE) => f.write_str("out of memory at its own limit"),
            Self::Exit(code) => write!(f, "exited with code {code}"),
            Self::Protocol(what) => write!(f, "protocol error: {what}"),
            Self::Silent { limit, stopped: true } => write!(f, "stopped by a signal, no answer for {limit}"),
            Self::Silent { limit, stopped: false } => write!(f, "no answer for {limit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_named() {
        let cases = [
            (ExitStatus::from_raw(9), "SIGKILL"),
            (ExitStatus::from_raw(6), "SIGABRT"),
            (ExitStatus::from_raw(3 << 8), "exited with code 3"),
            (ExitStatus::from_raw(0), "exited with code 0"),
            (ExitStatus::from_raw(OUT_OF_MEMORY_CODE << 8), "out of memory at its own limit"),
            (ExitStatus::from_raw(64), "signal 64"),
        ];
        for (status, expected) in cases {
            assert_eq!(Cause::from(status).to_string(), expected);
        }
    }
}
