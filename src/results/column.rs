//! What a table of findings is made of: columns that know their name, their meaning and how to fill a cell.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::units::{Bytes, Nanos};
use crate::workload::Value;

/// What is known in one place of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Unknown, or without meaning for this row. Never the same as zero.
    Empty,
    /// A text, as it is: defanging and quoting are the exporters' work.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A decimal number; always finite.
    Real(f64),
}

/// As exports write it: whole numbers plain, decimal ones with a point, without exponent, and with as many digits as
/// reading the same number back takes.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => write!(f, "{count}"),
            Self::Real(real) => write!(f, "{real}"),
        }
    }
}

/// A string, a number, or nothing.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Real(real) => serializer.serialize_f64(*real),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<f64> for Cell {
    fn from(real: f64) -> Self {
        if real.is_finite() { Self::Real(real) } else { Self::Empty }
    }
}

impl From<Bytes> for Cell {
    fn from(bytes: Bytes) -> Self {
        Self::Count(bytes.0)
    }
}

/// In seconds.
impl From<Nanos> for Cell {
    fn from(span: Nanos) -> Self {
        Self::Real(span.seconds())
    }
}

/// Durations in seconds, sizes in bytes.
impl From<&Value> for Cell {
    fn from(value: &Value) -> Self {
        match value {
            Value::Count(count) => (*count).into(),
            Value::Real(real) => (*real).into(),
            Value::Duration(span) => (*span).into(),
            Value::Bytes(bytes) => (*bytes).into(),
            Value::Text(text) => text.as_str().into(),
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(known: Option<T>) -> Self {
        known.map_or(Self::Empty, Into::into)
    }
}

/// What the cells of a column hold where they are not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A number.
    Number,
}

/// A column: `F` fills its cells.
#[derive(Debug, Clone, Copy)]
pub struct Column<F> {
    /// The name in headers, with the unit at its end; public from the first release on.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// One line: what it says, in which unit, and when it is empty.
    pub help: &'static str,
    /// Fills a cell.
    pub cell: F,
}

impl<F> Column<F> {
    /// A column of texts.
    pub const fn text(name: &'static str, cell: F, help: &'static str) -> Self
    where
        F: Copy,
    {
        Self { name, kind: ColumnKind::Text, help, cell }
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, cell: F, help: &'static str) -> Self
    where
        F: Copy,
    {
        Self { name, kind: ColumnKind::Number, help, cell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_and_read_back_as_they_were() {
        for (cell, expected) in [
            (Cell::from(0.1 + 0.2), "0.30000000000000004"),
            (Cell::from(1.5e-9), "0.0000000015"),
            (Cell::from(1e21), "1000000000000000000000"),
            (Cell::from(2.0), "2"),
            (Cell::from(u64::MAX), "18446744073709551615"),
            (Cell::from(Nanos::from_millis(5)), "0.005"),
            (Cell::from(&Value::Duration(Nanos(1_500))), "0.0000015"),
        ] {
            assert_eq!(cell.to_string(), expected);
        }
    }

    #[test]
    fn what_is_unknown_is_empty() {
        for cell in [f64::NAN.into(), f64::INFINITY.into(), "".into(), Cell::from(None::<u64>)] {
            assert_eq!(cell, Cell::Empty);
            assert_eq!(serde_json::to_string(&cell).unwrap(), "null");
        }
        assert_eq!(Cell::from(Some(0_u64)), Cell::Count(0));
    }
}
