//! A worker's side of its slot.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use super::layout::{RING_SPANS, Slot, State};
use super::mapping::Board;
use super::recording::BLOCK_SPANS;
use super::span::Span;
use crate::units::{CoreId, Nanos, WorkerId};

/// Nanoseconds spent in each state, indexed by [`State::index`].
pub type StateTimes = [Nanos; 7];

/// What a worker scribbles: out of range wherever there is a range.
const NONSENSE: u64 = 0xdead_beef_dead_beef;

/// The only writer of one slot.
///
/// Keeps the truth in its own memory and mirrors it to the board, so that what a worker reports at the end of a sample
/// does not depend on what others may have scribbled there.
#[derive(Debug)]
pub struct SlotWriter {
    board: Arc<Board>,
    worker: WorkerId,
    state: Cell<State>,
    since: Cell<Nanos>,
    times: Cell<StateTimes>,
    tasks: Cell<u64>,
    spans: Cell<u64>,
    /// Whether it holds the lock now, and whether it did when the present span began.
    holds: Cell<bool>,
    held: Cell<bool>,
}

impl SlotWriter {
    /// Takes a slot over: the worker is `starting` from `now` on, and its spans follow those of whoever was there before.
    ///
    /// # Panics
    /// When the board has no such worker.
    #[must_use]
    pub fn new(board: Arc<Board>, worker: WorkerId, now: Nanos) -> Self {
        let spans = board.slot(worker).spans.next();
        let writer = Self {
            board,
            worker,
            state: Cell::new(State::Starting),
            since: Cell::new(now),
            times: Cell::default(),
            tasks: Cell::new(0),
            spans: Cell::new(spans),
            holds: Cell::new(false),
            held: Cell::new(false),
        };
        writer.publish(current_core(), |slot| {
            slot.process.store(rustix::process::getpid().as_raw_nonzero().get().cast_unsigned(), Relaxed);
            slot.thread.store(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned(), Relaxed);
        });
        writer
    }

    /// Which worker this is.
    #[must_use]
    pub const fn worker(&self) -> WorkerId {
        self.worker
    }

    /// The state it is in.
    #[must_use]
    pub fn state(&self) -> State {
        self.state.get()
    }

    /// Starts a sample at `start`, in `state`, with all counters at zero.
    pub fn begin(&self, state: State, start: Nanos) {
        let core = current_core();
        self.record_span(start, core, false);
        self.times.set(StateTimes::default());
        self.tasks.set(0);
        self.go_on(state, start);
        self.publish(core, |slot| {
            for counter in [&slot.gil_acquisitions, &slot.gil_switches, &slot.bytes_in, &slot.bytes_out] {
                counter.store(0, Relaxed);
            }
        });
    }

    /// Whether a new span begins with this state: it is another one, or the lock came or went.
    #[must_use]
    #[inline]
    pub fn begins_span(&self, state: State) -> bool {
        self.state.get() != state || self.holds.get() != self.held.get()
    }

    /// Changes the state at `now`; nothing happens when no new span begins with it.
    #[inline]
    pub fn enter(&self, state: State, now: Nanos) {
        if self.begins_span(state) {
            self.turn(state, now, false);
        }
    }

    /// Says that this worker was woken at `now` because the lock was free, found it taken again, and goes on waiting.
    pub fn woke_in_vain(&self, now: Nanos) {
        self.turn(self.state.get(), now, true);
    }

    fn turn(&self, state: State, now: Nanos, in_vain: bool) {
        let core = current_core();
        self.record_span(now, core, in_vain);
        self.times.set(self.times(now));
        self.go_on(state, now);
        self.publish(core, |_| {});
    }

    fn go_on(&self, state: State, now: Nanos) {
        self.state.set(state);
        self.since.set(now);
        self.held.set(self.holds.get());
    }

    /// The time spent in each state since [`SlotWriter::begin`], up to `now`.
    #[must_use]
    pub fn times(&self, now: Nanos) -> StateTimes {
        let mut times = self.times.get();
        let spent = &mut times[self.state.get().index()];
        *spent = spent.plus(now.since(self.since.get()));
        times
    }

    /// Counts more tasks of this sample; readers see it with the next progress or change of state.
    #[inline]
    pub fn tasks_done(&self, count: u64) {
        self.tasks.set(self.tasks.get() + count);
    }

    /// Shows the tasks done so far, and which core this thread runs on just now.
    #[inline]
    pub fn note_progress(&self) {
        let slot = self.slot();
        slot.tasks.store(self.tasks.get(), Relaxed);
        slot.core.store(current_core().0, Relaxed);
    }

    /// How many tasks of this sample are done.
    #[must_use]
    pub fn tasks(&self) -> u64 {
        self.tasks.get()
    }

    /// Says whether this worker holds the lock. The present span ends with the next [`SlotWriter::enter`].
    #[inline]
    pub fn holds_gil(&self, holds: bool) {
        self.holds.set(holds);
        self.slot().holds_gil.store(holds.into(), Relaxed);
    }

    /// Says how often the lock was taken in this sample, and how often after another worker.
    pub fn gil_counts(&self, acquisitions: u64, switches: u64) {
        self.slot().gil_acquisitions.store(acquisitions, Relaxed);
        self.slot().gil_switches.store(switches, Relaxed);
    }

    /// Says how many bytes came in and went out in this sample.
    pub fn bytes(&self, bytes_in: u64, bytes_out: u64) {
        self.slot().bytes_in.store(bytes_in, Relaxed);
        self.slot().bytes_out.store(bytes_out, Relaxed);
    }

    /// Writes nonsense over the slot and its ring, on purpose, as a worker might that has lost its mind.
    pub fn scribble(&self) {
        let slot = self.slot();
        let long =
            [&slot.since, &slot.tasks, &slot.gil_acquisitions, &slot.gil_switches, &slot.bytes_in, &slot.bytes_out];
        // As if it had died while it wrote.
        slot.sequence.0.store(u32::MAX, Relaxed);
        for cell in [&slot.state, &slot.process, &slot.thread, &slot.core, &slot.holds_gil] {
            cell.store(u32::MAX, Relaxed);
        }
        let ring = self.board.ring(self.worker).iter().flat_map(|cell| &cell.0);
        for cell in long.into_iter().chain(&slot.times).chain([&slot.spans.0]).chain(ring) {
            cell.store(NONSENSE, Relaxed);
        }
    }

    fn slot(&self) -> &Slot {
        self.board.slot(self.worker)
    }

    fn record_span(&self, now: Nanos, core: CoreId, in_vain: bool) {
        let start = self.since.get();
        let span = Span {
            state: self.state.get(),
            start,
            length: now.since(start),
            core: Some(core),
            held: self.held.get(),
            in_vain,
        };
        let number = self.spans.get();
        #[expect(clippy::cast_possible_truncation, reason = "below RING_SPANS")]
        let cell = &self.board.ring(self.worker)[(number % u64::from(RING_SPANS)) as usize];
        self.slot().spans.push(number, || {
            cell.0.iter().zip(span.words()).for_each(|(cell, word)| cell.store(word, Relaxed));
        });
        let written = number + 1;
        self.spans.set(written);
        if written.is_multiple_of(BLOCK_SPANS) && self.board.is_recorded() {
            self.board.record(self.worker, written, BLOCK_SPANS);
        }
    }

    /// Writes what all readers look at; `more` writes fields of its own in the same step.
    fn publish(&self, core: CoreId, more: impl FnOnce(&Slot)) {
        let slot = self.slot();
        slot.sequence.write(|| {
            slot.state.store(self.state.get() as u32, Relaxed);
            slot.since.store(self.since.get().0, Relaxed);
            for (cell, time) in slot.times.iter().zip(self.times.get()) {
                cell.store(time.0, Relaxed);
            }
            slot.tasks.store(self.tasks.get(), Relaxed);
            slot.core.store(core.0, Relaxed);
            more(slot);
        });
    }
}

#[inline]
fn current_core() -> CoreId {
    #[expect(clippy::cast_possible_truncation, reason = "core numbers are small")]
    CoreId(rustix::thread::sched_getcpu() as u32)
}

impl Drop for SlotWriter {
    /// A worker that goes leaves `dead` behind; one that is killed leaves its last state.
    fn drop(&mut self) {
        let slot = self.slot();
        slot.holds_gil.store(0, Relaxed);
        slot.state.store(State::Dead as u32, Release);
    }
}
