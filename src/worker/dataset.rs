//! A dataset in memory that nobody can change any more and all workers map, so that there is one copy of it however many
//! they are.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use memmap2::{Mmap, MmapOptions};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};

use super::desk::MemoryError;
use crate::workload::Dataset;

/// Neither its length nor what is in it can change any more, nor that.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::WRITE).union(SealFlags::SEAL);

/// The engine's side: the memory, to be handed to workers.
#[derive(Debug)]
pub(super) struct SharedDataset(File);

impl SharedDataset {
    /// Copies numbers into memory of their own.
    ///
    /// # Errors
    /// When the system has no memory to give.
    pub(super) fn new(numbers: &[f64]) -> Result<Self, MemoryError> {
        let memory = memfd_create("partui-dataset", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(memory);
        file.write_all(bytemuck::cast_slice(numbers))?;
        fcntl_add_seals(&file, SEALS)?;
        Ok(Self(file))
    }

    /// The memory, to be handed to a child.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The worker's side: the numbers behind a descriptor, mapped.
///
/// # Errors
/// When what came is no memory that stays as it is, or cannot be mapped.
pub(super) fn map(descriptor: BorrowedFd<'_>) -> Result<Dataset, MemoryError> {
    if !fcntl_get_seals(descriptor)?.contains(SEALS) {
        return Err(MemoryError::Foreign);
    }
    #[expect(unsafe_code, reason = "mapping memory")]
    // SAFETY: the seals keep everybody from changing or cutting the file; the mapping itself is read-only.
    let mapped = unsafe { MmapOptions::new().populate().map_copy_read_only(descriptor.as_raw_fd()) }?;
    bytemuck::try_cast_slice::<u8, f64>(&mapped).map_err(|_| MemoryError::Foreign)?;
    Ok(Dataset::new(Mapped(mapped)))
}

/// Mapped numbers, checked to be whole ones.
struct Mapped(Mmap);

impl AsRef<[f64]> for Mapped {
    fn as_ref(&self) -> &[f64] {
        bytemuck::cast_slice(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::ftruncate;

    use super::*;

    #[test]
    fn what_is_mapped_is_what_was_given_and_stays_so() {
        let numbers: Vec<f64> = (0..10_000).map(f64::from).collect();
        let shared = SharedDataset::new(&numbers).unwrap();
        let given = shared.descriptor();
        let (one, other) = (map(given).unwrap(), map(given).unwrap());
        assert_eq!((one.numbers(), other.numbers()), (&*numbers, &*numbers));
        assert!(rustix::io::write(given, &[1]).is_err());
        assert!(ftruncate(given, 0).is_err());
    }

    #[test]
    fn what_could_still_change_or_is_cut_short_is_refused() {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let open = memfd_create("open", flags).unwrap();
        assert!(matches!(map(open.as_fd()), Err(MemoryError::Foreign)));
        let cut = memfd_create("cut", flags).unwrap();
        rustix::io::write(&cut, &[0; 12]).unwrap();
        fcntl_add_seals(&cut, SEALS).unwrap();
        assert!(matches!(map(cut.as_fd()), Err(MemoryError::Foreign)));
    }
}
