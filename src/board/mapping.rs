//! The board as mapped memory: the only file of this room that touches raw pointers.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, ftruncate, memfd_create};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

use super::layout::{Header, MAGIC, Phase, RING_SPANS, SLOTS_AT, Slot, SpanCell, VERSION, length, rings_at};
use super::recording::{BLOCK_SPANS, RecordedAs, Recording};
use crate::machine::clock;
use crate::units::{Nanos, WorkerId};

/// Why a descriptor is no board that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The system refused memory or the mapping.
    #[error("cannot map the board: {0}")]
    System(#[from] std::io::Error),
    /// The memory could shrink under its readers.
    #[error("the board is not sealed")]
    Unsealed,
    /// Other content, or another build's layout.
    #[error("this is no board of this version")]
    Foreign,
}

impl From<rustix::io::Errno> for BoardError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::System(errno.into())
    }
}

/// The mapped board of one engine.
#[derive(Debug)]
pub struct Board {
    base: NonNull<u8>,
    length: usize,
    workers: u32,
    memory: OwnedFd,
    recording: Option<Arc<Recording>>,
}

#[expect(unsafe_code, reason = "the mapping is plain shared memory, and all access to it is atomic")]
// SAFETY: `base` points to memory that lives as long as `self`; every field in it is an atomic.
unsafe impl Send for Board {}
#[expect(unsafe_code, reason = "the mapping is plain shared memory, and all access to it is atomic")]
// SAFETY: as for `Send`; no method hands out anything but references to atomics.
unsafe impl Sync for Board {}

const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW);

impl Board {
    /// Makes the board of an engine with this many workers.
    ///
    /// # Errors
    /// When the system has no memory, no descriptor or no memfd to give.
    pub fn create(workers: u32) -> Result<Self, BoardError> {
        let memory = memfd_create("partui-board", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&memory, length(workers) as u64)?;
        fcntl_add_seals(&memory, SEALS | SealFlags::SEAL)?;
        let board = Self::map(memory, workers)?;
        let header = board.header();
        header.version.store(VERSION, Relaxed);
        header.workers.store(workers, Relaxed);
        header.magic.store(MAGIC, Release);
        Ok(board)
    }

    /// Has the spans of this board's workers appended to `recording`. To be said before anybody else maps the board.
    #[must_use]
    pub fn recorded(mut self, recording: Arc<Recording>, by: RecordedAs) -> Self {
        self.header().recorded_as.store(by.word(), Relaxed);
        self.recording = Some(recording);
        self
    }

    /// Maps a board that came from another process as [`Board::descriptors`], and leaves those that follow.
    ///
    /// # Errors
    /// When the first descriptor is no sealed board of this version, or cannot be mapped.
    pub fn receive(descriptors: &mut impl Iterator<Item = OwnedFd>) -> Result<Self, BoardError> {
        let mut board = Self::open(descriptors.next().ok_or(BoardError::Foreign)?)?;
        if board.recorded_as() != 0 {
            board.recording = descriptors.next().map(Recording::open).map(Arc::new);
        }
        Ok(board)
    }

    /// Maps a board that came from another process.
    ///
    /// # Errors
    /// When the descriptor is no sealed board of this version, or cannot be mapped.
    pub fn open(memory: OwnedFd) -> Result<Self, BoardError> {
        if !fcntl_get_seals(&memory)?.contains(SEALS) {
            return Err(BoardError::Unsealed);
        }
        let file = File::from(memory);
        let bytes = file.metadata()?.len();
        let fitting = (1..=crate::spec::MAX_WORKERS).find(|workers| length(*workers) as u64 == bytes);
        let board = Self::map(file.into(), fitting.ok_or(BoardError::Foreign)?)?;
        let header = board.header();
        let ours = header.magic.load(Acquire) == MAGIC && header.version.load(Relaxed) == VERSION;
        if ours { Ok(board) } else { Err(BoardError::Foreign) }
    }

    fn map(memory: OwnedFd, workers: u32) -> Result<Self, BoardError> {
        let length = length(workers);
        let access = ProtFlags::READ | ProtFlags::WRITE;
        #[expect(unsafe_code, reason = "mapping memory")]
        // SAFETY: the kernel picks the address, so no memory of ours is replaced.
        let base = unsafe { mmap(std::ptr::null_mut(), length, access, MapFlags::SHARED, &memory, 0) }?;
        let base = NonNull::new(base.cast()).ok_or(BoardError::Foreign)?;
        let board = Self { base, length, workers, memory, recording: None };
        #[expect(unsafe_code, reason = "advising on memory that was just mapped")]
        // SAFETY: the range is the mapping's beginning, without the rings; populating pages changes none of their content.
        let populated = unsafe { madvise(board.base.as_ptr().cast(), rings_at(workers), Advice::LinuxPopulateWrite) };
        // An older kernel does not know the advice; the pages then come at first touch.
        let _ = populated;
        Ok(board)
    }

    /// What a child needs to take part: the memory, and the recording's file where there is one.
    #[must_use]
    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let recording = self.recording.as_deref().map(Recording::descriptor);
        std::iter::once(self.descriptor()).chain(recording).collect()
    }

    /// The memory alone.
    #[must_use]
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }

    /// How many slots there are.
    #[must_use]
    pub const fn workers(&self) -> u32 {
        self.workers
    }

    /// Says what goes on, before the workers are let go: the sample, its tasks in all, and its start.
    pub fn set_phase(&self, phase: Phase, sample: u32, tasks: u64, start: Nanos) {
        let header = self.header();
        header.sample.store(sample, Relaxed);
        header.tasks.store(tasks, Relaxed);
        header.sample_start.store(start.0, Relaxed);
        header.phase.store(phase as u32, Release);
        if let Some(recording) = &self.recording {
            recording.append_phase(self.recorded_as(), phase, sample, clock::now());
        }
    }

    fn recorded_as(&self) -> u64 {
        self.header().recorded_as.load(Relaxed)
    }

    /// Whether spans are appended to a recording.
    pub(super) const fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// Appends the newest `count` of the `written` spans of a worker to the recording, if there is one.
    #[cold]
    pub(super) fn record(&self, worker: WorkerId, written: u64, count: u64) {
        let Some(recording) = &self.recording else { return };
        let (ring, first) = (self.ring(worker), written - count);
        let place = |number: u64| usize::try_from(number % u64::from(RING_SPANS)).unwrap_or_default();
        let cells = (first..written).map(|number| ring[place(number)].0.each_ref().map(|word| word.load(Relaxed)));
        recording.append(self.recorded_as(), worker, first, cells);
    }

    /// Appends what the workers have not appended themselves. To be called once, when all of them have ended.
    pub fn record_rest(&self) {
        for worker in (0..self.workers).map(WorkerId) {
            let written = self.slot(worker).spans.next();
            self.record(worker, written, written % BLOCK_SPANS);
        }
    }

    pub(super) fn header(&self) -> &Header {
        #[expect(unsafe_code, reason = "a view of mapped memory")]
        // SAFETY: the mapping is page-aligned, longer than a header, lives as long as `self`, and is all atomics.
        unsafe {
            self.base.cast::<Header>().as_ref()
        }
    }

    /// # Panics
    /// When the board has no such worker.
    pub(super) fn slot(&self, worker: WorkerId) -> &Slot {
        assert!(worker.0 < self.workers, "worker {} of {}", worker.0, self.workers);
        let offset = SLOTS_AT + worker.index() * size_of::<Slot>();
        #[expect(unsafe_code, reason = "pointing into mapped memory")]
        // SAFETY: the worker's number is below `workers`, so the slot lies within the mapping.
        let slot = unsafe { self.base.byte_add(offset) };
        #[expect(unsafe_code, reason = "a view of mapped memory")]
        // SAFETY: slots start at a multiple of their alignment; the content is all atomics and lives as long as `self`.
        unsafe {
            slot.cast::<Slot>().as_ref()
        }
    }

    /// # Panics
    /// When the board has no such worker.
    pub(super) fn ring(&self, worker: WorkerId) -> &[SpanCell] {
        assert!(worker.0 < self.workers, "worker {} of {}", worker.0, self.workers);
        let spans = RING_SPANS as usize;
        let offset = rings_at(self.workers) + worker.index() * spans * size_of::<SpanCell>();
        #[expect(unsafe_code, reason = "pointing into mapped memory")]
        // SAFETY: the worker's number is below `workers`, so the ring lies within the mapping.
        let ring = unsafe { self.base.byte_add(offset) };
        #[expect(unsafe_code, reason = "a view of mapped memory")]
        // SAFETY: rings start on a page; the content is all atomics and lives as long as `self`.
        unsafe {
            std::slice::from_raw_parts(ring.cast::<SpanCell>().as_ptr(), spans)
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "unmapping memory")]
        // SAFETY: the range is what `map` got, and no reference to it outlives `self`.
        let unmapped = unsafe { munmap(self.base.as_ptr().cast(), self.length) };
        debug_assert!(unmapped.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_opens_again_from_its_descriptor() {
        let made = Board::create(3).unwrap();
        let opened = Board::open(made.descriptor().try_clone_to_owned().unwrap()).unwrap();
        made.set_phase(Phase::Sampling, 7, 100, Nanos(5));
        assert_eq!(opened.workers(), 3);
        assert_eq!(opened.header().sample.load(Relaxed), 7);
    }

    #[test]
    fn a_board_cannot_shrink_under_its_readers() {
        let board = Board::create(1).unwrap();
        assert!(ftruncate(board.descriptor(), 0).is_err());
    }

    #[test]
    fn foreign_memory_is_refused() {
        let plain = memfd_create("other", MemfdFlags::CLOEXEC).unwrap();
        assert!(matches!(Board::open(plain), Err(BoardError::Unsealed)));
        let zeros = memfd_create("zeros", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
        ftruncate(&zeros, length(2) as u64).unwrap();
        fcntl_add_seals(&zeros, SEALS).unwrap();
        assert!(matches!(Board::open(zeros), Err(BoardError::Foreign)));
    }
}
