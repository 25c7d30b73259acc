//! WHAT IS HAPPENING: shared memory in which every worker keeps its live state and counters.
//!
//! One sealed memfd, created by the conductor with its final size and mapped by conductor, engine and workers. Each
//! slot has one writer and any number of readers; no lock is shared between processes. Readers never trust it: a dying
//! or hostile worker may have scribbled over it. Results never come from here.
//!
//! Layout: one page of header, then the workers' hot slots side by side, then their rings of recent spans, so that a
//! reader that wants only the present touches few pages.

mod layout;
mod mapping;
mod recording;
mod ring;
mod sequence;
mod snapshot;
mod span;
mod writer;

pub use self::layout::{Phase, RING_SPANS, State};
pub use self::mapping::{Board, BoardError};
pub use self::recording::{Block, Contents, PhaseMark, RecordedAs, Recording};
pub use self::snapshot::{Recent, SlotView, Snapshot};
pub use self::span::Span;
pub use self::writer::{SlotWriter, StateTimes};

/// What the sequence of a slot and the count of a ring are built from, chosen here and nowhere else, so that a model
/// checker can put its own in their place.
mod primitives {
    pub(super) use std::hint::spin_loop;
    pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
}
