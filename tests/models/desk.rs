//! Where workers serve themselves, explored: every task is claimed once, whoever looks on finds each claim, and nobody
//! sleeps through what it waits for.

#[path = "../../src/worker/desk/claims.rs"]
mod claims;
#[path = "../../src/worker/desk/sleepers.rs"]
mod sleepers;

use std::ops::Range;
use std::rc::Rc;

use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use self::claims::{Cursor, Notes};
use self::sleepers::{EngineSleep, Filling};
use crate::explore;

/// What claiming and sleeping stand on, as the checker knows it.
mod primitives {
    pub(super) use loom::sync::atomic::{AtomicU32, Ordering, fence};
    use loom::sync::{Condvar, Mutex};

    loom::lazy_static! {
        /// Where the system keeps those who sleep: it looks at their word and puts them to sleep in one step.
        static ref BED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    }

    pub(super) fn spin_loop() {
        loom::thread::yield_now();
    }

    pub(super) fn sleep_while(word: &AtomicU32, seen: u32) {
        let held = BED.0.lock().expect("no thread panics");
        if word.load(Ordering::Relaxed) == seen {
            drop(BED.1.wait(held));
        }
    }

    pub(super) fn wake(_word: &AtomicU32) {
        let _held = BED.0.lock().expect("no thread panics");
        BED.1.notify_all();
    }
}

/// A desk with notes for two workers and, for each task, whether its result has been left.
struct Desk {
    counter: AtomicU32,
    notes: [Vec<AtomicU32>; 2],
    left: Vec<AtomicU32>,
    chunk: u32,
}

impl Desk {
    fn new(tasks: usize, chunk: u32) -> Rc<Self> {
        let words = |count: usize| (0..count).map(|_| AtomicU32::new(0)).collect();
        Rc::new(Self { counter: AtomicU32::new(0), notes: [words(4), words(4)], left: words(tasks), chunk })
    }

    fn cursor(&self) -> Cursor<'_> {
        Cursor { counter: &self.counter, tasks: u32::try_from(self.left.len()).expect("few"), chunk: self.chunk }
    }

    fn notes(&self, worker: usize) -> Notes<'_> {
        Notes(&self.notes[worker])
    }

    fn leave(&self, tasks: Range<u32>) {
        tasks.for_each(|task| self.left[task as usize].store(1, Release));
    }

    /// As a claimant works: a claim of several tasks leaves the first alone and is kept in mind until the rest is left.
    fn work(&self, worker: usize) -> Vec<Range<u32>> {
        let mut claimed = Vec::new();
        while let Some(claim) = self.cursor().claim(self.notes(worker)) {
            self.leave(claim.start..claim.start + 1);
            if claim.len() > 1 {
                self.notes(worker).forget(Some(claim.start));
                self.leave(claim.start + 1..claim.end);
            }
            self.notes(worker).forget(None);
            claimed.push(claim);
        }
        claimed
    }

    /// As the engine looks for tasks that nobody has: the notes first, then what has been left.
    fn orphans(&self) -> Vec<u32> {
        let claimed = self.cursor().claimed();
        let noted = [0, 1].map(|worker| self.notes(worker).read());
        if noted.iter().any(|(_, is_claiming)| *is_claiming) {
            return Vec::new();
        }
        let is_noted = |task: &u32| {
            let of_claim = |first: &u32| (*first..first.saturating_add(self.chunk)).contains(task);
            noted.iter().flat_map(|(firsts, _)| firsts).any(of_claim)
        };
        let is_left = |task: &u32| self.left[*task as usize].load(Acquire) == 1;
        (0..claimed).filter(|task| !is_noted(task) && !is_left(task)).collect()
    }
}

#[test]
fn every_task_is_claimed_once() {
    for (tasks, chunk) in [(2, 1), (3, 2), (4, 2)] {
        explore(3, move || {
            let desk = Desk::new(tasks, chunk);
            let other = {
                let desk = Rc::clone(&desk);
                thread::spawn(move || desk.work(1))
            };
            let mut claims = desk.work(0);
            claims.extend(other.join().expect("it ends"));
            let mut claimed: Vec<u32> = claims.into_iter().flatten().collect();
            claimed.sort_unstable();
            assert_eq!(claimed, (0..u32::try_from(tasks).expect("few")).collect::<Vec<_>>());
            assert_eq!([0, 1].map(|worker| desk.notes(worker).read()), [(vec![], false), (vec![], false)]);
        });
    }
}

#[test]
fn whoever_looks_on_finds_every_claim() {
    for (tasks, chunk) in [(2, 1), (2, 2), (4, 2)] {
        explore(3, move || {
            let desk = Desk::new(tasks, chunk);
            // The checker remembers no more than the latest reading of a word. With the worker in front, none that matters
            // is hidden by one of its own.
            let engine = {
                let desk = Rc::clone(&desk);
                thread::spawn(move || assert_eq!(desk.orphans(), [], "a living worker has them"))
            };
            desk.work(1);
            engine.join().expect("it ends");
        });
    }
}

#[test]
fn a_worker_that_waits_for_its_payload_gets_it() {
    for looks in [0, 1] {
        explore(3, move || {
            let filling = Rc::new((AtomicU32::new(0), AtomicU32::new(0)));
            let view = |it: &Rc<(AtomicU32, AtomicU32)>, run: &dyn Fn(Filling<'_>)| {
                run(Filling { filled: &it.0, sleepers: &it.1 });
            };
            let worker = {
                let filling = Rc::clone(&filling);
                thread::spawn(move || view(&filling, &|it| it.wait_for(1, looks)))
            };
            for filled in [1, 2] {
                view(&filling, &|it| it.set(filled));
            }
            worker.join().expect("it ends");
            assert_eq!(filling.1.load(Relaxed), 0, "nobody sleeps any more");
        });
    }
}

/// What the engine hears while it sleeps: nudges that came over a link.
struct Link {
    nudges: Mutex<u32>,
    came: Condvar,
}

#[test]
fn an_engine_that_sleeps_hears_of_what_was_left_and_only_once() {
    explore(3, || {
        let desk = Rc::new((AtomicU32::new(0), [AtomicU32::new(0), AtomicU32::new(0)]));
        let link = Rc::new(Link { nudges: Mutex::new(0), came: Condvar::new() });
        let workers = [0, 1].map(|worker| {
            let (desk, link) = (Rc::clone(&desk), Rc::clone(&link));
            thread::spawn(move || {
                desk.1[worker].store(1, Release);
                if EngineSleep(&desk.0).ends_by_nudge() {
                    *link.nudges.lock().expect("no thread panics") += 1;
                    link.came.notify_one();
                }
            })
        });
        let is_wanted = || desk.1.iter().any(|tray| tray.load(Acquire) == 1);
        EngineSleep(&desk.0).set(true);
        if !is_wanted() {
            let mut nudges = link.nudges.lock().expect("no thread panics");
            while *nudges == 0 {
                nudges = link.came.wait(nudges).expect("no thread panics");
            }
            drop(nudges);
            assert!(is_wanted(), "woken for nothing");
        }
        EngineSleep(&desk.0).set(false);
        for worker in workers {
            worker.join().expect("it ends");
        }
        assert!(*link.nudges.lock().expect("no thread panics") <= 1, "one nudge is enough");
    });
}
