//! A stretch of a worker's time, and how it is packed into two words.
//!
//! The second word holds, from its lowest bit: 47 bits of length in ns, 12 of the core (its number plus one, 0 where it is
//! unknown), 3 of the state, one for the lock and one for a wake-up in vain.

use super::layout::State;
use crate::units::{CoreId, Nanos};

const LENGTH_BITS: u32 = 47;
const CORE_BITS: u32 = 12;
const STATE_BITS: u32 = 3;
const CORE_AT: u32 = LENGTH_BITS;
const STATE_AT: u32 = CORE_AT + CORE_BITS;
const HELD_AT: u32 = STATE_AT + STATE_BITS;
const IN_VAIN_AT: u32 = HELD_AT + 1;

const _: () = assert!(IN_VAIN_AT == 63 && State::ALL.len() <= 1 << STATE_BITS);

/// The largest length that fits, in ns: a day and a half. A longer one is cut.
const LONGEST: u64 = (1 << LENGTH_BITS) - 1;

/// A finished stretch of time in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The state.
    pub state: State,
    /// Its start on the monotonic clock.
    pub start: Nanos,
    /// Its length.
    pub length: Nanos,
    /// The core that the worker was on when it ended; `None` where nobody knows.
    pub core: Option<CoreId>,
    /// Whether the worker held the emulated lock.
    pub held: bool,
    /// Whether it ended in a wake-up in vain: the lock was released for this worker, and another one took it first.
    pub in_vain: bool,
}

impl Span {
    /// When it ended.
    #[must_use]
    pub const fn end(self) -> Nanos {
        Nanos(self.start.0.saturating_add(self.length.0))
    }

    pub(super) fn words(self) -> [u64; 2] {
        let core = self.core.map_or(0, |core| u64::from(core.0) + 1);
        let core = if core >> CORE_BITS == 0 { core } else { 0 };
        let rest = self.length.0.min(LONGEST)
            | core << CORE_AT
            | (self.state as u64) << STATE_AT
            | u64::from(self.held) << HELD_AT
            | u64::from(self.in_vain) << IN_VAIN_AT;
        [self.start.0, rest]
    }

    /// `None` for words that say no span.
    pub(super) fn from_words([start, rest]: [u64; 2]) -> Option<Self> {
        let field = |at: u32, bits: u32| u32::try_from(rest >> at & ((1 << bits) - 1)).unwrap_or_default();
        Some(Self {
            state: State::from_number(field(STATE_AT, STATE_BITS))?,
            start: Nanos(start),
            length: Nanos(rest & LONGEST),
            core: field(CORE_AT, CORE_BITS).checked_sub(1).map(CoreId),
            held: field(HELD_AT, 1) == 1,
            in_vain: field(IN_VAIN_AT, 1) == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_again() {
        for (place, state) in State::ALL.into_iter().enumerate() {
            for (length, core) in [(0, None), (1, Some(CoreId(0))), (LONGEST, Some(CoreId(4_094)))] {
                let (held, in_vain) = (place % 2 == 0, place % 3 == 0);
                let span = Span { state, start: Nanos(u64::MAX), length: Nanos(length), core, held, in_vain };
                assert_eq!(Span::from_words(span.words()), Some(span));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_and_touches_nothing_else() {
        let (length, core) = (Nanos(u64::MAX), Some(CoreId(4_095)));
        let span = Span { state: State::Io, start: Nanos(7), length, core, held: false, in_vain: false };
        let expected = Span { length: Nanos(LONGEST), core: None, ..span };
        assert_eq!(Span::from_words(span.words()), Some(expected));
    }

    #[test]
    fn a_state_that_is_none_makes_no_span() {
        assert_eq!(Span::from_words([0, 7 << STATE_AT]), None);
    }
}
