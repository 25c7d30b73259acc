//! Text that comes from outside, made safe to print.
//!
//! Host names, processor names and paths may hold escape sequences; they are cleaned once, where they enter.

/// `text` on one line of at most 300 characters: whatever a terminal would obey instead of showing (control characters,
/// direction overrides, characters without width) becomes `�`.
#[must_use]
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    let clean = |c: char| if obeyed(c) { char::REPLACEMENT_CHARACTER } else { c };
    text.trim().chars().take(LONGEST).map(clean).collect()
}

/// Whether `c` steers a terminal or the reading direction.
fn obeyed(c: char) -> bool {
    let invisible = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
    c.is_control() || c == '\u{feff}' || invisible.iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        let cases = [
            ("AMD EPYC\n", "AMD EPYC"),
            ("\x1b[31mred", "�[31mred"),
            ("\u{9b}2J", "�2J"),
            ("a\tb\rc\x07", "a�b�c�"),
            ("gnp.\u{202e}exe", "gnp.�exe"),
            ("a\u{200b}b\u{feff}", "a�b�"),
            ("größe 字", "größe 字"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected, "{text:?}");
        }
        assert_eq!(printable(&"x".repeat(1_000_000)).len(), 300);
    }
}
