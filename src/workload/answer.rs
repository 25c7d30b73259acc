//! What a job found: a checksum for machines, a sentence for people, and what `--output` writes.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Output;
use crate::units::significant;

/// The fingerprint of an answer: equal answers have equal checksums whatever computed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Checksum(pub u64);

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Checksum {
    /// The fingerprint of outputs in their order.
    #[must_use]
    pub fn of(outputs: &[&Output]) -> Self {
        let mut digest = Digest::default();
        for output in outputs {
            digest.number(output.number).bytes(&output.bytes);
        }
        digest.finish()
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

    /// Adds many bytes and their length, eight at a time.
    pub fn words(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        self.bytes(rest)
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

/// How much of something that can be counted a job is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// How many.
    pub amount: f64,
    /// Of what, such as `FLOP`.
    pub unit: &'static str,
}

impl Work {
    /// The rate of doing it in this many seconds: `3.87 GFLOP/s`.
    #[must_use]
    pub fn rate(&self, seconds: f64) -> String {
        format!("{} G{}/s", significant(self.amount / seconds / 1e9, 3), self.unit)
    }
}

/// One file that `--output` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The file's whole content, verbatim; the files packed together where the workload makes a folder.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub content: Vec<u8>,
}

/// Bytes in base64, since a list of numbers would be three times as long.
fn as_text<S: Serializer>(content: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(content))
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// One file of the folder that `--output` names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFile {
    /// Its path below the folder.
    #[serde(with = "super::path")]
    pub name: PathBuf,
    /// Its whole content, verbatim.
    pub content: Vec<u8>,
}

impl NamedFile {
    /// Several files as the content of one artifact.
    ///
    /// # Panics
    /// Never: memory takes everything.
    #[must_use]
    pub fn pack(files: &[Self]) -> Vec<u8> {
        postcard::to_allocvec(files).expect("paths and bytes can be written")
    }

    /// The files that were packed together; `None` where the bytes are something else.
    #[must_use]
    pub fn unpack(content: &[u8]) -> Option<Vec<Self>> {
        postcard::from_bytes(content).ok()
    }
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
    /// What `--output` writes; `None` from merging, and where nobody asked or there is nothing to write.
    pub artifact: Option<Artifact>,
}

impl Answer {
    /// An answer of which there is nothing else worth knowing.
    #[must_use]
    pub const fn new(checksum: Checksum, sentence: String) -> Self {
        Self { checksum, sentence, notes: Vec::new(), artifact: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_changes_with_every_byte_and_with_their_order() {
        let words = |bytes: &[u8]| Digest::default().words(bytes).finish();
        let all: Vec<u8> = (0..20).collect();
        for place in 0..all.len() {
            let mut other = all.clone();
            other[place] ^= 0x80;
            assert_ne!(words(&other), words(&all), "{place}");
        }
        assert_ne!(words(&[0; 8]), words(&[0; 16]));
        let reversed: Vec<u8> = all.iter().rev().copied().collect();
        assert_ne!(words(&reversed), words(&all));
    }

    #[test]
    fn files_survive_the_way_to_the_parent() {
        let file = |name: &str, content: &[u8]| NamedFile { name: PathBuf::from(name), content: content.to_vec() };
        let files = [file("a/ü.png", &[0, 255, b'"']), file("empty", &[])];
        let artifact = Artifact { content: NamedFile::pack(&files) };
        let there: Artifact = serde_json::from_str(&serde_json::to_string(&artifact).unwrap()).unwrap();
        assert_eq!(NamedFile::unpack(&there.content).unwrap(), files);
        assert_eq!(NamedFile::unpack(b"\xff\xff"), None);
    }

    #[test]
    fn rates_have_three_digits() {
        assert_eq!(Work { amount: 2e9, unit: "FLOP" }.rate(0.5), "4.00 GFLOP/s");
    }
}
