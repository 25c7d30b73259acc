//! A database that is only read.

use std::path::Path;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Error, OpenFlags, Row};

use super::super::Refusal;
use crate::text::{scrub, scrub_os};

/// The most bytes of rows that one question may return.
const MOST: usize = 256 << 20;

/// A connection of one thread.
pub(super) struct Database(Connection);

impl Database {
    /// Opens a file without ever writing to it.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self(connection))
    }

    /// The sum of the amounts of these orders.
    pub(super) fn amounts(&self, ids: impl Iterator<Item = u64>) -> Result<u64, Error> {
        let mut question = self.0.prepare_cached("SELECT amount FROM orders WHERE id = ?1")?;
        let mut sum = 0_u64;
        for id in ids {
            let amount: i64 = question.query_row([id.cast_signed()], |row| row.get(0))?;
            sum = sum.wrapping_add(amount.cast_unsigned());
        }
        Ok(sum)
    }

    /// The rows, with bars between cells and a line for each row, as `sqlite3` prints them. Calls `beat` after each.
    pub(super) fn rows(&self, sql: &str, beat: impl Fn()) -> Result<Vec<u8>, Error> {
        let mut question = self.0.prepare_cached(sql)?;
        let columns = question.column_count();
        let (mut rows, mut printed) = (question.query([])?, Vec::new());
        while let Some(row) = rows.next()? {
            print(row, columns, &mut printed)?;
            if printed.len() > MOST {
                return Err(Error::InvalidParameterName("the question returns more than 256 MiB of rows".to_owned()));
            }
            beat();
        }
        Ok(printed)
    }
}

fn print(row: &Row<'_>, columns: usize, printed: &mut Vec<u8>) -> Result<(), Error> {
    for column in 0..columns {
        if column > 0 {
            printed.push(b'|');
        }
        match row.get_ref(column)? {
            ValueRef::Null => {}
            ValueRef::Integer(number) => printed.extend_from_slice(number.to_string().as_bytes()),
            ValueRef::Real(number) => printed.extend_from_slice(decimal(number).as_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => printed.extend_from_slice(bytes),
        }
    }
    printed.push(b'\n');
    Ok(())
}

/// The shortest decimal number that reads back as this one, always with a point or an exponent.
fn decimal(number: f64) -> String {
    format!("{number:?}")
}

/// Checks that a question can be asked of a database, and that it only reads.
///
/// # Errors
/// A file that is no database, a question that it does not understand, and one that would write.
pub(super) fn check_question(file: &Path, sql: &str) -> Result<(), Refusal> {
    let refused = |why: String| Refusal::new("sql", scrub(sql), why);
    let opened = Database::open(file).and_then(|database| {
        // The file is read when it is first asked.
        database.0.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(database)
    });
    let database = opened.map_err(|error| Refusal::new("input", scrub_os(file), told(&error)))?;
    match what_is_wrong(&database.0, sql) {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(refused(why.to_owned())),
        Err(error) => Err(refused(told(&error))),
    }
}

/// Why a text is no question that can be asked again and again; `None` where it is one.
fn what_is_wrong(connection: &Connection, sql: &str) -> Result<Option<&'static str>, Error> {
    let mut batch = Batch::new(connection, sql);
    let Some(question) = batch.next()? else { return Ok(Some("it must ask something")) };
    if !question.readonly() {
        return Ok(Some("it must not write"));
    }
    if question.column_count() == 0 {
        return Ok(Some("it must return rows"));
    }
    Ok(batch.next()?.map(|_| "one question at a time"))
}

/// An error of SQLite's in one line.
pub(super) fn told(error: &Error) -> String {
    scrub(&error.to_string()).replace('\n', " ")
}
