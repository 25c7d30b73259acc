//! The board's memory, field by field. Everything is atomic, since every process may read while one writes.

use std::sync::atomic::{AtomicU32, AtomicU64};

use serde::{Deserialize, Serialize};

use super::ring::Written;
use super::sequence::Sequence;

/// Says "a partui board" in the first eight bytes.
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"partuibd");
/// Changes whenever this file does.
pub(super) const VERSION: u32 = 2;
/// Where the hot slots start; the header has the page before to itself.
pub(super) const SLOTS_AT: usize = 4_096;
/// How many recent spans a slot keeps.
pub const RING_SPANS: u32 = 1_024;

/// What a worker does with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u32)]
pub enum State {
    /// Not yet at the barrier.
    Starting = 0,
    /// Computing, or wanting to.
    Compute = 1,
    /// Waiting for the emulated lock.
    Gil = 2,
    /// Waiting for I/O, the lock released.
    Io = 3,
    /// Encoding, copying, or blocked before the supervisor said that nothing is left.
    Ipc = 4,
    /// Nothing left to claim.
    Idle = 5,
    /// Gone; counts as idle.
    Dead = 6,
}

impl State {
    /// Every state, in the order of their numbers.
    pub const ALL: [Self; 7] = [Self::Starting, Self::Compute, Self::Gil, Self::Io, Self::Ipc, Self::Idle, Self::Dead];

    /// The word that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Compute => "compute",
            Self::Gil => "gil",
            Self::Io => "io",
            Self::Ipc => "ipc",
            Self::Idle => "idle",
            Self::Dead => "dead",
        }
    }

    /// The state as an index into per-state arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    pub(super) fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

/// How far the configuration on this board is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Phase {
    /// Workers are being started.
    Starting = 0,
    /// A sample that will be thrown away.
    WarmUp = 1,
    /// A sample that counts.
    Sampling = 2,
    /// Between samples or after the last.
    Done = 3,
}

impl Phase {
    pub(super) fn from_number(number: u32) -> Option<Self> {
        [Self::Starting, Self::WarmUp, Self::Sampling, Self::Done].get(number as usize).copied()
    }
}

/// The first page.
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: AtomicU64,
    pub(super) version: AtomicU32,
    pub(super) workers: AtomicU32,
    pub(super) phase: AtomicU32,
    pub(super) sample: AtomicU32,
    pub(super) tasks: AtomicU64,
    /// Start of the sample on the monotonic clock.
    pub(super) sample_start: AtomicU64,
    /// By what name this board's spans go into a recording; 0 where nobody records.
    pub(super) recorded_as: AtomicU64,
}

/// A worker's present. Written by that worker only, between two steps of `sequence`: odd means "in the middle".
#[repr(C, align(256))]
pub(super) struct Slot {
    pub(super) sequence: Sequence,
    pub(super) state: AtomicU32,
    pub(super) process: AtomicU32,
    pub(super) thread: AtomicU32,
    pub(super) core: AtomicU32,
    pub(super) holds_gil: AtomicU32,
    pub(super) since: AtomicU64,
    pub(super) times: [AtomicU64; 7],
    pub(super) tasks: AtomicU64,
    pub(super) gil_acquisitions: AtomicU64,
    pub(super) gil_switches: AtomicU64,
    pub(super) bytes_in: AtomicU64,
    pub(super) bytes_out: AtomicU64,
    pub(super) spans: Written,
}

/// One finished span, as [`Span::words`](super::Span::words) packs it.
#[repr(C)]
pub(super) struct SpanCell(pub(super) [AtomicU64; 2]);

const _: () = assert!(size_of::<Header>() <= SLOTS_AT && size_of::<Slot>() == 256 && size_of::<SpanCell>() == 16);

/// The board's length in bytes for this many workers.
pub(super) const fn length(workers: u32) -> usize {
    rings_at(workers) + workers as usize * RING_SPANS as usize * size_of::<SpanCell>()
}

/// Where the rings start: on a page of their own.
pub(super) const fn rings_at(workers: u32) -> usize {
    (SLOTS_AT + workers as usize * size_of::<Slot>()).next_multiple_of(4_096)
}
