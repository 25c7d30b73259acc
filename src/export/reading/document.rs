//! JSON read back.

use serde_json::error::Category;
use serde_json::{Map, Value};

use super::ReadError;
use crate::advisor::Fact;
use crate::export::json::SCHEMA_VERSION;
use crate::results::{Cell, OWN_COLUMN, list_part};
use crate::units::{Bytes, Nanos};
use crate::workload::{self, ParameterKind, by_id};

/// The results of a JSON text, numbered from 1.
pub(super) fn results(text: &str) -> Result<Vec<Fact>, ReadError> {
    let document: Value = serde_json::from_str(text).map_err(broken)?;
    let foreign = |why: &str| ReadError::Foreign(why.to_owned());
    let document = document.as_object().ok_or_else(|| foreign("it is no object"))?;
    let version = document.get("schema_version").ok_or_else(|| foreign("it has no schema_version"))?;
    if version.as_u64() != Some(SCHEMA_VERSION.into()) {
        return Err(ReadError::Version(version.to_string().chars().take(20).collect()));
    }
    let results = document.get("results").ok_or_else(|| foreign("it has no results"))?;
    let results = results.as_array().ok_or_else(|| foreign("results is no list"))?;
    let entry = |(place, result): (usize, &Value)| {
        let result = result.as_object().ok_or_else(|| foreign("a result is no object"))?;
        Fact::read(1 + place, |column| cell(result, column))
            .map_err(|source| ReadError::Result { place: format!("result {}", place + 1), source })
    };
    results.iter().enumerate().map(entry).collect()
}

/// A text that breaks off is told from one that is something else.
fn broken(error: serde_json::Error) -> ReadError {
    match error.classify() {
        Category::Eof => ReadError::Truncated(error.line() as u64),
        _ => ReadError::Syntax(error),
    }
}

/// What stands in a column; what is a list here is joined as it is in CSV.
fn cell(result: &Map<String, Value>, column: &str) -> Option<Cell> {
    let value = result.get(column)?;
    Some(match (column, value) {
        ("input", Value::Array(paths)) => joined(paths.iter().filter_map(Value::as_str).map(list_part)),
        ("warnings", Value::Array(all)) => {
            joined(all.iter().filter_map(|warning| warning.get("kind")?.as_str()).map(str::to_owned))
        }
        ("parameters", Value::Object(all)) => {
            let workload = result.get("workload").and_then(Value::as_str).unwrap_or_default();
            parameters(workload, all)
        }
        (_, Value::Null) => Cell::Empty,
        (_, Value::String(text)) => text.as_str().into(),
        (_, Value::Number(number)) => match number.as_u64() {
            Some(count) => Cell::Count(count),
            None => number.as_f64().into(),
        },
        (_, other) => other.to_string().into(),
    })
}

fn joined(parts: impl Iterator<Item = String>) -> Cell {
    parts.collect::<Vec<_>>().join(";").into()
}

/// The settings without a column of their own, written as CSV has them.
fn parameters(workload: &str, all: &Map<String, Value>) -> Cell {
    let others = all.iter().filter(|(name, value)| !OWN_COLUMN.contains(&name.as_str()) && !value.is_null());
    joined(others.map(|(name, value)| format!("{name}={}", list_part(&written(workload, name, value)))))
}

/// A setting as it would be written after its flag.
fn written(workload: &str, name: &str, value: &Value) -> String {
    let table = by_id(workload).map(|workload| workload.about().parameters);
    let kind = table.and_then(|table| table.iter().find(|parameter| parameter.name == name)).map(|found| &found.kind);
    match (kind, value) {
        (Some(ParameterKind::Duration { .. }), Value::Number(seconds)) => {
            let seconds = seconds.as_f64().unwrap_or_default();
            workload::Value::Duration(Nanos::from_seconds(seconds)).to_string()
        }
        (Some(ParameterKind::Bytes { .. }), Value::Number(bytes)) => {
            workload::Value::Bytes(Bytes(bytes.as_u64().unwrap_or_default())).to_string()
        }
        (Some(ParameterKind::Real { .. }), Value::Number(real)) => {
            workload::Value::Real(real.as_f64().unwrap_or_default()).to_string()
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}
