//! Where workers of one pool serve themselves: tasks are claimed from a counter, payloads lie in areas, results are left
//! in a tray per worker, all of it in memory that they share with the engine.
//!
//! ```text
//! engine                        desk                            worker
//! fills areas, moves `filled`  ─────►  payload areas   ───────►  reads its task's area once `filled` is past it
//!                                      cursor          ───────►  claims the next chunk: one atomic addition
//! reads trays, frees areas     ◄─────  notes, tray     ◄───────  notes its claims, leaves frames of results
//! ```
//!
//! Who finds nothing to do sleeps: workers on a futex, the engine on its links, where a worker nudges it.
//!
//! The engine trusts nothing here: what it reads is copied first and checked then, as if it had come over a link.

mod claims;
mod memory;
mod shape;
mod sleepers;
mod tray;

/// What claiming and sleeping are built from, chosen here and nowhere else, so that a model checker can put its own in
/// their place.
mod primitives {
    pub(super) use std::hint::spin_loop;
    pub(super) use std::sync::atomic::{AtomicU32, Ordering, fence};

    use rustix::thread::futex;

    /// Sleeps until somebody wakes those who wait for `word`, unless it is no longer `seen`. May wake for no reason.
    pub(super) fn sleep_while(word: &AtomicU32, seen: u32) {
        let _ = futex::wait(word, futex::Flags::empty(), seen, None);
    }

    /// Wakes all who wait for `word`.
    pub(super) fn wake(word: &AtomicU32) {
        let _ = futex::wake(word, futex::Flags::empty(), i32::MAX.cast_unsigned());
    }
}

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};

use self::claims::{Cursor, Notes};
use self::memory::Memory;
use self::sleepers::{EngineSleep, Filling};
use crate::units::WorkerId;

pub use self::memory::MemoryError;
pub(super) use self::shape::Shape;
pub(super) use self::tray::Tray;

/// Counters that different sides write stand this many words apart: two cache lines, since cores fetch lines in pairs.
const APART: usize = 32;

/// How many claims a worker may note: one for each result that waits for company, and the one it makes.
const NOTES: usize = 159;

/// The words of a worker's counters: its tray's end and beginning, then its notes.
const SEAT: usize = 2 * APART + NOTES + 1;

/// How often a worker looks for its payload before it goes to sleep: about a microsecond.
const LOOKS: u32 = 64;

const CURSOR: usize = 0;
const FILLED: usize = APART;
const SLEEPERS: usize = 2 * APART;
const ENGINE_SLEEPS: usize = 3 * APART;
const SEATS: usize = 4 * APART;

/// The desk, mapped.
#[derive(Debug)]
pub(super) struct Desk {
    shape: Shape,
    memory: Memory,
}

impl Desk {
    /// Makes a desk.
    ///
    /// # Errors
    /// When the system has no memory to give.
    pub(super) fn create(shape: Shape) -> Result<Self, MemoryError> {
        Ok(Self { shape, memory: Memory::create(shape.words())? })
    }

    /// Maps a desk that came from another process.
    ///
    /// # Errors
    /// When the descriptor is none of that shape.
    pub(super) fn open(descriptor: OwnedFd, shape: Shape) -> Result<Self, MemoryError> {
        Ok(Self { shape, memory: Memory::open(descriptor, shape.words())? })
    }

    /// The memory, to be handed to a child.
    #[must_use]
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.memory.descriptor()
    }

    /// What it is made for.
    #[must_use]
    pub(super) const fn shape(&self) -> Shape {
        self.shape
    }

    fn word(&self, place: usize) -> &AtomicU32 {
        &self.memory.short()[place]
    }

    /// A worker's tray.
    ///
    /// # Panics
    /// When the desk has no such worker.
    pub(super) fn tray(&self, worker: WorkerId) -> Tray<'_> {
        let seat = &self.memory.short()[SEATS + worker.index() * SEAT..][..2 * APART];
        let cells = &self.memory.long()[worker.index() * Tray::WORDS..][..Tray::WORDS];
        let (written, read) = seat.split_at(APART);
        Tray { end: &written[0], is_waiting: &written[1], beginning: &read[0], cells }
    }

    /// The area of a task's payload. Tasks take turns in the areas.
    ///
    /// # Panics
    /// Where tasks have no payloads.
    #[must_use]
    pub(super) fn area(&self, task: u32) -> &[AtomicU64] {
        let areas = &self.memory.long()[self.shape.workers as usize * Tray::WORDS..];
        let place = task as usize % self.shape.areas;
        &areas[place * self.shape.area()..][..self.shape.payload.div_ceil(8)]
    }

    // The engine's side.

    /// Clears the desk for a sample, while no worker claims.
    pub(super) fn clear(&self) {
        for place in [FILLED, SLEEPERS, ENGINE_SLEEPS] {
            self.word(place).store(0, Relaxed);
        }
        for worker in 0..self.shape.workers {
            self.notes(WorkerId(worker)).forget(None);
        }
        self.word(CURSOR).store(0, Release);
    }

    fn cursor(&self) -> Cursor<'_> {
        Cursor { counter: self.word(CURSOR), tasks: self.shape.tasks, chunk: self.shape.chunk }
    }

    fn notes(&self, worker: WorkerId) -> Notes<'_> {
        Notes(&self.memory.short()[SEATS + worker.index() * SEAT + 2 * APART..][..=NOTES])
    }

    fn filling(&self) -> Filling<'_> {
        Filling { filled: self.word(FILLED), sleepers: self.word(SLEEPERS) }
    }

    /// How many tasks have been claimed.
    #[must_use]
    pub(super) fn claimed(&self) -> u32 {
        self.cursor().claimed()
    }

    /// The chunks that a worker has noted, by their first task, and whether it is claiming one just now.
    #[must_use]
    pub(super) fn noted(&self, worker: WorkerId) -> (Vec<u32>, bool) {
        self.notes(worker).read()
    }

    /// Says that the payloads of all tasks before `filled` are there.
    pub(super) fn set_filled(&self, filled: u32) {
        self.filling().set(filled);
    }

    /// Says that the engine is about to sleep, or is awake again.
    pub(super) fn set_engine_sleeps(&self, sleeps: bool) {
        EngineSleep(self.word(ENGINE_SLEEPS)).set(sleeps);
    }

    /// From how many words in a tray on the engine does not sleep: each result frees an area where there are payloads.
    #[must_use]
    pub(super) const fn enough(&self) -> u32 {
        if self.shape.areas > 0 { 1 } else { Tray::HALF }
    }

    // The worker's side.

    /// Claims the next chunk; `None` when no task is left.
    #[must_use]
    pub(super) fn claim(&self, worker: WorkerId) -> Option<std::ops::Range<u32>> {
        self.cursor().claim(self.notes(worker))
    }

    /// Forgets the claims whose results have been left, all but the one that starts with `current`.
    pub(super) fn forget_claims(&self, worker: WorkerId, current: Option<u32>) {
        self.notes(worker).forget(current);
    }

    /// Whether the payload of a task is there.
    #[must_use]
    pub(super) fn is_filled(&self, task: u32) -> bool {
        self.filling().reaches(task)
    }

    /// Waits until the payload of a task is there.
    pub(super) fn wait_for_payload(&self, task: u32) {
        self.filling().wait_for(task, LOOKS);
    }

    /// Whether the engine sleeps and has to be nudged. Only one worker is told so.
    #[must_use]
    pub(super) fn must_nudge(&self) -> bool {
        EngineSleep(self.word(ENGINE_SLEEPS)).ends_by_nudge()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W0: WorkerId = WorkerId(0);
    const W1: WorkerId = WorkerId(1);

    #[test]
    fn every_task_is_claimed_once_and_noted() {
        let desk = Desk::create(Shape::new(2, 10, 4, 0)).unwrap();
        let other = Desk::open(desk.descriptor().try_clone_to_owned().unwrap(), desk.shape()).unwrap();
        assert_eq!((desk.claim(W0), other.claim(W1), other.claim(W0)), (Some(0..4), Some(4..8), Some(8..10)));
        assert_eq!((desk.claim(W0), other.claimed()), (None, 10));
        assert_eq!((other.noted(W0), other.noted(W1)), ((vec![0, 8], false), (vec![4], false)));
        desk.forget_claims(W0, Some(8));
        desk.forget_claims(W1, None);
        assert_eq!((other.noted(W0), other.noted(W1)), ((vec![8], false), (vec![], false)));
        desk.clear();
        assert_eq!((desk.claim(W1), other.noted(W0)), (Some(0..4), (vec![], false)));
    }

    #[test]
    fn a_worker_that_dies_while_it_claims_shows_it() {
        let desk = Desk::create(Shape::new(1, 10, 4, 0)).unwrap();
        let _ = desk.claim(W0);
        desk.notes(W0).0[2].store(claims::CLAIMING, Relaxed);
        desk.notes(W0).0[0].store(2, Relaxed);
        assert_eq!(desk.noted(W0), (vec![0], true));
        desk.notes(W0).0[0].store(u32::MAX, Relaxed);
        assert_eq!(desk.noted(W0).0.len(), NOTES - 1);
    }

    #[test]
    fn a_worker_sleeps_until_its_payload_is_there() {
        let desk = Desk::create(Shape::new(1, 10, 1, 100)).unwrap();
        assert_eq!((desk.shape().areas, desk.area(0).len(), desk.enough()), (2, 13, 1));
        assert!(!desk.is_filled(3));
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| desk.wait_for_payload(3));
            while desk.word(SLEEPERS).load(Relaxed) == 0 {
                std::thread::yield_now();
            }
            desk.set_filled(3);
            assert!(!waits.is_finished());
            desk.set_filled(4);
            waits.join().unwrap();
        });
    }

    #[test]
    fn a_sleeping_engine_is_nudged_once() {
        let desk = Desk::create(Shape::new(2, 10, 1, 0)).unwrap();
        assert!(!desk.must_nudge());
        desk.set_engine_sleeps(true);
        assert_eq!([desk.must_nudge(), desk.must_nudge()], [true, false]);
    }
}
