//! The I/O part of a task, awaited: the thread does other things meanwhile.
//!
//! Files cannot be awaited on Linux: whatever is done with them is done on the runtime's blocking pool.

use std::io;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::blocking::{Done, perform_ahead};
use super::timer::Timer;
use crate::machine::clock;
use crate::units::Nanos;
use crate::workload::{Io, TaskFailure};

/// How many tasks per worker may have bytes of files in memory, or be about to: enough to read while others compute,
/// without holding whole inputs.
const FILES_PER_WORKER: usize = 2;

/// What awaited I/O left, for the runner that does the rest of the task.
pub struct Arrived {
    /// When it was begun, on the monotonic clock.
    pub(super) begun: Nanos,
    pub(super) done: Result<(Done, Vec<u8>), TaskFailure>,
    /// CPU time that other threads than workers spent on it.
    pub(super) cpu: Nanos,
    /// Given back once the bytes have been computed on.
    _permit: Option<OwnedSemaphorePermit>,
}

/// Awaits I/O on the runtime that it was started in.
#[derive(Debug, Clone)]
pub struct Awaiter {
    timer: Arc<Timer>,
    files: Arc<Semaphore>,
}

impl Awaiter {
    /// Sets up what the tasks of the present runtime, which has that many workers, share.
    ///
    /// # Errors
    /// When the system has no descriptor to give.
    ///
    /// # Panics
    /// Outside of a runtime that serves I/O.
    pub fn start(workers: usize) -> io::Result<Self> {
        Ok(Self { timer: Timer::start()?, files: Arc::new(Semaphore::new(workers * FILES_PER_WORKER)) })
    }

    /// Performs `io`.
    pub async fn perform(&self, io: &Io) -> Arrived {
        match io {
            Io::Sleep(span) => {
                let begun = clock::now();
                self.timer.wait(begun.plus(*span)).await;
                Arrived { begun, done: Ok((Done::Waited(span.0), Vec::new())), cpu: Nanos::ZERO, _permit: None }
            }
            Io::ReadRange { .. } | Io::ReadBlocks { .. } => {
                let permit = Arc::clone(&self.files).acquire_owned().await.ok();
                let begun = clock::now();
                let (done, cpu) = on_the_blocking_pool(io.clone()).await;
                Arrived { begun, done, cpu, _permit: permit }
            }
        }
    }
}

/// Performs `io` there; also says how much CPU time that took.
async fn on_the_blocking_pool(io: Io) -> (Result<(Done, Vec<u8>), TaskFailure>, Nanos) {
    let work = move || {
        let (before, mut buffer) = (clock::thread_cpu(), Vec::new());
        let done = perform_ahead(&io, &mut buffer).map(|done| (done, buffer));
        (done, clock::thread_cpu().since(before))
    };
    let performed = tokio::task::spawn_blocking(work).await;
    performed.unwrap_or_else(|error| (Err(TaskFailure(format!("the blocking pool failed: {error}"))), Nanos::ZERO))
}
