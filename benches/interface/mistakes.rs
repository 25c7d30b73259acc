//! How long a person waits for the answer to a command line that is wrong.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Effort;
use crate::figure::{Figure, Sorted, Verdict};
use crate::workbench::PARTUI;

const GOAL_MS: f64 = 100.0;

/// Twenty of them; nothing of what they name exists.
const MISTAKES: [&[&str]; 20] = [
    &["run", "--workers", "0"],
    &["run", "--workers", "-1"],
    &["run", "--workers", "1.5"],
    &["run", "--workers", "18446744073709551616"],
    &["run", "--workers", "1e9"],
    &["run", "--workers", ""],
    &["run", "--workers", "２"],
    &["run", "--tasks", "0x10"],
    &["run", "--workload", "sleep", "--latency", "10"],
    &["run", "--switch-interval", "-0.0ms"],
    &["run", "--skew", "inf"],
    &["run", "--workload", "nosuch"],
    &["run", "--gil", "maybe"],
    &["run", "--runs", "5", "--runs", "6"],
    &["run", "--no-such-flag"],
    &["run", "--workload", "hash", "--input", "no/such/file"],
    &["run", "--export-csv", "no/such/folder/results.csv"],
    &["run", "--export-csv", "."],
    &["list", "nosuch"],
    &["nosuch"],
];

/// Prints the slowest one as a figure, then each.
pub(crate) fn measure(effort: Effort) {
    let times = MISTAKES.map(|mistake| Sorted::of((0..effort.rounds).map(|_| answer_ms(mistake)).collect()));
    let medians = Sorted::of(times.iter().map(|times| times.percentile(50)).collect());
    let worst = Sorted::of(times.iter().map(Sorted::max).collect());
    let figure = Figure {
        what: "a wrong command line, slowest of 20",
        value: format!("{:.1} ms", medians.max()),
        spread: format!("fastest {:.1}, longest of all {:.1} ms", medians.percentile(0), worst.max()),
        verdict: Verdict::Goal { goal: "< 100 ms", is_met: medians.max() < GOAL_MS },
    };
    figure.print();
    println!("\neach wrong command line, ms: median (longest) of {}", effort.rounds);
    for (mistake, times) in MISTAKES.iter().zip(&times) {
        let line = mistake.iter().map(|word| if word.is_empty() { "''" } else { word }).collect::<Vec<_>>().join(" ");
        println!("{:8.1} ({:.1})  partui {line}", times.percentile(50), times.max());
    }
}

/// Milliseconds from the start to the end of a program that says in one line what is wrong.
fn answer_ms(mistake: &[&str]) -> f64 {
    let mut command = Command::new(PARTUI);
    command.args(mistake).env_clear().stdin(Stdio::null());
    let start = Instant::now();
    let output = command.output().expect("the program starts");
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.lines().count() == 1, "partui {mistake:?}: {output:?}");
    milliseconds
}
