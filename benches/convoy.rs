//! The convoy: what one computing thread costs a thread that makes blocking calls, here and in real CPython.
//!
//! `cargo bench --bench convoy [-- --quick]`. Each release of the lock around a blocking call costs the I/O thread one
//! whole switch interval to come back, because the computing thread takes the lock meanwhile and gives it up only when
//! asked. So an echo, a send and a receive, costs two intervals and a sleep one, on top of what it takes alone. The same
//! operations run in the CPython on PATH, round by round in turn, and figures are medians over rounds of medians over
//! operations: either lock lets the I/O thread barge in now and then, so a mean says little.
//!
//! A short call can be over before the computing thread is awake. Then the I/O thread takes the lock straight back, and
//! whole rounds can pass like that, in CPython as here; which it will be is up to wake-up times, hence to the other load
//! of the machine. So the last column says how many rounds cost no interval, one, or two. Without `--bench` (as under
//! `cargo test --benches`) two operations prove that it runs.

use partui::units::Nanos;

#[path = "gil_fidelity/calls.rs"]
mod calls;
#[path = "gil_fidelity/emulated.rs"]
mod emulated;
#[path = "gil_fidelity/rival.rs"]
mod rival;

use calls::median;

/// A blocking operation, and how often it lets go of the lock.
#[derive(Clone, Copy)]
struct Operation {
    name: &'static str,
    releases: f64,
}

const OPERATIONS: [Operation; 2] =
    [Operation { name: "echo", releases: 2.0 }, Operation { name: "sleep", releases: 1.0 }];

/// Median seconds of one operation.
#[derive(Clone, Copy)]
struct Timing {
    alone: f64,
    beside: f64,
}

/// What one line of the table is about.
#[derive(Clone, Copy)]
struct Case {
    operation: Operation,
    interval: Nanos,
    count: usize,
}

fn main() {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    let (rounds, counts) = match (has("--bench"), has("--quick")) {
        (false, _) => (1, [2, 1]),
        (true, true) => (3, [21, 3]),
        (true, false) => (9, [41, 7]),
    };
    let intervals = [Nanos::from_millis(5), Nanos::from_millis(50)];
    let cases: Vec<Case> = OPERATIONS
        .into_iter()
        .flat_map(|operation| {
            intervals.into_iter().zip(counts).map(move |(interval, count)| Case { operation, interval, count })
        })
        .collect();

    let mut ours = vec![Vec::new(); cases.len()];
    let mut theirs = vec![Vec::new(); cases.len()];
    let python = if has("--bench") { rival::version() } else { None };
    for _ in 0..rounds {
        for (index, case) in cases.iter().enumerate() {
            ours[index].push(measure(case, emulated::play));
            if python.is_some() {
                theirs[index].push(measure(case, rival::play));
            }
        }
    }

    println!("medians of {rounds} rounds; extra = (beside − alone) / interval, expected: one per release ± 10 %");
    println!(
        "{:<6} {:>8}  {:<16} {:>9} {:>9} {:>7} {:>15}  {:<11} rounds at 0/1/2",
        "call", "interval", "lock", "alone", "beside", "extra", "min – max", "expected"
    );
    for ((case, ours), theirs) in cases.iter().zip(&ours).zip(&theirs) {
        print_line(case, "partui", ours);
        if let Some(version) = &python {
            print_line(case, version, theirs);
        }
    }
    if python.is_none() {
        println!("not compared with CPython: none on PATH, or not run as a benchmark");
    }
}

/// Plays the case on either lock.
fn measure(case: &Case, play: fn(&str, Nanos, &[&str]) -> Vec<f64>) -> Timing {
    let figures = play("convoy", case.interval, &[case.operation.name, &case.count.to_string()]);
    Timing { alone: figures[0], beside: figures[1] }
}

fn print_line(case: &Case, lock: &str, timings: &[Timing]) {
    let extra = |timing: &Timing| (timing.beside - timing.alone) / case.interval.seconds();
    let middle = median(timings.iter().map(extra));
    let low = timings.iter().map(extra).fold(f64::INFINITY, f64::min);
    let high = timings.iter().map(extra).fold(f64::NEG_INFINITY, f64::max);
    let Operation { name, releases, .. } = case.operation;
    let verdict = if (middle / releases - 1.0).abs() <= 0.1 { "met" } else { "NOT met" };
    println!(
        "{name:<6} {:>8}  {lock:<16} {:>9} {:>9} {middle:>7.3} {:>15}  {:<11} {}",
        case.interval.to_string(),
        Nanos::from_seconds(median(timings.iter().map(|timing| timing.alone))).to_string(),
        Nanos::from_seconds(median(timings.iter().map(|timing| timing.beside))).to_string(),
        format!("{low:.3} – {high:.3}"),
        format!("{releases}: {verdict}"),
        [0.0, 1.0, 2.0]
            .map(|whole| timings.iter().filter(|t| (extra(t) - whole).abs() < 0.5).count().to_string())
            .join("/"),
    );
}
