//! A worker's place: its slot on the board and its handle on the lock, which change together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::board::{Board, SlotWriter, State};
use crate::gil::{Attached, Gil, Waiting};
use crate::machine::clock;
use crate::units::{Nanos, WorkerId};

thread_local! {
    /// Where the check point, a plain function, finds the seat of the thread that it runs on.
    static SEAT: RefCell<Option<Rc<Seat>>> = const { RefCell::new(None) };
}

/// Keeps "what this worker does" and "does it hold the lock" in step.
#[derive(Debug)]
pub struct Seat {
    slot: SlotWriter,
    lock: Attached,
    /// How often this worker took the lock in this sample, and how often another one had had it in between.
    acquisitions: Cell<u64>,
    switches: Cell<u64>,
}

impl Seat {
    /// Seats this thread as `worker`; check points of this thread are the seat's from now on. `gil` is `None` with the
    /// lock off.
    ///
    /// # Panics
    /// When the board has no such worker.
    #[must_use]
    pub fn take(board: Arc<Board>, worker: WorkerId, gil: Option<Arc<Gil>>) -> Rc<Self> {
        let slot = SlotWriter::new(board, worker, clock::now());
        let lock = Attached::new(gil, worker);
        let seat = Rc::new(Self { slot, lock, acquisitions: Cell::new(0), switches: Cell::new(0) });
        SEAT.set(Some(Rc::clone(&seat)));
        seat
    }

    /// Gives this thread's seat up; the slot says `dead` once the last holder of the seat lets go.
    pub fn leave() {
        // Nobody sits in a thread that ends its process by itself: it leaves after its own variables are gone.
        let _ = SEAT.try_with(RefCell::take);
    }

    /// The slot.
    #[must_use]
    pub const fn slot(&self) -> &SlotWriter {
        &self.slot
    }

    /// Computes from here on; where there is a lock, once it is held, waiting for it in state `gil`.
    #[inline]
    pub(super) fn compute(&self, locks: bool) {
        if locks && !self.lock.holds() {
            self.take_lock();
        }
        self.enter(State::Compute);
    }

    /// Computes from here on without the lock.
    pub(super) fn compute_released(&self) {
        self.let_go(State::Compute);
        self.enter(State::Compute);
    }

    /// Does something else than computing from here on, without the lock.
    pub fn rest(&self, state: State) {
        self.let_go(state);
        self.enter(state);
    }

    /// Leaves computing for something else, without the lock, and comes back to it as it was.
    pub(super) fn away<R>(&self, state: State, work: impl FnOnce() -> R) -> R {
        let (before, held) = (self.slot.state(), self.lock.holds());
        self.rest(state);
        let result = work();
        if held {
            self.take_lock();
        }
        self.enter(before);
        result
    }

    fn take_lock(&self) {
        let switched = self.lock.take(Queue(self));
        self.took_lock(switched);
    }

    fn took_lock(&self, switched: bool) {
        self.acquisitions.set(self.acquisitions.get() + 1);
        self.switches.set(self.switches.get() + u64::from(switched));
        self.slot.gil_counts(self.acquisitions.get(), self.switches.get());
        self.slot.holds_gil(self.lock.holds());
    }

    /// Lets go of the lock for `next`. The board says so first, so that no two workers' spans with the lock overlap.
    fn let_go(&self, next: State) {
        if self.lock.holds() {
            self.slot.holds_gil(false);
            // Somebody who asked gets the lock before this worker goes on, so letting go may be a wait for the lock.
            self.enter(if self.lock.is_requested() { State::Gil } else { next });
            self.lock.release();
        }
    }

    /// Reads the clock only where a new span begins.
    #[inline]
    fn enter(&self, state: State) {
        if self.slot.begins_span(state) {
            self.slot.enter(state, clock::now());
        }
    }

    fn check_point(&self) {
        let switched = self.lock.check_point(Queue(self));
        if switched || self.slot.state() == State::Gil {
            self.took_lock(switched);
            self.enter(State::Compute);
        }
    }

    /// Starts a sample at `start`.
    pub(super) fn begin(&self, state: State, start: Nanos) {
        self.acquisitions.set(0);
        self.switches.set(0);
        self.slot.begin(state, start);
    }
}

/// A worker in the queue for the lock, which the board shows.
struct Queue<'a>(&'a Seat);

impl Waiting for Queue<'_> {
    fn begins(&mut self) {
        self.0.slot.holds_gil(false);
        self.0.enter(State::Gil);
    }

    fn woke_in_vain(&mut self) {
        self.0.slot.woke_in_vain(clock::now());
    }
}

/// What a computation's beat leads to when somebody asks for the lock; does nothing on a thread without a seat.
pub(super) fn check_point() {
    SEAT.with_borrow(|seat| {
        if let Some(seat) = seat {
            seat.check_point();
        }
    });
}
