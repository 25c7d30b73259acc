//! How well ten thousand waits at a time are kept on two threads, and what one wait costs in memory.
//!
//! `cargo bench --bench concurrency`. First the wall time of `sleep` on `async` beside the ideal one, latency × tasks ÷
//! tasks at a time, for several latencies; then the bytes (proportional set size) that a waiting task, a waiting thread
//! and a waiting process take, as differences of this process's own size or as the children's. The kernel's side of
//! threads and processes, such as their kernel stacks of 16 KiB, is in none of these figures.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;

use partui::backend::{self, PoolSetup};
use partui::board::{Board, State};
use partui::machine::{clock, memory};
use partui::spec::{BackendId, Configuration, Wish};
use partui::units::Nanos;
use partui::workload::{Job, Survey, Value, by_id};

const WORKERS: u32 = 2;
const IN_FLIGHT: u32 = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).map(String::as_str) == Some("wait") {
        return wait();
    }
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    let (rounds, turns) = if quick { (1, 1) } else { (5, 5) };
    println!("{IN_FLIGHT} waits at a time on {WORKERS} threads");
    println!("{:<10} {:>10} {:>12} {:>24}", "latency", "ideal ms", "wall ms", "wall / ideal");
    for latency in if quick { &[100][..] } else { &[50, 100, 250, 1_000] } {
        line(Nanos::from_millis(*latency), rounds, turns);
    }
    println!("\nmemory per wait, in bytes");
    println!("{:<10} {:>10}", "task", of_a_task(IN_FLIGHT));
    println!("{:<10} {:>10}", "thread", of_a_thread(if quick { 50 } else { 1_000 }));
    println!("{:<10} {:>10}", "process", of_a_process(if quick { 2 } else { 20 }));
    ExitCode::SUCCESS
}

fn line(latency: Nanos, rounds: usize, turns: u32) {
    let ideal = latency.seconds() * f64::from(turns);
    let mut pool = backend::by_id(BackendId::Async).start(setup(latency, turns)).expect("two threads");
    let mut walls: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = pool.run().expect("waiting works").start;
            clock::now().since(start).seconds()
        })
        .collect();
    walls.sort_by(f64::total_cmp);
    let [low, median, high] = [0, rounds / 2, rounds - 1].map(|place| walls[place] / ideal);
    let verdict = if median <= 1.05 { "within 5 %" } else { "NOT within 5 %" };
    let ratio = format!("{median:.3} ({low:.3}–{high:.3})");
    println!("{:<10} {:>10.0} {:>12.1} {ratio:>24}  {verdict}", latency.to_string(), ideal * 1e3, median * ideal * 1e3);
}

/// `turns` × [`IN_FLIGHT`] waits.
fn setup(latency: Nanos, turns: u32) -> PoolSetup {
    let workload = by_id("sleep").expect("sleep is a workload");
    let mut wish = Wish { in_flight: Some(IN_FLIGHT), ..Wish::of(workload, BackendId::Async, WORKERS) };
    wish.values.set("tasks", Value::Count(u64::from(IN_FLIGHT * turns)));
    wish.values.set("latency", Value::Duration(latency));
    let configuration = Configuration::new(wish).expect("a valid wish");
    let job = Job {
        values: configuration.values.clone(),
        input: Vec::new(),
        survey: Survey::default(),
        steps_per_us: 1.0,
        companion: None,
    };
    PoolSetup {
        plan: Arc::new(workload.plan(&job)),
        job: Arc::new(job),
        task_cost: latency,
        board: Arc::new(Board::create(WORKERS).expect("memory for a board")),
        table: None,
        witness: Arc::new(|gone| panic!("{gone:?}")),
        trap: None,
        gil: None,
        configuration: Arc::new(configuration),
    }
}

fn own_size() -> u64 {
    memory::pss(std::process::id()).expect("the system tells the size of this process").0
}

/// The growth of this process from a pool that rests to one with that many waits.
fn of_a_task(count: u32) -> u64 {
    let setup = setup(Nanos::from_secs(2), 1);
    let (board, ready) = (Arc::clone(&setup.board), Arc::new(Barrier::new(2)));
    let released = Arc::clone(&ready);
    let waiting = thread::spawn(move || {
        let mut pool = backend::by_id(BackendId::Async).start(setup).expect("two threads");
        released.wait();
        released.wait();
        pool.run().expect("waiting works");
    });
    ready.wait();
    let before = own_size();
    ready.wait();
    let all_wait = || board.snapshot(clock::now()).slots.iter().all(|slot| slot.state == Some(State::Io));
    while !all_wait() {
        thread::park_timeout(std::time::Duration::from_millis(1));
    }
    // Both workers are parked with waits pending; the last of them were begun just now.
    thread::park_timeout(std::time::Duration::from_millis(200));
    let grown = own_size().saturating_sub(before);
    waiting.join().expect("waiting works");
    grown / u64::from(count)
}

fn of_a_thread(count: u32) -> u64 {
    let (all, over) = (Arc::new(Barrier::new(count as usize + 1)), Arc::new(Barrier::new(count as usize + 1)));
    let before = own_size();
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let (all, over) = (Arc::clone(&all), Arc::clone(&over));
            thread::spawn(move || {
                all.wait();
                over.wait();
            })
        })
        .collect();
    all.wait();
    let grown = own_size().saturating_sub(before);
    over.wait();
    for thread in threads {
        thread.join().expect("a thread that waits");
    }
    grown / u64::from(count)
}

fn of_a_process(count: u32) -> u64 {
    let program = std::env::current_exe().expect("this program has a path");
    let mut children: Vec<(Child, UnixStream)> = (0..count)
        .map(|_| {
            let (near, far) = UnixStream::pair().expect("a socket pair");
            let child = Command::new(&program).arg("wait").stdin(Stdio::from(OwnedFd::from(far))).spawn();
            (child.expect("this program starts"), near)
        })
        .collect();
    for (_, link) in &mut children {
        std::io::Read::read_exact(link, &mut [0]).expect("the child says that it waits");
    }
    let size = |child: &Child| memory::pss(child.id()).expect("the system tells the size of a child").0;
    let whole: u64 = children.iter().map(|(child, _)| size(child)).sum();
    for (mut child, link) in children {
        drop(link);
        child.wait().expect("a child can be waited for");
    }
    whole / u64::from(count)
}

/// A process that says that it waits, and waits for the end of its link.
fn wait() -> ExitCode {
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).expect("standard input is open");
    let mut link = UnixStream::from(input);
    std::io::Write::write_all(&mut link, b"!").expect("somebody listens");
    let _ = std::io::Read::read(&mut link, &mut [0]);
    ExitCode::SUCCESS
}
