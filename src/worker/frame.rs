//! Frames on the link between engine and worker: twelve bytes of header, then the payload in postcard's encoding.
//!
//! ```text
//! 0..2 magic   2 kind   3 version   4..8 length of the payload   8..12 CRC-32 of the payload   (little-endian)
//! ```
//!
//! Nothing is allocated on the word of a length: it is capped, and a buffer grows only with bytes that have arrived.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The length of a header in bytes.
pub const HEADER: usize = 12;

/// The longest payload, in bytes.
pub const LONGEST_PAYLOAD: usize = 64 << 20;

/// Changes whenever the meaning of a frame does. Both ends run the same executable, so a difference is a mistake.
const VERSION: u8 = 1;

const MAGIC: [u8; 2] = *b"Pu";

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
}

impl FrameKind {
    const ALL: [Self; 8] =
        [Self::Setup, Self::Begin, Self::Tasks, Self::Drained, Self::Finish, Self::Ready, Self::Done, Self::Report];

    fn from_number(number: u8) -> Option<Self> {
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

/// Appends a frame to `buffer`.
///
/// # Errors
/// When the content cannot be encoded or is too long; the buffer is as it was then.
pub fn encode(buffer: &mut Vec<u8>, kind: FrameKind, content: &impl Serialize) -> Result<(), FrameError> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEADER]);
    let encoded = postcard::serialize_with_flavor(content, Appending(buffer));
    let length = buffer.len() - start - HEADER;
    let problem = match encoded {
        Err(error) => Some(FrameError::Content(error.to_string())),
        Ok(()) if length > LONGEST_PAYLOAD => Some(FrameError::TooLong(length)),
        Ok(()) => None,
    };
    if let Some(problem) = problem {
        buffer.truncate(start);
        return Err(problem);
    }
    let checksum = crc32fast::hash(&buffer[start + HEADER..]);
    let header = &mut buffer[start..start + HEADER];
    header[..2].copy_from_slice(&MAGIC);
    header[2] = kind as u8;
    header[3] = VERSION;
    #[expect(clippy::cast_possible_truncation, reason = "at most LONGEST_PAYLOAD")]
    header[4..8].copy_from_slice(&(length as u32).to_le_bytes());
    header[8..].copy_from_slice(&checksum.to_le_bytes());
    Ok(())
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

/// Cuts a stream of bytes into frames.
///
/// The buffer's first `filled` bytes have arrived, those before `start` are used up; what lies behind is room that is
/// zeroed only once.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
}

impl Decoder {
    /// Room for bytes that arrive, at least `wanted`; follow with [`Decoder::arrived`].
    pub fn room(&mut self, wanted: usize) -> &mut [u8] {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        if self.buffer.len() < self.filled + wanted {
            self.buffer.resize(self.filled + wanted, 0);
        }
        &mut self.buffer[self.filled..]
    }

    /// Says how many bytes of the last [`Decoder::room`] were filled.
    ///
    /// # Panics
    /// When more were filled than there was room for.
    pub fn arrived(&mut self, count: usize) {
        assert!(count <= self.buffer.len() - self.filled, "{count} bytes in too little room");
        self.filled += count;
    }

    /// Adds bytes that have arrived.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.arrived(bytes.len());
    }

    /// The next whole frame; `None` until more bytes have arrived.
    ///
    /// # Errors
    /// When the bytes are no frame; every later call fails as well.
    pub fn next_frame(&mut self) -> Result<Option<(FrameKind, &[u8])>, FrameError> {
        let Some((kind, length, checksum)) = self.header()? else { return Ok(None) };
        let body = self.start + HEADER;
        if self.filled < body + length {
            return Ok(None);
        }
        let payload = &self.buffer[body..body + length];
        if crc32fast::hash(payload) != checksum {
            return Err(FrameError::Checksum);
        }
        self.start = body + length;
        Ok(Some((kind, payload)))
    }

    /// Whether a whole frame has arrived.
    ///
    /// # Errors
    /// When the bytes are no frame.
    pub fn peek(&self) -> Result<bool, FrameError> {
        let header = self.header()?;
        Ok(header.is_some_and(|(_, length, _)| self.filled >= self.start + HEADER + length))
    }

    /// Whether bytes of an unfinished frame are waiting for their rest.
    #[must_use]
    pub fn is_mid_frame(&self) -> bool {
        self.filled > self.start
    }

    fn header(&self) -> Result<Option<(FrameKind, usize, u32)>, FrameError> {
        let bytes = &self.buffer[self.start..self.filled];
        let Some(header) = bytes.first_chunk::<HEADER>() else {
            // Nonsense is told from its first bytes, without waiting for a whole header.
            let plausible = bytes.iter().zip(MAGIC).all(|(byte, magic)| *byte == magic);
            return if plausible { Ok(None) } else { Err(FrameError::Header) };
        };
        let [m0, m1, kind, version, l0, l1, l2, l3, c0, c1, c2, c3] = *header;
        let kind = FrameKind::from_number(kind).filter(|_| [m0, m1] == MAGIC && version == VERSION);
        let kind = kind.ok_or(FrameError::Header)?;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > LONGEST_PAYLOAD {
            return Err(FrameError::TooLong(length));
        }
        Ok(Some((kind, length, u32::from_le_bytes([c0, c1, c2, c3]))))
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
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn frame(content: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&mut bytes, FrameKind::Done, content).unwrap();
        bytes
    }

    #[test]
    fn nonsense_is_refused_before_anything_is_allocated() {
        let mut long = frame(&1_u64);
        long[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut flipped = frame(&"some text");
        *flipped.last_mut().unwrap() ^= 1;
        let mut unknown = frame(&1_u64);
        unknown[2] = 99;
        let cases = [
            (b"GET / HTTP/1.1".to_vec(), FrameError::Header),
            (b"x".to_vec(), FrameError::Header),
            (long, FrameError::TooLong(u32::MAX as usize)),
            (flipped, FrameError::Checksum),
            (unknown, FrameError::Header),
        ];
        for (bytes, expected) in cases {
            let mut decoder = Decoder::default();
            decoder.extend(&bytes);
            assert_eq!(decoder.next_frame(), Err(expected));
        }
    }

    #[test]
    fn content_must_fill_its_payload() {
        assert_eq!(content::<u64>(&[5]), Ok(5));
        assert!(matches!(content::<u64>(&[5, 6]), Err(FrameError::Content(_))));
        assert!(matches!(content::<String>(&[200]), Err(FrameError::Content(_))));
    }

    proptest! {
        #[test]
        fn frames_survive_any_chunking(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
            cuts in prop::collection::vec(1_usize..64, 1..50),
        ) {
            let mut stream = Vec::new();
            for content in &contents {
                encode(&mut stream, FrameKind::Tasks, content).unwrap();
            }
            let mut decoder = Decoder::default();
            let mut decoded: Vec<Vec<u8>> = Vec::new();
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                decoder.extend(now);
                while let Some((kind, payload)) = decoder.next_frame().unwrap() {
                    assert_eq!(kind, FrameKind::Tasks);
                    decoded.push(content(payload).unwrap());
                }
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            assert_eq!(decoded, contents);
            assert!(!decoder.is_mid_frame());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut decoder = Decoder::default();
            decoder.extend(&bytes);
            while let Ok(Some(_)) = decoder.next_frame() {}
        }
    }
}
