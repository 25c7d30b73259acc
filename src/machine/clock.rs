//! The clocks that everything is timed with, and the calling thread's context switches.
//!
//! The monotonic clock is the same one in every process, so that points on it can be compared between them.

use rustix::time::{ClockId, clock_gettime};

use super::root::{Root, field};
use crate::units::Nanos;

/// The present point on the monotonic clock. Some tens of nanoseconds; no system call.
#[inline]
#[must_use]
pub fn now() -> Nanos {
    read(ClockId::Monotonic)
}

/// The CPU time that the calling thread has used since it started. A system call.
#[inline]
#[must_use]
pub fn thread_cpu() -> Nanos {
    read(ClockId::ThreadCPUTime)
}

/// The CPU time that all threads of this process, ended ones too, have used. A system call.
#[inline]
#[must_use]
pub fn process_cpu() -> Nanos {
    read(ClockId::ProcessCPUTime)
}

/// How long the computer itself was asleep since it started, time that [`now`] leaves out.
#[must_use]
pub fn asleep() -> Nanos {
    // Read in this order, the difference cannot come out smaller than it is.
    let awake = now();
    read(ClockId::Boottime).since(awake)
}

#[inline]
#[expect(clippy::cast_sign_loss, reason = "these clocks count up from zero")]
fn read(clock: ClockId) -> Nanos {
    let time = clock_gettime(clock);
    Nanos((time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64))
}

/// What one call of [`now`] costs: the median over batches, so that an interruption does not count.
#[must_use]
pub fn cost_of_now() -> Nanos {
    const BATCHES: usize = 101;
    const CALLS: u64 = 100;
    let mut batches = [Nanos::ZERO; BATCHES];
    for batch in &mut batches {
        let start = now();
        for _ in 0..CALLS {
            std::hint::black_box(now());
        }
        *batch = Nanos(now().since(start).0 / CALLS);
    }
    batches.sort_unstable();
    batches[BATCHES / 2]
}

/// How often a thread was taken off its core since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContextSwitches {
    /// It had to wait: for I/O, a lock, a timer.
    pub voluntary: u64,
    /// It wanted to go on, and another thread got the core.
    pub involuntary: u64,
}

impl ContextSwitches {
    /// Those of the calling thread; `None` where `/proc` does not say. Opens a file: not for a measured section.
    #[must_use]
    pub fn of_this_thread() -> Option<Self> {
        Self::parse(&Root::system().read("/proc/thread-self/status")?)
    }

    /// The switches since an earlier reading.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            voluntary: self.voluntary.saturating_sub(earlier.voluntary),
            involuntary: self.involuntary.saturating_sub(earlier.involuntary),
        }
    }

    fn parse(status: &str) -> Option<Self> {
        let voluntary = field(status, "voluntary_ctxt_switches:")?.parse().ok()?;
        let involuntary = field(status, "nonvoluntary_ctxt_switches:")?.parse().ok()?;
        Some(Self { voluntary, involuntary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The readings are nested, so that what happens between them can only widen the outer spans.
    #[test]
    fn each_clock_counts_its_own_time() {
        let (wall, process, thread) = (now(), process_cpu(), thread_cpu());
        while thread_cpu().since(thread) < Nanos::from_millis(5) {
            std::hint::black_box(());
        }
        let thread = thread_cpu().since(thread);
        let process = process_cpu().since(process);
        let wall = now().since(wall);
        assert!(process >= thread, "the process includes this thread: {process} {thread}");
        assert!(wall.plus(Nanos::from_micros(100)) >= thread, "time passes no slower than it is used: {wall} {thread}");
    }

    #[test]
    fn a_waiting_thread_uses_no_cpu_time_of_its_own() {
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let waiter = std::thread::spawn(move || {
            let start = thread_cpu();
            let _ = receiver.recv();
            thread_cpu().since(start)
        });
        let start = thread_cpu();
        while thread_cpu().since(start) < Nanos::from_millis(20) {
            std::hint::black_box(());
        }
        drop(sender);
        assert!(waiter.join().unwrap() < Nanos::from_millis(10));
    }

    #[test]
    fn a_clock_read_costs_something_and_not_much() {
        let cost = cost_of_now();
        assert!(cost > Nanos::ZERO && cost < Nanos::from_micros(100), "{cost}");
    }

    #[test]
    fn waiting_counts_as_a_voluntary_switch() {
        let before = ContextSwitches::of_this_thread().unwrap();
        std::thread::spawn(|| ()).join().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1));
        let after = ContextSwitches::of_this_thread().unwrap();
        assert!(after.since(before).voluntary >= 1, "{before:?} {after:?}");
    }

    #[test]
    fn both_kinds_are_told_apart() {
        let status = "Threads:\t1\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n";
        assert_eq!(ContextSwitches::parse(status), Some(ContextSwitches { voluntary: 150, involuntary: 545 }));
        assert_eq!(ContextSwitches::parse("voluntary_ctxt_switches:\t150\n"), None);
        assert_eq!(ContextSwitches::parse(""), None);
    }
}
