//! What the UI uses while nobody touches it: CPU time of its own process, bytes and frames to the terminal.

use std::time::{Duration, Instant};

use crate::Effort;
use crate::figure::{Figure, Verdict};
use crate::terminal::Terminal;
use crate::workbench;

const IDLE_PERCENT: f64 = 0.5;
const RUN_PERCENT: f64 = 1.5;
const RUN_KB_PER_S: f64 = 25.0;
const FRAMES_PER_S: f64 = 10.0;

/// Until what belongs to the start is over.
const SETTLE: Duration = Duration::from_secs(1);

/// What was used in a stretch of time.
struct Use {
    seconds: f64,
    cpu_seconds: f64,
    bytes: usize,
    frames: usize,
}

/// At rest, in a run on every core, and in a contended run.
pub(crate) fn measure(effort: Effort) -> Vec<Figure> {
    let rest = watched(workbench::at_rest(&[]), effort.watch);
    let run = watched(workbench::in_a_run(), effort.watch);
    let contended = watched(workbench::in_a_contended_run(), effort.watch);
    vec![
        rest.cpu("CPU at rest, of one core", "≤ 0.5 %", IDLE_PERCENT),
        run.cpu("CPU in a run, of one core", "≤ 1.5 %", RUN_PERCENT),
        contended.cpu("CPU in a contended run", "≤ 1.5 %", RUN_PERCENT),
        run.bytes("to the terminal in a run"),
        contended.bytes("to the terminal in a contended run"),
        run.frames("frames in a run"),
        contended.frames("frames in a contended run"),
    ]
}

impl Use {
    fn cpu(&self, what: &'static str, goal: &'static str, most: f64) -> Figure {
        let percent = 100.0 * self.cpu_seconds / self.seconds;
        Figure {
            what,
            value: format!("{percent:.2} %"),
            spread: format!("{:.0} ms in {:.1} s", self.cpu_seconds * 1e3, self.seconds),
            verdict: Verdict::Goal { goal, is_met: percent <= most },
        }
    }

    fn bytes(&self, what: &'static str) -> Figure {
        let rate = self.rate(self.bytes) / 1e3;
        Figure {
            what,
            value: format!("{rate:.1} kB/s"),
            spread: format!("{} bytes in {:.1} s", self.bytes, self.seconds),
            verdict: Verdict::Goal { goal: "≤ 25 kB/s", is_met: rate <= RUN_KB_PER_S },
        }
    }

    fn frames(&self, what: &'static str) -> Figure {
        // One more frame than the rate allows fits between two that lie just inside the ends.
        let most = FRAMES_PER_S + 1.0 / self.seconds;
        let rate = self.rate(self.frames);
        Figure {
            what,
            value: format!("{rate:.1} /s"),
            spread: format!("{} in {:.1} s", self.frames, self.seconds),
            verdict: Verdict::Goal { goal: "≤ 10 /s", is_met: rate <= most },
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^53 of anything")]
    fn rate(&self, count: usize) -> f64 {
        count as f64 / self.seconds
    }
}

/// Watches the UI for a while and ends it.
fn watched(mut terminal: Terminal, length: Duration) -> Use {
    terminal.listen(SETTLE.min(length));
    let (start, cpu) = (Instant::now(), cpu_seconds(terminal.pid()));
    let (bytes, frames) = (terminal.written(), terminal.frames());
    terminal.listen(length);
    let seen = Use {
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds(terminal.pid()) - cpu,
        bytes: terminal.written() - bytes,
        frames: terminal.frames() - frames,
    };
    terminal.quit();
    seen
}

/// CPU time of one process so far, user and system, without its children's. Its unit is a clock tick, mostly 10 ms.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53 ticks")]
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a living process of ours");
    // The name stands in parentheses and may hold spaces; utime and stime are the 12th and 13th field behind it.
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = times.map(|ticks| ticks.parse::<u64>().expect("a number of ticks")).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}
