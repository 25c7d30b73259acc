//! What one worker did, as far as its ring told.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::board::{Board, RING_SPANS, Recent, SlotView, Snapshot, Span};
use crate::units::Nanos;

/// The rings of a board, as they were read.
#[derive(Debug)]
pub struct Reading {
    /// Which board.
    pub board: Arc<Board>,
    /// What its workers did just then.
    pub snapshot: Snapshot,
    /// What each of them finished since it was read before.
    pub recent: Vec<Recent>,
}

/// What a worker did.
#[derive(Debug, Default)]
pub struct Strip {
    spans: VecDeque<Span>,
    seen: u64,
    /// What it does now, so far; `None` where nobody knows.
    open: Option<Span>,
}

impl Strip {
    /// What it did, oldest first, and what it does now.
    #[must_use]
    pub fn spans(&self) -> impl DoubleEndedIterator<Item = &Span> {
        self.spans.iter().chain(&self.open)
    }

    /// Those of its spans that reach into `from..to`, oldest first.
    pub fn within(&self, from: Nanos, to: Nanos) -> impl Iterator<Item = &Span> {
        let first = self.spans.partition_point(|span| span.end() <= from);
        self.spans.range(first..).chain(&self.open).take_while(move |span| span.start < to)
    }

    /// What it did at a moment.
    #[must_use]
    pub fn at(&self, moment: Nanos) -> Option<&Span> {
        self.within(moment, moment.plus(Nanos(1))).find(|span| span.end() > moment)
    }

    /// How many spans of it were seen.
    pub(super) const fn seen(&self) -> u64 {
        self.seen
    }

    /// Adds what was finished, and what went on after that until the moment `until`: of a worker that was killed, or is
    /// not watched any more, nobody knows how it went on.
    pub(super) fn add(&mut self, recent: Recent, slot: &SlotView, until: Nanos) {
        self.seen = recent.seen;
        let free_from = self.spans.back().map_or(Nanos::ZERO, |span| span.end());
        self.spans.extend(recent.spans.into_iter().filter(|span| span.start >= free_from));
        let superfluous = self.spans.len().saturating_sub(RING_SPANS as usize);
        self.spans.drain(..superfluous);
        self.open = self.open_span(slot, until);
    }

    /// What went on; `None` where that was seen as finished already.
    fn open_span(&self, slot: &SlotView, until: Nanos) -> Option<Span> {
        let follows = self.spans.back().is_none_or(|last| last.end() <= slot.since);
        let span = |state| Span {
            state,
            start: slot.since,
            length: until.since(slot.since),
            core: Some(slot.core),
            held: slot.holds_gil,
            in_vain: false,
        };
        slot.state.filter(|_| follows && slot.since < until).map(span)
    }
}
