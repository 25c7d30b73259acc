//! The columns of the results table: header, place, cell and order, from one table.
//!
//! It knows rows and widths, no screen. Exports have columns of their own, with units and full precision.

use std::cmp::Ordering;

use super::app::table::Entry;
use crate::units::significant;

/// How a cell stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
    /// With its decimal point this many cells from the left edge; what is absent stands in the given cell.
    Point {
        /// The decimal point's place.
        point: u16,
        /// The place of `–`.
        dash: u16,
    },
}

/// Which row comes first; `true` turns it around. What is absent comes last either way.
pub type Order = fn(&Entry, &Entry, bool) -> Ordering;

/// A column.
#[derive(Debug)]
pub struct Column {
    /// What stands above it, with the unit.
    pub header: &'static str,
    /// Cells left free before it.
    pub gap: u16,
    /// Its cells.
    pub width: u16,
    /// How cells stand in it.
    pub align: Align,
    /// The narrowest screen that has it, in columns.
    pub from: u16,
    /// What it says of a row; `None` is shown as `–`.
    pub cell: fn(&Entry) -> Option<String>,
    /// How rows are sorted by it.
    pub order: Order,
}

/// Every column but the note, which takes the rest of the row, in the order of the screen.
pub const COLUMNS: [Column; 11] = [
    Column {
        header: "#",
        gap: 0,
        width: 3,
        align: Align::Right,
        from: 0,
        cell: |entry| Some(entry.number.to_string()),
        order: |one, other, reversed| turned(one.number.cmp(&other.number), reversed),
    },
    Column {
        header: "backend",
        gap: 1,
        width: 10,
        align: Align::Left,
        from: 0,
        cell: |entry| Some(entry.row.configuration.backend.id().to_owned()),
        order: |one, other, reversed| {
            turned(one.row.configuration.backend.cmp(&other.row.configuration.backend), reversed)
        },
    },
    Column {
        header: "n",
        gap: 0,
        width: 3,
        align: Align::Right,
        from: 0,
        cell: |entry| Some(entry.row.configuration.workers.to_string()),
        order: |one, other, reversed| {
            turned(one.row.configuration.workers.cmp(&other.row.configuration.workers), reversed)
        },
    },
    Column {
        header: "gil",
        gap: 1,
        width: 3,
        align: Align::Left,
        from: 0,
        cell: |entry| {
            let asked = if entry.row.configuration.gil { "on" } else { "off" };
            (!entry.row.configuration.is_baseline()).then(|| asked.to_owned())
        },
        order: |one, other, reversed| turned(one.row.configuration.gil.cmp(&other.row.configuration.gil), reversed),
    },
    Column {
        header: "wall s",
        gap: 2,
        width: 6,
        align: Align::Point { point: 1, dash: 0 },
        from: 0,
        cell: |entry| wall(entry).map(shown_number),
        order: |one, other, reversed| by_number(wall(one), wall(other), reversed),
    },
    Column {
        header: "±%",
        gap: 2,
        width: 3,
        align: Align::Point { point: 1, dash: 0 },
        from: 80,
        cell: |entry| variation(entry).map(|percent| format!("{percent:.1}")),
        order: |one, other, reversed| by_number(variation(one), variation(other), reversed),
    },
    Column {
        header: "speed-up",
        gap: 2,
        width: 8,
        align: Align::Point { point: 3, dash: 2 },
        from: 0,
        cell: |entry| speedup(entry).map(|factor| format!("{}×", shown_factor(factor))),
        order: |one, other, reversed| by_number(speedup(one), speedup(other), reversed),
    },
    Column {
        header: "95 %",
        gap: 2,
        width: 9,
        align: Align::Left,
        from: 120,
        cell: interval,
        order: |one, other, reversed| by_number(low(one), low(other), reversed),
    },
    Column {
        header: "eff %",
        gap: 2,
        width: 5,
        align: Align::Right,
        from: 80,
        cell: |entry| efficiency(entry).map(|share| format!("{:.0}", share * 100.0)),
        order: |one, other, reversed| by_number(efficiency(one), efficiency(other), reversed),
    },
    Column {
        header: "p99 ms",
        gap: 2,
        width: 6,
        align: Align::Point { point: 3, dash: 2 },
        from: 80,
        cell: |entry| p99(entry).map(|seconds| shown_number(seconds * 1e3)),
        order: |one, other, reversed| by_number(p99(one), p99(other), reversed),
    },
    Column {
        header: "MiB",
        gap: 2,
        width: 4,
        align: Align::Point { point: 2, dash: 2 },
        from: 120,
        cell: |entry| memory(entry).map(|mebibytes| format!("{mebibytes:.*}", usize::from(mebibytes < 100.0))),
        order: |one, other, reversed| by_number(memory(one), memory(other), reversed),
    },
];

/// A speed-up with two decimals below ten, three digits above.
#[must_use]
pub fn shown_factor(factor: f64) -> String {
    if factor < 9.995 { format!("{factor:.2}") } else { significant(factor, 3) }
}

/// The most characters of a number that stands in six cells with one free cell before it.
const LONGEST: usize = 7;

/// Three digits, or as many as there is room for: a time below a millisecond has zeros enough.
fn shown_number(value: f64) -> String {
    let texts = [3, 2, 1].map(|digits| significant(value, digits));
    let [_, _, shortest] = &texts;
    texts.iter().find(|text| text.len() <= LONGEST).unwrap_or(shortest).clone()
}

fn wall(entry: &Entry) -> Option<f64> {
    entry.summary.wall.map(|wall| wall.median)
}

fn variation(entry: &Entry) -> Option<f64> {
    entry.summary.wall?.variation_percent()
}

/// The baseline itself is one time as fast as the baseline.
fn speedup(entry: &Entry) -> Option<f64> {
    let baseline = (is_measured_baseline(entry)).then_some(1.0);
    baseline.or_else(|| entry.row.speedup.map(|ratio| ratio.estimate))
}

fn is_measured_baseline(entry: &Entry) -> bool {
    entry.row.configuration.is_baseline() && entry.summary.wall.is_some()
}

fn interval(entry: &Entry) -> Option<String> {
    if is_measured_baseline(entry) {
        return Some("baseline".to_owned());
    }
    let ratio = entry.row.speedup?;
    Some(format!("{}–{}", shown_factor(ratio.low?), shown_factor(ratio.high?)))
}

fn low(entry: &Entry) -> Option<f64> {
    entry.row.speedup?.low
}

fn efficiency(entry: &Entry) -> Option<f64> {
    entry.summary.efficiency.or_else(|| is_measured_baseline(entry).then_some(1.0))
}

fn p99(entry: &Entry) -> Option<f64> {
    entry.summary.task.map(|task| task.p99)
}

fn memory(entry: &Entry) -> Option<f64> {
    entry.summary.pss.map(crate::units::Bytes::mebibytes)
}

fn turned(ordering: Ordering, reversed: bool) -> Ordering {
    if reversed { ordering.reverse() } else { ordering }
}

fn by_number(one: Option<f64>, other: Option<f64>, reversed: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => turned(one.total_cmp(&other), reversed),
        (one, other) => other.is_some().cmp(&one.is_some()),
    }
}
