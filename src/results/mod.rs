//! WHAT WAS FOUND: a result per configuration, its columns, its warnings and the sentence that says why.

mod row;

pub use self::row::{ResultRow, RunId, Status, Summary};
