//! The experiments of `partui compare --quick`: how long they take together, how often their verdicts are the same, and
//! whether the task sizes that they call break-even are.
//!
//! `cargo bench --bench experiments [-- --quick]`. Each round runs the built program as a person does. Then tasks of the
//! size from which a kept pool pays are run on that pool and one after the other, in turns: the pool should be as fast.
//! Without `--bench` (as under `cargo test --benches`) one row proves that it runs.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use partui::stats::median;
use serde_json::Value;

/// All experiments together should take at most so many seconds.
const TIME_GOAL: f64 = 60.0;

/// The most common verdict of a row should come in this fraction of the rounds.
const VERDICT_GOAL: f64 = 0.9;

/// Around one: what a pool should reach against one worker at its break-even.
const BREAK_EVEN_GOAL: (f64, f64) = (0.8, 1.25);

/// For each row and verdict, the rounds that ended so, and what they concluded.
type Verdicts = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn main() {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    if !has("--bench") {
        assert_eq!(compare(&["faults"]).len(), 1);
        return;
    }
    let rounds = if has("--quick") { 3 } else { 10 };
    let mut verdicts = Verdicts::new();
    let (mut seconds, mut sizes) = (Vec::new(), BTreeMap::<String, Vec<f64>>::new());
    for round in 1..=rounds {
        let start = Instant::now();
        let rows = compare(&[]);
        seconds.push(start.elapsed().as_secs_f64());
        eprintln!("round {round} of {rounds}: {:.1} s", seconds[seconds.len() - 1]);
        for row in &rows {
            let of_row = verdicts.entry(text(&row["row"])).or_default();
            of_row
                .entry(text(&row["verdict"]))
                .or_default()
                .push(format!("round {round}: {}", text(&row["conclusion"])));
            for (pool, size) in break_even(row) {
                sizes.entry(pool).or_default().push(size);
            }
        }
    }
    print_verdicts(&verdicts, rounds);
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    let typical = median(&seconds).unwrap_or(f64::NAN);
    println!("\nall together: {typical:.1} s, at most {longest:.1} s; {}", goal(longest < TIME_GOAL, "60 s"));
    for (pool, sizes) in &sizes {
        print_break_even(pool, median(sizes).unwrap_or(f64::NAN));
    }
}

/// The rows that the program prints.
fn compare(rows: &[&str]) -> Vec<Value> {
    let command = ["compare", "--quick", "--quiet", "--json"];
    let output = partui(&command.iter().chain(rows).copied().collect::<Vec<_>>());
    output.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn partui(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_partui")).args(args).output().expect("the program starts");
    assert!(output.status.success(), "partui {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// For each pool, the seconds of a task from which it pays if it is kept.
fn break_even(row: &Value) -> Vec<(String, f64)> {
    let figures = row["evidence"].as_array().cloned().unwrap_or_default();
    let is_meant = |figure: &&Value| figure["quantity"] == "break-even task, pool kept";
    let read = |figure: &Value| Some((text(&figure["label"]), figure["value"].as_f64()?));
    figures.iter().filter(is_meant).filter_map(read).collect()
}

fn print_verdicts(verdicts: &Verdicts, rounds: usize) {
    println!("{:<16} {:<16} {:>8}", "row", "verdict", "rounds");
    for (row, ends) in verdicts {
        let Some((verdict, usual)) = ends.iter().max_by_key(|(_, rounds)| rounds.len()) else { continue };
        let count = usual.len();
        #[expect(clippy::cast_precision_loss, reason = "a handful of rounds")]
        let share = count as f64 / rounds as f64;
        println!("{row:<16} {verdict:<16} {count:>3} of {rounds}  {}", goal(share >= VERDICT_GOAL, "9 of 10"));
        for (other, rounds) in ends.iter().filter(|(other, _)| *other != verdict) {
            for conclusion in rounds {
                println!("  {other} in {conclusion}");
            }
        }
    }
}

/// Runs tasks of that many seconds on the pool and one after the other.
fn print_break_even(pool: &str, size: f64) {
    let micros = format!("{:.4}", size * 1e6);
    let work = ["run", "-w", "mixed", "--io-us", "0", "--tasks", "200000", "--cpu-us", &micros];
    let pool_of = ["-b", pool, "-n", "2", "--chunk", "1", "--runs", "21", "--quiet", "--export-json", "-"];
    let found: Value = serde_json::from_str(&partui(&[&work[..], &pool_of].concat())).expect("JSON");
    let results = found["results"].as_array().cloned().unwrap_or_default();
    let speedup = results.iter().filter(|row| row["backend"] == pool).find_map(|row| row["speedup"].as_f64());
    let Some(speedup) = speedup else { return println!("{pool}: no speed-up at tasks of {micros} µs") };
    let (low, high) = BREAK_EVEN_GOAL;
    let verdict = goal((low..=high).contains(&speedup), "0.8 to 1.25");
    println!("{pool}, tasks of {micros} µs, said to be where it pays: {speedup:.2} times as fast; {verdict}");
}

fn goal(is_met: bool, what: &str) -> String {
    format!("goal {what}: {}", if is_met { "met" } else { "MISSED" })
}
