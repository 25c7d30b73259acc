//! A reader's side: what the board says now, checked.

use std::sync::atomic::Ordering::{Acquire, Relaxed};

use super::layout::{Phase, RING_SPANS, Slot, State};
use super::mapping::Board;
use super::span::Span;
use super::writer::StateTimes;
use crate::machine::clock;
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

/// What a worker finished since somebody last looked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    /// The spans, oldest first; none of them overlaps another or ends in the future.
    pub spans: Vec<Span>,
    /// How many it has finished in all, for the next look.
    pub seen: u64,
    /// How many of the new ones could not be told: too old to be kept, or nonsense.
    pub missed: u64,
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

    /// The spans that a worker finished after its first `seen` ones. Never blocks.
    ///
    /// # Panics
    /// When the board has no such worker.
    #[must_use]
    pub fn spans(&self, worker: WorkerId, seen: u64) -> Recent {
        let ring = self.ring(worker);
        let found = self.slot(worker).spans.read(seen, u64::from(RING_SPANS), |number| {
            let cell = &ring[usize::try_from(number % u64::from(RING_SPANS)).unwrap_or_default()];
            [cell.0[0].load(Relaxed), cell.0[1].load(Relaxed)]
        });
        let spans = believable(found.cells.iter().copied(), Nanos::ZERO);
        let nonsense = (found.cells.len() - spans.len()) as u64;
        Recent { spans, seen: found.written, missed: found.missed + nonsense }
    }
}

/// Those of a worker's spans, oldest first, that can have been: none before `from`, before its predecessor's end, or in
/// the future.
pub(super) fn believable(words: impl Iterator<Item = [u64; 2]>, from: Nanos) -> Vec<Span> {
    let (mut free_from, now) = (from, clock::now());
    let mut can_have_been = |span: &Span| {
        let is_possible = span.start >= free_from && span.end() <= now;
        if is_possible {
            free_from = span.end();
        }
        is_possible
    };
    words.filter_map(Span::from_words).filter(|span| can_have_been(span)).collect()
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

    /// State, start and length of spans.
    fn told(recent: &Recent) -> Vec<(State, u64, u64)> {
        recent.spans.iter().map(|span| (span.state, span.start.0, span.length.0)).collect()
    }

    #[test]
    fn spans_are_read_once_and_in_order() {
        let (board, writer) = board();
        writer.begin(State::Idle, Nanos(1_000));
        writer.enter(State::Compute, Nanos(1_010));
        let first = board.spans(WorkerId(1), 1);
        assert_eq!((told(&first), first.missed), (vec![(State::Idle, 1_000, 10)], 0));
        assert!(first.spans[0].core.is_some());
        writer.enter(State::Io, Nanos(1_030));
        assert_eq!(told(&board.spans(WorkerId(1), first.seen)), [(State::Compute, 1_010, 20)]);
    }

    #[test]
    fn a_span_begins_where_the_lock_comes_or_goes() {
        let (board, writer) = board();
        writer.begin(State::Compute, Nanos(1_000));
        for (holds, now) in [(true, 1_010), (true, 1_020), (false, 1_030)] {
            writer.holds_gil(holds);
            writer.enter(State::Compute, Nanos(now));
        }
        writer.enter(State::Idle, Nanos(1_050));
        let recent = board.spans(WorkerId(1), 1);
        let held: Vec<_> = recent.spans.iter().map(|span| (span.length.0, span.held)).collect();
        assert_eq!(held, [(10, false), (20, true), (20, false)]);
    }

    #[test]
    fn a_wake_up_in_vain_parts_the_wait_and_adds_nothing_to_it() {
        let (board, writer) = board();
        writer.begin(State::Gil, Nanos(1_000));
        writer.woke_in_vain(Nanos(1_040));
        writer.enter(State::Compute, Nanos(1_050));
        let recent = board.spans(WorkerId(1), 1);
        let waits: Vec<_> = recent.spans.iter().map(|span| (span.state, span.length.0, span.in_vain)).collect();
        assert_eq!(waits, [(State::Gil, 40, true), (State::Gil, 10, false)]);
        assert_eq!(writer.times(Nanos(1_050))[State::Gil.index()], Nanos(50));
    }

    #[test]
    fn a_long_history_keeps_the_newest_spans_and_counts_the_others() {
        let (board, writer) = board();
        for step in 0..3_000_u64 {
            let state = if step % 2 == 0 { State::Compute } else { State::Io };
            writer.enter(state, Nanos(1_000 + step));
        }
        let recent = board.spans(WorkerId(1), 100);
        assert_eq!(recent.seen, 3_000);
        assert_eq!(recent.spans.len(), RING_SPANS as usize - 1);
        assert_eq!(recent.missed, 3_000 - 100 - recent.spans.len() as u64);
        assert_eq!(recent.spans.last().unwrap().start, Nanos(1_000 + 2_998));
    }

    #[test]
    fn who_takes_a_slot_over_goes_on_counting() {
        let (board, writer) = board();
        (0..5).for_each(|step| writer.begin(State::Idle, Nanos(200 + step)));
        drop(writer);
        let next = SlotWriter::new(Arc::clone(&board), WorkerId(1), Nanos(300));
        next.enter(State::Idle, Nanos(400));
        let recent = board.spans(WorkerId(1), 5);
        assert_eq!((told(&recent), recent.seen), (vec![(State::Starting, 300, 100)], 6));
    }

    #[test]
    fn a_ring_that_nobody_writes_costs_nothing() {
        let kept = |board: &Board| rustix::fs::fstat(board.descriptor()).unwrap().st_blocks;
        let board = Arc::new(Board::create(64).unwrap());
        let before = kept(&board);
        let writers: Vec<_> =
            (0..64).map(|worker| SlotWriter::new(Arc::clone(&board), WorkerId(worker), Nanos(1))).collect();
        assert_eq!(kept(&board), before);
        writers[3].enter(State::Idle, Nanos(2));
        assert_eq!(kept(&board), before + 8, "one page of 4 KiB, in units of 512 B");
    }

    #[test]
    fn nonsense_on_the_board_is_seen_as_such() {
        let (board, writer) = board();
        let slot = board.slot(WorkerId(1));
        slot.state.store(99, Relaxed);
        slot.since.store(u64::MAX, Relaxed);
        slot.sequence.0.store(7, Relaxed);
        slot.spans.0.store(u64::MAX, Relaxed);
        let view = board.snapshot(Nanos(500)).slots[1].clone();
        assert_eq!((view.state, view.since), (None, Nanos(500)));
        assert_eq!(board.spans(WorkerId(1), 0), Recent::default());
        for cell in board.ring(WorkerId(1)) {
            cell.0[0].store(u64::MAX - 5, Relaxed);
        }
        slot.spans.0.store(9, Relaxed);
        assert_eq!(board.spans(WorkerId(1), 0), Recent { spans: Vec::new(), seen: 9, missed: 9 });
        drop(writer);
        assert_eq!(board.snapshot(Nanos(500)).slots[1].state, Some(State::Dead));
    }
}
