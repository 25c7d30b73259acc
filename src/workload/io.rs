//! I/O as a value: a workload says what is to be read or waited for, the `task` room does it, blocking or awaited.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{TaskFailure, Url};
use crate::units::Nanos;

/// The length of a line of a log, its end included, in bytes.
pub const LOG_LINE: usize = 100;

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
    /// Nothing by itself; says 0. The CPU part is a call that blocks its thread, so where I/O is awaited it is made on the
    /// blocking pool, unless it is to hold the lock.
    Blocking,
    /// Sends a message of its own to an echo server and waits until all of it is back; says its length. The connection is
    /// kept for the next message.
    Echo {
        /// The server.
        server: SocketAddr,
        /// Which message, so that no two are alike.
        number: u64,
        /// How long it is.
        bytes: u64,
    },
    /// Asks a web server for a page; hands over the status and the page. What keeps it from coming is a page too, with
    /// status 0. The connection is kept for the next page of the same site. Says the status.
    Get {
        /// The page.
        url: Url,
    },
    /// Accepts a connection and hears a request, which it hands over. The bytes of the CPU part's output are the reply:
    /// they are written back and then dropped, so that only the output's number is left. Says 0.
    Exchange {
        /// The abstract name of the socket at which the listener is handed out.
        hatch: String,
    },
    /// Reads a whole file; says how many bytes there were.
    ReadFile {
        /// The file.
        #[serde(with = "super::path")]
        path: PathBuf,
        /// Whether the page cache forgets the file first.
        is_cold: bool,
    },
    /// Writes a file without a name and waits until the disk has it; says its length.
    WriteFile {
        /// The folder whose file system takes it.
        #[serde(with = "super::path")]
        folder: PathBuf,
        /// Which file, so that no two are alike.
        number: u64,
        /// How long it is.
        bytes: u64,
    },
    /// Writes numbered lines of [`LOG_LINE`] bytes into the log of its process, each by a call of its own; says how many
    /// bytes they had.
    Log {
        /// The first line's number.
        first: u64,
        /// How many lines.
        lines: u64,
    },
    /// Runs a program to its end, with nothing to read. Its own output has what [`Written`] makes of what it wrote to standard
    /// output, or 0 where nobody listens; a program that complains by its exit status is the task's failure.
    ///
    /// [`Written`]: super::Written
    Run {
        /// The program, found as a shell finds it, and its arguments.
        words: Vec<String>,
        /// Whether anybody listens; otherwise what it writes goes nowhere.
        is_heard: bool,
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
    /// What a web server said: a status, or 0 where the body says why there is none.
    Reply {
        /// The status.
        status: u16,
        /// The page.
        body: &'a [u8],
    },
    /// No bytes, but a table that all tasks share.
    Table(&'a mut dyn Table),
    /// Bytes that come block by block.
    Blocks(&'a mut dyn Blocks),
}

/// A table of numbers that all tasks of a job share, as one of them sees it.
pub trait Table {
    /// Adds to entries, wrapping around, and says in each update what its entry has then. Nobody comes between the reading
    /// and the writing of an entry.
    ///
    /// # Errors
    /// For an entry that is not there, or when the table cannot be reached.
    fn add(&mut self, updates: &mut [Update]) -> Result<(), TaskFailure>;
}

/// A change of one entry of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// Which entry, from 0.
    pub key: u64,
    /// What is added to it; afterwards, what it has.
    pub value: u64,
}

/// A source of bytes in blocks; each refill counts as I/O, with the lock released.
pub trait Blocks {
    /// The next block, empty at the end.
    ///
    /// # Errors
    /// The read's own error.
    fn next_block(&mut self) -> std::io::Result<&[u8]>;
}
