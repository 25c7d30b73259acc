//! What the lock stands on, as the checker knows it.

pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64 as Count;

use loom::sync::{Condvar, Mutex, MutexGuard};

use super::policy::Wake;
use crate::units::Nanos;

/// An interval that never passes.
pub(super) const NEVER: Nanos = Nanos::from_secs(3_600);

/// An interval that ends this many waits, the first ones; all later waits last until they are notified.
pub(super) const fn ends(waits: u64) -> Nanos {
    Nanos::from_micros(waits)
}

/// As the monitor on the platform's threads.
pub(super) struct Monitor<T> {
    data: Mutex<T>,
    changed: Condvar,
    /// The waits so far that ended by their time limit. Not the checker's: it is the same in every order.
    timed_out: Count,
}

pub(super) struct Held<'m, T> {
    monitor: &'m Monitor<T>,
    data: Option<MutexGuard<'m, T>>,
}

impl<T> Monitor<T> {
    pub(super) fn new(data: T) -> Self {
        Self { data: Mutex::new(data), changed: Condvar::new(), timed_out: Count::new(0) }
    }

    pub(super) fn lock(&self) -> Held<'_, T> {
        Held { monitor: self, data: Some(self.data.lock().expect("no thread panics")) }
    }
}

impl<T> Held<'_, T> {
    pub(super) fn wait(&mut self) {
        let data = self.data.take().expect("held");
        self.data = Some(self.monitor.changed.wait(data).expect("no thread panics"));
    }

    pub(super) fn wait_for(&mut self, limit: Nanos) -> Wake {
        let allowed = if limit >= NEVER { 0 } else { limit.0 / 1_000 };
        if self.monitor.timed_out.load(Ordering::Relaxed) >= allowed {
            self.wait();
            return Wake::Notified;
        }
        self.monitor.timed_out.fetch_add(1, Ordering::Relaxed);
        self.data = None;
        self.data = Some(self.monitor.data.lock().expect("no thread panics"));
        Wake::TimedOut
    }

    pub(super) fn notify_one(&self) {
        self.monitor.changed.notify_one();
    }

    pub(super) fn notify_all(&self) {
        self.monitor.changed.notify_all();
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.data.as_ref().expect("held")
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.data.as_mut().expect("held")
    }
}
