//! What may lie over a page, and what is typed there.

use std::path::Path;

use super::fields::Field;
use super::line::LineEdit;
use super::stepping::neighbour;
use crate::conductor::Request;
use crate::export::{EXPORTERS, Exporter};
use crate::results::{Word, words_with};
use crate::tui::actions::{Binding, Step, search};
use crate::units::Nanos;

/// What the keys go to.
#[derive(Debug, Default)]
pub enum Screen {
    /// The page itself.
    #[default]
    Workbench,
    /// A field that is being typed.
    Edit(FieldEdit),
    /// The filter that is being typed.
    Filter(LineEdit),
    /// The details of the row under the cursor, from this line on.
    Details(usize),
    /// All keys.
    Help(Help),
    /// Format and path of an export.
    Export(ExportDialog),
    /// The price of measuring on all backends, to be accepted or not.
    ConfirmAll(Box<Offer>),
    /// The price of measuring everything that the page lists, to be accepted or not.
    ConfirmPage(Nanos),
    /// Whether to quit in the middle of a run.
    ConfirmQuit,
    /// All messages, the newest first, from this line on.
    Log(usize),
}

impl Screen {
    /// The field that is being typed.
    #[must_use]
    pub const fn edited(&self) -> Option<&FieldEdit> {
        match self {
            Self::Edit(edit) => Some(edit),
            _ => None,
        }
    }
}

/// A field that is being typed.
#[derive(Debug)]
pub struct FieldEdit {
    /// Which one.
    pub field: Field,
    /// What was typed so far.
    pub line: LineEdit,
    /// What is allowed instead of what was typed; `None` while nothing was refused.
    pub refused: Option<String>,
}

/// A run that is offered with its price.
#[derive(Debug)]
pub struct Offer {
    /// What would be measured.
    pub request: Request,
    /// How long it should take.
    pub predicted: Nanos,
}

/// A line of the help.
#[derive(Debug, Clone, Copy)]
pub enum HelpLine {
    /// A key.
    Key(&'static Binding),
    /// A word.
    Word(&'static Word),
}

/// The list of keys, and of words.
#[derive(Debug, Default)]
pub struct Help {
    /// What is looked for.
    pub search: LineEdit,
    /// Which of the lines found is under the cursor.
    pub chosen: usize,
}

impl Help {
    /// The lines that match: keys first.
    #[must_use]
    pub fn found(&self) -> Vec<HelpLine> {
        let wanted = self.search.text();
        search(&wanted).map(HelpLine::Key).chain(words_with(&wanted).map(HelpLine::Word)).collect()
    }

    /// Moves the cursor by that many lines, held at the ends.
    pub(super) fn move_by(&mut self, lines: isize) {
        let last = self.found().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(lines).min(last);
    }
}

/// The line of the export window that the keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportLine {
    /// The format.
    Format,
    /// The file.
    File,
}

/// Why a file was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportProblem {
    /// There is a file of that name.
    Exists,
    /// There is a symbolic link of that name.
    IsLink,
    /// Anything else, as a sentence.
    Failed(String),
}

impl ExportProblem {
    /// Whether it is over once a person says that what is there may go.
    #[must_use]
    pub const fn can_be_overwritten(&self) -> bool {
        matches!(self, Self::Exists | Self::IsLink)
    }
}

/// Format and path of an export.
#[derive(Debug)]
pub struct ExportDialog {
    /// The chosen format.
    pub format: &'static Exporter,
    /// The path, as typed or proposed.
    pub file: LineEdit,
    /// Whether the path was typed, so that no proposal replaces it.
    pub typed: bool,
    /// Which line the keys go to.
    pub line: ExportLine,
    /// Why the last attempt wrote nothing.
    pub problem: Option<ExportProblem>,
}

impl ExportDialog {
    /// The window as it opens, before a file name is proposed.
    #[must_use]
    pub fn new() -> Self {
        Self { format: &EXPORTERS[0], file: LineEdit::default(), typed: false, line: ExportLine::File, problem: None }
    }
}

impl ExportDialog {
    /// Notes that another file is meant: what was in the way of the one before says nothing of it.
    pub(super) fn typed_into(&mut self) {
        (self.typed, self.problem) = (true, None);
    }

    /// Takes a proposal, unless a person has typed a name.
    pub(super) fn propose(&mut self, path: &Path) {
        if !self.typed {
            (self.file, self.problem) = (LineEdit::new(&path.to_string_lossy()), None);
        }
    }

    /// Takes the format after this one, or before it.
    pub(super) fn step(&mut self, step: Step) {
        let ids: Vec<&str> = EXPORTERS.iter().map(|exporter| exporter.id).collect();
        let next = neighbour(&ids, &self.format.id, step).and_then(Exporter::by_id);
        self.format = next.unwrap_or(self.format);
    }
}

impl Default for ExportDialog {
    fn default() -> Self {
        Self::new()
    }
}
