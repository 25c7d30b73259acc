//! Bytes that are moved to a task and back, whatever it computes.
//!
//! All tasks of a job share one block, whose beginning is replaced by the task's own number, so that no two payloads are
//! alike and none has to be made while the clock runs. A task reads its payload once, for a checksum; the engine sees
//! by it that all of the payload came, and came back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crc32fast::Hasher;

use super::copying;
use crate::units::Bytes;
use crate::workload::Digest;

/// The length of a task's stamp in bytes.
const STAMP: usize = 8;

/// How much of shared memory is copied at a time to be read, in words of eight bytes.
const PIECE: usize = 512;

/// What the payloads of a job have in common.
#[derive(Debug, Clone)]
pub struct PayloadBlock {
    bytes: Arc<[u8]>,
    /// The checksum of the payload of task 0, and what each bit of another task's number changes in it: of messages of
    /// one length, CRC is an affine function.
    sum: u32,
    bits: Arc<[u32]>,
}

/// The bytes that a task gets and gives back.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// In memory of this process, in two parts.
    Own([u8; STAMP], &'a [u8]),
    /// In one piece, as it came through the kernel.
    Arrived(&'a [u8]),
    /// This many bytes in memory that others may write.
    Shared(&'a [AtomicU64], usize),
}

impl PayloadBlock {
    /// A block for payloads of this length; `None` where tasks have none.
    #[must_use]
    pub fn new(length: Bytes) -> Option<Self> {
        let length = usize::try_from(length.0).ok().filter(|length| *length > 0)?;
        // Odd multiples of a large odd number: no two words near each other are alike.
        let words = (1_u64..).flat_map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        let bytes: Arc<[u8]> = words.take(length).collect();
        let mut rest = Hasher::new();
        rest.update(bytes.get(STAMP..).unwrap_or_default());
        let sum_of = |task: u64| {
            let mut sum = Hasher::new();
            sum.update(&task.to_le_bytes()[..STAMP.min(length)]);
            sum.combine(&rest);
            sum.finalize()
        };
        let sum = sum_of(0);
        let bits = (0..u64::BITS).map(|bit| sum_of(1 << bit) ^ sum).collect();
        Some(Self { bytes, sum, bits })
    }

    /// The payload of a task.
    #[must_use]
    pub fn of(&self, task: u64) -> Payload<'_> {
        Payload::Own(task.to_le_bytes(), &self.bytes)
    }

    /// The bytes that the payloads share: all but the first [`PayloadBlock::stamp`].
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// A task's own first bytes; shorter where the payload is.
    #[must_use]
    pub fn stamp(&self, task: u64) -> Vec<u8> {
        task.to_le_bytes()[..STAMP.min(self.bytes.len())].to_vec()
    }

    /// The checksum of a task's payload, without reading all of it.
    #[must_use]
    pub fn sum(&self, task: u64) -> u32 {
        let changes = self.bits.iter().enumerate().filter(|(bit, _)| task >> bit & 1 == 1);
        changes.fold(self.sum, |sum, (_, change)| sum ^ change)
    }

    /// Puts a task's payload into shared memory.
    ///
    /// # Panics
    /// When it does not fit.
    pub fn fill(&self, task: u64, area: &[AtomicU64]) {
        copying::write(&self.bytes, area);
        area[0].store(task, Ordering::Relaxed);
    }

    /// Whether a task's payload, and nothing else, lies in shared memory: each byte compared, which takes less time than a
    /// checksum.
    ///
    /// # Panics
    /// When the area is shorter than a payload.
    #[must_use]
    pub fn is_in(&self, area: &[AtomicU64], task: u64) -> bool {
        let stamp = self.stamp(task);
        copying::is_same(area, &stamp) && copying::is_same(&area[1..], &self.bytes[stamp.len()..])
    }
}

impl Payload<'_> {
    /// The checksum (CRC-32) of all its bytes.
    #[must_use]
    pub fn sum(&self) -> u32 {
        let mut sum = Hasher::new();
        match self {
            Self::Own(stamp, block) => {
                sum.update(&stamp[..STAMP.min(block.len())]);
                sum.update(block.get(STAMP..).unwrap_or_default());
            }
            Self::Arrived(bytes) => sum.update(bytes),
            Self::Shared(area, length) => sum_shared(&mut sum, area, *length),
        }
        sum.finalize()
    }
}

/// Reads memory that somebody else may write meanwhile: each byte once, into memory of our own.
fn sum_shared(sum: &mut Hasher, area: &[AtomicU64], length: usize) {
    let mut copy = [0_u8; PIECE * STAMP];
    let mut left = length;
    for piece in area.chunks(PIECE) {
        let now = left.min(copy.len());
        copying::read(piece, &mut copy[..now]);
        sum.update(&copy[..now]);
        left -= now;
    }
}

/// What the payload of one task adds to the proof that all came: a number that depends on the task and on every byte. The
/// proof is the sum over all tasks, in any order.
#[must_use]
pub fn payload_proof(task: u64, sum: u32) -> u64 {
    Digest::default().number(task).number(sum.into()).finish().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_has_one_checksum_wherever_it_lies() {
        for length in [1, 7, 8, 9, 64, 8_191, 8_192, 20_001] {
            let block = PayloadBlock::new(Bytes(length)).unwrap();
            let length = usize::try_from(length).unwrap();
            let mut arrived = block.stamp(77);
            arrived.extend_from_slice(&block.bytes()[arrived.len()..]);
            let area: Vec<AtomicU64> = (0..length.div_ceil(STAMP)).map(|_| AtomicU64::new(u64::MAX)).collect();
            block.fill(77, &area);
            let expected = crc32fast::hash(&arrived);
            let sums = [block.of(77), Payload::Arrived(&arrived), Payload::Shared(&area, length)].map(|it| it.sum());
            assert_eq!((sums, block.sum(77)), ([expected; 3], expected), "{length} bytes");
            assert_ne!(block.sum(78), expected, "{length} bytes");
            assert!(block.is_in(&area, 77) && !block.is_in(&area, 78), "{length} bytes");
            for place in [0, length / 2, length - 1] {
                let whole = area[place / STAMP].fetch_xor(1 << (place % STAMP * 8), Ordering::Relaxed);
                assert!(!block.is_in(&area, 77), "byte {place} of {length}");
                area[place / STAMP].store(whole, Ordering::Relaxed);
            }
        }
        assert!(PayloadBlock::new(Bytes(0)).is_none());
    }
}
