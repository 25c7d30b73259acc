//! Makes sure that a child that has ended can be asked how, and asks what it used.

use std::io;
use std::mem::MaybeUninit;
use std::sync::Once;

use rustix::process::Pid;

use crate::units::Nanos;

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
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
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

/// Waits for the end of a child that nobody has waited for yet; says its status, as the system encodes it, and the CPU
/// time that it used, with that of children that it waited for itself.
///
/// # Errors
/// When there is no such child.
#[expect(unsafe_code, reason = "only the C library says what a single child used")]
pub(super) fn reap(pid: Pid) -> io::Result<(i32, Nanos)> {
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
    loop {
        // SAFETY: both are places of the right size for the answers.
        let reaped = unsafe { libc::wait4(pid.as_raw_nonzero().get(), &raw mut status, 0, usage.as_mut_ptr()) };
        if reaped >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY: a structure of integers, for which all zeroes are valid, and the system has filled it in.
    let usage = unsafe { usage.assume_init() };
    Ok((status, span(usage.ru_utime).plus(span(usage.ru_stime))))
}

fn span(time: libc::timeval) -> Nanos {
    let part = |count: i64, nanos: u64| u64::try_from(count).unwrap_or(0).saturating_mul(nanos);
    Nanos(part(time.tv_sec, 1_000_000_000).saturating_add(part(time.tv_usec, 1_000)))
}
