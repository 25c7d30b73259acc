//! How long until the first whole frame is on the screen.

use std::path::Path;

use crate::Effort;
use crate::figure::{Figure, Sorted, Verdict};
use crate::terminal::Terminal;
use crate::workbench::PARTUI;

const GOAL_MS: f64 = 30.0;

/// From just before the fork, which is a little more than from the exec.
pub(crate) fn measure(effort: Effort) -> Figure {
    let starts = Sorted::of((0..effort.rounds).map(|_| start_ms()).collect());
    let median = starts.percentile(50);
    Figure {
        what: "first full frame",
        value: format!("{median:.1} ms"),
        spread: format!(
            "{:.1} – {:.1} ms, 10th – 90th of {} starts",
            starts.percentile(10),
            starts.percentile(90),
            starts.count()
        ),
        verdict: Verdict::Goal { goal: "≤ 30 ms", is_met: median <= GOAL_MS },
    }
}

fn start_ms() -> f64 {
    let mut terminal = Terminal::start(Path::new(PARTUI), &[]);
    let seen = terminal.wait_for("the workbench", |screen| screen.contains("q quit"));
    let start = seen.duration_since(terminal.started());
    terminal.quit();
    start.as_secs_f64() * 1e3
}
