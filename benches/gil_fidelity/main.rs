//! The emulated lock beside real CPython, scene by scene in turn: does it behave like the original?
//!
//! `cargo bench --bench gil_fidelity [-- --quick]`, about three minutes with a CPython on PATH. A figure is as CPython's
//! where our median lies within the least and the greatest of CPython's own rounds, or within 10 % of its median,
//! whichever is wider. Lines marked `reported` are not judged: there either lock hangs on the machine's wake-up times.
//! Without `--bench` (as under `cargo test --benches`) one scene of ours proves that it runs.

use std::process::ExitCode;

use partui::units::Nanos;

mod calls;
mod emulated;
mod rival;

use calls::median;

/// One figure of one scene.
struct Line {
    id: &'static str,
    what: &'static str,
    scene: &'static str,
    arguments: &'static [&'static str],
    intervals: &'static [Nanos],
    /// From the scene's figures and the interval in seconds to what is compared.
    figure: fn(&[f64], f64) -> f64,
    /// Whether CPython can play it, and whether the outcome is judged.
    against: Against,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    /// CPython's own rounds.
    Judged,
    /// CPython, without a verdict.
    Reported,
    /// Zero: CPython does not tell.
    Zero,
}

const BOTH: &[Nanos] = &[Nanos::from_millis(5), Nanos::from_millis(50)];
const USUAL: &[Nanos] = &[Nanos::from_millis(5)];
const LONG: &[Nanos] = &[Nanos::from_millis(50)];
const SHORTER: &[Nanos] = &[Nanos::from_millis(1), Nanos::from_millis(10)];
const TINY: &[Nanos] = &[Nanos::from_micros(100)];

fn first(figures: &[f64], _: f64) -> f64 {
    figures[0]
}

/// What a convoy costs in intervals, on top of the call alone.
fn extra(figures: &[f64], interval: f64) -> f64 {
    (figures[1] - figures[0]) / interval
}

const LINES: &[Line] = &[
    line("T1", "2 threads / 1, same work: wall", "serial", &["2"], BOTH, first, Against::Judged),
    line("T1", "4 threads / 1, same work: wall", "serial", &["4"], BOTH, first, Against::Judged),
    line("T2", "2 unlocked (CPython: processes): gain", "unlocked", &[], USUAL, first, Against::Judged),
    line("T3", "8 threads that sleep: sleeps", "sleepers", &[], BOTH, first, Against::Judged),
    line("T4", "2 threads, lock released: gain", "released", &[], BOTH, first, Against::Judged),
    line("T5", "echo beside a hog: + intervals", "convoy", &["echo", "21"], BOTH, extra, Against::Judged),
    line("T5", "sleep beside a hog: + intervals", "convoy", &["sleep", "11"], BOTH, extra, Against::Judged),
    line("T6", "echo beside a hog: + intervals", "convoy", &["echo", "101"], SHORTER, extra, Against::Judged),
    line("T7", "hog in 3 ms sections: + ms", "sections", &["0.003"], BOTH, millis, Against::Judged),
    line("T8", "2 hogs / 1, same work: wall", "serial", &["2"], TINY, first, Against::Reported),
    line("T9", "2 hogs: switches per interval", "turns", &[], BOTH, |f, i| f[0] * i, Against::Judged),
    line("T9", "2 hogs: share of the first", "turns", &[], BOTH, |f, _| f[1], Against::Judged),
    line("T10", "echo, hog in a process: / alone", "outside", &[], USUAL, first, Against::Judged),
    line("T11", "forced drops without a switch", "forced", &[], BOTH, first, Against::Zero),
    line("T12", "1 thread: wall / at 5 ms", "alone", &[], LONG, first, Against::Judged),
    line("T13", "sleep beside 2 hogs: mean ms", "crowd", &[], BOTH, millis, Against::Reported),
    line("–", "echo beside a hog: + intervals", "convoy", &["echo", "101"], TINY, extra, Against::Reported),
];

const fn line(
    id: &'static str,
    what: &'static str,
    scene: &'static str,
    arguments: &'static [&'static str],
    intervals: &'static [Nanos],
    figure: fn(&[f64], f64) -> f64,
    against: Against,
) -> Line {
    Line { id, what, scene, arguments, intervals, figure, against }
}

fn millis(figures: &[f64], _: f64) -> f64 {
    figures[0] * 1_000.0
}

/// The figures of one line at one interval, a pair of sides a round.
struct Found {
    line: &'static Line,
    interval: Nanos,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

fn main() -> ExitCode {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    if !has("--bench") {
        assert!(emulated::play("forced", BOTH[0], &[]) == [0.0]);
        return ExitCode::SUCCESS;
    }
    let rounds = if has("--quick") { 3 } else { 9 };
    let python = rival::version();
    let each = |line: &'static Line| {
        line.intervals.iter().map(move |interval| Found {
            line,
            interval: *interval,
            ours: Vec::new(),
            theirs: Vec::new(),
        })
    };
    let mut found: Vec<Found> = LINES.iter().flat_map(each).collect();
    for _ in 0..rounds {
        for found in &mut found {
            found.play(python.is_some());
        }
    }
    println!(
        "medians of {rounds} rounds (least – greatest), partui's lock and {}",
        python.as_deref().unwrap_or("nothing")
    );
    println!("{:<4}{:<39}{:>8}  {:<26}{:<26}", "", "figure", "interval", "partui", "CPython");
    for found in &found {
        found.print();
    }
    let missed = found.iter().filter(|found| found.verdict() == "NOT met").count();
    println!("{missed} of {} lines NOT met", found.len());
    ExitCode::SUCCESS
}

impl Found {
    fn play(&mut self, with_python: bool) {
        let Line { scene, arguments, figure, against, .. } = *self.line;
        let interval = self.interval.seconds();
        self.ours.push(figure(&emulated::play(scene, self.interval, arguments), interval));
        if with_python && against != Against::Zero {
            self.theirs.push(figure(&rival::play(scene, self.interval, arguments), interval));
        }
    }

    fn verdict(&self) -> &'static str {
        let ours = median(self.ours.iter().copied());
        let met = match self.line.against {
            Against::Reported => return "reported",
            Against::Zero => ours == 0.0,
            Against::Judged if self.theirs.is_empty() => return "no CPython",
            Against::Judged => {
                let (middle, low, high) = spread(&self.theirs);
                (low.min(middle * 0.9)..=high.max(middle * 1.1)).contains(&ours)
            }
        };
        if met { "met" } else { "NOT met" }
    }

    fn print(&self) {
        let theirs = if self.theirs.is_empty() { "–".to_owned() } else { shown(&self.theirs) };
        println!(
            "{:<4}{:<39}{:>8}  {:<26}{theirs:<26}{}",
            self.line.id,
            self.line.what,
            self.interval.to_string(),
            shown(&self.ours),
            self.verdict()
        );
    }
}

/// The median, the least and the greatest.
fn spread(values: &[f64]) -> (f64, f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (median(values.iter().copied()), low, high)
}

fn shown(values: &[f64]) -> String {
    let (middle, low, high) = spread(values);
    format!("{middle:.3} ({low:.3} – {high:.3})")
}
