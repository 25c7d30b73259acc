//! The signals that the UI takes itself instead of dying of them: held back in every thread, waited for in one.
//!
//! Nothing runs inside a signal handler, since there is none. Knows nothing of terminals or what a signal means to us.

#![expect(unsafe_code, reason = "signal sets, waiting for a signal and stopping oneself exist only as C functions")]

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

use libc::c_int;
use rustix::process::{Signal, getpid, kill_current_process_group};

/// What arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The signal's number.
    pub(crate) signal: c_int,
    /// Whether this process sent it to itself.
    pub(crate) is_own: bool,
}

/// A set of signals that no thread is interrupted by.
#[derive(Clone, Copy)]
pub(crate) struct Held(libc::sigset_t);

impl Held {
    /// Holds `signals` back in the calling thread and in all threads that it starts from now on: call it before there are
    /// others. Children are not affected, since the standard library starts them with an empty mask.
    pub(crate) fn hold(signals: impl IntoIterator<Item = c_int>) -> Self {
        let held = Self(set_of(signals));
        change_mask(libc::SIG_BLOCK, &held.0);
        held
    }

    /// Waits for the next of them.
    ///
    /// # Errors
    /// `Interrupted` after the process was stopped and continued; then there may be one to wait for again.
    pub(crate) fn wait(&self) -> io::Result<Arrival> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: both pointers are to values that live across the call; the set was initialised by `set_of`.
        let signal = unsafe { libc::sigwaitinfo(&raw const self.0, info.as_mut_ptr()) };
        if signal < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: zeroed bytes are a valid `siginfo_t`, and the call has filled it in.
        let info = unsafe { info.assume_init() };
        // SAFETY: the field overlaps with others that hold plain numbers too, so that reading it is defined for every
        // signal; for one that another process sent it is the sender.
        let sender = unsafe { info.si_pid() };
        let is_own = info.si_code == libc::SI_USER && sender == getpid().as_raw_pid();
        Ok(Arrival { signal, is_own })
    }
}

/// Whether whoever started this process wants `signal` to be ignored, as `nohup` does with SIGHUP.
pub(crate) fn is_ignored(signal: c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null new action changes nothing; the old one is written to a value that lives across the call.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: zeroed bytes are a valid `sigaction`.
    let action = unsafe { action.assume_init() };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Stops this process and the others of its job, as the terminal does for Ctrl-Z, and returns once it goes on.
///
/// Returns at once where nobody could continue it: for a session's leader, an orphaned group, or where stopping is
/// ignored. SIGTSTP must be held. The signal for the group may be taken by whoever waits for signals; the one for this
/// thread cannot, and it takes effect before the mask has changed for this thread, so that nothing runs in between.
pub(crate) fn stop_this_job() {
    if is_ignored(libc::SIGTSTP) {
        return;
    }
    // Failing for the others must not keep this process from stopping.
    let _ = kill_current_process_group(Signal::TSTP);
    // SAFETY: raising a signal that is held only marks it as pending for this thread.
    let _ = unsafe { libc::raise(libc::SIGTSTP) };
    let stop = set_of([libc::SIGTSTP]);
    change_mask(libc::SIG_UNBLOCK, &stop);
    change_mask(libc::SIG_BLOCK, &stop);
}

fn set_of(signals: impl IntoIterator<Item = c_int>) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the pointer is to a value that lives across the call, which initialises it.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    for signal in signals {
        // SAFETY: the set was initialised above; a number that is no signal is refused without a change.
        unsafe { libc::sigaddset(set.as_mut_ptr(), signal) };
    }
    // SAFETY: initialised by `sigemptyset`.
    unsafe { set.assume_init() }
}

fn change_mask(how: c_int, set: &libc::sigset_t) {
    // SAFETY: the set is initialised, and a null old mask is not written to. It cannot fail for a valid `how`.
    unsafe { libc::pthread_sigmask(how, set, ptr::null_mut()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_signal_is_waited_for_instead_of_taking_effect() {
        // A thread of its own, so that the mask of the thread that runs other tests stays.
        let arrival = std::thread::spawn(|| {
            let held = Held::hold([libc::SIGUSR1]);
            // SAFETY: the signal is held in this thread, where it would end the process otherwise.
            unsafe { libc::raise(libc::SIGUSR1) };
            held.wait().unwrap()
        });
        assert_eq!(arrival.join().unwrap().signal, libc::SIGUSR1);
    }

    #[test]
    fn ignored_signals_are_known() {
        // The standard library ignores SIGPIPE before `main`.
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGWINCH));
    }
}
