//! What it costs to hand out an empty task and take its result back, beside the bare mechanism underneath.
//!
//! `cargo bench --bench dispatch`. All variants take turns in one run, two workers each; the figures are microseconds per
//! task, median and range over the rounds, and the ratios are medians of the rounds' own ratios.
//!
//! - `bare cursor`: threads that claim from one atomic counter and keep an output per task, nothing else;
//! - `bare socket pair`: processes that answer eight bytes with eight bytes, as many on their way as in our window;
//! - `Pool.imap_unordered`: CPython's multiprocessing, where python3 is there.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Instant;

use partui::backend::{self, Pool, PoolSetup};
use partui::board::Board;
use partui::engine::calibrate;
use partui::spec::{BackendId, Chunk, Configuration, Wish};
use partui::units::Nanos;
use partui::workload::{Output, Value, by_id};

const WORKERS: usize = 2;

/// As many tasks on their way per worker as the supervisor allows at most.
const WINDOW: usize = 256;

/// The size of a bare message, each way.
const MESSAGE: usize = 8;

struct Effort {
    rounds: usize,
    tasks: usize,
}

/// Runs a number of empty tasks and says how long it took, in seconds.
type Run = Box<dyn FnMut() -> f64>;

struct Variant {
    name: String,
    run: Run,
    seconds: Vec<f64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("worker") => return partui::worker::main(&arguments[2..]),
        Some("echo") => {
            answer_everything();
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    let effort = if quick { Effort { rounds: 1, tasks: 2_000 } } else { Effort { rounds: 21, tasks: 400_000 } };
    let mut variants = vec![
        bare_cursor(1, effort.tasks),
        ours(BackendId::Threads, Some(1), effort.tasks),
        bare_cursor(8, effort.tasks),
        ours(BackendId::Threads, Some(8), effort.tasks),
        ours(BackendId::Threads, None, effort.tasks),
        ours(BackendId::Rayon, Some(1), effort.tasks),
        bare_sockets(effort.tasks),
        ours(BackendId::Processes, Some(1), effort.tasks),
        ours(BackendId::Processes, None, effort.tasks),
    ];
    let python = (!quick).then(|| multiprocessing(effort.tasks / 20)).flatten();
    let has_python = python.is_some();
    variants.extend(python);
    for _ in 0..effort.rounds {
        for variant in &mut variants {
            let seconds = (variant.run)();
            variant.seconds.push(seconds);
        }
    }
    print_figures(&variants, effort.tasks);
    println!();
    ratio(&variants, 1, 0, "≤ 1.5", |ratio| ratio <= 1.5);
    ratio(&variants, 3, 2, "≤ 1.5", |ratio| ratio <= 1.5);
    ratio(&variants, 7, 6, "≤ 3", |ratio| ratio <= 3.0);
    if has_python {
        ratio(&variants, 9, 7, "≥ 30", |ratio| ratio >= 30.0);
    } else {
        println!("not compared with multiprocessing: no python3 on PATH, or not run as a benchmark");
    }
    ExitCode::SUCCESS
}

/// Our own pool, started once.
fn ours(backend: BackendId, chunk: Option<u32>, tasks: usize) -> Variant {
    let workload = by_id("mixed").expect("mixed is a workload");
    let mut wish = Wish::of(workload, backend, u32::try_from(WORKERS).expect("few workers"));
    wish.chunk = chunk.map_or(Chunk::Auto, Chunk::Fixed);
    wish.values.set("tasks", Value::Count(tasks as u64));
    for part in ["cpu-us", "io-us"] {
        let table = workload.about().parameters;
        let parameter = table.iter().find(|parameter| parameter.name == part).expect("a dial of mixed");
        wish.values.set(part, parameter.parse("0").expect("nothing is allowed"));
    }
    let configuration = Configuration::new(wish).expect("an empty task is a workload");
    let mut pool = start(configuration);
    let run = Box::new(move || {
        let run = pool.run().expect("an empty task cannot fail");
        assert_eq!(run.outputs.len(), tasks);
        run.reports.iter().map(|report| report.finished.since(run.start).seconds()).fold(0.0, f64::max)
    });
    let chunk = chunk.map_or("auto".to_owned(), |chunk| chunk.to_string());
    Variant { name: format!("{}, chunk {chunk}", backend.id()), run, seconds: Vec::new() }
}

fn start(configuration: Configuration) -> Box<dyn Pool> {
    let board = Arc::new(Board::create(configuration.workers).expect("memory for a board"));
    let calibration = calibrate(&configuration, None, &board).expect("an empty task can be timed");
    let job = calibration.job(&configuration);
    let plan = configuration.workload().plan(&job);
    let setup = PoolSetup {
        job: Arc::new(job),
        plan: Arc::new(plan),
        task_cost: calibration.task_cost.max(Nanos(1)),
        board,
        witness: Arc::new(|gone| panic!("{gone:?}")),
        configuration: Arc::new(configuration),
    };
    backend::by_id(setup.configuration.backend).start(setup).expect("two workers")
}

/// Threads that claim from one counter and keep what they did, as little as that can be.
fn bare_cursor(chunk: usize, tasks: usize) -> Variant {
    let cursor = Arc::new(AtomicUsize::new(0));
    let begin = Arc::new(Barrier::new(WORKERS + 1));
    let (finished, ends) = std::sync::mpsc::channel();
    for _ in 0..WORKERS {
        let (cursor, begin, finished) = (Arc::clone(&cursor), Arc::clone(&begin), finished.clone());
        std::thread::spawn(move || {
            let mut kept: Vec<Output> = Vec::with_capacity(tasks);
            loop {
                begin.wait();
                kept.clear();
                loop {
                    let first = cursor.fetch_add(chunk, Ordering::Relaxed);
                    if first >= tasks {
                        break;
                    }
                    kept.extend((first..(first + chunk).min(tasks)).map(|number| Output::from(number as u64)));
                }
                std::hint::black_box(&kept);
                if finished.send(Instant::now()).is_err() {
                    return;
                }
            }
        });
    }
    let run = Box::new(move || {
        cursor.store(0, Ordering::Relaxed);
        let start = Instant::now();
        begin.wait();
        let last = (0..WORKERS).filter_map(|_| ends.recv().ok()).max().expect("the threads live");
        last.duration_since(start).as_secs_f64()
    });
    Variant { name: format!("bare cursor, chunk {chunk}"), run, seconds: Vec::new() }
}

/// Processes that echo; each has a window's worth of messages on its way, in as few system calls as that takes.
fn bare_sockets(tasks: usize) -> Variant {
    let mut peers: Vec<Peer> = (0..WORKERS).map(|_| Peer::start()).collect();
    let run = Box::new(move || {
        let start = Instant::now();
        let mut to_send = tasks;
        for peer in &mut peers {
            let first = WINDOW.min(to_send);
            peer.send(first);
            to_send -= first;
        }
        let mut answered = 0;
        while answered < tasks {
            for place in ready(&peers) {
                let count = peers[place].receive();
                answered += count;
                let next = count.min(to_send);
                peers[place].send(next);
                to_send -= next;
            }
        }
        start.elapsed().as_secs_f64()
    });
    Variant { name: format!("bare socket pair, window {WINDOW}"), run, seconds: Vec::new() }
}

struct Peer {
    child: Child,
    link: UnixStream,
    buffer: Vec<u8>,
    /// Bytes of an answer that has not come whole.
    rest: usize,
}

impl Peer {
    fn start() -> Self {
        let (near, far) = UnixStream::pair().expect("a socket pair");
        let program = std::env::current_exe().expect("this program has a path");
        let child = Command::new(program).arg("echo").stdin(Stdio::from(std::os::fd::OwnedFd::from(far))).spawn();
        Self { child: child.expect("this program starts"), link: near, buffer: vec![0; 64 << 10], rest: 0 }
    }

    fn send(&mut self, messages: usize) {
        self.link.write_all(&vec![1; messages * MESSAGE]).expect("the peer listens");
    }

    /// Reads once; how many whole answers that makes.
    fn receive(&mut self) -> usize {
        let bytes = self.rest + self.link.read(&mut self.buffer).expect("the peer answers");
        self.rest = bytes % MESSAGE;
        bytes / MESSAGE
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ready(peers: &[Peer]) -> Vec<usize> {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut links: Vec<PollFd<'_>> = peers.iter().map(|peer| PollFd::new(&peer.link, PollFlags::IN)).collect();
    poll(&mut links, None).expect("sockets can be waited for");
    (0..peers.len()).filter(|place| links[*place].revents().contains(PollFlags::IN)).collect()
}

/// The peer's side: reads what there is, writes as much back.
fn answer_everything() {
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).expect("standard input is open");
    let mut link = UnixStream::from(input);
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = link.read(&mut buffer) {
        if link.write_all(&buffer[..read]).is_err() {
            return;
        }
    }
}

/// CPython's process pool on a function that does nothing, timed by itself.
fn multiprocessing(tasks: usize) -> Option<Variant> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/rivals/dispatch.py");
    let mut child = Command::new("python3")
        .args(["-I", script, &WORKERS.to_string(), &tasks.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut ask = child.stdin.take()?;
    let mut answers = std::io::BufReader::new(child.stdout.take()?);
    let run = Box::new(move || {
        use std::io::BufRead;
        let _alive = &child;
        let mut line = String::new();
        ask.write_all(b"\n").expect("the script listens");
        answers.read_line(&mut line).expect("the script answers");
        // Fewer tasks than the others have, so that a round stays short; scaled to theirs.
        line.trim().parse::<f64>().expect("seconds") * 20.0
    });
    Some(Variant { name: "Pool.imap_unordered, chunksize 1".to_owned(), run, seconds: Vec::new() })
}

#[expect(clippy::cast_precision_loss, reason = "a task count far below 2^53")]
fn print_figures(variants: &[Variant], tasks: usize) {
    println!("{:<34} {:>10} {:>21}", "µs per empty task, 2 workers", "median", "min – max");
    for variant in variants {
        let mut each: Vec<f64> = variant.seconds.iter().map(|seconds| seconds * 1e6 / tasks as f64).collect();
        each.sort_by(f64::total_cmp);
        let (min, median, max) = (each[0], each[each.len() / 2], each[each.len() - 1]);
        println!("{:<34} {median:>10.4} {min:>10.4} – {max:<8.4}", variant.name);
    }
}

fn ratio(variants: &[Variant], ours: usize, theirs: usize, goal: &str, is_met: impl Fn(f64) -> bool) {
    let (ours, theirs) = (&variants[ours], &variants[theirs]);
    let mut ratios: Vec<f64> = ours.seconds.iter().zip(&theirs.seconds).map(|(own, other)| own / other).collect();
    ratios.sort_by(f64::total_cmp);
    let (min, median, max) = (ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
    let verdict = if is_met(median) { "met" } else { "NOT met" };
    println!("{} / {}: {median:.2} ({min:.2} – {max:.2}), goal {goal}: {verdict}", ours.name, theirs.name);
}
