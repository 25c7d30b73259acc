//! How rows get a name that no other row has, and the time of their start as exports write it.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{Timestamp, tz::TimeZone};

use super::RunId;

/// Numbers the rows of this process, from 1.
static ROWS: AtomicU64 = AtomicU64::new(1);

impl RunId {
    /// A name for a row that starts at `now`: the time to the second, this process and a number that it uses once.
    #[must_use]
    pub fn unique(now: Timestamp) -> Self {
        let number = ROWS.fetch_add(1, Ordering::Relaxed);
        Self(format!("{}-{}-{number}", in_utc(now, "%Y%m%dT%H%M%SZ"), process::id()))
    }
}

/// `now` in UTC, RFC 3339, to the second: `2026-11-22T17:14:03Z`.
#[must_use]
pub fn started_at(now: Timestamp) -> String {
    in_utc(now, "%Y-%m-%dT%H:%M:%SZ")
}

fn in_utc(now: Timestamp, format: &str) -> String {
    now.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: &str = "2026-11-22T18:14:03.987+01:00";

    #[test]
    fn times_are_utc_to_the_second() {
        let moment: Timestamp = MOMENT.parse().unwrap();
        assert_eq!(started_at(moment), "2026-11-22T17:14:03Z");
        assert!(RunId::unique(moment).0.starts_with(&format!("20261122T171403Z-{}-", process::id())));
    }

    #[test]
    fn two_rows_of_one_moment_have_two_names() {
        let moment: Timestamp = MOMENT.parse().unwrap();
        assert_ne!(RunId::unique(moment), RunId::unique(moment));
    }
}
