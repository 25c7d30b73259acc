//! Cells of a result by the names of their columns, whether they come from a row or from a file.

use crate::results::Cell;
use crate::text::scrub;

/// Why a result cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column} {problem}")]
pub struct Unreadable {
    column: String,
    problem: String,
}

impl Unreadable {
    /// `column` has this problem, told as the rest of a sentence that may quote a file.
    #[must_use]
    pub fn new(column: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { column: column.into(), problem: scrub(&problem.into()).into_owned() }
    }
}

/// The cell of each column; `None` where there is no such column.
pub(super) struct Cells<F>(pub(super) F);

impl<F: Fn(&str) -> Option<Cell>> Cells<F> {
    fn cell(&self, column: &str) -> Result<Cell, Unreadable> {
        self.0(column).ok_or_else(|| Unreadable::new(column, "is missing"))
    }

    /// The text of a cell, empty for an empty one.
    pub(super) fn text(&self, column: &str) -> Result<String, Unreadable> {
        Ok(self.cell(column)?.to_string())
    }

    /// What a cell names; `None` where it is empty.
    pub(super) fn known<T>(&self, column: &str, by_id: fn(&str) -> Option<T>) -> Result<Option<T>, Unreadable> {
        let id = self.text(column)?;
        let unknown = || Unreadable::new(column, format!("has {id:?}, which is none that there is"));
        if id.is_empty() { Ok(None) } else { by_id(&id).map(Some).ok_or_else(unknown) }
    }

    /// Whether it is on.
    pub(super) fn switch(&self, column: &str) -> Result<bool, Unreadable> {
        match self.text(column)?.as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            other => Err(Unreadable::new(column, format!("has {other:?}; allowed is on or off"))),
        }
    }

    /// A number that is not below zero.
    #[expect(clippy::cast_precision_loss, reason = "counts of an export stay far below 2^53")]
    pub(super) fn amount(&self, column: &str) -> Result<Option<f64>, Unreadable> {
        let number = match self.cell(column)? {
            Cell::Empty => return Ok(None),
            Cell::Count(count) => count as f64,
            Cell::Real(real) => real,
            Cell::Text(text) => return Err(Unreadable::new(column, format!("has {text:?}, which is no number"))),
        };
        if number < 0.0 {
            return Err(Unreadable::new(column, "is below zero"));
        }
        Ok(Some(number))
    }

    /// A whole number.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole, and saturates")]
    pub(super) fn count(&self, column: &str) -> Result<Option<u64>, Unreadable> {
        match self.cell(column)? {
            Cell::Count(count) => Ok(Some(count)),
            Cell::Real(real) if real.fract() != 0.0 => {
                Err(Unreadable::new(column, format!("has {real}, which is not whole")))
            }
            _ => Ok(self.amount(column)?.map(|whole| whole as u64)),
        }
    }
}
