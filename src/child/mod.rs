//! A child process of ours: how it starts, the link to it, and what guarantees that it does not outlive its parent; and
//! programs of others that tasks run.
//!
//! Engines and workers start the same way: the executable that runs now, by `posix_spawn`, with one end of a socket pair
//! as their standard input. Three things end them when their parent is gone, each enough where the others cannot work:
//! the parent-death signal (reaches a stopped process), the end of the link (seen by a thread that only waits for it),
//! and the process group that the engine leads.

mod cause;
mod lifeline;
mod link;
mod process;
mod program;
mod reaping;

pub use self::cause::Cause;
pub use self::lifeline::{Lifeline, OrphanError, attach};
pub use self::link::{receive_with_descriptor, receive_with_descriptors, send_with_descriptor, send_with_descriptors};
pub use self::process::{ChildProcess, Role, SpawnError, executable, spawn};
pub use self::program::{Ended, Hear, Usage, run_program};
