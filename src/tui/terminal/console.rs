//! The terminal as the loop sees it: something to draw on that can be let go and taken back.

use std::io;
use std::sync::Arc;

use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

use super::display::Display;
use super::held::stop_this_job;
use super::tty::Tty;

/// What the loop needs of a terminal.
pub(crate) trait Console {
    /// Draws a frame, in full after [`Console::reclaim`], else what has changed.
    ///
    /// # Errors
    /// The terminal is gone.
    fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()>;

    /// Columns and rows now; both may be 0.
    ///
    /// # Errors
    /// The terminal is gone.
    fn size(&self) -> io::Result<Size>;

    /// Sends `bytes` to the terminal that are no part of a frame.
    ///
    /// # Errors
    /// The terminal is gone.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Takes clicks, or leaves them to the terminal.
    ///
    /// # Errors
    /// The terminal is gone.
    fn set_mouse(&mut self, wanted: bool) -> io::Result<()>;

    /// Gives the terminal back, to stop or to end.
    fn release(&mut self);

    /// Stops the program; returns once it goes on, or at once where it cannot be stopped.
    fn stop(&mut self);

    /// Takes the terminal again, at its present size; `false` where it belongs to another job now.
    ///
    /// # Errors
    /// The terminal is gone.
    fn reclaim(&mut self) -> io::Result<bool>;
}

/// The real one.
pub(crate) struct Screen {
    tty: Arc<Tty>,
    terminal: Terminal<Display>,
}

impl Screen {
    /// Draws on `tty`, which must have been entered.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn new(tty: Arc<Tty>) -> io::Result<Self> {
        Ok(Self { terminal: blank(&tty)?, tty })
    }
}

impl Console for Screen {
    fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(paint).map(|_| ())
    }

    fn size(&self) -> io::Result<Size> {
        self.tty.size()
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tty.write(bytes)
    }

    fn set_mouse(&mut self, wanted: bool) -> io::Result<()> {
        self.tty.set_mouse(wanted)
    }

    fn release(&mut self) {
        self.tty.leave();
    }

    fn stop(&mut self) {
        stop_this_job();
    }

    fn reclaim(&mut self) -> io::Result<bool> {
        if !self.tty.is_in_foreground() {
            return Ok(false);
        }
        self.tty.enter()?;
        self.terminal = blank(&self.tty)?;
        Ok(true)
    }
}

/// A terminal that takes the screen for empty: to draw everything it needs no question to the real one.
fn blank(tty: &Arc<Tty>) -> io::Result<Terminal<Display>> {
    Terminal::new(Display::new(Arc::clone(tty)))
}
