//! The terminal as a device: taken once, given back exactly once, written to in one piece, never asked anything.
//!
//! Whoever gives it back first does so for all: the end of the UI, a panic, or a signal's deadline. Every step of it is
//! tried even if an earlier one failed, none can panic, and none waits for a terminal that takes no bytes except where
//! said. Knows nothing of what is drawn.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::getpgrp;
use rustix::stdio;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr};

/// Alternate screen, empty; cursor hidden; pastes marked as such; focus reported.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l\x1b[?2004h\x1b[?1004h";

/// Undoes [`ENTER`] and [`MOUSE_ON`], ends an unfinished frame, and leaves colours as they should be.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// Buttons and wheel, but no movement: that would wake the program for nothing.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// Sizes beyond these are not believed: a mistaken window size must not cost gigabytes.
const LARGEST: Size = Size { width: 1024, height: 512 };

/// The controlling terminal of the program.
pub(crate) struct Tty {
    /// Where keys come from.
    keys: OwnedFd,
    /// Where frames go.
    screen: OwnedFd,
    /// The same, opened once more so that writing there never waits, not even for another thread's unfinished write.
    /// `None` where it cannot be opened again.
    impatient: Option<OwnedFd>,
    /// The modes to put back; `None` while the terminal is not ours.
    before: Mutex<Option<Termios>>,
    wants_mouse: AtomicBool,
}

impl Tty {
    /// The terminal on standard output, with keys from standard input or, where that is no terminal, from `/dev/tty`.
    /// Changes nothing yet.
    ///
    /// # Errors
    /// There is no terminal to read keys from, or no descriptor is left.
    pub(crate) fn open() -> io::Result<Self> {
        let keys = if isatty(stdio::stdin()) {
            fcntl_dupfd_cloexec(stdio::stdin(), 3)?
        } else {
            rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?
        };
        let screen = fcntl_dupfd_cloexec(stdio::stdout(), 3)?;
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let impatient = rustix::fs::open(format!("/proc/self/fd/{}", screen.as_raw_fd()), flags, Mode::empty()).ok();
        Ok(Self { keys, screen, impatient, before: Mutex::new(None), wants_mouse: AtomicBool::new(true) })
    }

    /// Takes the terminal, or takes it anew after somebody else may have changed it.
    ///
    /// # Errors
    /// The terminal is gone or refuses; what was already changed is undone by [`Tty::leave`].
    pub(crate) fn enter(&self) -> io::Result<()> {
        let now = tcgetattr(&self.keys)?;
        let mut raw = now.clone();
        raw.make_raw();
        // Known before the change, so that a failure halfway can be undone.
        self.before().get_or_insert(now);
        tcsetattr(&self.keys, OptionalActions::Now, &raw)?;
        let mut bytes = ENTER.to_vec();
        if self.wants_mouse.load(Ordering::Relaxed) {
            bytes.extend_from_slice(MOUSE_ON);
        }
        self.write(&bytes)
    }

    /// Gives the terminal back if it is ours. Waits while the terminal takes no bytes.
    pub(crate) fn leave(&self) {
        if self.restore_modes() {
            // There is nobody left to tell of a failure.
            let _ = self.write(LEAVE);
        }
    }

    /// Gives the terminal back if it is ours, without waiting: a blocked screen keeps its last picture.
    pub(crate) fn abandon(&self) {
        if let (true, Some(impatient)) = (self.restore_modes(), &self.impatient) {
            // There is nobody left to tell of a failure.
            let _ = rustix::io::write(impatient, LEAVE);
        }
    }

    /// Reports clicks and the wheel from now on, or leaves them to the terminal's own selection.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn set_mouse(&self, wanted: bool) -> io::Result<()> {
        self.wants_mouse.store(wanted, Ordering::Relaxed);
        self.write(if wanted { MOUSE_ON } else { MOUSE_OFF })
    }

    /// Columns and rows now; both may be 0.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn size(&self) -> io::Result<Size> {
        let size = tcgetwinsize(&self.screen)?;
        Ok(Size { width: size.ws_col.min(LARGEST.width), height: size.ws_row.min(LARGEST.height) })
    }

    /// Whether this job may change the terminal; another one would be stopped for trying.
    pub(crate) fn is_in_foreground(&self) -> bool {
        // A terminal that does not control us stops nobody.
        tcgetpgrp(&self.keys).map_or(true, |group| group == getpgrp())
    }

    /// Writes all of `bytes`, waiting for the terminal where it must.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.screen, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                // Whoever shares the terminal with us may have made it non-blocking.
                Err(Errno::AGAIN) => {
                    // Whatever it reports, writing again tells.
                    let _ = self.poll(PollFlags::OUT, None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits for keys and reads what there is into `bytes`, which may be nothing; `None` if nothing came within
    /// `patience`.
    ///
    /// # Errors
    /// The terminal is gone, or belongs to another job.
    pub(crate) fn read(&self, bytes: &mut [u8], patience: Option<Duration>) -> io::Result<Option<usize>> {
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        match poll(&mut [PollFd::new(&self.keys, PollFlags::IN)], patience.as_ref()) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            // The process was stopped and goes on.
            Err(Errno::INTR) => return Ok(Some(0)),
            Err(error) => return Err(error.into()),
        }
        match rustix::io::read(&self.keys, bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(Some(count)),
            Err(Errno::INTR) => Ok(Some(0)),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns once the terminal is gone: its window closed, its connection dropped.
    pub(crate) fn wait_until_gone(&self) {
        while self.poll(PollFlags::empty(), None) == Err(Errno::INTR) {}
    }

    /// Whether the terminal is gone, which is why everything else fails.
    pub(crate) fn is_gone(&self) -> bool {
        self.poll(PollFlags::empty(), Some(&Timespec::default())).is_ok_and(|reported| reported > 0)
    }

    /// Waits for `events` of the screen, and for what is reported unasked of both sides: hang-up and error.
    fn poll(&self, events: PollFlags, timeout: Option<&Timespec>) -> Result<usize, Errno> {
        let mut both = [PollFd::new(&self.screen, events), PollFd::new(&self.keys, PollFlags::empty())];
        poll(&mut both, timeout)
    }

    /// Whether the terminal was ours; it no longer is. Modes come before bytes, since setting them never waits.
    fn restore_modes(&self) -> bool {
        let Some(before) = self.before().take() else { return false };
        if self.is_in_foreground() {
            // The screen is worth restoring even if the modes are not to be had.
            let _ = tcsetattr(&self.keys, OptionalActions::Now, &before);
        }
        true
    }

    /// Held for a moment only, never across a system call.
    fn before(&self) -> MutexGuard<'_, Option<Termios>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
