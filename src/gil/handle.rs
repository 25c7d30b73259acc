//! One thread's own view of the lock.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;

use super::lock::{Gil, Taking};
use super::primitives::{AtomicBool, Ordering};
use super::waiting::Waiting;
use crate::units::WorkerId;

/// A worker thread's attachment to the lock: it knows whether this thread holds it.
///
/// Every call is harmless where it does not apply. Taking what is held, letting go of what is not, a check point without
/// the lock, and everything with the GIL off do nothing, so code that runs with and without the lock reads the same, and
/// a piece of work that lands on a foreign thread passes its check points unharmed.
///
/// The lock is not re-entrant and the handle does not count: one release undoes any number of takes. Dropping the handle
/// lets go, also while unwinding.
///
/// It stays on its thread, because who took the lock must let go of it:
///
/// ```compile_fail
/// use partui::{gil::Attached, units::WorkerId};
/// let attached = Attached::new(None, WorkerId(0));
/// std::thread::spawn(move || attached.release());
/// ```
///
/// So no future may keep one across an `.await` on a runtime that moves tasks, and no rayon closure can capture one.
#[derive(Debug)]
pub struct Attached {
    gil: Option<Arc<Gil>>,
    worker: WorkerId,
    holds: Cell<bool>,
    not_send: PhantomData<*const ()>,
}

impl Attached {
    /// Attaches this thread as `worker`, without taking the lock yet; `None` is the GIL off.
    ///
    /// No two threads of a process may be the same worker.
    #[must_use]
    pub const fn new(gil: Option<Arc<Gil>>, worker: WorkerId) -> Self {
        Self { gil, worker, holds: Cell::new(false), not_send: PhantomData }
    }

    /// Whether this thread holds the lock.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds.get()
    }

    /// Takes the lock unless this thread has it; `waiting` hears of the wait, if there is one. Returns
    /// whether another worker had it since this one last did.
    pub fn take(&self, waiting: impl Waiting) -> bool {
        let Some(gil) = self.not_holding() else { return false };
        let switched = gil.take(self.worker, waiting);
        self.holds.set(true);
        switched
    }

    /// As [`Attached::take`], but may give up when `cancelled` is set while it waits. Returns `false` if it did, and
    /// `true` where this thread may compute.
    #[must_use]
    pub fn take_unless(&self, cancelled: &AtomicBool, waiting: impl Waiting) -> bool {
        let Some(gil) = self.not_holding() else { return true };
        self.holds.set(gil.take_unless(cancelled, self.worker, waiting) != Taking::GaveUp);
        self.holds()
    }

    /// Whether this thread has the lock and somebody waits who asked for it.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.holding().is_some_and(|gil| gil.requested().load(Ordering::Relaxed))
    }

    /// Lets go of the lock if this thread has it. May wait until a worker that asked for it has it.
    pub fn release(&self) {
        if let Some(gil) = self.holding() {
            self.holds.set(false);
            gil.release(self.worker);
        }
    }

    /// Lets another worker compute if it asked to and this thread has the lock. Returns whether one did.
    ///
    /// `waiting` hears of the wait before the lock is let go, and of nothing where nobody asks.
    pub fn check_point(&self, waiting: impl Waiting) -> bool {
        self.holding().is_some_and(|gil| gil.yield_if_requested(self.worker, waiting))
    }

    fn holding(&self) -> Option<&Gil> {
        self.gil.as_deref().filter(|_| self.holds())
    }

    fn not_holding(&self) -> Option<&Gil> {
        self.gil.as_deref().filter(|_| !self.holds())
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::units::Nanos;

    const ME: WorkerId = WorkerId(0);

    #[test]
    fn with_the_gil_off_nothing_happens() {
        let off = Attached::new(None, ME);
        off.take(|| panic!("there is nothing to wait for"));
        assert!(!off.holds());
        assert!(!off.check_point(|| panic!("there is nobody to yield to")));
        assert!(off.take_unless(&AtomicBool::new(true), || ()));
        off.release();
    }

    #[test]
    fn calls_that_do_not_apply_change_nothing() {
        let gil = Arc::new(Gil::new(Nanos::from_millis(5)));
        let attached = Attached::new(Some(Arc::clone(&gil)), ME);
        attached.release();
        assert!(!attached.check_point(|| panic!("this thread does not hold the lock")));
        assert_eq!(gil.stats().acquisitions, 0);

        attached.take(|| ());
        attached.take(|| ());
        assert!(attached.take_unless(&AtomicBool::new(false), || ()));
        assert_eq!((gil.stats().acquisitions, gil.holder()), (1, Some(ME)));

        attached.release();
        assert_eq!((attached.holds(), gil.holder()), (false, None));
    }

    #[test]
    fn dropping_the_handle_lets_go() {
        let gil = Arc::new(Gil::new(Nanos::from_millis(5)));
        Attached::new(Some(Arc::clone(&gil)), ME).take(|| ());
        assert_eq!(gil.holder(), None);

        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let attached = Attached::new(Some(Arc::clone(&gil)), ME);
            attached.take(|| ());
            panic!("on purpose");
        }));
        assert!(unwound.is_err());
        assert_eq!(gil.holder(), None);
    }
}
