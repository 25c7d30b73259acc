//! Watches what disturbs a sample from outside: quotas, other programs, a stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGCONT;

use super::protocol::Surroundings;
use crate::machine::busy::busy;
use crate::machine::root::Root;
use crate::machine::throttling::{ThrottleMeter, ThrottleReading};
use crate::machine::{clock, topology};
use crate::units::{CoreId, Nanos};

/// The computer was asleep when its clocks have drifted apart by more than this.
const ASLEEP: Nanos = Nanos::from_millis(100);

/// The lookout of one engine.
#[derive(Debug)]
pub(super) struct Lookout {
    root: Root,
    quotas: ThrottleMeter,
    cores: Vec<CoreId>,
    /// Set whenever the process was told to go on, which only matters to one that was stopped.
    continued: Arc<AtomicBool>,
}

/// What was to be seen when a sample began.
#[derive(Debug)]
pub(super) struct Outset {
    time: Nanos,
    asleep: Nanos,
    own_cpu: Nanos,
    busy: Option<Nanos>,
    quotas: ThrottleReading,
}

impl Lookout {
    /// Watches the cores that this process may use.
    ///
    /// # Errors
    /// When the system does not tell of signals.
    pub(super) fn new() -> io::Result<Self> {
        let continued = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGCONT, Arc::clone(&continued))?;
        let quotas = ThrottleMeter::of_this_process(Root::system());
        Ok(Self { root: Root::system(), quotas, cores: topology::affinity().unwrap_or_default(), continued })
    }

    /// Looks around before a sample.
    pub(super) fn begin(&self) -> Outset {
        self.continued.store(false, Ordering::Relaxed);
        Outset {
            quotas: self.quotas.read(),
            asleep: clock::asleep(),
            busy: busy(&self.root, &self.cores),
            own_cpu: clock::process_cpu(),
            time: clock::now(),
        }
    }

    /// Looks around after it; its worker processes, and programs that tasks ran, have used `children` of CPU time.
    pub(super) fn end(&self, outset: &Outset, children: Nanos) -> Surroundings {
        let time = clock::now().since(outset.time);
        let own = clock::process_cpu().since(outset.own_cpu).plus(children);
        let busy = busy(&self.root, &self.cores).zip(outset.busy).map(|(now, then)| now.since(then));
        let throttling = self.quotas.read().since(&outset.quotas);
        let slept = clock::asleep().since(outset.asleep) > ASLEEP;
        Surroundings {
            throttles: throttling.map(|throttling| throttling.times),
            throttled: throttling.map(|throttling| throttling.time),
            foreign_cpu: busy.map(|busy| busy.since(own)),
            core_time: Nanos(time.0.saturating_mul(self.cores.len() as u64)),
            suspended: slept || self.continued.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses so much CPU time on this thread.
    fn compute(span: Nanos) {
        let start = clock::thread_cpu();
        while clock::thread_cpu().since(start) < span {
            std::hint::black_box(());
        }
    }

    #[test]
    fn own_work_is_not_foreign_and_that_of_children_neither() {
        let lookout = Lookout::new().unwrap();
        let outset = lookout.begin();
        compute(Nanos::from_millis(100));
        let alone = lookout.end(&outset, Nanos::ZERO);
        let with_children = lookout.end(&outset, Nanos::from_secs(3_600));
        // Ticks are coarse and other programs may run: what is certain is that our own time was taken off.
        let foreign = alone.foreign_cpu.unwrap();
        assert!(foreign.plus(Nanos::from_millis(50)) <= alone.core_time, "{alone:?}");
        assert_eq!(with_children.foreign_cpu, Some(Nanos::ZERO));
        assert!(alone.core_time >= Nanos::from_millis(100), "{alone:?}");
    }

    #[test]
    fn a_signal_to_go_on_marks_the_sample_and_only_that_one() {
        let lookout = Lookout::new().unwrap();
        let outset = lookout.begin();
        signal_hook::low_level::raise(SIGCONT).unwrap();
        assert!(lookout.end(&outset, Nanos::ZERO).suspended);
        let outset = lookout.begin();
        assert!(!lookout.end(&outset, Nanos::ZERO).suspended);
    }
}
