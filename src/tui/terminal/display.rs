//! What ratatui draws through: one write per frame, no question to the terminal, sizes from the device itself.
//!
//! ratatui's own backend flushes several times a frame, asks the terminal for its cursor and may start `tput` for the
//! size; its encoding of cells is kept.

use std::io;
use std::sync::Arc;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType as Region};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::tty::Tty;

/// Terminals that know these show a frame in one piece; others ignore them.
const FRAME_START: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// Where a frame is collected until it is whole.
struct Sheet {
    tty: Arc<Tty>,
    bytes: Vec<u8>,
}

impl io::Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(FRAME_START);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        self.bytes.extend_from_slice(FRAME_END);
        let written = self.tty.write(&self.bytes);
        self.bytes.clear();
        written
    }
}

/// A backend for [`ratatui::Terminal`].
pub(crate) struct Display {
    cells: CrosstermBackend<Sheet>,
    tty: Arc<Tty>,
    cursor: Position,
}

impl Display {
    /// Draws on `tty`.
    pub(crate) fn new(tty: Arc<Tty>) -> Self {
        let sheet = Sheet { tty: Arc::clone(&tty), bytes: Vec::with_capacity(1 << 16) };
        Self { cells: CrosstermBackend::new(sheet), tty, cursor: Position::ORIGIN }
    }
}

impl Backend for Display {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.cells.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        queue!(self.cells, Hide)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        queue!(self.cells, Show)
    }

    /// Where we left it: the terminal's answer would arrive among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        queue!(self.cells, MoveTo(self.cursor.x, self.cursor.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let region = match region {
            ClearType::All => Region::All,
            ClearType::AfterCursor => Region::FromCursorDown,
            ClearType::BeforeCursor => Region::FromCursorUp,
            ClearType::CurrentLine => Region::CurrentLine,
            ClearType::UntilNewLine => Region::UntilNewLine,
        };
        queue!(self.cells, Clear(region))
    }

    fn size(&self) -> io::Result<Size> {
        self.tty.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.tty.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        io::Write::flush(&mut self.cells)
    }
}
