//! What Ctrl-C, Ctrl-Z and their relatives mean to a run without a screen.
//!
//! The kernel's signals become questions to the conductor; its answers come as events like all others, so the run has
//! one place where it waits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::{self, JoinHandle};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator;

use crate::conductor::{Ask, Handle};

/// The thread that waits for signals.
pub(in crate::cli) struct Signals {
    watcher: iterator::Handle,
    thread: Option<JoinHandle<()>>,
    ended_by: Arc<AtomicI32>,
}

impl Signals {
    /// Starts to pass signals on. Those that were ignored when the program was started stay so, as under `nohup`.
    ///
    /// # Errors
    /// The system refuses a handler or a thread.
    pub(in crate::cli) fn watch(conductor: Arc<Handle>) -> io::Result<Self> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let heeded = [SIGINT, SIGTERM, SIGHUP, SIGTSTP].into_iter().filter(|signal| !is_ignored(&status, *signal));
        let mut signals = iterator::Signals::new(heeded)?;
        let (watcher, ended_by) = (signals.handle(), Arc::new(AtomicI32::new(0)));
        let noted = Arc::clone(&ended_by);
        let thread = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                let is_first = noted.load(Ordering::Relaxed) == 0;
                if signal != SIGTSTP {
                    noted.store(signal, Ordering::Relaxed);
                }
                for ask in asks(signal, is_first) {
                    conductor.ask(ask);
                }
            }
        })?;
        Ok(Self { watcher, thread: Some(thread), ended_by })
    }

    /// The signal that ended the run; `None` if none did.
    pub(in crate::cli) fn ended_by(&self) -> Option<i32> {
        Some(self.ended_by.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.watcher.close();
        if let Some(thread) = self.thread.take() {
            // It does nothing that could fail, and a failure would change nothing any more.
            let _ = thread.join();
        }
    }
}

/// What a signal asks of the conductor: the first one ends the run, keeping what is finished, and a second one ends it
/// at once.
fn asks(signal: i32, is_first: bool) -> Vec<Ask> {
    match signal {
        SIGTSTP => vec![Ask::Suspend],
        _ if is_first => vec![Ask::ClearQueue, Ask::Cancel],
        _ => vec![Ask::Quit],
    }
}

/// Whether the process status says that `signal` is ignored: `SigIgn` is a mask in which bit n − 1 stands for signal n
/// (proc(5)).
fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal - 1)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_keeps_what_is_finished_and_the_second_does_not_wait() {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            assert!(matches!(asks(signal, true).as_slice(), [Ask::ClearQueue, Ask::Cancel]));
            assert!(matches!(asks(signal, false).as_slice(), [Ask::Quit]));
        }
        assert!(matches!(asks(SIGTSTP, true).as_slice(), [Ask::Suspend]));
    }

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        let status = "Name:\tpartui\nSigIgn:\t0000000000001001\nSigCgt:\tffffffffffffffff\n";
        assert!(is_ignored(status, SIGHUP));
        assert!(!is_ignored(status, SIGINT));
        assert!(!is_ignored("", SIGHUP));
    }
}
