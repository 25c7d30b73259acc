//! A loop in the foreground, beside workers in the background: how late its turns come.
//!
//! Its turns do nothing but look at the clock, so that whatever delays them is the workers' doing or the system's. With the
//! lock on, a turn has come when the loop has it, as a turn of Python code has. It is no worker and is in no budget.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::thread::set_current_timer_slack;

use super::protocol::{Lateness, Sample};
use super::session::EngineError;
use crate::backend::PoolSetup;
use crate::gil::{Attached, Gil};
use crate::machine::clock;
use crate::stats::LatencyRecorder;
use crate::units::{Nanos, WorkerId, grouped};

/// The foreground of one sample; none where the workload wants none.
pub(super) struct Foreground(Option<Loop>);

struct Loop {
    period: Nanos,
    over: Arc<Over>,
    thread: JoinHandle<LatencyRecorder>,
}

/// Whether the loop is to end. The flag is set under its mutex before anybody is woken, and looked at under it before
/// anybody sleeps, so that no wake-up is lost.
#[derive(Default)]
struct Over {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Foreground {
    /// Starts the loop that the workload wants.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(super) fn begin(setup: &PoolSetup) -> Result<Self, EngineError> {
        let configuration = &setup.configuration;
        // The lock knows it by the place behind the last worker's.
        let me = WorkerId(configuration.workers);
        let begin = |period| Loop::begin(period, setup.gil.clone(), me).map_err(EngineError::Foreground);
        Ok(Self(configuration.workload().foreground(&configuration.values).map(begin).transpose()?))
    }

    /// Ends the loop and tells how late its turns came.
    pub(super) fn finish(self, sample: &mut Sample) {
        let Some(Loop { period, over, thread }) = self.0 else { return };
        over.say();
        let Ok(lateness) = thread.join() else { return };
        sample.foreground = summed_up(&lateness);
        if let Some(answer) = &mut sample.answer {
            answer.notes.push(told(period, sample.foreground.as_ref()));
        }
    }
}

impl Loop {
    fn begin(period: Nanos, gil: Option<Arc<Gil>>, me: WorkerId) -> std::io::Result<Self> {
        let over = Arc::new(Over::default());
        let ends = Arc::clone(&over);
        let run = move || turns(period, &ends, &Attached::new(gil, me));
        let thread = std::thread::Builder::new().name("foreground".to_owned()).spawn(run)?;
        Ok(Self { period, over, thread })
    }
}

impl Over {
    fn say(&self) {
        *self.flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits until `due`; whether the loop is to end.
    fn by(&self, due: Nanos) -> bool {
        let flag = self.flag.lock().unwrap_or_else(PoisonError::into_inner);
        let left = Duration::from_nanos(due.since(clock::now()).0);
        let waited = self.changed.wait_timeout_while(flag, left, |over| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Has a turn every `period` until all is over. Turns that were missed come at once and late, since whoever waited for
/// them waited that long.
fn turns(period: Nanos, over: &Over, lock: &Attached) -> LatencyRecorder {
    // The system may round the ends of waits up by 50 µs otherwise; a refusal only leaves it so.
    let _ = set_current_timer_slack(std::num::NonZeroU64::new(1));
    let mut lateness = LatencyRecorder::new();
    let mut due = clock::now().plus(period);
    while !over.by(due) {
        lock.take(|| ());
        lateness.record(clock::now().since(due));
        lock.release();
        due = due.plus(period);
    }
    lateness
}

/// `None` where there was no turn.
fn summed_up(lateness: &LatencyRecorder) -> Option<Lateness> {
    Some(Lateness {
        turns: lateness.count(),
        p50: lateness.percentile(50.0)?,
        p99: lateness.percentile(99.0)?,
        max: lateness.max()?,
    })
}

fn told(period: Nanos, lateness: Option<&Lateness>) -> String {
    let Some(Lateness { turns, p50, p99, max }) = lateness else {
        return format!("the foreground had no turn within {period}");
    };
    let turns = grouped(*turns);
    format!("the foreground's {turns} turns, one each {period}, came late by p50 {p50}, p99 {p99}, at most {max}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: WorkerId = WorkerId(1);

    #[test]
    fn a_turn_has_come_when_the_loop_has_the_lock() {
        let gil = Arc::new(Gil::new(Nanos::from_millis(1)));
        let hog = Attached::new(Some(Arc::clone(&gil)), WorkerId(0));
        hog.take(|| ());
        let Loop { over, thread, .. } = Loop::begin(Nanos::from_micros(100), Some(gil), ME).unwrap();
        // The loop asks for the lock and gets it here, not before.
        while !hog.check_point(|| ()) {
            std::hint::spin_loop();
        }
        over.say();
        hog.release();
        let lateness = thread.join().unwrap();
        assert!(lateness.max().unwrap() >= Nanos::from_millis(1), "{:?}", lateness.max());
    }

    #[test]
    fn a_loop_has_its_turns_until_it_is_over() {
        let Loop { over, thread, .. } = Loop::begin(Nanos::from_micros(100), None, ME).unwrap();
        let start = clock::now();
        // Waits for nothing that will be said, ten periods long.
        Over::default().by(start.plus(Nanos::from_millis(1)));
        over.say();
        let lateness = thread.join().unwrap();
        let most = clock::now().since(start).0 / 100_000 + 1;
        assert!(lateness.count() <= most, "{} turns of {most}", lateness.count());
        assert!(Over { flag: Mutex::new(true), ..Over::default() }.by(Nanos(u64::MAX)));
    }

    #[test]
    fn turns_that_were_missed_are_told_late() {
        let mut lateness = LatencyRecorder::new();
        for late in [1, 1, 1, 900] {
            lateness.record(Nanos::from_millis(late));
        }
        let told = told(Nanos::from_millis(5), summed_up(&lateness).as_ref());
        assert!(told.starts_with("the foreground's 4 turns, one each 5"), "{told}");
        assert!(told.contains("p50 1"), "{told}");
        assert!(super::told(Nanos::from_millis(5), summed_up(&LatencyRecorder::new()).as_ref()).contains("no turn"));
    }
}
