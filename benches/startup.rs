//! How long until worker processes are started and have answered, beside bare spawns of the same program.
//!
//! `cargo bench --bench startup`. Both sides start this very program, taking turns; the bare side writes one byte to each
//! child and waits for it to come back. Milliseconds until all have answered, and the ratio of each round. Then what each
//! of 32 workers holds of the machine's memory after a run (its proportional set size: shared pages are counted by shares).

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use partui::backend::{self, PoolSetup};
use partui::board::Board;
use partui::engine::calibrate;
use partui::machine::memory;
use partui::spec::{BackendId, Configuration, Wish};
use partui::units::Bytes;
use partui::workload::by_id;

/// As many workers as a large machine has cores.
const MANY: u32 = 32;

/// How many times a bare spawn so many workers should take at most.
const GOALS: [(u32, f64); 2] = [(2, 1.3), (MANY, 1.3)];

/// What a worker should hold at most.
const MEMORY_GOAL: Bytes = Bytes(512 << 10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("worker") => return partui::worker::main(&arguments[2..]),
        Some("echo") => return echo(),
        _ => {}
    }
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    let rounds = if quick { 1 } else { 101 };
    println!("{:<10} {:>22} {:>22} {:>24}", "workers", "partui ms", "bare spawn ms", "ratio");
    for workers in if quick { &[2][..] } else { &[2, 8, MANY] } {
        let setup = setup(*workers);
        let figures: Vec<(f64, f64)> = (0..rounds).map(|_| (ours(&setup), bare(*workers))).collect();
        let own = spread(figures.iter().map(|(own, _)| own * 1e3).collect());
        let other = spread(figures.iter().map(|(_, other)| other * 1e3).collect());
        let ratio = spread(figures.iter().map(|(own, other)| own / other).collect());
        let verdict = match (GOALS.iter().find(|(among, _)| among == workers), ratio[1]) {
            (Some((_, goal)), median) if median <= *goal => format!("goal ≤ {goal}: met"),
            (Some((_, goal)), _) => format!("goal ≤ {goal}: NOT met"),
            (None, _) => String::new(),
        };
        let shown = |[low, median, high]: [f64; 3]| format!("{median:.2} ({low:.2} – {high:.2})");
        println!("{workers:<10} {:>22} {:>22} {:>24}  {verdict}", shown(own), shown(other), shown(ratio));
    }
    print_memory(if quick { 2 } else { MANY });
    ExitCode::SUCCESS
}

/// What each worker holds of the machine's memory.
fn print_memory(workers: u32) {
    let mut pool = backend::by_id(BackendId::Processes).start(setup(workers)).expect("workers start");
    pool.run().expect("waiting cannot fail");
    let held: Option<Vec<u64>> = pool.processes().into_iter().map(|pid| Some(memory::pss(pid)?.0)).collect();
    let Some(mut held) = held else {
        println!("\nthe system does not tell what processes hold");
        return;
    };
    held.sort_unstable();
    let (median, most) = (Bytes(held[held.len() / 2]), Bytes(held[held.len() - 1]));
    let verdict = if median <= MEMORY_GOAL { "met" } else { "NOT met" };
    println!("\nPSS per worker among {workers}: {median}, at most {most}; goal ≤ {MEMORY_GOAL}: {verdict}");
}

fn setup(workers: u32) -> PoolSetup {
    let workload = by_id("sleep").expect("sleep is a workload");
    let configuration = Configuration::new(Wish::of(workload, BackendId::Processes, workers)).expect("a valid wish");
    let board = Arc::new(Board::create(workers).expect("memory for a board"));
    let calibration = calibrate(&configuration, None, &board).expect("waiting can be timed");
    let job = calibration.job(&configuration);
    PoolSetup {
        plan: Arc::new(workload.plan(&job)),
        job: Arc::new(job),
        task_cost: calibration.task_cost,
        board,
        table: None,
        witness: Arc::new(|gone| panic!("{gone:?}")),
        trap: None,
        gil: None,
        configuration: Arc::new(configuration),
    }
}

/// Seconds from the order to all workers ready; ending them is not timed.
fn ours(setup: &PoolSetup) -> f64 {
    let setup = setup.clone();
    let start = Instant::now();
    let pool = backend::by_id(BackendId::Processes).start(setup).expect("workers start");
    let seconds = start.elapsed().as_secs_f64();
    drop(pool);
    seconds
}

/// Seconds from the first spawn until every child has answered.
fn bare(workers: u32) -> f64 {
    let program = std::env::current_exe().expect("this program has a path");
    let start = Instant::now();
    let mut children: Vec<(Child, UnixStream)> = (0..workers)
        .map(|_| {
            let (mut near, far) = UnixStream::pair().expect("a socket pair");
            let child = Command::new(&program).arg("echo").stdin(Stdio::from(OwnedFd::from(far))).spawn();
            near.write_all(b"?").expect("the child's end is open");
            (child.expect("this program starts"), near)
        })
        .collect();
    for (_, link) in &mut children {
        link.read_exact(&mut [0]).expect("the child answers");
    }
    let seconds = start.elapsed().as_secs_f64();
    for (mut child, link) in children {
        drop(link);
        child.wait().expect("a child can be waited for");
    }
    seconds
}

/// The bare child: answers one byte, then waits for the end of its link.
fn echo() -> ExitCode {
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).expect("standard input is open");
    let mut link = UnixStream::from(input);
    let mut byte = [0];
    while let Ok(1) = link.read(&mut byte) {
        if link.write_all(&byte).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// The 10th, 50th and 90th percentile.
fn spread(mut figures: Vec<f64>) -> [f64; 3] {
    figures.sort_by(f64::total_cmp);
    [1, 5, 9].map(|tenth| figures[(figures.len() - 1) * tenth / 10])
}
