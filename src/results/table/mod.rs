//! The results as a table for people: which columns there are, what stands in them, and the plain text of all of it.
//!
//! The screen draws the same columns with the same cells; only frames, colours and scrolling are its own.

mod layout;

pub use self::layout::{Align, aligned, ascii, by_work, render, render_columns, render_numbered};

use super::{ResultRow, Status, Summary, warnings};
use crate::spec::Configuration;
use crate::text::scrub_os;
use crate::units::{Bytes, significant};

/// What stands where nothing is known.
pub const ABSENT: &str = "–";

/// A share of lost time is noted from here on.
const NOTED: f64 = 0.25;

/// A row with what its cells need.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its number in the table, from 1.
    pub number: usize,
    /// The row.
    pub row: &'a ResultRow,
    /// The statistics over its samples.
    pub summary: &'a Summary,
}

/// A column of the table.
#[derive(Debug)]
pub struct TableColumn {
    /// Its header, with the unit.
    pub header: &'static str,
    /// How its cells stand below each other.
    pub align: Align,
    /// Which column goes when there is too little room: 1 goes first, `None` never goes.
    pub goes: Option<u8>,
    /// What stands in it; [`ABSENT`] where nothing is known. The last column may be empty.
    pub cell: fn(&Line<'_>) -> String,
}

/// The columns from left to right.
pub const TABLE: &[TableColumn] = &[
    column("#", Align::Right, None, |line| line.number.to_string()),
    column("backend", Align::Left, None, |line| line.row.configuration.backend.id().to_owned()),
    column("n", Align::Right, None, |line| line.row.configuration.workers.to_string()),
    column("gil", Align::Left, None, gil),
    column("wall s", Align::Point, None, |line| figure(line.summary.wall.map(|wall| wall.median))),
    column("±%", Align::Point, Some(3), variation),
    column("speed-up", Align::Point, None, speedup),
    column("95 %", Align::Left, Some(1), interval),
    column("eff %", Align::Right, Some(4), efficiency),
    column("p99 ms", Align::Point, Some(5), |line| figure(line.summary.task.map(|task| 1e3 * task.p99))),
    column("MiB", Align::Point, Some(2), |line| figure(line.summary.pss.map(Bytes::mebibytes))),
    column("note", Align::Left, None, note),
];

const fn column(header: &'static str, align: Align, goes: Option<u8>, cell: fn(&Line<'_>) -> String) -> TableColumn {
    TableColumn { header, align, goes, cell }
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| significant(value, 3))
}

fn gil(line: &Line<'_>) -> String {
    let configuration = &line.row.configuration;
    let word = if configuration.gil { "on" } else { "off" };
    if configuration.is_baseline() { ABSENT.to_owned() } else { word.to_owned() }
}

fn variation(line: &Line<'_>) -> String {
    let percent = line.summary.wall.and_then(|wall| wall.variation_percent());
    percent.map_or_else(|| ABSENT.to_owned(), |percent| format!("{percent:.1}"))
}

/// Times as fast: two decimals are enough around one.
fn times(ratio: f64) -> String {
    if (0.1..1.0).contains(&ratio) { format!("{ratio:.2}") } else { significant(ratio, 3) }
}

fn speedup(line: &Line<'_>) -> String {
    let estimate = line.row.speedup.map(|ratio| format!("{}×", times(ratio.estimate)));
    estimate.unwrap_or_else(|| ABSENT.to_owned())
}

fn interval(line: &Line<'_>) -> String {
    let bounds = line.row.speedup.and_then(|ratio| ratio.low.zip(ratio.high));
    match bounds {
        Some((low, high)) => format!("{}–{}", times(low), times(high)),
        None if line.row.configuration.is_baseline() => "baseline".to_owned(),
        None => ABSENT.to_owned(),
    }
}

fn efficiency(line: &Line<'_>) -> String {
    line.summary.efficiency.map_or_else(|| ABSENT.to_owned(), |efficiency| format!("{:.0}", 100.0 * efficiency))
}

/// What a person should know of a row before its figures.
fn note(line: &Line<'_>) -> String {
    let row = line.row;
    let samples = row.samples.len();
    let runs = row.settings.runs;
    match row.status {
        Status::Running => format!(": sample {}/{runs}", samples + 1),
        Status::Failed => format!("X {}", row.failure.as_deref().unwrap_or("failed")),
        Status::Divergent => "≠ DIVERGENT".to_owned(),
        Status::Cancelled => format!("cancelled {samples}/{runs}"),
        Status::Ok => [sent(row), lost_to_the_lock(line.summary), warned(line)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("  "),
    }
}

fn sent(row: &ResultRow) -> Option<String> {
    row.configuration.unusual_transport().map(|transport| format!("over {}", transport.id()))
}

fn lost_to_the_lock(summary: &Summary) -> Option<String> {
    let share = summary.shares?.gil;
    (share >= NOTED).then(|| format!("╳ {:.0} % gil", 100.0 * share))
}

fn warned(line: &Line<'_>) -> Option<String> {
    let all = warnings(line.row, line.summary);
    let (first, others) = all.split_first()?;
    let more = if others.is_empty() { String::new() } else { format!(" +{}", others.len()) };
    Some(format!("! {}{more}", first.tag()))
}

/// The work of a configuration, as a line above its rows: `primes  seed 42  size 1000000  tasks 1000`.
#[must_use]
pub fn work(configuration: &Configuration) -> String {
    let values = configuration.settings().map(|(name, value)| (name, value.to_string()));
    let set = values.filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("  {name} {value}"));
    let input = configuration.input.iter().map(|path| format!("  {}", scrub_os(path)));
    set.chain(input).fold(configuration.workload.clone(), |line, part| line + &part)
}
