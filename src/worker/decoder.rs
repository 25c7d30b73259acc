//! Frames as they arrive, cut from a stream of bytes.

use std::ops::Range;

use super::frame::{ALIGNMENT, FrameError, FrameKind, HEADER, LONGEST_PAYLOAD, MAGIC, VERSION};

/// How much room there is to read at first, in bytes.
const LEAST: usize = 4 << 10;

/// Cuts a stream of bytes into frames.
///
/// The buffer's first `filled` bytes have arrived, those before `start` are used up; what lies behind is room that is
/// zeroed only once. It grows only for those who say much at a time, since memory that is touched costs a short-lived
/// process more than reading once more.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    /// How much has arrived at a time, at most.
    most: usize,
    /// The content of the last frame that was handed out, and the checksum in its header.
    last: (Range<usize>, u32),
}

impl Decoder {
    /// Room to read from a link: little at first, then twice what was once said at a time, but no more than `limit` or what
    /// is missing of a frame; follow with [`Decoder::arrived`].
    pub fn reading_room(&mut self, limit: usize) -> &mut [u8] {
        self.room((2 * self.most).clamp(LEAST, limit))
    }

    /// Room for bytes that arrive, at least `wanted`; follow with [`Decoder::arrived`].
    pub fn room(&mut self, wanted: usize) -> &mut [u8] {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            (self.start, self.last) = (0, (0..0, 0));
        }
        let wanted = wanted.max(self.missing());
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
        self.most = self.most.max(count);
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
        let end = body + length.next_multiple_of(ALIGNMENT);
        if self.filled < end {
            return Ok(None);
        }
        let content = &self.buffer[body..body + length];
        if kind != FrameKind::Load && crc32fast::hash(content) != checksum {
            return Err(FrameError::Checksum);
        }
        self.start = end;
        self.last = (body..body + length, checksum);
        Ok(Some((kind, content)))
    }

    /// What has arrived of the content of the next frame, if it is a payload's.
    #[must_use]
    pub fn arriving_load(&self) -> Option<&[u8]> {
        let (kind, length, _) = self.header().ok()??;
        let body = self.start + HEADER;
        (kind == FrameKind::Load).then(|| &self.buffer[body..self.filled.min(body + length)])
    }

    /// The content of the frame that was handed out last, until the next [`Decoder::room`], and the checksum that it is
    /// said to have.
    #[must_use]
    pub fn last(&self) -> (&[u8], u32) {
        (&self.buffer[self.last.0.clone()], self.last.1)
    }

    /// Whether a whole frame has arrived.
    ///
    /// # Errors
    /// When the bytes are no frame.
    pub fn peek(&self) -> Result<bool, FrameError> {
        Ok(self.header()?.is_some() && self.missing() == 0)
    }

    /// How many bytes are known to be missing of the next frame.
    fn missing(&self) -> usize {
        let Ok(Some((_, length, _))) = self.header() else { return 0 };
        (self.start + HEADER + length.next_multiple_of(ALIGNMENT)).saturating_sub(self.filled)
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
        let [m0, m1, kind, version, l0, l1, l2, l3, c0, c1, c2, c3, ..] = *header;
        let kind = FrameKind::from_number(kind).filter(|_| [m0, m1] == MAGIC && version == VERSION);
        let kind = kind.ok_or(FrameError::Header)?;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > LONGEST_PAYLOAD {
            return Err(FrameError::TooLong(length));
        }
        Ok(Some((kind, length, u32::from_le_bytes([c0, c1, c2, c3]))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;
    use crate::worker::frame::{content, encode};
    use serde::Serialize;

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
        flipped[HEADER] ^= 1;
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
    fn a_payload_is_seen_while_it_arrives() {
        let mut load = frame(&vec![7_u8; 49]);
        load[2] = FrameKind::Load as u8;
        let mut decoder = Decoder::default();
        assert_eq!(decoder.arriving_load(), None);
        let body = load[HEADER..].to_vec();
        load.extend(frame(&1_u64));
        for (place, byte) in load.iter().enumerate() {
            let seen = (place >= HEADER).then(|| (place - HEADER).min(50));
            assert_eq!(decoder.arriving_load(), seen.map(|count| &body[..count]), "after {place} bytes");
            decoder.extend(&[*byte]);
        }
        assert!(decoder.next_frame().unwrap().is_some());
        assert_eq!(decoder.arriving_load(), None);
    }

    #[test]
    fn room_to_read_grows_only_for_those_who_say_much() {
        let limit = 3 * LEAST;
        let room_after = |said: &[usize]| {
            let mut decoder = Decoder::default();
            for arrived in said {
                decoder.reading_room(limit);
                decoder.arrived(*arrived);
                decoder.start = decoder.filled;
            }
            decoder.reading_room(limit).len()
        };
        assert_eq!(room_after(&[]), LEAST);
        assert_eq!(room_after(&[10, 20]), LEAST);
        assert_eq!(room_after(&[LEAST]), 2 * LEAST);
        assert_eq!(room_after(&[LEAST, 2 * LEAST]), limit);
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
