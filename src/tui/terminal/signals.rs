//! What signals mean to the UI: end, stop, go on, look at the window's size.
//!
//! One thread waits for them and leaves marks, which the loop picks up; so a storm of them costs one redraw. The thread
//! also guarantees the end: where the loop does not come to it in time, since it is blocked by its terminal, the thread
//! gives the terminal back and ends the process. Engines end with it, by their lifelines.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use libc::c_int;
use signal_hook::low_level::exit;

use super::held::{Arrival, Held, is_ignored};
use super::tty::Tty;

/// Signals that end the program, unless whoever started it had them ignored.
const ENDING: [c_int; 4] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM];

/// How long the loop may take to end by itself: promised is a second for all of it.
const GRACE: Duration = Duration::from_millis(700);

const STOP: u8 = 1;
const GO_ON: u8 = 2;
const RESIZE: u8 = 4;

/// What was asked for since the loop last looked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// End because of this signal.
    pub(crate) end: Option<c_int>,
    /// Stop, as Ctrl-Z does.
    pub(crate) stop: bool,
    /// The process was continued, and somebody else may have used the terminal meanwhile.
    pub(crate) go_on: bool,
    /// The window has another size.
    pub(crate) resize: bool,
}

/// The marks that signals leave until the loop picks them up.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    end: AtomicI32,
    others: AtomicU8,
}

impl Marks {
    /// What was asked for since the last call; an end is asked for ever after.
    pub(crate) fn take(&self) -> Wishes {
        let end = Some(self.end.load(Ordering::Acquire)).filter(|signal| *signal != 0);
        let others = self.others.swap(0, Ordering::AcqRel);
        Wishes { end, stop: others & STOP != 0, go_on: others & GO_ON != 0, resize: others & RESIZE != 0 }
    }

    /// Whether the signal asks for anything.
    fn leave(&self, arrival: Arrival) -> bool {
        match arrival.signal {
            // Our own comes from stopping the others of the job.
            libc::SIGTSTP if arrival.is_own => return false,
            libc::SIGTSTP => self.mark(STOP, GO_ON),
            // As in the kernel, going on cancels a stop that has not happened yet.
            libc::SIGCONT => self.mark(GO_ON, STOP),
            libc::SIGWINCH => self.mark(RESIZE, 0),
            signal => self.end.store(signal, Ordering::Release),
        }
        true
    }

    fn mark(&self, set: u8, clear: u8) {
        self.others.fetch_and(!clear, Ordering::AcqRel);
        self.others.fetch_or(set, Ordering::AcqRel);
    }
}

/// The signals that the UI takes, held back.
pub struct Signals(Held);

impl Signals {
    /// Holds them back, in the calling thread and those that it starts: call it while the process has no other, or they
    /// take effect there.
    #[must_use]
    pub fn hold() -> Self {
        let unless_ignored = ENDING.into_iter().chain([libc::SIGTSTP]).filter(|signal| !is_ignored(*signal));
        Self(Held::hold(unless_ignored.chain([libc::SIGCONT, libc::SIGWINCH])))
    }

    /// Starts the thread that waits for them. `wake` makes the loop look at the marks; it says whether there still is a
    /// loop.
    ///
    /// # Errors
    /// No thread could be started.
    pub(crate) fn watch(self, tty: Arc<Tty>, wake: impl Fn() -> bool + Send + 'static) -> io::Result<Arc<Marks>> {
        let marks = Arc::new(Marks::default());
        let left = Arc::clone(&marks);
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            loop {
                let Ok(arrival) = self.0.wait() else { continue };
                if !left.leave(arrival) {
                    continue;
                }
                let is_heard = wake();
                if ENDING.contains(&arrival.signal) {
                    end_in_time(arrival.signal, is_heard, &tty);
                }
            }
        })?;
        Ok(marks)
    }
}

/// Gives the loop its time, if there still is one, and ends the process.
fn end_in_time(signal: c_int, is_heard: bool, tty: &Tty) -> ! {
    if is_heard {
        thread::sleep(GRACE);
    }
    tty.abandon();
    exit(128 + signal)
}

/// Starts the thread that ends the process once the terminal is gone. Nothing else would: reading from a terminal that
/// is gone never ends, and SIGHUP may be ignored.
///
/// # Errors
/// No thread could be started.
pub(crate) fn end_when_gone(tty: Arc<Tty>) -> io::Result<()> {
    thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
        tty.wait_until_gone();
        exit(128 + libc::SIGHUP)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arrivals: &[(c_int, bool)], expected: Wishes) {
        let marks = Marks::default();
        for (signal, is_own) in arrivals {
            marks.leave(Arrival { signal: *signal, is_own: *is_own });
        }
        assert_eq!(marks.take(), expected, "{arrivals:?}");
        assert_eq!(marks.take(), Wishes { end: expected.end, ..Wishes::default() }, "{arrivals:?} once more");
    }

    #[test]
    fn signals_become_wishes() {
        let none = Wishes::default();
        check(&[], none);
        for signal in ENDING {
            check(&[(signal, false)], Wishes { end: Some(signal), ..none });
        }
        check(&[(libc::SIGTSTP, false)], Wishes { stop: true, ..none });
        check(&[(libc::SIGWINCH, false); 100], Wishes { resize: true, ..none });
        check(&[(libc::SIGTERM, true)], Wishes { end: Some(libc::SIGTERM), ..none });
    }

    #[test]
    fn the_last_of_stop_and_go_on_holds_and_our_own_stop_is_no_wish() {
        let none = Wishes::default();
        check(&[(libc::SIGTSTP, true)], none);
        check(&[(libc::SIGTSTP, false), (libc::SIGCONT, false)], Wishes { go_on: true, ..none });
        check(&[(libc::SIGCONT, false), (libc::SIGTSTP, false)], Wishes { stop: true, ..none });
    }
}
