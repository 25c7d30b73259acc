//! WHAT WAS FOUND: a result per configuration, its columns, its warnings and the sentence that says why.

mod column;
mod columns;
#[cfg(test)]
pub(crate) mod fixture;
mod next;
mod pairing;
mod row;
mod run_id;
pub mod scaling;
mod summary;
pub mod table;
mod warning;
mod why;
mod words;

pub use self::column::{Cell, Column, ColumnKind};
pub use self::columns::{COLUMNS, OWN_COLUMN, Record, ResultColumn, list_part};
pub use self::next::Next;
pub use self::pairing::{disagreements, settle, speedup};
pub use self::row::{ResultRow, RunId, Status};
pub use self::run_id::started_at;
pub use self::summary::{Shares, Summary, TaskLatency};
pub use self::warning::{Warning, WarningKind, notable_foreign_load, warnings};
pub use self::why::{Explanation, explain, why};
pub use self::words::{WORDS, Word, words_with};
