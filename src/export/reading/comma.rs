//! CSV read back.

use csv::{ReaderBuilder, StringRecord};

use super::ReadError;
use crate::advisor::Fact;
use crate::results::{COLUMNS, Cell, ColumnKind};

/// The columns by which an export is known; columns that came later may be missing in older files.
const TELLING: [&str; 5] = ["run", "workload", "backend", "workers", "gil"];

/// The results of a CSV text, numbered from 1.
pub(super) fn results(text: &str) -> Result<Vec<Fact>, ReadError> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(ReadError::Comma)?.clone();
    recognise(&header)?;
    let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(ReadError::Comma)?;
    let line = |record: &StringRecord| line_at(text, record.position().map_or(0, csv::Position::byte));
    if !text.ends_with('\n') {
        return Err(ReadError::Truncated(records.last().map_or(1, line)));
    }
    let mut found = Vec::new();
    for record in &records {
        let (cells, header_cells) = (record.len(), header.len());
        if cells != header_cells {
            return Err(ReadError::Ragged { line: line(record), cells, header: header_cells });
        }
        let cell = |column: &str| Some(cell(column, record.get(header.iter().position(|name| name == column)?)?));
        let entry = Fact::read(1 + found.len(), cell);
        found.push(entry.map_err(|source| ReadError::Result { place: format!("line {}", line(record)), source })?);
    }
    Ok(found)
}

/// The line of what comes next, from 1; the end of the line before may still be ahead.
fn line_at(text: &str, byte: u64) -> u64 {
    let start = usize::try_from(byte).unwrap_or(usize::MAX);
    let (before, ahead) = text.split_at_checked(start).unwrap_or((text, ""));
    let blank = &ahead[..ahead.len() - ahead.trim_start_matches(['\r', '\n']).len()];
    1 + (before.matches('\n').count() + blank.matches('\n').count()) as u64
}

/// Says what is not partui's from the header alone.
fn recognise(header: &StringRecord) -> Result<(), ReadError> {
    let has = |name: &str| header.iter().any(|other| other == name);
    if has("run") && has("sample") {
        return Err(ReadError::Samples);
    }
    match TELLING.iter().find(|name| !has(name)) {
        Some(missing) => Err(ReadError::Foreign(format!("it has no column {missing}"))),
        None => Ok(()),
    }
}

/// What stands in a cell, by what its column holds.
fn cell(column: &str, text: &str) -> Cell {
    let is_number = COLUMNS.iter().any(|known| known.name == column && known.kind == ColumnKind::Number);
    if is_number {
        let whole = text.parse().ok().map(Cell::Count);
        let real = || text.parse().ok().filter(|real: &f64| real.is_finite()).map(Cell::Real);
        return whole.or_else(real).unwrap_or_else(|| text.into());
    }
    // What a spreadsheet would have run got a quote in front.
    let defanged = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r']));
    defanged.unwrap_or(text).into()
}
