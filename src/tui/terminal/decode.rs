//! What terminals send for keys, clicks and focus, one event at a time: pure.
//!
//! Covers what xterm and its kin, the Linux console, tmux and screen send. What is none of that is recognised as far as
//! it goes and means nothing.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseEvent};

use super::click::click;
use super::names::{letter, modifiers, numbered};

/// The longest sequence behind its begin; a longer one is no key and ends here, whether more has come or not.
const LONGEST: usize = 64;

/// Begins a pasted text.
pub(crate) const PASTE: &[u8] = b"\x1b[200~";

/// The first event of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// More must come to tell, or nothing for some time.
    Unfinished,
    /// So many bytes, and what they mean; `None` for nothing.
    Whole(usize, Option<Event>),
}

use Decoded::{Unfinished, Whole};

/// Decodes the first event of `bytes`.
#[must_use]
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    match bytes {
        [] | [0x1b] => Unfinished,
        [0x1b, b'[', rest @ ..] => control_sequence(rest),
        [0x1b, b'O', rest @ ..] => rest.first().map_or(Unfinished, |last| Whole(3, letter(*last).map(plain))),
        [0x1b, b']' | b'P' | b'_' | b'^', rest @ ..] => string(rest),
        // Two in a row are two keys, or one and the begin of a sequence.
        [0x1b, 0x1b, ..] => Whole(1, Some(plain(KeyCode::Esc))),
        [0x1b, rest @ ..] => with_alt(rest),
        [first @ (0..0x20 | 0x7f), ..] => Whole(1, Some(control(*first))),
        _ => character(bytes),
    }
}

/// What a lone escape byte means once nothing follows.
#[must_use]
pub(crate) fn escape() -> Event {
    plain(KeyCode::Esc)
}

fn plain(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn control(byte: u8) -> Event {
    let with_control = |letter: u8| Event::Key(KeyEvent::new(KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL));
    match byte {
        b'\r' | b'\n' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x08 | 0x7f => plain(KeyCode::Backspace),
        0x00 => with_control(b' '),
        0x01..=0x1a => with_control(byte - 1 + b'a'),
        _ => with_control(byte - 0x1c + b'4'),
    }
}

fn character(bytes: &[u8]) -> Decoded {
    let valid = match std::str::from_utf8(&bytes[..bytes.len().min(4)]) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        Err(error) => return error.error_len().map_or(Unfinished, |length| Whole(length, None)),
    };
    let Some(character) = valid.chars().next() else { return Whole(1, None) };
    let modifiers = if character.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    Whole(character.len_utf8(), Some(Event::Key(KeyEvent::new(KeyCode::Char(character), modifiers))))
}

fn with_alt(rest: &[u8]) -> Decoded {
    match decode(rest) {
        Whole(length, Some(Event::Key(mut key))) => {
            key.modifiers |= KeyModifiers::ALT;
            Whole(1 + length, Some(Event::Key(key)))
        }
        Whole(length, _) => Whole(1 + length, None),
        Unfinished => Unfinished,
    }
}

/// An answer to a question that we never ask, up to its end: skipped.
fn string(rest: &[u8]) -> Decoded {
    let rest = &rest[..rest.len().min(LONGEST)];
    let end = rest.iter().position(|byte| matches!(byte, 0x07 | 0x1b));
    match end.map(|end| &rest[end..]) {
        Some([0x07, ..]) => Whole(2 + end.unwrap_or_default() + 1, None),
        Some([0x1b, b'\\', ..]) => Whole(2 + end.unwrap_or_default() + 2, None),
        // Something else begins before it has ended.
        Some([0x1b, _, ..]) => Whole(2 + end.unwrap_or_default(), None),
        _ => unless_too_long(rest),
    }
}

fn unless_too_long(rest: &[u8]) -> Decoded {
    if rest.len() < LONGEST { Unfinished } else { Whole(2 + rest.len(), None) }
}

/// What follows `ESC [`.
fn control_sequence(rest: &[u8]) -> Decoded {
    match rest {
        // The Linux console's F1 to F5.
        [b'[', key, ..] => return Whole(4, matches!(key, b'A'..=b'E').then(|| plain(KeyCode::F(key - b'A' + 1)))),
        [b'['] => return Unfinished,
        // Clicks in the old encoding, which we do not ask for.
        [b'M', rest @ ..] => return if rest.len() < 3 { Unfinished } else { Whole(6, None) },
        _ => {}
    }
    let rest = &rest[..rest.len().min(LONGEST)];
    let Some(end) = rest.iter().position(|byte| !(0x20..0x40).contains(byte)) else { return unless_too_long(rest) };
    match rest[end] {
        last @ 0x40..0x7f => Whole(2 + end + 1, meaning(&rest[..end], last)),
        // A control character cannot be part of it and begins something new.
        _ => Whole(2 + end, None),
    }
}

fn meaning(parameters: &[u8], last: u8) -> Option<Event> {
    if let [b'<', parameters @ ..] = parameters {
        let (held, kind, column, row) = click(&numbers(parameters)?, last)?;
        return Some(Event::Mouse(MouseEvent { kind, column, row, modifiers: modifiers(1 + held) }));
    }
    let numbers = numbers(parameters)?;
    let code = match (last, numbers.first().copied()) {
        (b'I', None) => return Some(Event::FocusGained),
        (b'O', None) => return Some(Event::FocusLost),
        (b'Z', _) => return Some(Event::Key(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT))),
        (b'~', Some(number)) => numbered(number)?,
        (_, None | Some(1)) => letter(last)?,
        _ => return None,
    };
    Some(Event::Key(KeyEvent::new(code, modifiers(numbers.get(1).copied().unwrap_or(1)))))
}

/// Numbers between semicolons; `None` where there is anything else.
fn numbers(parameters: &[u8]) -> Option<Vec<u16>> {
    let text = std::str::from_utf8(parameters).ok()?;
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(';').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use crossterm::event::MouseEventKind;

    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn check(bytes: &[u8], expected: impl Into<Option<Event>>) {
        let expected = Whole(bytes.len(), expected.into());
        assert_eq!(decode(bytes), expected, "{}", bytes.escape_ascii());
        let followed = [bytes, b"x"].concat();
        assert_eq!(decode(&followed), expected, "{} followed by a key", bytes.escape_ascii());
        for length in 0..bytes.len() {
            let is_whole = matches!(decode(&bytes[..length]), Whole(..));
            assert!(!is_whole, "{} of {}", bytes[..length].escape_ascii(), bytes.escape_ascii());
        }
    }

    #[test]
    fn keys_are_known_by_what_terminals_send_for_them() {
        use KeyCode::{
            BackTab, Backspace, Char, Delete, Down, End, Enter, F, Home, Insert, Left, PageDown, Right, Tab, Up,
        };
        const NONE: KeyModifiers = KeyModifiers::NONE;
        const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
        const ALT: KeyModifiers = KeyModifiers::ALT;
        const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
        let cases: [(&[u8], KeyCode, KeyModifiers); 37] = [
            (b"q", Char('q'), NONE),
            (b"R", Char('R'), SHIFT),
            (b"?", Char('?'), NONE),
            ("é".as_bytes(), Char('é'), NONE),
            ("€".as_bytes(), Char('€'), NONE),
            ("🦀".as_bytes(), Char('🦀'), NONE),
            (b"\r", Enter, NONE),
            (b"\n", Enter, NONE),
            (b"\t", Tab, NONE),
            (b"\x1b[Z", BackTab, SHIFT),
            (b"\x7f", Backspace, NONE),
            (b"\x08", Backspace, NONE),
            (b"\x03", Char('c'), CONTROL),
            (b"\x1a", Char('z'), CONTROL),
            (b"\x00", Char(' '), CONTROL),
            (b"\x1c", Char('4'), CONTROL),
            (b"\x1bx", Char('x'), ALT),
            (b"\x1b\xc3\xa9", Char('é'), ALT),
            (b"\x1b[A", Up, NONE),
            (b"\x1bOB", Down, NONE),
            (b"\x1b[1;5C", Right, CONTROL),
            (b"\x1b[1;2D", Left, SHIFT),
            (b"\x1b[H", Home, NONE),
            (b"\x1b[1~", Home, NONE),
            (b"\x1b[7~", Home, NONE),
            (b"\x1bOF", End, NONE),
            (b"\x1b[4~", End, NONE),
            (b"\x1b[2~", Insert, NONE),
            (b"\x1b[3~", Delete, NONE),
            (b"\x1b[6;3~", PageDown, ALT),
            (b"\x1bOP", F(1), NONE),
            (b"\x1b[11~", F(1), NONE),
            (b"\x1b[[A", F(1), NONE),
            (b"\x1b[15~", F(5), NONE),
            (b"\x1b[17~", F(6), NONE),
            (b"\x1b[21~", F(10), NONE),
            (b"\x1b[24~", F(12), NONE),
        ];
        for (bytes, code, modifiers) in cases {
            check(bytes, key(code, modifiers));
        }
    }

    #[test]
    fn clicks_and_focus_are_known() {
        let kind = MouseEventKind::ScrollUp;
        let wheel = MouseEvent { kind, column: 9, row: 4, modifiers: KeyModifiers::CONTROL };
        check(b"\x1b[<80;10;5M", Event::Mouse(wheel));
        check(b"\x1b[I", Event::FocusGained);
        check(b"\x1b[O", Event::FocusLost);
    }

    #[test]
    fn what_is_no_key_is_skipped_as_a_whole() {
        let nothing: [&[u8]; 12] = [
            b"\x1b[<0;0;0M",
            b"\x1b[<0;99999;1M",
            b"\x1b[<0;1M",
            b"\x1b[<:;1;1M",
            b"\x1b[Mabc",
            b"\x1b[?1;2c",
            b"\x1b[12;40R",
            b"\x1b[999999999999~",
            b"\x1b[97;5u",
            b"\x1b]11;rgb:0/0/0\x07",
            b"\x1b]11;rgb:0/0/0\x1b\\",
            b"\x1bP>|xterm\x1b\\",
        ];
        for bytes in nothing {
            check(bytes, None);
        }
        for (bytes, length) in [(b"\xff".as_slice(), 1), (b"\xc3(", 1), (b"\xe2\x82(", 2), (b"\x1b[1\rq", 3)] {
            assert_eq!(decode(bytes), Whole(length, None), "{}", bytes.escape_ascii());
        }
        assert_eq!(decode(b"\x1b\x1b[A"), Whole(1, Some(escape())));
    }

    #[test]
    fn nothing_is_waited_for_without_bounds() {
        for start in [b"\x1b[".as_slice(), b"\x1b]", b"\x1bP", b"\x1b[<"] {
            let endless = [start, &[b'1'; 4 * LONGEST]].concat();
            assert!(matches!(decode(&endless), Whole(_, None)), "{}", start.escape_ascii());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_decoded_to_their_end(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while let Whole(length, _) = decode(rest) {
                assert!(length > 0 && length <= rest.len());
                rest = &rest[length..];
            }
            assert!(rest.len() <= LONGEST + 2);
        }
    }
}
