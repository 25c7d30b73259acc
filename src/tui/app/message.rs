//! What the app hears and what it answers: the only ways in and out of it.

use std::path::PathBuf;

use crossterm::event::{self, KeyEvent, MouseEvent};

use super::overlay::ExportProblem;
use super::timeline::Reading;
use crate::board::Snapshot;
use crate::conductor::{Ask, Event};
use crate::export::Exporter;
use crate::machine::Machine;
use crate::machine::load::CoreLoads;
use crate::results::{ResultRow, RunId};
use crate::spec::{Overrides, RunSettings, Wish};
use crate::tui::theme::Theme;

/// What the app starts with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// This machine, with its cores and what we may use of them.
    pub machine: Machine,
    /// The first choices for the next run.
    pub wish: Wish,
    /// How runs measure at first.
    pub settings: RunSettings,
    /// Settings of workloads that were given on the command line; each goes to the workloads that have it.
    pub overrides: Overrides,
    /// How things look at first.
    pub theme: Theme,
    /// Whether the guided tour begins at once.
    pub tour: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal got (`true`) or lost the focus.
    Focus(bool),
    /// The conductor said something.
    Conductor(Event),
    /// The cores' loads were read.
    Cores(CoreLoads),
    /// What partui itself takes of a core was read, as a share of 1.
    OwnShare(f64),
    /// The board of [`super::App::board`] was read; the run names the row that was sampled then.
    Board(RunId, Snapshot),
    /// What [`super::App::spans_wanted`] asks for was read.
    Spans(Box<Reading>),
    /// These processes of the run that goes on are stopped now, ascending.
    Stopped(Vec<u32>),
    /// Nothing but time has passed.
    Tick,
    /// A fresh file name for the export window.
    Suggested(PathBuf),
    /// An export was written, or why not.
    Exported(Result<PathBuf, ExportProblem>),
    /// The terminal cannot be used as asked, or another sentence from the shell for a person.
    Trouble(String),
}

impl Msg {
    /// What an event of the terminal means.
    #[must_use]
    pub fn of(event: event::Event) -> Self {
        match event {
            event::Event::Key(key) => Self::Key(key),
            event::Event::Mouse(mouse) => Self::Mouse(mouse),
            event::Event::Paste(text) => Self::Paste(text),
            event::Event::Resize(width, height) => Self::Resize(width, height),
            event::Event::FocusGained => Self::Focus(true),
            event::Event::FocusLost => Self::Focus(false),
        }
    }
}

/// What the app wants done.
#[derive(Debug)]
pub enum Effect {
    /// Tell the conductor.
    Ask(Ask),
    /// Write results to a file; answered by [`Msg::Exported`].
    Export(ExportOrder),
    /// Name a file of this format that is not there yet; answered by [`Msg::Suggested`].
    SuggestFile(&'static Exporter),
    /// Put text on the terminal's clipboard.
    Copy(String),
    /// Take the mouse (`true`) or leave it to the terminal.
    TakeMouse(bool),
    /// Stop, until the shell says `fg`.
    Suspend,
    /// End the program, and the conductor with it.
    Quit,
}

/// What to write and where to.
#[derive(Debug)]
pub struct ExportOrder {
    /// In which format.
    pub format: &'static Exporter,
    /// To which file; `None` for a fresh name in the working folder.
    pub path: Option<PathBuf>,
    /// Whether a file of that name may be replaced.
    pub overwrite: bool,
    /// What to write, oldest first.
    pub rows: Vec<ResultRow>,
}
