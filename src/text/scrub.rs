//! Untrusted text made safe to print: paths, host names, panic messages and the last words of dead children may hold
//! anything, also what takes a terminal over or turns a line around.
//!
//! Such text is scrubbed once, where it enters the program; every place that prints may then print it as it is. This room
//! must not know what the text is about.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

use unicode_width::UnicodeWidthChar;

/// The most characters that scrubbed text has; longer text ends in `…`.
pub const LONGEST: usize = 1_024;

/// The most characters without width that may follow each other: enough for every script, too few to pile up over the
/// lines above.
const LONGEST_PILE: usize = 4;

/// `text` on one line that no terminal acts upon, at most [`LONGEST`] characters long.
///
/// Control characters, line separators and invisible characters that change the direction or the meaning of others are
/// shown as escapes (`\n`, `\u{1b}`), as are combining marks piled up on one another. Everything else stays, so scrubbing
/// twice changes nothing and text that was clean is not copied.
#[must_use]
pub fn scrub(text: &str) -> Cow<'_, str> {
    let mut scrubber = Scrubber::default();
    scrubber.push(text);
    let clean = scrubber.finish();
    if clean == text { Cow::Borrowed(text) } else { Cow::Owned(clean) }
}

/// Like [`scrub`] for text that need not be UTF-8; bytes that are not are shown as `\xff`.
#[must_use]
pub fn scrub_bytes(bytes: &[u8]) -> String {
    let mut scrubber = Scrubber::default();
    for chunk in bytes.utf8_chunks() {
        scrubber.push(chunk.valid());
        for byte in chunk.invalid() {
            scrubber.push_piece(&format!("\\x{byte:02x}"));
        }
    }
    scrubber.finish()
}

/// Like [`scrub`] for paths, arguments and whatever else the operating system hands over.
#[must_use]
pub fn scrub_os(text: impl AsRef<OsStr>) -> String {
    scrub_bytes(text.as_ref().as_bytes())
}

/// Text on its way to being clean, with its length so far.
#[derive(Default)]
struct Scrubber {
    clean: String,
    length: usize,
    /// Where to cut so that `…` still fits, in bytes; set once the text has its full length.
    cut: Option<usize>,
    pile: usize,
    is_full: bool,
}

impl Scrubber {
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if self.is_full {
                return;
            }
            let has_width = character.width().is_some_and(|width| width > 0);
            self.pile = if has_width { 0 } else { self.pile + 1 };
            if is_harmful(character) || self.pile > LONGEST_PILE {
                self.push_piece(&escaped(character));
            } else {
                self.push_piece(character.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// Appends a piece that must not be cut in two, or marks the text as full.
    fn push_piece(&mut self, piece: &str) {
        let length = self.length + piece.chars().count();
        if length > LONGEST {
            self.is_full = true;
        }
        if !self.is_full {
            self.cut = (length == LONGEST).then_some(self.clean.len());
            self.clean.push_str(piece);
            self.length = length;
        }
    }

    fn finish(mut self) -> String {
        if self.is_full {
            self.clean.truncate(self.cut.unwrap_or(self.clean.len()));
            self.clean.push('…');
        }
        self.clean
    }
}

fn escaped(character: char) -> String {
    let mut piece = String::new();
    match character {
        '\n' => piece.push_str("\\n"),
        '\r' => piece.push_str("\\r"),
        '\t' => piece.push_str("\\t"),
        _ => {
            // Writing to a string cannot fail.
            let _ = write!(piece, "\\u{{{:x}}}", u32::from(character));
        }
    }
    piece
}

/// Whether a terminal or a reader can be led astray by `character`: C0, DEL and C1 controls, line and paragraph
/// separators, and the invisible formatting characters of Unicode (bidirectional overrides and isolates, tags and so on).
/// The two joiners stay, since scripts and emoji need them.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn what_a_terminal_would_act_upon_is_shown() {
        let cases = [
            ("", ""),
            ("plain text", "plain text"),
            ("größe 東京 👩‍💻 é", "größe 東京 👩‍💻 é"),
            ("a\\b", "a\\b"),
            ("two\nlines\r\n\tindented", "two\\nlines\\r\\n\\tindented"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{1b}]52;c;aGk=\u{9c}", "\\u{1b}]52;c;aGk=\\u{9c}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("user\u{202e}gpj.exe", "user\\u{202e}gpj.exe"),
            ("\u{2066}x\u{2069}\u{2028}\u{feff}\0\u{7f}", "\\u{2066}x\\u{2069}\\u{2028}\\u{feff}\\u{0}\\u{7f}"),
        ];
        for (text, expected) in cases {
            assert_eq!(scrub(text), expected, "{text:?}");
        }
    }

    #[test]
    fn clean_text_is_not_copied() {
        assert!(matches!(scrub("clean"), Cow::Borrowed("clean")));
    }

    #[test]
    fn piles_of_marks_are_cut_down() {
        let flood = format!("a{}b", "\u{301}".repeat(50));
        assert!(scrub(&flood).starts_with("a\u{301}\u{301}\u{301}\u{301}\\u{301}"));
        assert!(scrub(&flood).ends_with('b'));
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let exact = "ä".repeat(LONGEST);
        assert_eq!(scrub(&exact), exact);
        let cut = scrub(&"ä".repeat(LONGEST + 1)).into_owned();
        assert_eq!(cut, format!("{}…", "ä".repeat(LONGEST - 1)));
        let whole_escapes = scrub_bytes(&[0xff; LONGEST]);
        assert_eq!(whole_escapes, format!("{}…", "\\xff".repeat(LONGEST / 4 - 1)));
    }

    #[test]
    fn bytes_that_are_no_text_are_shown() {
        assert_eq!(scrub_bytes(b"a\xff\xfe\nb"), "a\\xff\\xfe\\nb");
        assert_eq!(scrub_os("caf\u{e9}"), "caf\u{e9}");
        assert!(scrub_bytes(&vec![0xff; 1 << 20]).chars().count() <= LONGEST);
    }

    proptest! {
        #[test]
        fn scrubbed_text_is_clean_short_and_stays_as_it_is(bytes in proptest::collection::vec(any::<u8>(), 0..4_096)) {
            let clean = scrub_bytes(&bytes);
            prop_assert!(!clean.chars().any(is_harmful));
            prop_assert!(clean.chars().count() <= LONGEST);
            prop_assert_eq!(scrub(&clean), clean.as_str());
        }

        #[test]
        fn any_text_too(text in any::<String>()) {
            let clean = scrub(&text);
            prop_assert!(!clean.chars().any(is_harmful));
            prop_assert_eq!(scrub(&clean), clean.as_ref());
        }
    }
}
