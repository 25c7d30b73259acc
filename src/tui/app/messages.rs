//! What the program has to say: one message in the bottom line, all of them in a log.
//!
//! A fault stays until it was read, so it cannot be missed by looking away; the rest goes by itself.

use std::collections::VecDeque;

use crate::text::scrub;
use crate::units::Nanos;

/// How many messages the log keeps.
const KEPT: usize = 500;

/// How much a message matters, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something was done; shown for 4 s.
    Info,
    /// Something asked for cannot be done; shown for 8 s.
    Warning,
    /// Something failed; shown until it is dismissed.
    Error,
    /// Something died; shown until it is dismissed.
    Fault,
}

impl Level {
    /// How long it is shown; `None` until it is dismissed.
    const fn lasts(self) -> Option<Nanos> {
        match self {
            Self::Info => Some(Nanos::from_secs(4)),
            Self::Warning => Some(Nanos::from_secs(8)),
            Self::Error | Self::Fault => None,
        }
    }

    /// The mark before the text; empty for information.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Info => "",
            Self::Warning => "! ",
            Self::Error | Self::Fault => "X ",
        }
    }
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How much it matters.
    pub level: Level,
    /// What was said; safe to print.
    pub text: String,
    /// When, on the monotonic clock.
    pub at: Nanos,
}

/// All messages, and which of them is in the bottom line.
#[derive(Debug, Default)]
pub struct Messages {
    log: VecDeque<Message>,
    shown: Option<Message>,
}

impl Messages {
    /// Says something. What matters more than the newcomer stays in the bottom line.
    pub fn say(&mut self, level: Level, text: &str, now: Nanos) {
        let message = Message { level, text: scrub(text).into_owned(), at: now };
        self.expire(now);
        if self.shown.as_ref().is_none_or(|shown| shown.level <= level) {
            self.shown = Some(message.clone());
        }
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(message);
    }

    /// What the bottom line says; `None` for nothing.
    #[must_use]
    pub fn shown(&self) -> Option<&Message> {
        self.shown.as_ref()
    }

    /// All that was said, the newest first.
    #[must_use]
    pub fn newest_first(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.log.iter().rev()
    }

    /// Takes an error or a fault out of the bottom line; whether there was one.
    pub fn dismiss(&mut self) -> bool {
        self.shown.take_if(|shown| shown.level.lasts().is_none()).is_some()
    }

    /// Takes a message out of the bottom line whose time is over; whether there was one.
    pub fn expire(&mut self, now: Nanos) -> bool {
        self.ends().is_some_and(|end| end <= now) && self.shown.take().is_some()
    }

    /// When the message in the bottom line goes by itself.
    #[must_use]
    pub fn ends(&self) -> Option<Nanos> {
        let shown = self.shown.as_ref()?;
        Some(shown.at.plus(shown.level.lasts()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Nanos {
        Nanos::from_secs(seconds)
    }

    #[test]
    fn each_level_stays_as_long_as_it_matters() {
        for (level, last_second, gone) in [
            (Level::Info, 3, Some(4)),
            (Level::Warning, 7, Some(8)),
            (Level::Error, 1_000, None),
            (Level::Fault, 1_000, None),
        ] {
            let mut messages = Messages::default();
            messages.say(level, "text", seconds(0));
            assert!(!messages.expire(seconds(last_second)) && messages.shown().is_some(), "{level:?}");
            assert_eq!(messages.ends(), gone.map(seconds));
            assert_eq!(messages.dismiss(), gone.is_none());
            assert_eq!(gone.is_some_and(|end| messages.expire(seconds(end))), gone.is_some());
            assert!(messages.shown().is_none() && messages.newest_first().len() == 1);
        }
    }

    #[test]
    fn what_matters_more_stays_in_the_bottom_line() {
        let mut messages = Messages::default();
        let said = |messages: &Messages| messages.shown().map(|shown| shown.text.clone());
        messages.say(Level::Fault, "worker 2 died", seconds(0));
        messages.say(Level::Info, "exported", seconds(1));
        assert_eq!(said(&messages).as_deref(), Some("worker 2 died"));
        messages.say(Level::Fault, "worker 3 died", seconds(2));
        assert_eq!(said(&messages).as_deref(), Some("worker 3 died"));
        assert_eq!(
            messages.newest_first().map(|message| message.text.as_str()).collect::<Vec<_>>(),
            ["worker 3 died", "exported", "worker 2 died"]
        );
    }

    #[test]
    fn text_from_outside_is_made_harmless_and_the_log_is_bounded() {
        let mut messages = Messages::default();
        for _ in 0..2 * KEPT {
            messages.say(Level::Error, "\u{1b}[2J", seconds(0));
        }
        assert_eq!(messages.newest_first().len(), KEPT);
        assert!(!messages.shown().unwrap().text.contains('\u{1b}'));
    }
}
