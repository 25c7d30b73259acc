//! A timer for each worker of a runtime, so that workers which begin and end waits do not wait for each other.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::timer::Timer;
use crate::units::Nanos;

/// More timers would be more descriptors and no less waiting.
const MOST: usize = 16;

/// The number of the next thread that waits for something.
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PLACE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// The timers of one runtime.
pub(super) struct Timers(Box<[Arc<Timer>]>);

impl Timers {
    /// Timers for the present runtime, which has that many workers.
    ///
    /// # Errors
    /// When the system has no descriptor to give.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn start(workers: usize) -> io::Result<Self> {
        (0..workers.clamp(1, MOST)).map(|_| Timer::start()).collect::<io::Result<_>>().map(Self)
    }

    /// Waits until `until`, a point on the monotonic clock, on the timer of the worker that begins to.
    pub(super) async fn wait(&self, until: Nanos) {
        let place = PLACE.with(|place| place % self.0.len());
        self.0[place].wait(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::clock;

    #[test]
    fn waits_end_on_whichever_workers_they_were_begun() {
        for workers in [1, 3, MOST + 1] {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_io().build().unwrap();
            runtime.block_on(async {
                let timers = Arc::new(Timers::start(workers).unwrap());
                assert_eq!(timers.0.len(), workers.min(MOST));
                let until = clock::now().plus(Nanos::from_millis(5));
                let wait = || {
                    let timers = Arc::clone(&timers);
                    tokio::spawn(async move {
                        timers.wait(until).await;
                        assert!(clock::now() >= until);
                    })
                };
                let waits: Vec<_> = std::iter::repeat_with(wait).take(100).collect();
                for wait in waits {
                    wait.await.unwrap();
                }
            });
        }
    }
}
