//! A worker's tray: a ring of words that one worker fills with frames and the engine empties.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU32, AtomicU64};

use super::primitives::{sleep_while, wake};
use crate::worker::decoder::Decoder;

/// Both ends count words and wrap around at 2³²; what lies between them is in the tray.
#[derive(Debug, Clone, Copy)]
pub(in crate::worker) struct Tray<'a> {
    /// Written by the worker: behind the last word.
    pub(super) end: &'a AtomicU32,
    /// Written by the worker: whether it waits for room.
    pub(super) is_waiting: &'a AtomicU32,
    /// Written by the engine: the first word.
    pub(super) beginning: &'a AtomicU32,
    pub(super) cells: &'a [AtomicU64],
}

/// A tray whose ends contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its tray is scribbled over")]
pub(in crate::worker) struct Scribbled;

impl Tray<'_> {
    /// The words that a tray holds, a power of two: 64 KiB.
    pub(in crate::worker) const WORDS: usize = 8_192;

    /// Half of them.
    pub(in crate::worker) const HALF: u32 = 4_096;

    /// How many words lie there. What a worker scribbled may be more than fit.
    pub(in crate::worker) fn filled(&self) -> u32 {
        self.end.load(Acquire).wrapping_sub(self.beginning.load(Acquire))
    }

    /// Touches every page of an empty tray, so that no fault falls into a run.
    pub(in crate::worker) fn touch(&self) {
        self.cells.iter().step_by(512).for_each(|cell| cell.store(0, Relaxed));
    }

    /// Empties it for a new worker.
    pub(in crate::worker) fn clear(&self) {
        self.is_waiting.store(0, Relaxed);
        self.beginning.store(0, Relaxed);
        self.end.store(0, Release);
    }

    /// The cell `place` words behind `end`.
    fn cell(&self, end: u32, place: usize) -> &AtomicU64 {
        &self.cells[(end as usize + place) % Self::WORDS]
    }

    /// Leaves `bytes`, a multiple of eight; calls `call` whenever there is no room, and waits for some.
    #[expect(clippy::cast_possible_truncation, reason = "no more than a tray holds")]
    pub(in crate::worker) fn leave<E>(&self, bytes: &[u8], mut call: impl FnMut() -> Result<(), E>) -> Result<(), E> {
        let mut rest = bytes;
        loop {
            let (end, room) = (self.end.load(Relaxed), Self::WORDS.saturating_sub(self.filled() as usize));
            let (now, later) = rest.split_at(rest.len().min(room * 8));
            for (place, word) in now.as_chunks().0.iter().enumerate() {
                self.cell(end, place).store(u64::from_le_bytes(*word), Relaxed);
            }
            self.end.store(end.wrapping_add((now.len() / 8) as u32), Release);
            rest = later;
            if rest.is_empty() {
                return Ok(());
            }
            call()?;
            self.wait_for_room();
        }
    }

    fn wait_for_room(&self) {
        self.is_waiting.store(1, SeqCst);
        loop {
            let beginning = self.beginning.load(SeqCst);
            if (self.end.load(Relaxed).wrapping_sub(beginning) as usize) < Self::WORDS {
                break;
            }
            sleep_while(self.beginning, beginning);
        }
        self.is_waiting.store(0, Relaxed);
    }

    /// Copies what lies there to where it can be trusted to stay as it is, and makes room.
    ///
    /// # Errors
    /// When more seems to lie there than fits.
    pub(in crate::worker) fn empty_into(&self, decoder: &mut Decoder) -> Result<(), Scribbled> {
        let (beginning, filled) = (self.beginning.load(Relaxed), self.filled());
        let words = Some(filled as usize).filter(|words| *words <= Self::WORDS).ok_or(Scribbled)?;
        if words == 0 {
            return Ok(());
        }
        for (place, word) in decoder.room(words * 8).as_chunks_mut().0.iter_mut().take(words).enumerate() {
            *word = self.cell(beginning, place).load(Relaxed).to_le_bytes();
        }
        decoder.arrived(words * 8);
        self.beginning.store(beginning.wrapping_add(filled), SeqCst);
        if self.is_waiting.load(SeqCst) != 0 {
            wake(self.beginning);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Desk, Shape};
    use super::*;
    use crate::units::WorkerId;
    use crate::worker::frame::{FrameKind, content, encode};

    #[test]
    fn frames_longer_than_a_tray_flow_through_it() {
        let desk = Desk::create(Shape::new(1, 1, 1, 0)).unwrap();
        let tray = desk.tray(WorkerId(0));
        // Both ends wrap around on the way.
        for end in [tray.end, tray.beginning] {
            end.store(u32::MAX - 10_000, Relaxed);
        }
        let sent: Vec<u64> = (0..40_000).map(|number| number << 20).collect();
        let mut frame = Vec::new();
        encode(&mut frame, FrameKind::Done, &sent).unwrap();
        assert!(frame.len() > 2 * Tray::WORDS * 8);
        let mut decoder = Decoder::default();
        std::thread::scope(|scope| {
            scope.spawn(|| tray.leave(&frame, || Ok::<(), ()>(())).unwrap());
            while !decoder.peek().unwrap() {
                tray.empty_into(&mut decoder).unwrap();
                std::thread::yield_now();
            }
        });
        let (kind, payload) = decoder.next_frame().unwrap().unwrap();
        assert_eq!((kind, content::<Vec<u64>>(payload).unwrap()), (FrameKind::Done, sent));
    }

    #[test]
    fn a_tray_that_holds_more_than_it_can_is_refused() {
        let desk = Desk::create(Shape::new(1, 1, 1, 0)).unwrap();
        let tray = desk.tray(WorkerId(0));
        tray.end.store(8_193, Relaxed);
        assert_eq!(tray.empty_into(&mut Decoder::default()), Err(Scribbled));
        tray.clear();
        assert_eq!(tray.empty_into(&mut Decoder::default()), Ok(()));
    }
}
