//! Copying between memory of our own and words that others may write meanwhile.
//!
//! Every byte is read or written once, and nothing is assumed of what it is next. Words one by one would do, but compilers
//! do not join atomic accesses, which makes that about half as fast as copying can be. So on x86-64 the bulk goes in
//! accesses of sixteen bytes, which all of these processors have; elsewhere, and at the end, it goes word by word.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The bytes of a word.
const WORD: usize = size_of::<u64>();

/// Copies the beginning of `words`, as little-endian bytes, until `bytes` is full.
///
/// # Panics
/// When there are fewer words than that takes.
#[expect(unsafe_code, reason = "pointing into memory that others may write")]
pub(super) fn read(words: &[AtomicU64], bytes: &mut [u8]) {
    assert!(bytes.len() <= size_of_val(words), "more bytes than words hold");
    // SAFETY: both ranges are as long as `bytes`, and cannot overlap, since `bytes` is borrowed for writing.
    let done = unsafe { copy_bulk(words.as_ptr().cast(), bytes.as_mut_ptr(), bytes.len()) };
    for (bytes, word) in bytes[done..].chunks_mut(WORD).zip(&words[done / WORD..]) {
        bytes.copy_from_slice(&word.load(Relaxed).to_le_bytes()[..bytes.len()]);
    }
}

/// Copies `bytes` to the beginning of `words`; zeros fill the last of them up.
///
/// # Panics
/// When there are fewer words than that takes.
#[expect(unsafe_code, reason = "pointing into memory that others may write")]
pub(super) fn write(bytes: &[u8], words: &[AtomicU64]) {
    assert!(bytes.len() <= size_of_val(words), "more bytes than words hold");
    // SAFETY: both ranges are as long as `bytes`, which nobody writes; words may be written though they are shared.
    let done = unsafe { copy_bulk(bytes.as_ptr(), words.as_ptr().cast_mut().cast(), bytes.len()) };
    for (bytes, word) in bytes[done..].chunks(WORD).zip(&words[done / WORD..]) {
        let mut whole = [0; WORD];
        whole[..bytes.len()].copy_from_slice(bytes);
        word.store(u64::from_le_bytes(whole), Relaxed);
    }
}

/// Whether the beginning of `words`, as little-endian bytes, is what `bytes` holds. Every word is read once.
///
/// # Panics
/// When there are fewer words than that takes.
#[expect(unsafe_code, reason = "pointing into memory that others may write")]
pub(super) fn is_same(words: &[AtomicU64], bytes: &[u8]) -> bool {
    assert!(bytes.len() <= size_of_val(words), "more bytes than words hold");
    // SAFETY: both ranges are as long as `bytes`.
    let Some(done) = (unsafe { compare_bulk(words.as_ptr().cast(), bytes.as_ptr(), bytes.len()) }) else {
        return false;
    };
    let mut rest = bytes[done..].chunks(WORD).zip(&words[done / WORD..]);
    rest.all(|(bytes, word)| word.load(Relaxed).to_le_bytes()[..bytes.len()] == *bytes)
}

/// Compares strides of 64 bytes as far as they go; says how many bytes those are, `None` where they differ.
///
/// # Safety
/// `length` bytes can be read from `one` and from `other` on. What is read from `one` may be written by others meanwhile,
/// as far as it is atomic for this program.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that compilers do not make of atomic accesses")]
unsafe fn compare_bulk(one: *const u8, other: *const u8, length: usize) -> Option<usize> {
    const STRIDE: usize = 64;
    let bulk = length - length % STRIDE;
    if bulk == 0 {
        return Some(0);
    }
    let equal: u32;
    // SAFETY: reads these two ranges only, as the caller grants, and each of their bytes once; a byte that another
    // process writes meanwhile is read as before or after, since loads of bytes are never torn.
    unsafe {
        std::arch::asm!(
            "pcmpeqd {all}, {all}",
            "2:",
            "movups {a}, [{one}]",
            "movups {b}, [{one} + 16]",
            "movups {c}, [{one} + 32]",
            "movups {d}, [{one} + 48]",
            "movups {e}, [{other}]",
            "pcmpeqb {a}, {e}",
            "movups {e}, [{other} + 16]",
            "pcmpeqb {b}, {e}",
            "movups {e}, [{other} + 32]",
            "pcmpeqb {c}, {e}",
            "movups {e}, [{other} + 48]",
            "pcmpeqb {d}, {e}",
            "pand {a}, {b}",
            "pand {c}, {d}",
            "pand {all}, {a}",
            "pand {all}, {c}",
            "add {one}, 64",
            "add {other}, 64",
            "sub {left}, 64",
            "jnz 2b",
            "pmovmskb {equal:e}, {all}",
            one = inout(reg) one => _,
            other = inout(reg) other => _,
            left = inout(reg) bulk => _,
            equal = lateout(reg) equal,
            all = out(xmm_reg) _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            e = out(xmm_reg) _,
            options(nostack, readonly),
        );
    }
    (equal == 0xffff).then_some(bulk)
}

/// Leaves all to be compared word by word.
///
/// # Safety
/// Touches nothing.
#[cfg(not(target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "as where there is something to be done")]
unsafe fn compare_bulk(_one: *const u8, _other: *const u8, _length: usize) -> Option<usize> {
    Some(0)
}

/// Copies strides of 64 bytes as far as they go; says how many bytes those are.
///
/// # Safety
/// `length` bytes can be read from `from` on and written from `to` on, and the two do not overlap. What is read may be
/// written by others meanwhile, as far as it is atomic for this program.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions that compilers do not make of atomic accesses")]
unsafe fn copy_bulk(from: *const u8, to: *mut u8, length: usize) -> usize {
    const STRIDE: usize = 64;
    let bulk = length - length % STRIDE;
    if bulk == 0 {
        return 0;
    }
    // SAFETY: touches these two ranges only, as the caller grants, and each of their bytes once; a byte that another
    // process writes meanwhile is read as before or after, since loads and stores of bytes are never torn.
    unsafe {
        std::arch::asm!(
            "2:",
            "movups {a}, [{from}]",
            "movups {b}, [{from} + 16]",
            "movups {c}, [{from} + 32]",
            "movups {d}, [{from} + 48]",
            "movups [{to}], {a}",
            "movups [{to} + 16], {b}",
            "movups [{to} + 32], {c}",
            "movups [{to} + 48], {d}",
            "add {from}, 64",
            "add {to}, 64",
            "sub {left}, 64",
            "jnz 2b",
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            left = inout(reg) bulk => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack),
        );
    }
    bulk
}

/// Leaves all to be copied word by word.
///
/// # Safety
/// Touches nothing.
#[cfg(not(target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "as where there is something to be done")]
unsafe fn copy_bulk(_from: *const u8, _to: *mut u8, _length: usize) -> usize {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_beside_it_is_touched() {
        let source: Vec<u8> = (0..=u8::MAX).cycle().take(5_000).collect();
        for length in [0, 1, 7, 8, 9, 63, 64, 65, 128, 200, 4_096, 5_000] {
            let words: Vec<AtomicU64> = (0..=source.len() / WORD).map(|_| AtomicU64::new(u64::MAX)).collect();
            write(&source[..length], &words);
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.load(Relaxed).to_le_bytes()).collect();
            let whole = length.next_multiple_of(WORD);
            assert_eq!(bytes[..length], source[..length]);
            assert_eq!(bytes[length..whole], [0; WORD][..whole - length], "{length} bytes");
            assert!(bytes[whole..].iter().all(|byte| *byte == u8::MAX), "{length} bytes");
            let mut back = vec![7; length + 1];
            read(&words, &mut back[..length]);
            assert_eq!(back.split_last(), Some((&7, &source[..length])));
            assert!(is_same(&words, &source[..length]), "{length} bytes");
            for place in 0..length {
                back[place] ^= 0x80;
                assert!(!is_same(&words, &back[..length]), "byte {place} of {length}");
                back[place] ^= 0x80;
            }
        }
    }

    #[test]
    #[should_panic(expected = "more bytes than words hold")]
    fn too_little_room_is_refused() {
        write(&[0; 65], &[const { AtomicU64::new(0) }; 8]);
    }
}
