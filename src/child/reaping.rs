//! Makes sure that a child that has ended can be asked how.

use std::sync::Once;

/// Takes back the wish, which whoever started this program may have left it, that ended children vanish unasked: their
/// causes would be lost, and their numbers could pass on to others while signals are still meant for them. A handler
/// that this program has set stays.
pub(super) fn keep_ended_children() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        if is_ignored() {
            restore_default();
        }
    });
}

#[expect(unsafe_code, reason = "the signal's disposition is asked through the C library")]
fn is_ignored() -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is set, and `now` is a place of the right size for the answer.
    let failed = unsafe { libc::sigaction(libc::SIGCHLD, std::ptr::null(), now.as_mut_ptr()) } != 0;
    // SAFETY: a structure of integers and pointers, for which all zeroes are valid, whether it was overwritten or not.
    let now = unsafe { now.assume_init() };
    !failed && now.sa_sigaction == libc::SIG_IGN
}

#[expect(unsafe_code, reason = "the signal's disposition is set through the C library")]
fn restore_default() {
    // SAFETY: the default disposition runs no code of this program. The call fails for unknown signals only.
    let _ = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}
