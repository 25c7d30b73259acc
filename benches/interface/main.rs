//! What the terminal UI costs, and how fast it answers: the built program in a pseudo-terminal, as a person has it.
//!
//! `cargo bench --bench interface`, about four minutes; `-- --quick` for a look at it. Everything that has another side is
//! set against it in turns: keys against a bare echo under the same load, runs with the UI against runs without. Without
//! `--bench` (as under `cargo test --benches`) one small round proves that it works.

use std::process::ExitCode;
use std::time::Duration;

mod echo;
mod figure;
mod first_frame;
mod keys;
mod mistakes;
mod terminal;
mod tour;
mod upkeep;
mod walls;
mod workbench;

use figure::Figure;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Starts of the UI, and rounds of mistakes.
    rounds: usize,
    /// How long the UI is watched at rest, in a run and in a contended one: as long each.
    watch: Duration,
    /// Keys that are pressed in the UI, and as many at the echo.
    keys: usize,
    /// Runs with the UI, and as many without.
    pairs: usize,
    /// Tasks of such a run.
    tasks: u32,
}

const FULL: Effort = Effort { rounds: 21, watch: Duration::from_secs(20), keys: 300, pairs: 44, tasks: 400 };
const QUICK: Effort = Effort { rounds: 5, watch: Duration::from_secs(5), keys: 50, pairs: 4, tasks: 200 };
const TRIVIAL: Effort = Effort { rounds: 1, watch: Duration::from_millis(200), keys: 2, pairs: 1, tasks: 4 };

fn main() -> ExitCode {
    let given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    if given(echo::ROLE) {
        return echo::main();
    }
    let effort = match (given("--bench"), given("--quick")) {
        (true, false) => FULL,
        (true, true) => QUICK,
        (false, _) => TRIVIAL,
    };
    Figure::print_header();
    first_frame::measure(effort).print();
    let mut run = upkeep::measure(effort);
    run.extend(keys::measure(effort));
    run.push(walls::measure(effort));
    for figure in &run {
        figure.print();
    }
    tour::measure(effort).print();
    mistakes::measure(effort);
    ExitCode::SUCCESS
}
