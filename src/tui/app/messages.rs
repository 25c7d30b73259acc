//! What the program has to say: one message in the bottom line, all of them in a log.
//!
//! The newest is in the bottom line. A fault stays until it was read, so it cannot be missed by looking away: under newer
//! messages it waits, is counted, and comes back when they have gone. The rest goes by itself.

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
    /// Something is not as it should be; shown until that is over, or it is dismissed.
    Condition,
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
            Self::Condition | Self::Error | Self::Fault => None,
        }
    }

    /// The mark before the text; empty for information.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Info => "",
            Self::Warning | Self::Condition => "! ",
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
    /// What is to be read, oldest first: the last is in the bottom line, and none of the others goes by itself.
    open: Vec<Message>,
}

impl Messages {
    /// Says something, which takes the bottom line. What was there waits until it was read, unless it goes by itself.
    pub fn say(&mut self, level: Level, text: &str, now: Nanos) {
        let message = Message { level, text: scrub(text).into_owned(), at: now };
        self.open.retain(|open| open.level.lasts().is_none());
        if self.open.len() == KEPT {
            self.open.remove(0);
        }
        self.open.push(message.clone());
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(message);
    }

    /// What the bottom line says; `None` for nothing.
    #[must_use]
    pub fn shown(&self) -> Option<&Message> {
        self.open.last()
    }

    /// How many others wait to be read.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.open.len().saturating_sub(1)
    }

    /// All that was said, the newest first.
    #[must_use]
    pub fn newest_first(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.log.iter().rev()
    }

    /// Takes what does not go by itself out of the bottom line; whether there was such a message.
    pub fn dismiss(&mut self) -> bool {
        self.open.pop_if(|shown| shown.level.lasts().is_none()).is_some()
    }

    /// Notes that everything was read.
    pub fn read_all(&mut self) {
        self.open.clear();
    }

    /// Takes back what holds no longer; the log keeps it.
    pub fn withdraw(&mut self, text: &str) {
        let text = scrub(text);
        self.open.retain(|open| open.text != text);
    }

    /// Takes a message out of the bottom line whose time is over; whether there was one.
    pub fn expire(&mut self, now: Nanos) -> bool {
        self.ends().is_some_and(|end| end <= now) && self.open.pop().is_some()
    }

    /// When the message in the bottom line goes by itself.
    #[must_use]
    pub fn ends(&self) -> Option<Nanos> {
        let shown = self.shown()?;
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
            (Level::Condition, 1_000, None),
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

    /// What the bottom line says, and how many others wait.
    fn line(messages: &Messages) -> (Option<&str>, usize) {
        (messages.shown().map(|shown| shown.text.as_str()), messages.unread())
    }

    #[test]
    fn the_newest_is_shown_and_what_was_not_read_comes_back() {
        let mut messages = Messages::default();
        messages.say(Level::Fault, "worker 2 died", seconds(0));
        messages.say(Level::Error, "disk full", seconds(1));
        assert_eq!(line(&messages), (Some("disk full"), 1));
        messages.say(Level::Info, "theme: light", seconds(2));
        messages.say(Level::Warning, "the queue is full", seconds(3));
        assert_eq!(line(&messages), (Some("the queue is full"), 2), "what goes by itself makes room");
        assert!(!messages.dismiss(), "it goes by itself");
        assert!(messages.expire(seconds(11)));
        assert_eq!(line(&messages), (Some("disk full"), 1));
        assert!(messages.dismiss());
        assert_eq!(line(&messages), (Some("worker 2 died"), 0));
        messages.read_all();
        assert_eq!(line(&messages), (None, 0));
        let log: Vec<_> = messages.newest_first().map(|message| message.text.as_str()).collect();
        assert_eq!(log, ["the queue is full", "theme: light", "disk full", "worker 2 died"]);
    }

    #[test]
    fn a_condition_goes_when_it_is_over_wherever_it_waits() {
        for newer in [None, Some("disk full")] {
            let mut messages = Messages::default();
            messages.say(Level::Condition, "worker 2 is stopped", seconds(0));
            if let Some(text) = newer {
                messages.say(Level::Error, text, seconds(1));
            }
            assert!(!messages.expire(seconds(1_000)));
            messages.withdraw("worker 2 is stopped");
            assert_eq!(line(&messages), (newer, 0));
            assert!(messages.newest_first().any(|message| message.text == "worker 2 is stopped"));
        }
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
