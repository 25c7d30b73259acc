//! From a key to the frame that shows what it did, while every core computes, beside a bare echo under the same load.

use std::time::{Duration, Instant};

use crate::Effort;
use crate::figure::{Figure, Sorted, Verdict};
use crate::terminal::Terminal;
use crate::{echo, workbench};

const GOAL_MS: f64 = 33.0;
const GOAL_RATIO: f64 = 1.5;

/// Between keys, so that each falls elsewhere between two frames of telemetry: from 20 ms on, in steps of 1 ms.
const PAUSE_MS: usize = 20;
const STRIDE: usize = 37;
const STEPS: usize = 61;

/// The UI and the echo take turns.
pub(crate) fn measure(effort: Effort) -> Vec<Figure> {
    let (mut interface, mut echo) = (workbench::in_a_run(), echo::start());
    let (mut frames, mut echoes) = (Vec::new(), Vec::new());
    for round in 0..effort.keys {
        let pause = PAUSE_MS + round * STRIDE % STEPS;
        interface.listen(Duration::from_millis(pause as u64));
        frames.push(since(|| press(&mut interface, round)));
        echoes.push(since(|| echo::press(&mut echo)));
    }
    interface.quit();
    table(&Sorted::of(frames), &Sorted::of(echoes))
}

/// Milliseconds until what `seen` says.
fn since(seen: impl FnOnce() -> Instant) -> f64 {
    let start = Instant::now();
    seen().duration_since(start).as_secs_f64() * 1e3
}

/// One worker more or less for the next run, in turn; when that was on the screen.
fn press(interface: &mut Terminal, round: usize) -> Instant {
    let now = workbench::workers(&interface.screen().contents()).expect("the workbench shows a number of workers");
    let (key, then) = if round.is_multiple_of(2) { ("+", now + 1) } else { ("-", now - 1) };
    interface.type_text(key);
    interface.wait_for("what the key did", |screen| workbench::workers(screen) == Some(then))
}

fn table(frames: &Sorted, echoes: &Sorted) -> Vec<Figure> {
    let half = frames.percentile(50);
    let (tail, bare) = (frames.percentile(99), echoes.percentile(99));
    let line = |what, figure: f64, of: &Sorted, verdict| Figure {
        what,
        value: format!("{figure:.2} ms"),
        spread: format!("10th {:.2}, 90th {:.2}, longest {:.1} ms", of.percentile(10), of.percentile(90), of.max()),
        verdict,
    };
    let is_met = tail <= GOAL_MS || tail <= GOAL_RATIO * bare;
    let goal = Verdict::Goal { goal: "≤ 33 ms or ≤ 1.5× the echo", is_met };
    vec![
        line("key to frame in a run, p50", half, frames, Verdict::Reference),
        line("key to frame in a run, p99", tail, frames, goal),
        line("key to bare echo in it, p50", echoes.percentile(50), echoes, Verdict::Reference),
        line("key to bare echo in it, p99", bare, echoes, Verdict::Reference),
    ]
}
