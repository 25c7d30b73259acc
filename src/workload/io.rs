//! I/O as a value: a workload says what is to be read or waited for, the `task` room does it, blocking or awaited.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// The I/O part of a task. Its own output is the number that each variant names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Io {
    /// Waits for a span of time; says the nanoseconds asked for.
    Sleep(Nanos),
    /// Reads `length` bytes of a file from `offset` on (fewer where the file ends); says how many there were.
    ReadRange {
        /// The file.
        #[serde(with = "super::path")]
        path: PathBuf,
        /// The first byte.
        offset: u64,
        /// How many bytes at most.
        length: u64,
    },
    /// Opens a file to be read block by block while it is computed on; says 0.
    ReadBlocks {
        /// The file.
        #[serde(with = "super::path")]
        path: PathBuf,
    },
}

/// What the I/O part hands to the CPU part.
pub enum Data<'a> {
    /// There was none.
    None,
    /// All bytes at once.
    Bytes(&'a [u8]),
    /// Bytes that come block by block.
    Blocks(&'a mut dyn Blocks),
}

/// A source of bytes in blocks; each refill counts as I/O, with the lock released.
pub trait Blocks {
    /// The next block, empty at the end.
    ///
    /// # Errors
    /// The read's own error.
    fn next_block(&mut self) -> std::io::Result<&[u8]>;
}
