//! Faults of worker processes, over and over: what they harm, and how soon they are seen and made good.
//!
//! `cargo bench --bench faults [-- --full]`, about a minute, in full about a quarter of an hour. First each fault that
//! can be done on purpose, to the first, a middle and the last task and to one, two and all workers; then signals from
//! outside, while workers start, work and wait. Nothing may hang, no checksum be wrong, no task be lost or done twice: a
//! task that is counted twice changes the proof that all payloads came back. Without `--bench` (as under
//! `cargo test --benches`) one round of a few faults proves that it runs.

use std::process::ExitCode;

mod ground;
mod matrix;
mod signals;
mod tally;

use ground::Ground;
use tally::{Tally, Watchdog};

/// How much is tried.
#[derive(Clone, Copy)]
struct Effort {
    /// Samples of each fault at each place.
    rounds: u32,
    /// Signals that are sent while workers work.
    signals: u32,
    /// Whether all kinds of faults are tried.
    all_kinds: bool,
}

/// How soon a death must be seen, and its replacement work, in the 99th percentile.
const SEEN_MS: f64 = 50.0;
const WORKS_MS: f64 = 250.0;

/// Tasks of a sample; and of one that is long enough for a replacement to start and get some of them.
const SHORT: u64 = 120;
const LONG: u64 = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    if arguments.first().is_some_and(|first| first == "worker") {
        return partui::worker::main(&arguments[1..]);
    }
    let effort = match (has("--bench"), has("--full")) {
        (false, _) => Effort { rounds: 1, signals: 3, all_kinds: false },
        (true, false) => Effort { rounds: 1, signals: 200, all_kinds: true },
        (true, true) => Effort { rounds: 20, signals: 1_000, all_kinds: true },
    };
    let (ground, long) = (Ground::survey(SHORT), Ground::survey(LONG));
    let watchdog = Watchdog::start();
    let mut whole = Tally::default();
    println!("{}", Tally::HEAD);
    matrix::strike(&ground, effort, &watchdog, &mut whole);
    signals::strike(&ground, &long, effort, &watchdog, &mut whole);
    println!("{}", whole.line("all"));
    whole.judge("death seen", |it| &it.seen, SEEN_MS);
    whole.judge("replacement at work", |it| &it.works, WORKS_MS);
    println!("{}", if whole.is_clean() { "nothing hung, nothing was harmed" } else { "HARMED: see above" });
    // How long a death takes is the machine's as well as ours; what is harmed is ours alone.
    if whole.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
