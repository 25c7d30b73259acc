//! What comes out of an engine, made safe: whole lines that are events, and the last words of one that dies. An engine
//! may say anything, since the work it runs may do anything to it.

use std::collections::VecDeque;

use crate::engine::{Event, LINE_LIMIT};
use crate::text::{scrub, scrub_bytes};

/// How much of an engine's standard error is kept, in bytes, counted from the end.
const LAST_WORDS: usize = 16 << 10;

/// How many lines of it are shown.
const LINES_SHOWN: usize = 3;

/// What an engine must not say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Garbage {
    /// A line without end.
    #[error("a line of more than {} MiB", LINE_LIMIT >> 20)]
    TooLong,
    /// No event.
    #[error("a line that is no event: {0}")]
    NoEvent(String),
}

/// An engine's standard output on its way to being events.
#[derive(Debug)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// How many of the bytes are known to hold no end of line.
    searched: usize,
    limit: usize,
}

impl Lines {
    /// Nothing heard yet; lines may be as long as the protocol allows.
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), searched: 0, limit: LINE_LIMIT }
    }

    /// Takes more output.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next event; `None` until its line is complete. After an error nothing sensible follows.
    pub(super) fn next_event(&mut self) -> Option<Result<Event, Garbage>> {
        let Some(end) = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return (self.searched > self.limit).then_some(Err(Garbage::TooLong));
        };
        let rest = self.bytes.split_off(self.searched + end + 1);
        let line = std::mem::replace(&mut self.bytes, rest);
        self.searched = 0;
        let event = serde_json::from_slice(&line).map_err(|error| Garbage::NoEvent(scrub(&error.to_string()).into()));
        Some(event.map(scrubbed))
    }
}

/// The event with every sentence in it made safe to print.
fn scrubbed(event: Event) -> Event {
    let clean = |text: &mut String| *text = scrub(text).into_owned();
    let mut event = event;
    match &mut event {
        Event::Fault { cause, .. } => clean(cause),
        Event::Failed { message } => clean(message),
        Event::Sample(sample) => {
            sample.failures.iter_mut().for_each(clean);
            if let Some(answer) = &mut sample.answer {
                clean(&mut answer.sentence);
                answer.notes.iter_mut().for_each(clean);
            }
        }
        Event::Calibrated(_) | Event::Ready { .. } | Event::Struck { .. } => {}
    }
    event
}

/// The end of an engine's standard error.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    bytes: VecDeque<u8>,
}

impl LastWords {
    /// Takes more output, forgetting what is too long ago.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(&bytes[bytes.len().saturating_sub(LAST_WORDS)..]);
        let surplus = self.bytes.len().saturating_sub(LAST_WORDS);
        self.bytes.drain(..surplus);
    }

    /// The last lines in one, without the runtime's hints for programmers; empty where nothing was said.
    pub(super) fn in_one_line(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let is_telling = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"note: ");
        let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(is_telling);
        let mut last: Vec<String> = lines.rev().take(LINES_SHOWN).map(scrub_bytes).collect();
        last.reverse();
        scrub(&last.join(" / ")).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that comes out when `output` arrives in pieces of `piece` bytes.
    fn heard(output: &str, piece: usize, limit: usize) -> Vec<Result<Event, Garbage>> {
        let mut lines = Lines { limit, ..Lines::new() };
        let mut heard = Vec::new();
        for bytes in output.as_bytes().chunks(piece) {
            lines.push(bytes);
            while let Some(event) = lines.next_event() {
                let is_garbage = event.is_err();
                heard.push(event);
                if is_garbage {
                    return heard;
                }
            }
        }
        heard
    }

    #[test]
    fn events_arrive_whole_however_they_are_cut() {
        let output = "{\"event\":\"failed\",\"message\":\"one\"}\n{\"event\":\"failed\",\"message\":\"two\"}\n{\"event";
        let failed = |message: &str| Ok(Event::Failed { message: message.to_owned() });
        for piece in [1, 2, 7, 40, 1_000] {
            assert_eq!(heard(output, piece, 100), [failed("one"), failed("two")], "pieces of {piece}");
        }
    }

    #[test]
    fn garbage_is_told_as_such() {
        for output in ["\n", "hello\n", "{}\n", "{\"event\":\"ready\"}\n", "\u{0}\u{1b}[2J\n", "{\"event\":\"no\"}\n"] {
            let heard = heard(output, 5, 100);
            assert!(matches!(heard[..], [Err(Garbage::NoEvent(_))]), "{output:?}: {heard:?}");
        }
        assert_eq!(heard(&"x".repeat(101), 10, 100), [Err(Garbage::TooLong)]);
    }

    #[test]
    fn sentences_are_scrubbed() {
        let heard = heard("{\"event\":\"failed\",\"message\":\"\\u001b[2J\"}\n", 100, 100);
        assert_eq!(heard, [Ok(Event::Failed { message: "\\u{1b}[2J".to_owned() })]);
    }

    #[test]
    fn last_words_are_the_last_lines_that_tell_something() {
        let cases: [(&str, &str); 5] = [
            ("", ""),
            ("\n\n", ""),
            ("one\ntwo\nthree\nfour\n", "two / three / four"),
            (
                "\nthread panicked at a.rs:1:\nno\u{7}pe\nnote: run with a backtrace\n",
                "thread panicked at a.rs:1: / no\\u{7}pe",
            ),
            ("unfinished", "unfinished"),
        ];
        for (output, expected) in cases {
            let mut words = LastWords::default();
            output.as_bytes().chunks(3).for_each(|bytes| words.push(bytes));
            assert_eq!(words.in_one_line(), expected, "{output:?}");
        }
    }

    #[test]
    fn last_words_are_bounded() {
        let mut words = LastWords::default();
        words.push(&vec![b'a'; 3 * LAST_WORDS]);
        words.push(b"\nend");
        assert_eq!(words.bytes.len(), LAST_WORDS);
        assert!(words.in_one_line().ends_with('…'));
    }
}
