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

use std::cell::OnceCell;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use partui::beat::Beat;
use partui::gil::{Attached, Gil};
use partui::units::{Nanos, WorkerId};

/// A blocking operation, and how often it lets go of the lock.
#[derive(Clone, Copy)]
struct Operation {
    name: &'static str,
    releases: f64,
    make: fn() -> Box<dyn BlockingCalls>,
}

const OPERATIONS: [Operation; 2] = [
    Operation { name: "echo", releases: 2.0, make: || Box::new(Echo::new()) },
    Operation { name: "sleep", releases: 1.0, make: || Box::new(Sleep) },
];

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
    let python = if has("--bench") { python_version() } else { None };
    for _ in 0..rounds {
        for (index, case) in cases.iter().enumerate() {
            ours[index].push(measure(case));
            if python.is_some() {
                theirs[index].push(measure_python(case));
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

/// One case on our lock: the operation alone, then beside a computing thread.
fn measure(case: &Case) -> Timing {
    let gil = Arc::new(Gil::new(case.interval));
    let mut calls = (case.operation.make)();
    let attached = Attached::new(Some(Arc::clone(&gil)), WorkerId(0));
    attached.take(|| ());
    let alone = median_time(case.count, || calls.run(&attached));

    let finished: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let (started, has_started) = mpsc::channel();
    let hog = thread::spawn(move || compute(&gil, finished, &started));
    attached.release();
    has_started.recv().expect("the computing thread is alive");
    attached.take(|| ());
    let beside = median_time(case.count, || calls.run(&attached));
    finished.store(true, Ordering::Relaxed);
    attached.release();
    hog.join().expect("the computing thread does not panic");
    Timing { alone, beside }
}

thread_local! {
    static ATTACHED: OnceCell<Attached> = const { OnceCell::new() };
}

fn check_point() {
    ATTACHED.with(|attached| {
        if let Some(attached) = attached.get() {
            attached.check_point(|| ());
        }
    });
}

/// The computing thread: pure arithmetic between check points, until it is told to stop.
fn compute(gil: &Arc<Gil>, finished: &AtomicBool, started: &mpsc::Sender<()>) {
    ATTACHED.with(|attached| attached.get_or_init(|| Attached::new(Some(Arc::clone(gil)), WorkerId(1))).take(|| ()));
    started.send(()).expect("the measuring thread waits for this");
    let beat = Beat::new(gil.requested(), check_point);
    let mut state = 1_u64;
    while !finished.load(Ordering::Relaxed) {
        for _ in 0..100 {
            state = std::hint::black_box(state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1));
        }
        beat.beat();
    }
}

/// What the I/O thread does, letting go of the lock around each blocking call.
trait BlockingCalls {
    fn run(&mut self, attached: &Attached);
}

struct Sleep;

impl BlockingCalls for Sleep {
    fn run(&mut self, attached: &Attached) {
        without_lock(attached, || thread::sleep(Duration::from_millis(1)));
    }
}

/// One byte to a peer outside the lock, and back.
struct Echo(UnixStream);

impl Echo {
    fn new() -> Self {
        let (near, mut far) = UnixStream::pair().expect("a socket pair");
        thread::spawn(move || {
            let mut byte = [0];
            while far.read_exact(&mut byte).is_ok() && far.write_all(&byte).is_ok() {}
        });
        Self(near)
    }
}

impl BlockingCalls for Echo {
    fn run(&mut self, attached: &Attached) {
        let mut byte = [b'x'];
        without_lock(attached, || self.0.write_all(&byte)).expect("the peer reads");
        without_lock(attached, || self.0.read_exact(&mut byte)).expect("the peer answers");
    }
}

/// What CPython does around a blocking call.
fn without_lock<T>(attached: &Attached, call: impl FnOnce() -> T) -> T {
    attached.release();
    let value = call();
    attached.take(|| ());
    value
}

/// The same case in CPython.
fn measure_python(case: &Case) -> Timing {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/rivals/convoy.py");
    let output = Command::new("python3")
        .args(["-I", script, case.operation.name])
        .arg(case.interval.seconds().to_string())
        .arg(case.count.to_string())
        .output()
        .expect("python3 answered a moment ago");
    let figures: Vec<f64> =
        String::from_utf8_lossy(&output.stdout).split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    match figures[..] {
        [alone, beside] => Timing { alone, beside },
        _ => panic!("{script} failed: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// The version of the CPython on PATH, where there is one.
fn python_version() -> Option<String> {
    let code = "import platform as p; print(p.python_implementation(), p.python_version())";
    let output = Command::new("python3").args(["-I", "-c", code]).output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn median_time(count: usize, mut operate: impl FnMut()) -> f64 {
    median((0..count).map(|_| {
        let start = Instant::now();
        operate();
        start.elapsed().as_secs_f64()
    }))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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
