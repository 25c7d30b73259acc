//! Memory that an engine and its workers share, as mapped words: the only file of this room that touches raw pointers.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate, memfd_create};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

/// The memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The system refused memory or the mapping.
    #[error("cannot map shared memory: {0}")]
    System(#[from] std::io::Error),
    /// It could shrink under its readers, or has another length.
    #[error("this is no shared memory of this configuration")]
    Foreign,
}

impl From<rustix::io::Errno> for MemoryError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::System(errno.into())
    }
}

/// How many words there are: short ones, for counters that somebody may wait for, then long ones, for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// Of four bytes; a multiple of a page.
    pub(super) short: usize,
    /// Of eight bytes.
    pub(super) long: usize,
}

/// The words of a page.
pub(super) const SHORT_PAGE: usize = 1_024;

impl Words {
    const fn bytes(self) -> usize {
        self.short * size_of::<AtomicU32>() + self.long * size_of::<AtomicU64>()
    }
}

/// The mapped memory.
#[derive(Debug)]
pub(super) struct Memory {
    base: NonNull<u8>,
    words: Words,
    descriptor: OwnedFd,
}

#[expect(unsafe_code, reason = "the mapping is plain shared memory, and all access to it is atomic")]
// SAFETY: `base` points to memory that lives as long as `self`; every word in it is an atomic.
unsafe impl Send for Memory {}
#[expect(unsafe_code, reason = "the mapping is plain shared memory, and all access to it is atomic")]
// SAFETY: as for `Send`; no method hands out anything but references to atomics.
unsafe impl Sync for Memory {}

const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW);

impl Memory {
    /// Makes memory of zeros, every page of it there.
    pub(super) fn create(words: Words) -> Result<Self, MemoryError> {
        let descriptor = memfd_create("partui-desk", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&descriptor, words.bytes() as u64)?;
        fcntl_add_seals(&descriptor, SEALS | SealFlags::SEAL)?;
        let memory = Self::map(descriptor, words)?;
        #[expect(unsafe_code, reason = "advising on memory that was just mapped")]
        // SAFETY: the range is the whole mapping; populating pages changes none of their content.
        let populated = unsafe { madvise(memory.base.as_ptr().cast(), words.bytes(), Advice::LinuxPopulateWrite) };
        // An older kernel does not know the advice; the pages then come at first touch.
        let _ = populated;
        Ok(memory)
    }

    /// Maps memory that came from another process.
    pub(super) fn open(descriptor: OwnedFd, words: Words) -> Result<Self, MemoryError> {
        let length = u64::try_from(fstat(&descriptor)?.st_size).unwrap_or(0);
        if !fcntl_get_seals(&descriptor)?.contains(SEALS) || length != words.bytes() as u64 {
            return Err(MemoryError::Foreign);
        }
        Self::map(descriptor, words)
    }

    fn map(descriptor: OwnedFd, words: Words) -> Result<Self, MemoryError> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        #[expect(unsafe_code, reason = "mapping memory")]
        // SAFETY: the kernel picks the address, so no memory of ours is replaced.
        let base = unsafe { mmap(std::ptr::null_mut(), words.bytes(), access, MapFlags::SHARED, &descriptor, 0) }?;
        let base = NonNull::new(base.cast()).ok_or(MemoryError::Foreign)?;
        Ok(Self { base, words, descriptor })
    }

    /// The memory, to be handed to a child.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    /// The counters.
    pub(super) fn short(&self) -> &[AtomicU32] {
        #[expect(unsafe_code, reason = "a view of mapped memory")]
        // SAFETY: the mapping starts with as many words, on a page; it is all atomics and lives as long as `self`.
        unsafe {
            std::slice::from_raw_parts(self.base.cast::<AtomicU32>().as_ptr(), self.words.short)
        }
    }

    /// The data.
    pub(super) fn long(&self) -> &[AtomicU64] {
        #[expect(unsafe_code, reason = "pointing into mapped memory")]
        // SAFETY: the short words lie within the mapping.
        let data = unsafe { self.base.byte_add(self.words.short * size_of::<AtomicU32>()) };
        #[expect(unsafe_code, reason = "a view of mapped memory")]
        // SAFETY: as many words follow the short ones, which end on a page; all atomics, alive as long as `self`.
        unsafe {
            std::slice::from_raw_parts(data.cast::<AtomicU64>().as_ptr(), self.words.long)
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "unmapping memory")]
        // SAFETY: the range is what `map` got, and no reference to it outlives `self`.
        let unmapped = unsafe { munmap(self.base.as_ptr().cast(), self.words.bytes()) };
        debug_assert!(unmapped.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    const WORDS: Words = Words { short: SHORT_PAGE, long: 3 };

    #[test]
    fn memory_opens_again_from_its_descriptor_and_keeps_its_length() {
        let made = Memory::create(WORDS).unwrap();
        let again = || made.descriptor().try_clone_to_owned().unwrap();
        let opened = Memory::open(again(), WORDS).unwrap();
        made.short()[SHORT_PAGE - 1].store(7, Relaxed);
        made.long()[2].store(8, Relaxed);
        assert_eq!((opened.short()[SHORT_PAGE - 1].load(Relaxed), opened.long()[2].load(Relaxed)), (7, 8));
        assert!(matches!(Memory::open(again(), Words { long: 4, ..WORDS }), Err(MemoryError::Foreign)));
        assert!(ftruncate(made.descriptor(), 0).is_err());
    }
}
