//! Threads that take, compute, yield, let go and give up, and what must hold whatever their order.
//!
//! The checker plays all threads on one, hence the `Rc`.

use std::rc::Rc;

use loom::cell::UnsafeCell;
use loom::thread::{self, JoinHandle};

use super::lock::{Gil, Taking};
use super::primitives::{AtomicBool, NEVER, Ordering, ends};
use crate::explore;
use crate::units::{Nanos, WorkerId};

const A: WorkerId = WorkerId(0);
const B: WorkerId = WorkerId(1);
const C: WorkerId = WorkerId(2);

/// A lock and what it protects: a cell that the checker lets only one thread into at a time, and who was in it last.
struct Scene {
    gil: Gil,
    last: UnsafeCell<Option<WorkerId>>,
    cancelled: AtomicBool,
}

impl Scene {
    fn new(interval: Nanos) -> Rc<Self> {
        Rc::new(Self { gil: Gil::new(interval), last: UnsafeCell::new(None), cancelled: AtomicBool::new(false) })
    }

    /// What a holder does; fails if another thread is at it, or was without letting go.
    #[expect(unsafe_code, reason = "the checker's cell tells of two threads in it, which is what is asked")]
    fn compute(&self, me: WorkerId) -> Option<WorkerId> {
        // SAFETY: the cell is reached by the holder of the lock alone; the checker stops the model where that is not so.
        self.last.with_mut(|last| unsafe { (*last).replace(me) })
    }

    /// Takes, computes, lets go.
    fn turn(&self, me: WorkerId) {
        self.gil.take(me, || ());
        self.compute(me);
        self.gil.release(me);
    }

    /// Passes a check point; after a forced drop somebody else must have computed or at least had the lock.
    fn check_point(&self, me: WorkerId) {
        let before = self.gil.stats().forced_switches;
        let switched = self.gil.yield_if_requested(me, || ());
        let forced = self.gil.stats().forced_switches - before;
        assert!(forced == 0 || switched, "{me} follows itself after a forced drop");
        self.compute(me);
    }

    /// Nobody is left inside, and no request without a waiter.
    fn assert_at_rest(&self) {
        assert_eq!(self.gil.holder(), None);
        assert_eq!(self.gil.core.lock().waiters, 0);
        assert!(!self.gil.requested().load(Ordering::Relaxed), "a request without a waiter");
        let stats = self.gil.stats();
        assert!(stats.forced_switches <= stats.requests, "{stats:?}");
    }
}

fn spawn(scene: &Rc<Scene>, act: impl FnOnce(&Scene) + 'static) -> JoinHandle<()> {
    let scene = Rc::clone(scene);
    thread::spawn(move || act(&scene))
}

/// Plays `acts`, the first on the scene's own thread, until all are done and the lock is at rest.
fn play<const N: usize>(preemptions: usize, interval: Nanos, acts: [fn(&Scene); N]) {
    explore(preemptions, move || {
        let scene = Scene::new(interval);
        let others: Vec<_> = acts[1..].iter().map(|act| spawn(&scene, *act)).collect();
        acts[0](&scene);
        for other in others {
            other.join().expect("it ends");
        }
        scene.assert_at_rest();
    });
}

fn twice(scene: &Scene, me: WorkerId) {
    scene.turn(me);
    scene.turn(me);
}

/// Computes with two check points, as a hog does.
fn hog(scene: &Scene, me: WorkerId) {
    scene.gil.take(me, || ());
    scene.compute(me);
    scene.check_point(me);
    scene.check_point(me);
    scene.gil.release(me);
}

fn taker_that_may_give_up(scene: &Scene, me: WorkerId) {
    if scene.gil.take_unless(&scene.cancelled, me, || ()) != Taking::GaveUp {
        scene.compute(me);
        scene.gil.release(me);
    }
}

#[test]
fn every_wait_for_the_lock_is_ended_by_a_release() {
    play(3, NEVER, [|scene| twice(scene, A), |scene| twice(scene, B)]);
    play(2, NEVER, [|scene| scene.turn(A), |scene| scene.turn(B), |scene| scene.turn(C)]);
}

#[test]
fn a_holder_that_is_asked_is_followed_by_another_worker() {
    for waits in [1, 2] {
        play(3, ends(waits), [|scene| hog(scene, A), |scene| scene.turn(B)]);
    }
    play(2, ends(2), [|scene| hog(scene, A), |scene| hog(scene, B)]);
}

#[test]
fn three_workers_and_a_request_leave_nobody_behind() {
    play(2, ends(1), [|scene| hog(scene, A), |scene| scene.turn(B), |scene| scene.turn(C)]);
}

#[test]
fn a_voluntary_release_hands_over_too() {
    for waits in [1, 2] {
        play(3, ends(waits), [|scene| twice(scene, A), |scene| twice(scene, B)]);
    }
}

#[test]
fn a_waiter_that_gives_up_leaves_no_trace() {
    for interval in [ends(1), ends(2)] {
        play(
            3,
            interval,
            [
                |scene| hog(scene, A),
                |scene| taker_that_may_give_up(scene, B),
                |scene| scene.cancelled.store(true, Ordering::Relaxed),
            ],
        );
    }
}

#[test]
fn a_waiter_that_gives_up_passes_the_wake_up_on() {
    play(
        2,
        ends(1),
        [
            |scene| {
                scene.gil.take(A, || ());
                scene.cancelled.store(true, Ordering::Relaxed);
                scene.compute(A);
                scene.gil.release(A);
            },
            |scene| taker_that_may_give_up(scene, B),
            |scene| scene.turn(C),
        ],
    );
    play(
        2,
        NEVER,
        [
            |scene| {
                scene.gil.take(A, || ());
                scene.cancelled.store(true, Ordering::Relaxed);
                scene.gil.release(A);
            },
            |scene| taker_that_may_give_up(scene, B),
            |scene| scene.turn(C),
        ],
    );
}
