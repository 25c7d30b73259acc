//! The default database: made-up orders.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::super::Refusal;
use super::super::cache::Recipe;
use super::super::random::Random;

const REGIONS: [&str; 8] = ["North", "South", "East", "West", "Centre", "Islands", "Coast", "Überland"];

/// What a finished database says of itself.
const FINISHED: i64 = 1;

/// The database of that many orders, written where it is not there yet.
///
/// # Errors
/// No folder that takes it.
pub(super) fn file(orders: u64, seed: u64) -> Result<PathBuf, Refusal> {
    let name = PathBuf::from(format!("query-1-seed{seed}-{orders}.db"));
    let make = |path: &Path| write(path, orders, seed).map_err(io::Error::other);
    Recipe { name: &name, is_whole: &|path| is_finished(path).unwrap_or(false), make: &|_, path| make(path) }.place()
}

fn is_finished(path: &Path) -> Result<bool, rusqlite::Error> {
    if !path.exists() {
        return Ok(false);
    }
    let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.query_row("PRAGMA user_version", [], |row| Ok(row.get::<_, i64>(0)? == FINISHED))
}

/// Writes all orders in one step, and last that they are finished.
fn write(path: &Path, orders: u64, seed: u64) -> Result<(), rusqlite::Error> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let all = connection.transaction()?;
    all.execute_batch(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, region TEXT NOT NULL, \
         amount INTEGER NOT NULL)",
    )?;
    {
        let mut insert = all.prepare("INSERT INTO orders VALUES (?1, ?2, ?3, ?4)")?;
        let mut random = Random::new(seed, 0);
        for id in 1..=orders {
            let (day, region, amount) = (random.below(365), *random.pick(&REGIONS), random.below(100_000));
            insert.execute(params![id.cast_signed(), day.cast_signed(), region, amount.cast_signed()])?;
        }
    }
    all.commit()?;
    connection.pragma_update(None, "user_version", FINISHED)
}
