//! Bytes as they come in, however they are cut, into events: pure.
//!
//! Bounded whatever comes: an unfinished sequence is given up after a while, a paste is cut, and one that never ends is
//! ended by silence.

use std::mem;
use std::time::Duration;

use crossterm::event::Event;

use super::decode::{Decoded, PASTE, decode, escape};

/// Ends a pasted text.
const PASTE_END: &[u8] = b"\x1b[201~";

/// The longest text that a paste brings, in bytes: the longest path that Linux takes.
const LONGEST_PASTE: usize = 4096;

/// How long an escape byte may stay alone before it is the key; longer than the parts of a sequence are apart.
const ESCAPE: Duration = Duration::from_millis(30);

/// How long the rest of anything else may take.
const REST: Duration = Duration::from_millis(500);

/// What has come in and is not yet an event.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    pending: Vec<u8>,
    /// The text so far, while a paste goes on; its end is still searched for in `pending`.
    paste: Option<Vec<u8>>,
}

/// The events that a terminal's bytes mean, however they are cut into `parts`; silence follows the last.
#[must_use]
pub fn events<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut typing = Typing::default();
    let mut events: Vec<Event> = parts.into_iter().flat_map(|part| typing.push(part)).collect();
    events.extend(typing.give_up());
    events
}

impl Typing {
    /// Takes bytes in and returns what they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.pending.extend_from_slice(bytes);
        let mut events = Vec::new();
        while self.step(&mut events) {}
        events
    }

    /// How long to wait for more bytes before [`Typing::give_up`]; `None` where nothing is unfinished.
    pub(crate) fn patience(&self) -> Option<Duration> {
        match (&self.paste, self.pending.as_slice()) {
            (None, []) => None,
            (None, [0x1b]) => Some(ESCAPE),
            _ => Some(REST),
        }
    }

    /// Nothing came for as long as [`Typing::patience`]: what is unfinished will stay so.
    pub(crate) fn give_up(&mut self) -> Option<Event> {
        let pending = mem::take(&mut self.pending);
        match self.paste.take() {
            Some(text) => Some(pasted(&text)),
            None => (pending == [0x1b]).then(escape),
        }
    }

    /// Takes one event or one piece of a paste from what is pending; whether there may be more.
    fn step(&mut self, events: &mut Vec<Event>) -> bool {
        if let Some(text) = &mut self.paste {
            let Some(end) = take_paste(text, &mut self.pending) else { return false };
            self.pending.drain(..end);
            events.extend(self.paste.take().map(|text| pasted(&text)));
            return true;
        }
        if self.pending.starts_with(PASTE) {
            self.pending.drain(..PASTE.len());
            self.paste = Some(Vec::new());
            return true;
        }
        let Decoded::Whole(length, event) = decode(&self.pending) else { return false };
        self.pending.drain(..length);
        events.extend(event);
        true
    }
}

/// Moves text from `pending` to `text`; returns the length of what ends the paste once that is all that comes next.
fn take_paste(text: &mut Vec<u8>, pending: &mut Vec<u8>) -> Option<usize> {
    let end = pending.windows(PASTE_END.len()).position(|window| window == PASTE_END);
    // The last bytes may be the begin of the end.
    let ready = end.unwrap_or(pending.len().saturating_sub(PASTE_END.len() - 1));
    let room = LONGEST_PASTE.saturating_sub(text.len());
    text.extend(pending.drain(..ready).take(room));
    end.map(|_| PASTE_END.len())
}

/// Cut between characters, and with a mark where bytes were no text.
fn pasted(text: &[u8]) -> Event {
    let mut text = String::from_utf8_lossy(text).into_owned();
    if text.len() >= LONGEST_PASTE {
        // The cut may have split the last character.
        text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    }
    Event::Paste(text)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent};

    use super::*;

    fn key(character: char) -> Event {
        Event::Key(KeyEvent::from(KeyCode::Char(character)))
    }

    /// The same events come out however the bytes are cut.
    fn check(bytes: &[u8], expected: &[Event]) {
        for size in [1, 2, 3, 5, 1024] {
            let mut typing = Typing::default();
            let events: Vec<Event> = bytes.chunks(size).flat_map(|chunk| typing.push(chunk)).collect();
            assert_eq!(events, expected, "{} in pieces of {size}", bytes.escape_ascii());
            assert_eq!(typing.patience(), None);
        }
    }

    #[test]
    fn events_do_not_depend_on_how_the_bytes_are_cut() {
        check("aé€x".as_bytes(), &[key('a'), key('é'), key('€'), key('x')]);
        check(
            b"\x1b[A\x1b[5~q",
            &[KeyCode::Up, KeyCode::PageUp, KeyCode::Char('q')].map(|code| Event::Key(code.into())),
        );
        let paste = Event::Paste("r q \u{1b}[A ö".to_owned());
        check("\u{1b}[200~r q \u{1b}[A ö\u{1b}[201~x".as_bytes(), &[paste, key('x')]);
        check(b"\x1b[200~\x1b[201~", &[Event::Paste(String::new())]);
        check(b"\xff\xc3(x", &[key('('), key('x')]);
    }

    #[test]
    fn a_lone_escape_is_a_key_once_nothing_follows() {
        let mut typing = Typing::default();
        assert_eq!(typing.push(b"\x1b"), []);
        assert_eq!(typing.patience(), Some(ESCAPE));
        assert_eq!(typing.give_up(), Some(escape()));
        assert_eq!(typing.patience(), None);
    }

    #[test]
    fn what_stays_unfinished_is_given_up() {
        for bytes in [b"\x1b[".as_slice(), b"\x1b[12;", b"\xe2\x82", b"\x1b]0;title"] {
            let mut typing = Typing::default();
            assert_eq!(typing.push(bytes), []);
            assert_eq!(typing.patience(), Some(REST));
            assert_eq!(typing.give_up(), None);
            assert_eq!(typing.push(b"x"), [key('x')], "after {}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_paste_is_cut_between_characters_and_ended_by_silence() {
        let mut typing = Typing::default();
        assert_eq!(typing.push(b"\x1b[200~x"), []);
        for _ in 0..1_000 {
            assert_eq!(typing.push("ö".repeat(1_000).as_bytes()), []);
            assert!(typing.pending.len() < PASTE_END.len());
        }
        let expected = format!("x{}", "ö".repeat((LONGEST_PASTE - 1) / 2));
        assert_eq!(typing.give_up(), Some(Event::Paste(expected)));
        assert_eq!(typing.push(b"x"), [key('x')]);
    }
}
