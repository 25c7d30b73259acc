//! Holds the terminal for as long as the UI lives, and gives it back whatever happens.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::io;
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::thread;

use super::tty::Tty;

/// The terminal is ours while this lives.
pub(crate) struct Guard(Arc<Tty>);

impl Guard {
    /// Takes the terminal. A panic of the calling thread, the UI's, gives it back before the message is printed; the
    /// message of any other thread's panic goes to `elsewhere`, since printing it would tear the screen.
    ///
    /// # Errors
    /// The terminal is gone or refuses; it is as it was before then.
    pub(crate) fn enter(tty: &Arc<Tty>, elsewhere: impl Fn(String) + Send + Sync + 'static) -> io::Result<Self> {
        let guard = Self(Arc::clone(tty));
        catch_panics(Arc::clone(tty), elsewhere);
        tty.enter()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.leave();
    }
}

fn catch_panics(tty: Arc<Tty>, elsewhere: impl Fn(String) + Send + Sync + 'static) {
    let ui = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        let message = message(info);
        if thread::current().id() == ui {
            tty.leave();
            // A failure to say it must not become the next panic, as it would with `eprintln!`.
            let _ = rustix::io::write(rustix::stdio::stderr(), format!("{message}\n").as_bytes());
        } else {
            elsewhere(message);
        }
    }));
}

/// What went wrong and where, and how it came to that where `RUST_BACKTRACE` asks for it.
fn message(info: &PanicHookInfo<'_>) -> String {
    let text = info.payload_as_str().unwrap_or("no reason given");
    let mut message = format!("partui failed: {}", crate::text::scrub(text));
    if let Some(place) = info.location() {
        // Writing to a string cannot fail.
        let _ = write!(message, " ({}:{})", place.file(), place.line());
    }
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        // Writing to a string cannot fail.
        let _ = write!(message, "\n{trace}");
    }
    message
}
