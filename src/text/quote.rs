//! Words as a shell takes them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::scrub;

/// A word that a POSIX shell reads back as `text`, and that no terminal acts upon.
#[must_use]
pub fn quoted(text: &OsStr) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "%+,-./:@_".contains(c);
    match text.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if scrub(text) == text => format!("'{}'", text.replace('\'', r"'\''")),
        // The escapes of $'…' are in POSIX since 2024, and in the common shells for much longer.
        _ => format!("$'{}'", text.as_bytes().iter().copied().map(escaped).collect::<String>()),
    }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'\\' | b'\'' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_would_take_apart_is_quoted() {
        for (text, expected) in [("a/b.csv", "a/b.csv"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("\n", r"$'\012'")] {
            assert_eq!(quoted(OsStr::new(text)), expected);
        }
    }
}
