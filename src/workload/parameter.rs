//! The parameter tables, from which flags, fields, lists and exports are made.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::quantity::{parse_bytes, parse_count, parse_duration, parse_real};
use crate::units::{Bytes, Nanos};

/// One setting of a workload: a row of its table.
#[derive(Debug)]
pub struct Parameter {
    /// The flag without dashes, the field's name, the key in exports.
    pub name: &'static str,
    /// What values it takes.
    pub kind: ParameterKind,
    /// The value when nothing was asked, as a person would write it.
    pub default: &'static str,
    /// What is counted, such as `tasks` or `numbers per task`; empty where the value carries its unit.
    pub unit: &'static str,
    /// Values worth stepping through, ascending.
    pub presets: &'static [&'static str],
    /// One line: what it changes.
    pub help: &'static str,
}

/// The values that a parameter takes; bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// A whole number.
    Count {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A decimal number.
    Real {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// A span of time.
    Duration {
        /// The shortest.
        min: Nanos,
        /// The longest.
        max: Nanos,
    },
    /// A byte count.
    Bytes {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// Any text, with a word for what it names; empty means "not set".
    Text,
}

impl ParameterKind {
    /// What is allowed, as a phrase: `1…1,000,000`.
    #[must_use]
    pub fn allowed(&self) -> String {
        match self {
            Self::Count { min, max } => format!("a whole number, {min}…{max}"),
            Self::Real { min, max } => format!("a number, {min}…{max}"),
            Self::Duration { min, max } => {
                format!("a duration with its unit, {}…{}", written_duration(*min), written_duration(*max))
            }
            Self::Bytes { min, max } => {
                format!("a number of bytes, {}…{}", written_bytes(Bytes(*min)), written_bytes(Bytes(*max)))
            }
            Self::Text => "text".to_owned(),
        }
    }
}

/// One setting's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// A decimal number.
    Real(f64),
    /// A span of time.
    Duration(Nanos),
    /// A byte count.
    Bytes(Bytes),
    /// A text.
    Text(String),
}

/// The value as it would be written in a flag: `parse` reads it back to the same value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Real(real) => real.fmt(f),
            Self::Duration(span) => written_duration(*span).fmt(f),
            Self::Bytes(bytes) => written_bytes(*bytes).fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// A duration in the largest unit that holds it exactly: `5ms`.
#[must_use]
pub fn written_duration(span: Nanos) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let fitting = units.iter().find(|(size, _)| span.0 > 0 && span.0.is_multiple_of(*size));
    fitting.map_or_else(|| format!("{}ns", span.0), |(size, unit)| format!("{}{unit}", span.0 / size))
}

/// A byte count in the largest binary unit that holds it exactly: `64KiB`.
fn written_bytes(bytes: Bytes) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let fitting = units.iter().find(|(size, _)| bytes.0 > 0 && bytes.0.is_multiple_of(*size));
    fitting.map_or_else(|| bytes.0.to_string(), |(size, unit)| format!("{}{unit}", bytes.0 / size))
}

/// A value that a parameter does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{name} {value}: allowed is {allowed}")]
pub struct ParameterError {
    /// The parameter.
    pub name: &'static str,
    /// What was given.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl Parameter {
    /// The seed of all that is drawn at random; `help` says what that is.
    #[must_use]
    pub const fn seed(help: &'static str) -> Self {
        Self {
            name: "seed",
            kind: ParameterKind::Count { min: 0, max: u64::MAX },
            default: "42",
            unit: "",
            presets: &["1", "42"],
            help,
        }
    }

    /// A whole number from 1 up to `most`, with a default and a line on what it changes; steps are left to typing.
    #[must_use]
    pub const fn count(name: &'static str, most: u64, default: &'static str, help: &'static str) -> Self {
        Self { name, kind: ParameterKind::Count { min: 1, max: most }, default, unit: "", presets: &[], help }
    }

    /// Reads a value as a person writes it.
    ///
    /// # Errors
    /// A text that is no value of this kind, or one out of range.
    pub fn parse(&self, text: &str) -> Result<Value, ParameterError> {
        let value = match self.kind {
            ParameterKind::Count { min, max } => {
                parse_count(text).ok().filter(|v| (min..=max).contains(v)).map(Value::Count)
            }
            ParameterKind::Real { min, max } => {
                parse_real(text).ok().filter(|v| (min..=max).contains(v)).map(Value::Real)
            }
            ParameterKind::Duration { min, max } => {
                parse_duration(text).ok().filter(|v| (min..=max).contains(v)).map(Value::Duration)
            }
            ParameterKind::Bytes { min, max } => {
                parse_bytes(text).ok().filter(|v| (min..=max).contains(&v.0)).map(Value::Bytes)
            }
            ParameterKind::Text => Some(Value::Text(text.to_owned())),
        };
        value.ok_or_else(|| ParameterError { name: self.name, value: text.to_owned(), allowed: self.kind.allowed() })
    }

    /// The default as a value.
    ///
    /// # Panics
    /// When the table's default is not one of its own values; a law test over the registry excludes it.
    #[must_use]
    pub fn default_value(&self) -> Value {
        self.parse(self.default).expect("a parameter's default is a value of its kind")
    }
}

/// One value for each parameter of a workload.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// Every parameter at its default.
    #[must_use]
    pub fn defaults(table: &[Parameter]) -> Self {
        Self(table.iter().map(|parameter| (parameter.name.to_owned(), parameter.default_value())).collect())
    }

    /// Replaces one value.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of that name, if the workload has such a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The whole number or byte count of that name.
    ///
    /// # Panics
    /// When the workload's table has no such parameter of that kind.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        match self.get(name) {
            Some(Value::Count(count) | Value::Bytes(Bytes(count))) => *count,
            other => panic!("parameter {name} is no count: {other:?}"),
        }
    }

    /// The decimal number of that name.
    ///
    /// # Panics
    /// When the workload's table has no such parameter of that kind.
    #[must_use]
    pub fn real(&self, name: &str) -> f64 {
        match self.get(name) {
            Some(Value::Real(real)) => *real,
            other => panic!("parameter {name} is no decimal number: {other:?}"),
        }
    }

    /// The duration of that name.
    ///
    /// # Panics
    /// When the workload's table has no such parameter of that kind.
    #[must_use]
    pub fn duration(&self, name: &str) -> Nanos {
        match self.get(name) {
            Some(Value::Duration(span)) => *span,
            other => panic!("parameter {name} is no duration: {other:?}"),
        }
    }

    /// The text of that name; empty means "not set".
    ///
    /// # Panics
    /// When the workload's table has no such parameter of that kind.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            other => panic!("parameter {name} is no text: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Parameter = Parameter {
        name: "size",
        kind: ParameterKind::Count { min: 1, max: 4096 },
        default: "64",
        unit: "numbers per task",
        presets: &["64", "128"],
        help: "how much one task does",
    };

    #[test]
    fn a_refused_value_names_the_flag_the_value_and_what_is_allowed() {
        let error = SIZE.parse("0").unwrap_err();
        assert_eq!(error.to_string(), "--size 0: allowed is a whole number, 1…4096");
    }

    #[test]
    fn what_is_said_to_be_allowed_can_be_typed() {
        for kind in [
            ParameterKind::Count { min: 1, max: 4_000_000 },
            ParameterKind::Real { min: 0.0, max: 10_000_000.0 },
            ParameterKind::Duration { min: Nanos(1_000), max: Nanos::from_secs(10) },
            ParameterKind::Bytes { min: 1, max: 4 << 30 },
        ] {
            let parameter = Parameter { kind, ..SIZE };
            let allowed = kind.allowed();
            let (_, range) = allowed.rsplit_once(", ").unwrap();
            for bound in range.split('…') {
                assert!(parameter.parse(bound).is_ok(), "{bound} of {allowed:?}");
            }
        }
    }

    #[test]
    fn written_values_read_back() {
        for (kind, text) in [
            (ParameterKind::Duration { min: Nanos(0), max: Nanos(u64::MAX) }, "1500us"),
            (ParameterKind::Duration { min: Nanos(0), max: Nanos(u64::MAX) }, "7ns"),
            (ParameterKind::Bytes { min: 0, max: u64::MAX }, "64KiB"),
            (ParameterKind::Bytes { min: 0, max: u64::MAX }, "0"),
            (ParameterKind::Real { min: 0.0, max: 10.0 }, "2.5"),
            (ParameterKind::Count { min: 0, max: 10 }, "7"),
        ] {
            let parameter = Parameter { kind, ..SIZE };
            let value = parameter.parse(text).unwrap();
            assert_eq!(value.to_string(), text);
            assert_eq!(parameter.parse(&value.to_string()), Ok(value));
        }
    }
}
