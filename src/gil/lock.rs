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
    core: Monitor<Core>,
    /// The number of the newest forced drop that has found its successor.
    handover: Monitor<u64>,
    counters: Counters,
}

/// Who has the lock, and who wants it.
#[derive(Debug, Default)]
struct Core {
    locked: bool,
    /// The current or the most recent holder.
    last_holder: Option<WorkerId>,
    /// The threads inside the waiting loop.
    waiters: u32,
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
    /// `on_wait` runs once if the lock is held by another worker now, before the wait and outside the lock's own
    /// mutex; it does not run if the lock is free. A free lock goes to whoever comes first, not to whoever waits longest.
    ///
    /// # Panics
    /// If `me` already holds the lock.
    pub fn take(&self, me: WorkerId, on_wait: impl FnOnce()) -> bool {
        let taking = self.attempt(None, me, on_wait);
        debug_assert_ne!(taking, Taking::GaveUp, "nobody can cancel this");
        taking == Taking::Taken { switched: true }
    }

    /// As [`Gil::take`], but gives up once `cancelled` is set while it waits: at the end of the current wait, which is
    /// at most one interval away. A lock that is free is taken at once, whatever `cancelled` says.
    ///
    /// # Panics
    /// If `me` already holds the lock.
    pub fn take_unless(&self, cancelled: &AtomicBool, me: WorkerId, on_wait: impl FnOnce()) -> Taking {
        self.attempt(Some(cancelled), me, on_wait)
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
    /// `on_wait` runs once before the lock is let go, and not at all where nobody asks.
    ///
    /// # Panics
    /// If somebody asks and `me` does not hold the lock.
    pub fn yield_if_requested(&self, me: WorkerId, on_wait: impl FnOnce()) -> bool {
        if !self.requested.load(Ordering::Relaxed) {
            return false;
        }
        on_wait();
        self.release(me);
        self.attempt(None, me, || ()) == Taking::Taken { switched: true }
    }

    #[inline]
    fn attempt(&self, cancelled: Option<&AtomicBool>, me: WorkerId, on_wait: impl FnOnce()) -> Taking {
        {
            let mut core = self.core.lock();
            if !core.locked {
                return Taking::Taken { switched: self.enter(&mut core, me) };
            }
            assert_ne!(core.last_holder, Some(me), "the lock is not re-entrant: {me} holds it already");
        }
        on_wait();
        self.wait_and_take(cancelled, me)
    }

    /// The waiting loop: an interval at a time, until the lock is free at the end of one.
    #[cold]
    fn wait_and_take(&self, cancelled: Option<&AtomicBool>, me: WorkerId) -> Taking {
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
    fn let_go(&self, me: WorkerId) -> Option<u64> {
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
    fn await_successor(&self, ticket: u64) {
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
    fn give_up(&self, mut core: Held<'_, Core>, asked_at: Option<u64>) {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::{Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    const A: WorkerId = WorkerId(0);
    const B: WorkerId = WorkerId(1);

    /// An interval that no test outlives: with it, nobody ever asks.
    const NEVER_ASKS: Nanos = Nanos::from_secs(3_600);

    /// Runs `scene` on a thread of its own, and fails rather than hangs where it does not come to an end.
    fn ends(scene: impl FnOnce() + Send + 'static) {
        let (done, outcome) = mpsc::channel();
        let stage = thread::spawn(move || {
            scene();
            let _ = done.send(());
        });
        match outcome.recv_timeout(Duration::from_mins(1)) {
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("still waiting after a minute"),
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                if let Err(panic) = stage.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }

    /// Waits for a condition that another thread brings about; [`ends`] limits it.
    fn until(condition: impl Fn() -> bool) {
        while !condition() {
            thread::yield_now();
        }
    }

    fn waiters(gil: &Gil) -> u32 {
        gil.core.lock().waiters
    }

    #[test]
    fn a_thread_alone_never_waits_and_never_switches() {
        let gil = Gil::new(Nanos::ZERO);
        assert_eq!(gil.interval(), Nanos::from_micros(1));
        for _ in 0..3 {
            gil.take(A, || panic!("the lock is free"));
            assert_eq!(gil.holder(), Some(A));
            assert!(!gil.yield_if_requested(A, || panic!("nobody asks")));
            gil.release(A);
            assert_eq!(gil.holder(), None);
        }
        assert_eq!(gil.stats(), GilStats { acquisitions: 3, ..GilStats::default() });
    }

    #[test]
    fn a_switch_is_an_acquisition_by_another_worker_than_the_last() {
        let gil = Gil::new(NEVER_ASKS);
        for (worker, switches) in [(A, 0), (A, 0), (B, 1), (B, 1), (A, 2), (B, 3)] {
            gil.take(worker, || ());
            gil.release(worker);
            assert_eq!(gil.stats().switches, switches, "{worker}");
        }
    }

    #[test]
    #[should_panic(expected = "w1 holds it already")]
    fn taking_twice_is_refused() {
        let gil = Gil::new(NEVER_ASKS);
        gil.take(A, || ());
        gil.take(A, || ());
    }

    #[test]
    #[should_panic(expected = "w2 lets go of a lock that it does not hold")]
    fn letting_go_of_a_strangers_lock_is_refused() {
        let gil = Gil::new(NEVER_ASKS);
        gil.take(A, || ());
        gil.release(B);
    }

    #[test]
    fn a_waiter_announces_itself_once_and_gets_a_released_lock() {
        ends(|| {
            let gil = Gil::new(NEVER_ASKS);
            let announced = AtomicU32::new(0);
            gil.take(A, || ());
            thread::scope(|scope| {
                scope.spawn(|| {
                    gil.take(B, || _ = announced.fetch_add(1, Ordering::Relaxed));
                    assert_eq!(gil.holder(), Some(B));
                    gil.release(B);
                });
                until(|| waiters(&gil) == 1);
                assert!(!gil.requested().load(Ordering::Relaxed), "the interval has not passed");
                gil.release(A);
            });
            assert_eq!(announced.load(Ordering::Relaxed), 1);
            let expected = GilStats { acquisitions: 2, contended: 1, switches: 1, ..GilStats::default() };
            assert_eq!(gil.stats(), expected);
        });
    }

    #[test]
    fn a_waiter_asks_after_the_interval_and_the_next_holder_starts_unasked() {
        ends(|| {
            let gil = Gil::new(Nanos::from_millis(1));
            gil.take(A, || ());
            thread::scope(|scope| {
                scope.spawn(|| {
                    gil.take(B, || ());
                    // A comes back only once B has let go for good, so nobody can have asked since.
                    assert!(!gil.requested().load(Ordering::Relaxed), "every acquisition clears the request");
                    gil.release(B);
                });
                until(|| gil.requested().load(Ordering::Relaxed));
                gil.release(A);
                assert_ne!(gil.core.lock().last_holder, Some(A), "a forced release ends with a successor");
            });
            let expected = GilStats { acquisitions: 2, contended: 1, requests: 1, forced_switches: 1, switches: 1 };
            assert_eq!(gil.stats(), expected);
        });
    }

    #[test]
    fn a_check_point_hands_over_and_comes_back() {
        ends(|| {
            let gil = Gil::new(Nanos::from_millis(1));
            let yields = AtomicU32::new(0);
            gil.take(A, || ());
            thread::scope(|scope| {
                scope.spawn(|| {
                    gil.take(B, || ());
                    gil.release(B);
                });
                until(|| gil.yield_if_requested(A, || _ = yields.fetch_add(1, Ordering::Relaxed)));
            });
            assert_eq!(gil.holder(), Some(A));
            assert_eq!(yields.load(Ordering::Relaxed), 1);
            assert_eq!((gil.stats().forced_switches, gil.stats().switches), (1, 2));
            gil.release(A);
        });
    }

    #[test]
    fn a_waiter_that_gives_up_takes_its_request_along() {
        ends(|| {
            let gil = Gil::new(Nanos::from_millis(1));
            let cancelled = AtomicBool::new(false);
            gil.take(A, || ());
            thread::scope(|scope| {
                let waiter = scope.spawn(|| gil.take_unless(&cancelled, B, || ()));
                until(|| gil.requested().load(Ordering::Relaxed));
                cancelled.store(true, Ordering::Relaxed);
                assert_eq!(waiter.join().unwrap(), Taking::GaveUp);
            });
            assert!(!gil.requested().load(Ordering::Relaxed));
            assert_eq!((waiters(&gil), gil.holder()), (0, Some(A)));
            assert!(!gil.yield_if_requested(A, || panic!("nobody asks any more")));
            gil.release(A);
            assert_eq!(gil.stats().forced_switches, 0);
        });
    }

    #[test]
    fn a_dropper_never_waits_for_a_waiter_that_gives_up() {
        ends(|| {
            let gil = Gil::new(Nanos::from_micros(200));
            // The release races with the waiter's exit; each order must end, and every round draws one.
            for _ in 0..200 {
                let cancelled = AtomicBool::new(false);
                gil.take(A, || ());
                thread::scope(|scope| {
                    scope.spawn(|| {
                        if gil.take_unless(&cancelled, B, || ()) != Taking::GaveUp {
                            gil.release(B);
                        }
                    });
                    until(|| gil.requested().load(Ordering::Relaxed));
                    cancelled.store(true, Ordering::Relaxed);
                    gil.release(A);
                });
                assert!(!gil.requested().load(Ordering::Relaxed));
                assert_eq!((waiters(&gil), gil.holder()), (0, None));
            }
        });
    }

    #[test]
    fn a_dropper_in_the_handover_is_freed_by_the_last_waiter_that_gives_up() {
        ends(|| {
            let gil = Gil::new(NEVER_ASKS);
            gil.take(A, || ());
            gil.core.lock().waiters = 1;
            gil.requested.store(true, Ordering::Relaxed);
            let ticket = gil.let_go(A).expect("asked with a waiter in line");
            thread::scope(|scope| {
                let dropper = scope.spawn(|| gil.await_successor(ticket));
                assert!(*gil.handover.lock() < ticket, "nothing has settled it yet");
                gil.give_up(gil.core.lock(), Some(0));
                dropper.join().unwrap();
            });
            gil.take(A, || panic!("the lock is free"));
            gil.release(A);
        });
    }

    /// One line of the record that the hammering threads keep while they hold the lock.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Entry {
        Took(WorkerId),
        /// The worker is about to pass a check point with a request pending.
        Forced(WorkerId),
    }

    /// `workers` threads take, compute and let go, `rounds` times each, and in every eighth round compute until somebody
    /// asks for the lock. Returns what happened in order.
    fn hammer(gil: &Gil, workers: u32, rounds: u32) -> Vec<Entry> {
        let inside = AtomicU32::new(0);
        let finished = AtomicU32::new(0);
        let record = Mutex::new(Vec::new());
        let note = |entry| record.lock().unwrap().push(entry);
        let enter = |me| {
            assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0, "{me} is not alone");
            assert_eq!(gil.holder(), Some(me));
            note(Entry::Took(me));
        };
        let leave = || assert_eq!(inside.fetch_sub(1, Ordering::Relaxed), 1);
        let asked = || gil.requested().load(Ordering::Relaxed);
        let compute_until_asked = |me| {
            until(|| asked() || finished.load(Ordering::Relaxed) == workers - 1);
            if asked() {
                note(Entry::Forced(me));
                leave();
                assert!(gil.yield_if_requested(me, || ()), "{me} got the lock straight back");
                enter(me);
            }
        };
        let work = |me| {
            for round in 0..rounds {
                gil.take(me, || ());
                enter(me);
                if round % 8 == 0 {
                    compute_until_asked(me);
                }
                leave();
                gil.release(me);
            }
            finished.fetch_add(1, Ordering::Relaxed);
        };
        thread::scope(|scope| {
            for me in (0..workers).map(WorkerId) {
                let work = &work;
                scope.spawn(move || work(me));
            }
        });
        record.into_inner().unwrap()
    }

    #[test]
    fn many_threads_are_inside_one_at_a_time_and_a_forced_drop_always_switches() {
        for (workers, interval) in [(2, Nanos::ZERO), (4, Nanos::from_micros(20)), (8, Nanos::from_micros(100))] {
            ends(move || {
                let gil = Gil::new(interval);
                let entries = hammer(&gil, workers, 400);
                let takers: Vec<WorkerId> =
                    entries.iter().filter_map(|e| if let Entry::Took(id) = e { Some(*id) } else { None }).collect();
                let switches = takers.windows(2).filter(|pair| pair[0] != pair[1]).count() as u64;
                for pair in entries.windows(2) {
                    if let Entry::Forced(dropper) = pair[0] {
                        assert!(pair[1] != Entry::Took(dropper), "{dropper} follows itself after a forced drop");
                    }
                }
                assert_eq!(gil.holder(), None);
                assert_eq!(waiters(&gil), 0);
                assert!(!gil.requested().load(Ordering::Relaxed), "a request without a waiter");
                let stats = gil.stats();
                assert_eq!((stats.acquisitions, stats.switches), (takers.len() as u64, switches));
                assert!(stats.forced_switches > 0);
                assert!(stats.forced_switches <= stats.requests && stats.forced_switches <= stats.switches);
            });
        }
    }

    #[test]
    fn computing_threads_take_turns() {
        ends(|| {
            let gil = Gil::new(Nanos::from_micros(100));
            let finished = AtomicBool::new(false);
            let turns: Vec<u32> = thread::scope(|scope| {
                let compute = |me| {
                    let (gil, finished) = (&gil, &finished);
                    scope.spawn(move || {
                        let mut turns = 0;
                        gil.take(me, || ());
                        while !finished.load(Ordering::Relaxed) {
                            if gil.yield_if_requested(me, || ()) {
                                turns += 1;
                                finished.fetch_or(turns == 50, Ordering::Relaxed);
                            }
                        }
                        gil.release(me);
                        turns
                    })
                };
                [compute(A), compute(B)].map(|worker| worker.join().unwrap()).to_vec()
            });
            assert!(turns.iter().all(|turns| (48..=50).contains(turns)), "strictly in turn: {turns:?}");
        });
    }
}
