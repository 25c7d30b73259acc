//! Frames between engine and worker: sixteen bytes of header, then the content, then zeros up to a multiple of eight.
//!
//! ```text
//! 0..2 magic   2 kind   3 version   4..8 length of the content   8..12 CRC-32 of the content   12..16 zeros
//! ```
//! All numbers are little-endian. What comes once in a while has postcard's encoding.
//!
//! Nothing is allocated on the word of a length: it is capped, and a buffer grows only with bytes that have arrived.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The length of a header in bytes.
pub const HEADER: usize = 16;

/// Frames take a multiple of this many bytes.
pub(super) const ALIGNMENT: usize = 8;

/// The longest payload, in bytes.
pub const LONGEST_PAYLOAD: usize = 64 << 20;

/// Changes whenever the meaning of a frame does. Both ends run the same executable, so a difference is a mistake.
pub(super) const VERSION: u8 = 2;

pub(super) const MAGIC: [u8; 2] = *b"Pu";

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// To a worker, first: what it works for.
    Setup = 1,
    /// To a worker: a sample begins.
    Begin = 2,
    /// To a worker: consecutive tasks to execute.
    Tasks = 3,
    /// To a worker: nothing is left in this sample; answer with a report.
    Drained = 4,
    /// To a worker: exit.
    Finish = 5,
    /// From a worker: it can begin.
    Ready = 6,
    /// From a worker: outputs of consecutive tasks.
    Done = 7,
    /// From a worker: its account of the sample.
    Report = 8,
    /// Both ways: the payload of a task. Its checksum is for the receiver to compare, who reads it all anyway.
    Load = 9,
    /// From a worker at a desk: nothing is left to claim.
    Exhausted = 10,
    /// From a worker at a desk: look at the trays.
    Nudge = 11,
    /// To a worker: these tasks are to be struck when it comes to them.
    Arm = 12,
    /// From a worker: this task is struck now.
    Struck = 13,
}

impl FrameKind {
    const ALL: [Self; 13] = [
        Self::Setup,
        Self::Begin,
        Self::Tasks,
        Self::Drained,
        Self::Finish,
        Self::Ready,
        Self::Done,
        Self::Report,
        Self::Load,
        Self::Exhausted,
        Self::Nudge,
        Self::Arm,
        Self::Struck,
    ];

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// What is wrong with bytes that should be a frame. The link cannot be used after it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not a frame, or one of another version.
    #[error("no frame header")]
    Header,
    /// A payload above the limit.
    #[error("a frame of {0} bytes")]
    TooLong(usize),
    /// The payload is not what was sent.
    #[error("a frame with a wrong checksum")]
    Checksum,
    /// The payload does not decode.
    #[error("a frame whose content makes no sense: {0}")]
    Content(String),
    /// A frame that has no place here.
    #[error("an unexpected frame: {0:?}")]
    Unexpected(FrameKind),
}

/// The header of a frame whose content has this length and checksum.
///
/// # Errors
/// When the content is too long.
pub(super) fn header(kind: FrameKind, length: usize, checksum: u32) -> Result<[u8; HEADER], FrameError> {
    let written = u32::try_from(length).ok().filter(|_| length <= LONGEST_PAYLOAD);
    let mut header = [0; HEADER];
    header[..2].copy_from_slice(&MAGIC);
    header[2] = kind as u8;
    header[3] = VERSION;
    header[4..8].copy_from_slice(&written.ok_or(FrameError::TooLong(length))?.to_le_bytes());
    header[8..12].copy_from_slice(&checksum.to_le_bytes());
    Ok(header)
}

/// Appends a frame to `buffer`.
///
/// # Errors
/// When the content cannot be encoded or is too long; the buffer is as it was then.
pub fn encode(buffer: &mut Vec<u8>, kind: FrameKind, content: &impl Serialize) -> Result<(), FrameError> {
    write_frame(buffer, kind, |buffer| {
        let encoded = postcard::serialize_with_flavor(content, Appending(buffer));
        encoded.map_err(|error| FrameError::Content(error.to_string()))
    })
}

/// Appends a frame whose content `write` appends.
///
/// # Errors
/// Its own, or that the content is too long; the buffer is as it was then.
pub(super) fn write_frame(
    buffer: &mut Vec<u8>,
    kind: FrameKind,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), FrameError>,
) -> Result<(), FrameError> {
    let start = buffer.len();
    let body = start + HEADER;
    buffer.extend_from_slice(&[0; HEADER]);
    let written = write(buffer).and_then(|()| {
        let content = &buffer[body..];
        header(kind, content.len(), crc32fast::hash(content))
    });
    match written {
        Ok(bytes) => {
            buffer[start..body].copy_from_slice(&bytes);
            buffer.resize(body + (buffer.len() - body).next_multiple_of(ALIGNMENT), 0);
            Ok(())
        }
        Err(problem) => {
            buffer.truncate(start);
            Err(problem)
        }
    }
}

/// The longest that postcard makes of a 64-bit number, in bytes.
const LONGEST_NUMBER: usize = 10;

/// Lets postcard write straight into the outgoing buffer.
struct Appending<'a>(&'a mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Appending<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if bytes.len() <= LONGEST_NUMBER {
            // Most of a small task is numbers of a few bytes, for which a call to copy memory is a detour.
            self.0.extend(bytes.iter().copied());
        } else {
            self.0.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Reads a payload.
///
/// # Errors
/// When it is not the content that its kind promises, or has bytes too many.
pub(super) fn content<T: DeserializeOwned>(payload: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(payload) {
        Ok((content, [])) => Ok(content),
        Ok((_, rest)) => Err(FrameError::Content(format!("{} bytes too many", rest.len()))),
        Err(error) => Err(FrameError::Content(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_must_fill_its_payload() {
        assert_eq!(content::<u64>(&[5]), Ok(5));
        assert!(matches!(content::<u64>(&[5, 6]), Err(FrameError::Content(_))));
        assert!(matches!(content::<String>(&[200]), Err(FrameError::Content(_))));
    }
}
