//! The lines that GNU `sha256sum` writes and `sha256sum -c` reads.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The line for one file, with its end. As GNU coreutils have it: a name with a backslash, a line feed or a carriage
/// return is written with escapes, and the line then starts with a backslash.
pub(super) fn line(path: &Path, digest: &[u8]) -> Vec<u8> {
    let name = path.as_os_str().as_bytes();
    let escaped = name.iter().any(|byte| escape(*byte).is_some());
    let mut line = Vec::with_capacity(name.len() + 68);
    line.extend(escaped.then_some(b'\\'));
    line.extend_from_slice(hexadecimal(digest).as_bytes());
    line.extend_from_slice(b"  ");
    for byte in name {
        match escape(*byte) {
            Some(letter) => line.extend([b'\\', letter]),
            None => line.push(*byte),
        }
    }
    line.push(b'\n');
    line
}

fn escape(byte: u8) -> Option<u8> {
    match byte {
        b'\\' => Some(b'\\'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        _ => None,
    }
}

/// Two lower-case digits a byte.
pub(in crate::workload) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn lines_are_escaped_as_sha256sum_does() {
        for (name, expected) in [
            (&b"a b"[..], &b"0aff  a b\n"[..]),
            (b"a\\b", b"\\0aff  a\\\\b\n"),
            (b"a\nb", b"\\0aff  a\\nb\n"),
            (b"a\rb", b"\\0aff  a\\rb\n"),
            (b"\xff\x1b", b"0aff  \xff\x1b\n"),
        ] {
            assert_eq!(line(Path::new(OsStr::from_bytes(name)), &[0x0a, 0xff]), expected);
        }
    }
}
