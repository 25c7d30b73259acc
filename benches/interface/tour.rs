//! How long the guided tour takes whoever presses no key.

use std::path::Path;
use std::time::Instant;

use crate::Effort;
use crate::figure::{Figure, Verdict};
use crate::terminal::Terminal;
use crate::workbench::PARTUI;

/// "About a minute" on two cores.
const GOAL_S: f64 = 70.0;

/// From the start until the last stop is explained; only the first one where little is measured.
pub(crate) fn measure(effort: Effort) -> Figure {
    let mut terminal = Terminal::start(Path::new(PARTUI), &["demo"]);
    let mut seen = |what: &str| terminal.wait_for(what, |screen| screen.contains(what));
    let stops = if effort.rounds > 1 {
        ["Tour, 1", "Tour, 2", "Tour, 3", "Tour, 4", "That was the tour"].as_slice()
    } else {
        &["Tour, 1"]
    };
    let end: Instant = stops.iter().map(|stop| seen(stop)).last().expect("a stop");
    let seconds = end.duration_since(terminal.started()).as_secs_f64();
    terminal.quit();
    Figure {
        what: "the guided tour, no key pressed",
        value: format!("{seconds:.1} s"),
        spread: format!("once, {} of 5 stops", stops.len()),
        verdict: Verdict::Goal { goal: "≤ 70 s", is_met: seconds <= GOAL_S },
    }
}
