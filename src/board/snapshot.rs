//! A reader's side: what the board says now, checked.

use std::sync::atomic::Ordering::{Acquire, Relaxed};

use super::layout::{LENGTH_MASK, Phase, RING_SPANS, Slot, State};
use super::mapping::Board;
use super::writer::StateTimes;
use crate::units::{CoreId, Nanos, WorkerId};

/// How often a reader tries to get a slot between two writes before it takes what there is.
const TRIES: u32 = 16;

/// All workers at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// How far the configuration is; `None` when the board says nonsense.
    pub phase: Option<Phase>,
    /// Which sample, from 0.
    pub sample: u32,
    /// The sample's tasks in all.
    pub tasks: u64,
    /// The sample's start on the monotonic clock.
    pub sample_start: Nanos,
    /// When the snapshot was taken, on the same clock.
    pub taken_at: Nanos,
    /// A view for each worker.
    pub slots: Vec<SlotView>,
}

/// One worker's slot.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotView {
    /// Its state; `None` when the slot says nonsense.
    pub state: Option<State>,
    /// Since when, on the monotonic clock; never in the future.
    pub since: Nanos,
    /// Its process; 0 before it started.
    pub process: u32,
    /// Its thread; 0 before it started.
    pub thread: u32,
    /// The core it last ran on.
    pub core: CoreId,
    /// Whether it holds the lock.
    pub holds_gil: bool,
    /// Time per state since the sample began, up to the snapshot; none longer than the clock has run.
    pub times: StateTimes,
    /// Tasks done in this sample.
    pub tasks: u64,
    /// How often it took the lock in this sample.
    pub gil_acquisitions: u64,
    /// How often another worker had held the lock in between.
    pub gil_switches: u64,
    /// Bytes received in this sample.
    pub bytes_in: u64,
    /// Bytes sent in this sample.
    pub bytes_out: u64,
}

/// A finished stretch of time in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The state.
    pub state: State,
    /// Its start on the monotonic clock.
    pub start: Nanos,
    /// Its length.
    pub length: Nanos,
}

impl Board {
    /// What all workers do at `now`. Never blocks; a slot that keeps changing is taken as it is.
    #[must_use]
    pub fn snapshot(&self, now: Nanos) -> Snapshot {
        let header = self.header();
        Snapshot {
            phase: Phase::from_number(header.phase.load(Acquire)),
            sample: header.sample.load(Relaxed),
            tasks: header.tasks.load(Relaxed),
            sample_start: Nanos(header.sample_start.load(Relaxed).min(now.0)),
            taken_at: now,
            slots: (0..self.workers()).map(|worker| view(self.slot(WorkerId(worker)), now)).collect(),
        }
    }

    /// The spans that a worker finished after its first `seen` ones, oldest first, and how many it has finished now.
    /// Those that fell out of the ring meanwhile are missing.
    #[must_use]
    pub fn spans(&self, worker: WorkerId, seen: u64) -> (Vec<Span>, u64) {
        let written = self.slot(worker).spans.load(Acquire);
        let kept = u64::from(RING_SPANS);
        // The oldest entry may be overwritten while it is read; it is left out.
        let first = seen.max(written.saturating_sub(kept - 1)).min(written);
        let ring = self.ring(worker);
        let spans = (first..written).filter_map(|number| {
            let cell = &ring[usize::try_from(number % kept).ok()?];
            let packed = cell.state_and_length.load(Relaxed);
            let state = State::from_number(u32::try_from(packed >> 56).ok()?)?;
            Some(Span { state, start: Nanos(cell.start.load(Relaxed)), length: Nanos(packed & LENGTH_MASK) })
        });
        (spans.collect(), written)
    }
}

fn view(slot: &Slot, now: Nanos) -> SlotView {
    slot.sequence.read(TRIES, || read(slot, now)).unwrap_or_else(|| read(slot, now))
}

fn read(slot: &Slot, now: Nanos) -> SlotView {
    let state = State::from_number(slot.state.load(Relaxed));
    let since = Nanos(slot.since.load(Relaxed).min(now.0));
    let mut times = StateTimes::default();
    for (time, cell) in times.iter_mut().zip(&slot.times) {
        *time = Nanos(cell.load(Relaxed).min(now.0));
    }
    if let Some(state) = state {
        let running = &mut times[state.index()];
        *running = running.plus(now.since(since)).min(now);
    }
    SlotView {
        state,
        since,
        process: slot.process.load(Relaxed),
        thread: slot.thread.load(Relaxed),
        core: CoreId(slot.core.load(Relaxed)),
        holds_gil: slot.holds_gil.load(Relaxed) == 1,
        times,
        tasks: slot.tasks.load(Relaxed),
        gil_acquisitions: slot.gil_acquisitions.load(Relaxed),
        gil_switches: slot.gil_switches.load(Relaxed),
        bytes_in: slot.bytes_in.load(Relaxed),
        bytes_out: slot.bytes_out.load(Relaxed),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::SlotWriter;
    use super::*;

    fn board() -> (Arc<Board>, SlotWriter) {
        let board = Arc::new(Board::create(2).unwrap());
        let writer = SlotWriter::new(Arc::clone(&board), WorkerId(1), Nanos(100));
        (board, writer)
    }

    #[test]
    fn times_add_up_to_the_time_since_the_sample_began() {
        let (board, writer) = board();
        writer.begin(State::Idle, Nanos(1_000));
        writer.enter(State::Compute, Nanos(1_010));
        writer.enter(State::Compute, Nanos(1_015));
        writer.tasks_done(1);
        writer.enter(State::Gil, Nanos(1_040));
        let view = board.snapshot(Nanos(1_100)).slots[1].clone();
        assert_eq!(view.state, Some(State::Gil));
        assert_eq!(view.times[State::Idle.index()], Nanos(10));
        assert_eq!(view.times[State::Compute.index()], Nanos(30));
        assert_eq!(view.times[State::Gil.index()], Nanos(60));
        assert_eq!(view.tasks, 1);
        assert_eq!(writer.times(Nanos(1_100)), view.times);
    }

    #[test]
    fn spans_are_read_once_and_in_order() {
        let (board, writer) = board();
        writer.begin(State::Idle, Nanos(1_000));
        writer.enter(State::Compute, Nanos(1_010));
        let (spans, seen) = board.spans(WorkerId(1), 1);
        assert_eq!(spans, [Span { state: State::Idle, start: Nanos(1_000), length: Nanos(10) }]);
        writer.enter(State::Io, Nanos(1_030));
        let (spans, _) = board.spans(WorkerId(1), seen);
        assert_eq!(spans, [Span { state: State::Compute, start: Nanos(1_010), length: Nanos(20) }]);
    }

    #[test]
    fn a_long_history_keeps_the_newest_spans() {
        let (board, writer) = board();
        for step in 0..3_000_u64 {
            let state = if step % 2 == 0 { State::Compute } else { State::Io };
            writer.enter(state, Nanos(1_000 + step));
        }
        let (spans, written) = board.spans(WorkerId(1), 0);
        assert_eq!(written, 3_000);
        assert_eq!(spans.len(), RING_SPANS as usize - 1);
        assert_eq!(spans.last().unwrap().start, Nanos(1_000 + 2_998));
    }

    #[test]
    fn nonsense_on_the_board_is_seen_as_such() {
        let (board, writer) = board();
        let slot = board.slot(WorkerId(1));
        slot.state.store(99, Relaxed);
        slot.since.store(u64::MAX, Relaxed);
        slot.sequence.0.store(7, Relaxed);
        slot.spans.store(u64::MAX, Relaxed);
        let view = board.snapshot(Nanos(500)).slots[1].clone();
        assert_eq!((view.state, view.since), (None, Nanos(500)));
        assert!(board.spans(WorkerId(1), 0).0.len() <= RING_SPANS as usize);
        drop(writer);
        assert_eq!(board.snapshot(Nanos(500)).slots[1].state, Some(State::Dead));
    }
}
