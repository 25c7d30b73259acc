//! Time as the program under test could have used it: what the machine took away from everybody does not count.
//!
//! A promise such as "nothing is left after a second" is about the program. A virtual machine that stands still for half
//! of that second, or a scheduler that lets nobody run, would break it without the program's doing. So a thread of the
//! tests does nothing but wake up, and what it wakes too late is left out.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often the watching thread wakes.
const WAKES_EVERY: Duration = Duration::from_millis(5);

/// A wake-up that is later by no more than this is an ordinary one.
const ORDINARY: Duration = Duration::from_millis(5);

/// Measures from when it was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    started: Instant,
    lost_before: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), lost_before: lost() }
    }

    /// The time since the start without what was lost.
    pub(crate) fn elapsed(&self) -> Duration {
        let lost = lost().saturating_sub(self.lost_before);
        self.started.elapsed().saturating_sub(lost)
    }
}

/// What was lost since the first stopwatch of this process was started.
fn lost() -> Duration {
    static LOST_NS: AtomicU64 = AtomicU64::new(0);
    static WATCH: OnceLock<thread::JoinHandle<()>> = OnceLock::new();
    WATCH.get_or_init(|| {
        let watch = || loop {
            let late = lateness_of_a_wake_up();
            LOST_NS.fetch_add(u64::try_from(late.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        thread::Builder::new().name("stopwatch".into()).spawn(watch).expect("one more thread")
    });
    Duration::from_nanos(LOST_NS.load(Ordering::Relaxed))
}

fn lateness_of_a_wake_up() -> Duration {
    let before = Instant::now();
    thread::sleep(WAKES_EVERY);
    let late = before.elapsed().saturating_sub(WAKES_EVERY);
    if late > ORDINARY { late } else { Duration::ZERO }
}
