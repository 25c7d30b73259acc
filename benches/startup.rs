//! How long until worker processes are started and have answered, beside bare spawns of the same program.
//!
//! `cargo bench --bench startup`. Both sides start this very program, taking turns; the bare side writes one byte to each
//! child and waits for it to come back. Milliseconds until all have answered, and the ratio of each round.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use partui::backend::{self, PoolSetup};
use partui::board::Board;
use partui::engine::calibrate;
use partui::spec::{BackendId, Configuration, Wish};
use partui::workload::by_id;

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
    for workers in if quick { &[2][..] } else { &[2, 8] } {
        let setup = setup(*workers);
        let figures: Vec<(f64, f64)> = (0..rounds).map(|_| (ours(&setup), bare(*workers))).collect();
        let own = spread(figures.iter().map(|(own, _)| own * 1e3).collect());
        let other = spread(figures.iter().map(|(_, other)| other * 1e3).collect());
        let ratio = spread(figures.iter().map(|(own, other)| own / other).collect());
        let verdict = match (*workers, ratio[1] <= 1.5) {
            (2, true) => "goal ≤ 1.5: met",
            (2, false) => "goal ≤ 1.5: NOT met",
            _ => "",
        };
        let shown = |[low, median, high]: [f64; 3]| format!("{median:.2} ({low:.2} – {high:.2})");
        println!("{workers:<10} {:>22} {:>22} {:>24}  {verdict}", shown(own), shown(other), shown(ratio));
    }
    ExitCode::SUCCESS
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
        witness: Arc::new(|gone| panic!("{gone:?}")),
        trap: None,
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
