//! What a program wrote, as the output of a task: how much, its SHA-256, and its beginning.

use sha2::{Digest as _, Sha256};

use super::super::Output;

/// How much is kept of what one program wrote, in bytes.
pub(super) const KEPT: usize = 1 << 20;

/// The bytes of a SHA-256.
const SUM: usize = 32;

/// What a program has written so far.
#[derive(Debug, Default)]
pub struct Written {
    bytes: u64,
    sum: Sha256,
    beginning: Vec<u8>,
}

impl Written {
    /// Adds what came next.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sum.update(bytes);
        let room = KEPT.saturating_sub(self.beginning.len()).min(bytes.len());
        self.beginning.extend_from_slice(&bytes[..room]);
    }

    /// The output of the task: its number is how many bytes there were.
    #[must_use]
    pub fn into_output(self) -> Output {
        let bytes = [&self.sum.finalize()[..], &self.beginning].concat();
        Output { number: self.bytes, bytes: bytes.into() }
    }
}

/// The SHA-256 of all that was written, and what was kept of it; both empty in an output that was not made here.
pub(super) fn parts(output: &Output) -> (&[u8], &[u8]) {
    output.bytes.split_at_checked(SUM).unwrap_or_default()
}

/// Whether all that was written was kept.
pub(super) fn is_whole(output: &Output) -> bool {
    parts(output).1.len() as u64 == output.number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_kept_and_everything_counts() {
        let written = |pieces: &[&[u8]]| {
            let mut written = Written::default();
            for piece in pieces {
                written.add(piece);
            }
            written.into_output()
        };
        let (much, more) = (vec![1; KEPT], vec![1; KEPT + 1]);
        assert_eq!(written(&[b"ab", b"", b"c"]), written(&[b"abc"]));
        assert_eq!(parts(&written(&[b"ab", b"c"])).1, b"abc");
        let [fits, is_cut] = [&much, &more].map(|bytes| written(&[&bytes[..7], &bytes[7..]]));
        assert!(is_whole(&fits) && !is_whole(&is_cut) && is_whole(&written(&[])));
        assert_eq!((is_cut.number, parts(&is_cut).1.len()), (KEPT as u64 + 1, KEPT));
        assert_ne!(parts(&fits).0, parts(&is_cut).0);
    }
}
