//! The terminal UI as the benches start it, and what they read off its screen.

use std::path::Path;

use crate::terminal::Terminal;

/// The built program.
pub(crate) const PARTUI: &str = env!("CARGO_BIN_EXE_partui");

/// Work that takes minutes: on every core, or four threads that wait for one lock.
const LONG: [&str; 8] = ["--tasks", "400000", "--runs", "1", "--warmup", "0", "--baseline", "none"];
const CONTENDED: [&str; 4] = ["--workers", "4", "--gil", "on"];

/// The terminal UI, once its first frame is whole.
pub(crate) fn at_rest(arguments: &[&str]) -> Terminal {
    let mut terminal = Terminal::start(Path::new(PARTUI), arguments);
    terminal.wait_for("the workbench", |screen| screen.contains("q quit"));
    terminal
}

/// The terminal UI while every core computes and every pane shows it.
pub(crate) fn in_a_run() -> Terminal {
    let mut terminal = at_rest(&LONG);
    terminal.type_text("r");
    terminal.wait_for("a sample", |screen| screen.contains("sample 1/1") && screen.contains("% compute"));
    terminal
}

/// The terminal UI while four threads contend for the lock, which is the screen that moves most.
pub(crate) fn in_a_contended_run() -> Terminal {
    let mut terminal = at_rest(&[&LONG[..], &CONTENDED].concat());
    terminal.type_text("r");
    terminal.wait_for("contention", |screen| screen.contains("sample 1/1") && screen.contains("HOLDS"));
    terminal
}

/// How many workers the next run has, as the Workload pane shows it.
pub(crate) fn workers(screen: &str) -> Option<u32> {
    screen.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| !word.ends_with("workers"));
        words.next()?;
        words.next()?.parse().ok()
    })
}

/// Whether row 1 is whole and nothing else is measured.
pub(crate) fn is_done(screen: &str) -> bool {
    let is_row = |line: &str| line.contains(" 1 threads") && !line.contains(" : ");
    let is_going = |line: &str| ["left", "measuring", "preparing", "starting"].iter().any(|word| line.contains(word));
    screen.lines().any(is_row) && !screen.lines().nth(38).is_some_and(is_going)
}
