//! The lock in scenes with real threads: who waits, who asks, who comes next, and that everybody comes home.

use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::lock::{Gil, Taking};
use super::primitives::{AtomicBool, Ordering};
use super::stats::GilStats;
use crate::units::{Nanos, WorkerId};

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
        gil.requested().store(true, Ordering::Relaxed);
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
