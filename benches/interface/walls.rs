//! What watching costs the work: the same run with the UI and without, in turns, by the wall times that each exports.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use partui::stats::{Ratio, Round};
use partui::units::Seed;
use tempfile::TempDir;

use crate::Effort;
use crate::figure::{Figure, Verdict};
use crate::workbench::{self, PARTUI};

const GOAL_RATIO: f64 = 1.02;

/// Threads without the lock on every core, so that whatever the UI uses is missing somewhere.
const WORK: [&str; 10] =
    ["--workload", "primes", "--backend", "threads", "--runs", "5", "--warmup", "1", "--baseline", "none"];

/// The ratio of the median walls of each pair; every other pair begins without the UI.
pub(crate) fn measure(effort: Effort) -> Figure {
    let tasks = effort.tasks.to_string();
    let arguments = [&WORK[..], &["--tasks", &tasks]].concat();
    let pairs: Vec<Round> = (0..effort.pairs)
        .map(|pair| {
            let first = pair.is_multiple_of(2).then(|| with_interface(&arguments));
            let headless = headless(&arguments);
            Round { baseline: first.unwrap_or_else(|| with_interface(&arguments)), own: headless }
        })
        .collect();
    // The ratio of statistics is baseline over own: what the UI adds is above one.
    let ratio = Ratio::of(&pairs, Seed(0)).expect("wall times are positive");
    let bound = |bound: Option<f64>| bound.map_or_else(|| "–".to_owned(), |bound| format!("{bound:.3}"));
    Figure {
        what: "wall with the UI / headless",
        value: format!("{:.3}", ratio.estimate),
        spread: format!("95 % {} – {}, {} pairs", bound(ratio.low), bound(ratio.high), pairs.len()),
        verdict: Verdict::Goal { goal: "≤ 1.02", is_met: ratio.estimate <= GOAL_RATIO },
    }
}

/// Runs it on the screen, exports with `e`, and returns the median wall in seconds.
fn with_interface(arguments: &[&str]) -> f64 {
    let mut terminal = workbench::at_rest(arguments);
    terminal.type_text("r");
    terminal.wait_for("the end of the run", workbench::is_done);
    terminal.type_text("e");
    terminal.wait_for("the export", |screen| screen.contains("wrote "));
    let wall = median_wall(&exported(terminal.home()));
    terminal.quit();
    wall
}

/// The same without the UI.
fn headless(arguments: &[&str]) -> f64 {
    let home = TempDir::new().expect("a folder for the program");
    let mut command = Command::new(PARTUI);
    command.arg("run").args(arguments).args(["--quiet", "--export-csv", "headless.csv"]);
    command.current_dir(home.path()).env_clear().env("HOME", home.path());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().expect("the program starts");
    assert!(status.success(), "a headless run failed: {status}");
    median_wall(&exported(home.path()))
}

/// The one file of results in a folder.
fn exported(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).expect("a folder of ours").flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.extension() == Some(OsStr::new("csv"))).expect("an export")
}

fn median_wall(file: &Path) -> f64 {
    let mut reader = csv::Reader::from_path(file).expect("an export can be read");
    let headers = reader.headers().expect("a header");
    let column = headers.iter().position(|name| name == "wall_median_s").expect("a column of wall times");
    let row = reader.records().next().expect("a row").expect("an export is CSV");
    row[column].parse().expect("a wall time in seconds")
}
