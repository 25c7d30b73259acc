//! Where all workers of a runtime come together, to do something at one moment.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::machine::clock;
use crate::units::Nanos;

/// How long those who are missing are waited for before they are called again.
const CALLED_AGAIN: Duration = Duration::from_millis(1);

/// A meeting of workers, each of which brings one task of the runtime.
pub(super) struct Meeting<A> {
    state: Mutex<State>,
    changed: Condvar,
    act: A,
}

#[derive(Default)]
struct State {
    came: usize,
    moment: Option<Nanos>,
}

impl<A: Fn(Nanos)> Meeting<A> {
    /// A meeting at which everybody does `act`.
    pub(super) fn new(act: A) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), act }
    }

    /// Comes, waits for the moment, and acts. Blocks its thread meanwhile, so that no thread comes twice.
    pub(super) fn attend(&self) {
        let mut state = self.lock();
        state.came += 1;
        self.changed.notify_all();
        let waited = self.changed.wait_while(state, |state| state.moment.is_none());
        let moment = waited.unwrap_or_else(PoisonError::into_inner).moment;
        if let Some(moment) = moment {
            (self.act)(moment);
        }
    }

    /// Waits until so many have come, and says the moment.
    ///
    /// A thread that blocks may have taken the task of another one with its own, unseen by that one on its way to sleep;
    /// `call` has to wake whoever sleeps, so that it looks for the task again.
    pub(super) fn open(&self, workers: usize, call: impl Fn()) -> Nanos {
        let mut state = self.lock();
        while state.came < workers {
            let waited = self.changed.wait_timeout_while(state, CALLED_AGAIN, |state| state.came < workers);
            let (now, result) = waited.unwrap_or_else(PoisonError::into_inner);
            state = now;
            if result.timed_out() {
                call();
            }
        }
        let moment = clock::now();
        state.moment = Some(moment);
        self.changed.notify_all();
        moment
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in it is left half changed by a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn who_is_missing_is_called_until_all_act_at_one_moment() {
        let sum = AtomicU64::new(0);
        let meeting = Meeting::new(|moment: Nanos| {
            sum.fetch_add(moment.0, Ordering::Relaxed);
        });
        let moment = std::thread::scope(|scope| {
            scope.spawn(|| meeting.attend());
            let calls = AtomicU64::new(0);
            // The second comes when it was called a third time.
            meeting.open(2, || {
                if calls.fetch_add(1, Ordering::Relaxed) == 2 {
                    scope.spawn(|| meeting.attend());
                }
            })
        });
        assert_eq!(sum.into_inner(), 2 * moment.0);
    }
}
