//! The lock that the threads of one process contend for.
//!
//! Two monitors, as in CPython. `core` says who has the lock; its notification means "the lock was released". `handover`
//! counts the forced drops that are settled; its notification means "somebody else has taken it". Where both are held,
//! `core` was locked first.
//!
//! # Why no wake-up is lost
//!
//! A waiter counts itself in `core.waiters` before it waits, and a release reads that count under the same mutex, so it
//! either finds the waiter and notifies, or the waiter finds the lock free. Waits for the lock are timed besides.
//!
//! The wait for a successor is not timed, so it needs a proof. A dropper enters it only if, under `core`, it saw a
//! waiter, and it leaves its ticket in `core.forced` before it unlocks. The lock is then free, and that waiter can do one
//! of two things, both under `core`: take the lock (unless another thread barges in and takes it first), or give up. Each
//! acquisition settles every ticket up to its own time, and so does the last waiter that gives up. The dropper compares
//! its ticket with what is settled under `handover` before it waits, so a settlement that came first is seen.
//!
//! A request implies a waiter: it is made by one, and cleared by every acquisition and by its maker when that gives up.

use std::fmt;

use crossbeam_utils::CachePadded;

use super::policy::{Decision, Waited, must_hand_over};
use super::primitives::{AtomicBool, Held, Monitor, Ordering};
use super::stats::{Counters, GilStats};
use super::waiting::Waiting;
use crate::units::{Nanos, WorkerId};

/// One lock, held by one of the workers of a process at a time.
///
/// Nothing here ties a holder to its thread: each worker id must belong to one thread, and a thread must let go before
/// it takes again. [`Attached`](super::Attached) keeps both rules by construction and is the usual way in.
pub struct Gil {
    /// Somebody asks the holder to let go. Computations poll it, so it has a cache line of its own: waiters that come
    /// and go must not slow the holder down.
    requested: CachePadded<AtomicBool>,
    interval: Nanos,
    pub(super) core: Monitor<Core>,
    /// The number of the newest forced drop that has found its successor.
    pub(super) handover: Monitor<u64>,
    counters: Counters,
}

/// Who has the lock, and who wants it.
#[derive(Debug, Default)]
pub(super) struct Core {
    locked: bool,
    /// The current or the most recent holder.
    pub(super) last_holder: Option<WorkerId>,
    /// The threads inside the waiting loop.
    pub(super) waiters: u32,
    /// The drops so far that were forced: the newest ticket given out.
    forced: u64,
    /// The newest ticket published in `handover`. Any newer one has a dropper behind it.
    settled: u64,
}

/// How an attempt to take the lock ended.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// The worker holds the lock. `switched` tells whether another one had it last.
    Taken {
        /// Whether another worker had the lock last.
        switched: bool,
    },
    /// The attempt was cancelled while waiting; the worker does not hold the lock.
    GaveUp,
}

impl Gil {
    /// A free lock whose waiters ask for it after `interval`; less than a microsecond means a microsecond.
    #[must_use]
    pub fn new(interval: Nanos) -> Self {
        Self {
            requested: CachePadded::new(AtomicBool::new(false)),
            interval: interval.max(Nanos::from_micros(1)),
            core: Monitor::new(Core::default()),
            handover: Monitor::new(0),
            counters: Counters::default(),
        }
    }

    /// How long a waiter waits before it asks.
    #[must_use]
    pub const fn interval(&self) -> Nanos {
        self.interval
    }

    /// The flag that tells the holder to pass its next check point with [`Gil::yield_if_requested`].
    #[must_use]
    pub fn requested(&self) -> &AtomicBool {
        &self.requested
    }

    /// Who has the lock. Takes the inner mutex, so it disturbs whoever measures: for tests and post-mortems.
    #[must_use]
    pub fn holder(&self) -> Option<WorkerId> {
        let core = self.core.lock();
        core.last_holder.filter(|_| core.locked)
    }

    /// The figures so far; costs the threads that use the lock nothing.
    #[must_use]
    pub fn stats(&self) -> GilStats {
        self.counters.read()
    }

    /// Takes the lock, waiting as long as it must. Returns whether another worker had it since `me` last did.
    ///
    /// `waiting` hears of a wait. A free lock goes to whoever comes first, not to whoever waits longest.
    ///
    /// # Panics
    /// If `me` already holds the lock.
    pub fn take(&self, me: WorkerId, waiting: impl Waiting) -> bool {
        let taking = self.attempt(None, me, waiting);
        debug_assert_ne!(taking, Taking::GaveUp, "nobody can cancel this");
        taking == Taking::Taken { switched: true }
    }

    /// As [`Gil::take`], but gives up once `cancelled` is set while it waits: at the end of the current wait, which is
    /// at most one interval away. A lock that is free is taken at once, whatever `cancelled` says.
    ///
    /// # Panics
    /// If `me` already holds the lock.
    pub fn take_unless(&self, cancelled: &AtomicBool, me: WorkerId, waiting: impl Waiting) -> Taking {
        self.attempt(Some(cancelled), me, waiting)
    }

    /// Lets go of the lock and wakes a waiter.
    ///
    /// With a request pending this returns only when another worker has taken the lock (or every waiter gave up), also
    /// where the release is voluntary, ahead of a blocking call.
    ///
    /// # Panics
    /// If `me` does not hold the lock.
    pub fn release(&self, me: WorkerId) {
        if let Some(ticket) = self.let_go(me) {
            self.await_successor(ticket);
        }
    }

    /// The check point of a computation: if somebody asks for the lock, lets go, waits for another worker to have it,
    /// and takes it back. Returns whether another worker had it in between.
    ///
    /// `waiting` hears of the wait before the lock is let go, and of nothing where nobody asks.
    ///
    /// # Panics
    /// If somebody asks and `me` does not hold the lock.
    pub fn yield_if_requested(&self, me: WorkerId, mut waiting: impl Waiting) -> bool {
        if !self.requested.load(Ordering::Relaxed) {
            return false;
        }
        waiting.begins();
        self.release(me);
        let taking = self.take_if_free(me).unwrap_or_else(|| self.wait_and_take(None, me, &mut waiting));
        taking == Taking::Taken { switched: true }
    }

    #[inline]
    fn attempt(&self, cancelled: Option<&AtomicBool>, me: WorkerId, mut waiting: impl Waiting) -> Taking {
        self.take_if_free(me).unwrap_or_else(|| {
            waiting.begins();
            self.wait_and_take(cancelled, me, &mut waiting)
        })
    }

    #[inline]
    fn take_if_free(&self, me: WorkerId) -> Option<Taking> {
        let mut core = self.core.lock();
        if !core.locked {
            return Some(Taking::Taken { switched: self.enter(&mut core, me) });
        }
        assert_ne!(core.last_holder, Some(me), "the lock is not re-entrant: {me} holds it already");
        None
    }

    /// The waiting loop: an interval at a time, until the lock is free at the end of one.
    #[cold]
    fn wait_and_take(&self, cancelled: Option<&AtomicBool>, me: WorkerId, waiting: &mut impl Waiting) -> Taking {
        let mut core = self.core.lock();
        core.waiters += 1;
        let mut asked_at = None;
        while core.locked {
            let seen = self.counters.switches.read();
            let wake = core.wait_for(self.interval);
            let waited = Waited {
                wake,
                locked: core.locked,
                cancelled: cancelled.is_some_and(|flag| flag.load(Ordering::Relaxed)),
                seen,
                now: self.counters.switches.read(),
            };
            if waited.is_in_vain() {
                waiting.woke_in_vain();
            }
            match waited.decide() {
                Decision::Take => break,
                Decision::WaitAgain => {}
                Decision::Ask => {
                    self.ask();
                    asked_at = Some(seen);
                }
                Decision::GiveUp => {
                    self.give_up(core, asked_at);
                    return Taking::GaveUp;
                }
            }
        }
        core.waiters -= 1;
        self.counters.contended.increment();
        Taking::Taken { switched: self.enter(&mut core, me) }
    }

    /// Makes `me` the holder of the free lock. Returns whether another worker had it last.
    #[inline]
    fn enter(&self, core: &mut Core, me: WorkerId) -> bool {
        let switched = core.last_holder.is_some_and(|last| last != me);
        core.locked = true;
        core.last_holder = Some(me);
        if switched {
            self.counters.switches.increment();
        }
        self.counters.acquisitions.increment();
        self.clear_request();
        self.settle(core);
        switched
    }

    /// Frees the lock. Returns a ticket if the dropper must wait for its successor.
    #[inline]
    pub(super) fn let_go(&self, me: WorkerId) -> Option<u64> {
        let mut core = self.core.lock();
        assert!(core.locked && core.last_holder == Some(me), "{me} lets go of a lock that it does not hold");
        core.locked = false;
        if core.waiters > 0 {
            core.notify_one();
        }
        if !must_hand_over(self.requested.load(Ordering::Relaxed), core.waiters) {
            return None;
        }
        self.counters.forced_switches.increment();
        core.forced += 1;
        Some(core.forced)
    }

    #[cold]
    pub(super) fn await_successor(&self, ticket: u64) {
        let mut settled = self.handover.lock();
        while *settled < ticket {
            settled.wait();
        }
    }

    /// Lets every dropper go on that still waits for a successor.
    #[inline]
    fn settle(&self, core: &mut Core) {
        if core.settled != core.forced {
            core.settled = core.forced;
            let mut settled = self.handover.lock();
            *settled = core.forced;
            // To all, because two droppers can be in there, the first one signalled but not yet awake; and because
            // `pthread_cond_signal` of glibc before 2.41 can wake a thread that it does not concern (bug 25847), which
            // here would leave a dropper asleep for good.
            settled.notify_all();
        }
    }

    /// Leaves the waiting loop without the lock, as if this waiter had never been there.
    pub(super) fn give_up(&self, mut core: Held<'_, Core>, asked_at: Option<u64>) {
        core.waiters -= 1;
        if asked_at == Some(self.counters.switches.read()) {
            self.clear_request();
        }
        if core.waiters == 0 {
            self.settle(&mut core);
        } else if !core.locked {
            // The release may have notified this waiter and no other.
            core.notify_one();
        }
    }

    fn ask(&self) {
        if !self.requested.load(Ordering::Relaxed) {
            self.requested.store(true, Ordering::Relaxed);
            self.counters.requests.increment();
        }
    }

    /// Reads first: a store would take the cache line away from the holder's check points.
    #[inline]
    fn clear_request(&self) {
        if self.requested.load(Ordering::Relaxed) {
            self.requested.store(false, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Gil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gil").field("interval", &self.interval).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
