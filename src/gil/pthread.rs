//! A mutex and a condition variable of the platform's thread library, and the data that they guard.
//!
//! CPython's lock stands on these, and their wake order shows in its behaviour with several computing threads: the
//! futex-based types of the standard library starve an I/O thread several times longer. This is the only file of the
//! room with `unsafe` in it. A [`Monitor`] owns mutex, condition variable and data together, so that no caller can pair
//! the wrong ones.
#![expect(
    unsafe_code,
    reason = "the thread library is a C interface, and the data it guards needs interior mutability"
)]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::policy::Wake;
use crate::units::Nanos;

/// Data that one thread at a time may touch, and a place to wait for it to change.
///
/// The two objects of the thread library live on the heap: they must not move once they are in use.
pub(super) struct Monitor<T> {
    mutex: Box<UnsafeCell<libc::pthread_mutex_t>>,
    changed: Box<UnsafeCell<libc::pthread_cond_t>>,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only through `Held`, which exists only while this thread has the mutex, and the mutex
// orders one holder's writes before the next holder's reads. The mutex and the condition variable may be used from any
// thread by their own contract. `T: Send` because the data passes from thread to thread.
unsafe impl<T: Send> Sync for Monitor<T> {}

// SAFETY: a monitor that moves to another thread is not in use, and its mutex and condition variable stay where they
// are on the heap.
unsafe impl<T: Send> Send for Monitor<T> {}

/// The monitor's data, held by this thread until the value is dropped. Not `Send`: who locked must unlock.
#[must_use]
pub(super) struct Held<'m, T> {
    monitor: &'m Monitor<T>,
    not_send: PhantomData<*const ()>,
}

impl<T> Monitor<T> {
    pub(super) fn new(data: T) -> Self {
        Self { mutex: new_mutex(), changed: new_condition(), data: UnsafeCell::new(data) }
    }

    /// Waits for the mutex. Not re-entrant: a second call by the same thread never returns.
    #[inline]
    pub(super) fn lock(&self) -> Held<'_, T> {
        // SAFETY: the mutex was initialised in `new` and has not moved; locking it twice is defined (a deadlock),
        // because its type is NORMAL.
        let code = unsafe { libc::pthread_mutex_lock(self.mutex.get()) };
        succeeded(code, "pthread_mutex_lock");
        Held { monitor: self, not_send: PhantomData }
    }
}

impl<T> Held<'_, T> {
    /// Lets go of the mutex, waits for a notification, takes it again. May return without one.
    pub(super) fn wait(&mut self) {
        // SAFETY: both were initialised in `new` and have not moved; this thread has the mutex, since `self` exists;
        // the condition variable is only ever used with this mutex. The exclusive borrow of `self` keeps references
        // into the data from living across the wait.
        let code = unsafe { libc::pthread_cond_wait(self.monitor.changed.get(), self.monitor.mutex.get()) };
        succeeded(code, "pthread_cond_wait");
    }

    /// As [`Held::wait`], for at most `limit`.
    pub(super) fn wait_for(&mut self, limit: Nanos) -> Wake {
        let deadline = deadline_after(limit);
        // SAFETY: as in `wait`, and `deadline` is a valid time on the clock that the condition variable was made for.
        let code = unsafe {
            libc::pthread_cond_timedwait(self.monitor.changed.get(), self.monitor.mutex.get(), &raw const deadline)
        };
        if code == libc::ETIMEDOUT {
            return Wake::TimedOut;
        }
        succeeded(code, "pthread_cond_timedwait");
        Wake::Notified
    }

    /// Wakes one thread that waits, if any does.
    pub(super) fn notify_one(&self) {
        // SAFETY: the condition variable was initialised in `new` and has not moved.
        let code = unsafe { libc::pthread_cond_signal(self.monitor.changed.get()) };
        succeeded(code, "pthread_cond_signal");
    }

    /// Wakes every thread that waits.
    pub(super) fn notify_all(&self) {
        // SAFETY: as in `notify_one`.
        let code = unsafe { libc::pthread_cond_broadcast(self.monitor.changed.get()) };
        succeeded(code, "pthread_cond_broadcast");
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this thread has the mutex, since `self` exists, so nobody else reaches the data.
        unsafe { &*self.monitor.data.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; the exclusive borrow of `self` makes this the only reference.
        unsafe { &mut *self.monitor.data.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this thread locked the mutex when `self` was made, `Held` is not `Send`, and it is dropped once.
        let code = unsafe { libc::pthread_mutex_unlock(self.monitor.mutex.get()) };
        debug_assert_eq!(code, 0, "pthread_mutex_unlock");
    }
}

impl<T> Drop for Monitor<T> {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`; whoever waits or holds borrows the monitor, so nobody does any more.
        let condition = unsafe { libc::pthread_cond_destroy(self.changed.get()) };
        // SAFETY: as above, and the condition variable that used it is gone.
        let mutex = unsafe { libc::pthread_mutex_destroy(self.mutex.get()) };
        debug_assert_eq!((condition, mutex), (0, 0), "destroyed while in use");
    }
}

/// A mutex of type NORMAL: relocking the default type is undefined behaviour, relocking this one is a deadlock.
#[expect(clippy::unnecessary_box_returns, reason = "made at its final place: it must not move once initialised")]
fn new_mutex() -> Box<UnsafeCell<libc::pthread_mutex_t>> {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: the pointer is to writable memory of the right type.
    succeeded(unsafe { libc::pthread_mutexattr_init(attributes.as_mut_ptr()) }, "pthread_mutexattr_init");
    // SAFETY: the attributes were initialised by the call above.
    let code = unsafe { libc::pthread_mutexattr_settype(attributes.as_mut_ptr(), libc::PTHREAD_MUTEX_NORMAL) };
    succeeded(code, "pthread_mutexattr_settype");
    let mutex = Box::new(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));
    // SAFETY: the mutex is at its final place and not yet in use; the attributes are initialised.
    succeeded(unsafe { libc::pthread_mutex_init(mutex.get(), attributes.as_ptr()) }, "pthread_mutex_init");
    // SAFETY: initialised above and not used afterwards; the mutex keeps its own copy.
    succeeded(unsafe { libc::pthread_mutexattr_destroy(attributes.as_mut_ptr()) }, "pthread_mutexattr_destroy");
    mutex
}

/// A condition variable whose timed waits follow the monotonic clock, so that setting the clock moves no switch.
#[expect(clippy::unnecessary_box_returns, reason = "made at its final place: it must not move once initialised")]
fn new_condition() -> Box<UnsafeCell<libc::pthread_cond_t>> {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: the pointer is to writable memory of the right type.
    succeeded(unsafe { libc::pthread_condattr_init(attributes.as_mut_ptr()) }, "pthread_condattr_init");
    // SAFETY: the attributes were initialised by the call above.
    let code = unsafe { libc::pthread_condattr_setclock(attributes.as_mut_ptr(), libc::CLOCK_MONOTONIC) };
    succeeded(code, "pthread_condattr_setclock");
    let condition = Box::new(UnsafeCell::new(libc::PTHREAD_COND_INITIALIZER));
    // SAFETY: the condition variable is at its final place and not yet in use; the attributes are initialised.
    succeeded(unsafe { libc::pthread_cond_init(condition.get(), attributes.as_ptr()) }, "pthread_cond_init");
    // SAFETY: initialised above and not used afterwards; the condition variable keeps its own copy.
    succeeded(unsafe { libc::pthread_condattr_destroy(attributes.as_mut_ptr()) }, "pthread_condattr_destroy");
    condition
}

/// The point on the monotonic clock that lies `limit` ahead.
fn deadline_after(limit: Nanos) -> libc::timespec {
    let now = clock_gettime(ClockId::Monotonic);
    let since_boot = Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0));
    let deadline = since_boot.saturating_add(limit.into());
    libc::timespec {
        tv_sec: libc::time_t::try_from(deadline.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: deadline.subsec_nanos().into(),
    }
}

/// # Panics
/// Where a call failed that cannot fail on an object that is valid: going on would mean computing without the lock.
#[inline]
#[track_caller]
fn succeeded(code: libc::c_int, call: &str) {
    assert!(code == 0, "{call} failed: {}", std::io::Error::from_raw_os_error(code));
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn writes_of_all_threads_add_up() {
        let monitor = Monitor::new(0_u64);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| *monitor.lock() += 1));
            }
        });
        assert_eq!(*monitor.lock(), 40_000);
    }

    #[test]
    fn a_wait_ends_with_the_time_limit() {
        let monitor = Monitor::new(());
        let mut held = monitor.lock();
        // A wait may also end for no reason, so a single call proves nothing.
        while held.wait_for(Nanos::from_micros(100)) != Wake::TimedOut {}
    }

    #[test]
    fn a_wait_ends_with_a_notification() {
        let monitor = Monitor::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut held = monitor.lock();
                    while !*held {
                        held.wait();
                    }
                });
            }
            let mut held = monitor.lock();
            *held = true;
            held.notify_all();
        });
    }

    #[test]
    fn a_panic_while_holding_lets_go() {
        let monitor = Monitor::new(1);
        let panicked = thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _held = monitor.lock();
                panic!("on purpose");
            });
            holder.join().is_err()
        });
        assert!(panicked);
        assert_eq!(*monitor.lock(), 1);
    }

    #[test]
    fn the_longest_span_gives_a_valid_deadline() {
        let deadline = deadline_after(Nanos(u64::MAX));
        assert!(deadline.tv_sec > 0 && (0..1_000_000_000).contains(&deadline.tv_nsec));
    }
}
