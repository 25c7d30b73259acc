//! Copying through the terminal itself (OSC 52), which also works over ssh and needs no clipboard program.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest text that common terminals take, in bytes before encoding.
const LONGEST: usize = 48 * 1024;

/// The bytes that make a terminal put `text` on the clipboard; `None` where it is longer than terminals take.
#[must_use]
pub fn copy(text: &str) -> Option<Vec<u8>> {
    (text.len() <= LONGEST).then(|| format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_travels_encoded_so_that_it_cannot_end_its_own_sequence() {
        assert_eq!(copy("partui run").unwrap(), b"\x1b]52;c;cGFydHVpIHJ1bg==\x1b\\");
        assert_eq!(copy("\x1b\\").unwrap(), b"\x1b]52;c;G1w=\x1b\\");
        assert_eq!(copy(&"x".repeat(LONGEST + 1)), None);
    }
}
