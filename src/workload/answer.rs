//! What a job found: a checksum for machines, a sentence for people, and what `--output` writes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The fingerprint of an answer: equal answers have equal checksums whatever computed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checksum(pub u64);

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Builds a [`Checksum`] from numbers and bytes in order: FNV-1a, 64 bits (Fowler, Noll, Vo), over the bytes, with
/// numbers and lengths in little-endian order.
#[derive(Debug, Clone, Copy)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        // One multiplication per word keeps merging a million empty tasks cheap; the final avalanche mixes the rest.
        self.0 = (self.0 ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        self
    }

    /// Adds bytes and their length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self
    }

    /// The fingerprint of all that was added (finalised as in splitmix64, Steele et al. 2014).
    #[must_use]
    pub fn finish(&self) -> Checksum {
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Checksum(mixed ^ (mixed >> 31))
    }
}

/// One file that `--output` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The file's whole content, verbatim.
    pub content: Vec<u8>,
}

/// What a job found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The same from every backend, or the row is divergent.
    pub checksum: Checksum,
    /// A sentence that a person can check with another tool.
    pub sentence: String,
    /// What else is worth knowing, a sentence each.
    pub notes: Vec<String>,
    /// What `--output` writes; `None` where the workload has nothing to write.
    pub artifact: Option<Artifact>,
}
