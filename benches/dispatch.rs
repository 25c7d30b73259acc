//! What it costs to hand out an empty task and take its result back, beside the bare mechanism underneath.
//!
//! `cargo bench --bench dispatch`. All variants take turns in one run, two workers each. A task costs wall time and, which
//! other programs on the machine disturb less, CPU time of all threads and processes that take part; figures are medians
//! and ranges over the rounds, ratios are medians of the rounds' own ratios. Names that contain one of the further
//! arguments can be run alone: `cargo bench --bench dispatch -- threads`.
//!
//! - `bare cursor`: threads that claim from one atomic counter, read a task as large as ours and store an output as large
//!   as ours in one shared array; their clock starts when both of them run, since a few milliseconds of work may else be
//!   over before the second has woken up;
//! - `bare socket pair`: processes that answer eight bytes with eight bytes, as many on their way as in our window;
//! - `Pool.imap_unordered`: CPython's multiprocessing, where python3 is there.
//!
//! Nobody spins here: who has nothing to do is blocked in the system.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Instant;

use crossbeam_utils::CachePadded;
use partui::backend::{self, Pool, PoolSetup};
use partui::board::Board;
use partui::engine::calibrate;
use partui::machine::clock;
use partui::spec::{BackendId, Chunk, Configuration, Transport, Wish};
use partui::units::Nanos;
use partui::workload::{Output, Task, Value, by_id};

const WORKERS: usize = 2;

/// As many tasks on their way per worker as the supervisor allows at most.
const WINDOW: usize = 256;

/// The size of a bare message, each way.
const MESSAGE: usize = 8;

struct Effort {
    rounds: usize,
    tasks: usize,
}

/// What a number of empty tasks took, in seconds.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    /// Of all threads and processes that took part; `None` where that is not known.
    cpu: Option<f64>,
}

/// Runs a number of empty tasks.
type Run = Box<dyn FnMut() -> Cost>;

struct Variant {
    name: String,
    run: Run,
    costs: Vec<Cost>,
}

/// Two variants and how many times what the second takes the first should take at most.
const COMPARISONS: [(&str, &str, f64); 6] = [
    ("threads, chunk 1", "bare cursor, chunk 1", 1.5),
    ("threads, chunk 8", "bare cursor, chunk 8", 1.5),
    ("threads, chunk 8", "rayon, chunk 1", 1.0),
    ("processes, chunk 1", "bare socket pair, window 256", 2.0),
    ("processes, one in flight", "bare socket pair, window 1", 1.5),
    ("processes, chunk 1", "Pool.imap_unordered, chunksize 1", 1.0 / 30.0),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("worker") => return partui::worker::main(&arguments[1..]),
        Some("echo") => {
            answer_everything();
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    let effort = if quick { Effort { rounds: 1, tasks: 2_000 } } else { Effort { rounds: 21, tasks: 400_000 } };
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut variants = variants(effort.tasks, !quick);
    variants.retain(|variant| wanted.is_empty() || wanted.iter().any(|part| variant.name.contains(*part)));
    for _ in 0..effort.rounds {
        for variant in &mut variants {
            let cost = (variant.run)();
            variant.costs.push(cost);
        }
    }
    print_figures(&variants, effort.tasks);
    println!();
    for (ours, theirs, goal) in COMPARISONS {
        let named = |name: &str| variants.iter().find(|variant| variant.name == name);
        if let (Some(ours), Some(theirs)) = (named(ours), named(theirs)) {
            compare(ours, theirs, goal);
        }
    }
    ExitCode::SUCCESS
}

fn variants(tasks: usize, with_python: bool) -> Vec<Variant> {
    let some = tasks / 20;
    let mut variants = vec![
        bare_cursor(1, tasks),
        ours("threads, chunk 1", BackendId::Threads, Chunk::Fixed(1), None, tasks),
        bare_cursor(8, tasks),
        ours("threads, chunk 8", BackendId::Threads, Chunk::Fixed(8), None, tasks),
        ours("threads, chunk auto", BackendId::Threads, Chunk::Auto, None, tasks),
        ours("rayon, chunk 1", BackendId::Rayon, Chunk::Fixed(1), None, tasks),
        bare_sockets(WINDOW, tasks),
        ours("processes, chunk 1", BackendId::Processes, Chunk::Fixed(1), None, tasks),
        ours("processes, chunk auto", BackendId::Processes, Chunk::Auto, None, tasks),
        ours_over("shm, chunk 1", Transport::Shm, BackendId::Processes, Chunk::Fixed(1), None, tasks),
        ours_over("shm, chunk auto", Transport::Shm, BackendId::Processes, Chunk::Auto, None, tasks),
        bare_sockets(1, some).repeated(20),
        ours("processes, one in flight", BackendId::Processes, Chunk::Fixed(1), Some(1), some).repeated(20),
    ];
    variants.extend(with_python.then(|| multiprocessing(some)).flatten().map(|python| python.repeated(20)));
    variants
}

impl Variant {
    fn new(name: impl Into<String>, run: impl FnMut() -> Cost + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run), costs: Vec::new() }
    }

    /// Takes what it costs for that of `times` as many tasks, where doing as many as others would take too long.
    fn repeated(self, times: u32) -> Self {
        let times = f64::from(times);
        let mut run = self.run;
        let scaled = move || {
            let Cost { wall, cpu } = run();
            Cost { wall: wall * times, cpu: cpu.map(|cpu| cpu * times) }
        };
        Self { run: Box::new(scaled), ..Self::new(self.name, || Cost { wall: 0.0, cpu: None }) }
    }
}

/// CPU time of other processes so far, in seconds.
fn cpu_of(processes: &[u32]) -> f64 {
    let of = |process: &u32| {
        let account = std::fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
        account.split_ascii_whitespace().next()?.parse::<f64>().ok()
    };
    processes.iter().filter_map(of).sum::<f64>() * 1e-9
}

/// Our own pool, started once.
fn ours(name: &str, backend: BackendId, chunk: Chunk, in_flight: Option<u32>, tasks: usize) -> Variant {
    ours_over(name, Transport::Pipe, backend, chunk, in_flight, tasks)
}

fn ours_over(
    name: &str,
    transport: Transport,
    backend: BackendId,
    chunk: Chunk,
    in_flight: Option<u32>,
    tasks: usize,
) -> Variant {
    let workload = by_id("mixed").expect("mixed is a workload");
    let mut wish = Wish::of(workload, backend, u32::try_from(WORKERS).expect("few workers"));
    (wish.chunk, wish.in_flight, wish.transport) = (chunk, in_flight, transport);
    wish.values.set("tasks", Value::Count(tasks as u64));
    for part in ["cpu-us", "io-us"] {
        let table = workload.about().parameters;
        let parameter = table.iter().find(|parameter| parameter.name == part).expect("a dial of mixed");
        wish.values.set(part, parameter.parse("0").expect("nothing is allowed"));
    }
    let configuration = Configuration::new(wish).expect("an empty task is a workload");
    let mut pool = start(configuration);
    Variant::new(name, move || {
        let processes = pool.processes();
        let before = cpu_of(&processes) + clock::thread_cpu().seconds();
        let run = pool.run().expect("an empty task cannot fail");
        let end = clock::now();
        let after = cpu_of(&processes) + clock::thread_cpu().seconds();
        assert_eq!(run.outputs.len(), tasks);
        let threads =
            if processes.is_empty() { run.reports.iter().map(|report| report.cpu.seconds()).sum() } else { 0.0 };
        Cost { wall: end.since(run.start).seconds(), cpu: Some(after - before + threads) }
    })
}

fn start(configuration: Configuration) -> Box<dyn Pool> {
    let board = Arc::new(Board::create(configuration.workers).expect("memory for a board"));
    let calibration = calibrate(&configuration, None, &board).expect("an empty task can be timed");
    let job = calibration.job(&configuration);
    let plan = configuration.workload().plan(&job);
    let setup = PoolSetup {
        job: Arc::new(job),
        plan: Arc::new(plan),
        // What it is on an idle machine: a disturbed calibration would have more tasks timed.
        task_cost: Nanos(10),
        board,
        table: None,
        witness: Arc::new(|gone| panic!("{gone:?}")),
        trap: None,
        gil: None,
        configuration: Arc::new(configuration),
    };
    backend::by_id(setup.configuration.backend).start(setup).expect("two workers")
}

/// An [`Output`] without bytes, as three words that several threads may write.
type Stored = [AtomicU64; size_of::<Output>() / 8];

/// Threads that claim from one counter and store what they did in one array, as little as that can be.
fn bare_cursor(chunk: usize, tasks: usize) -> Variant {
    let shared = Arc::new(BareCursor {
        tasks: (0..tasks as u64).map(|number| Task { io: None, cpu: Some([number, 0, 1]) }).collect(),
        stored: (0..tasks).map(|_| Stored::default()).collect(),
        cursor: CachePadded::default(),
        awake: CachePadded::default(),
        begin: Barrier::new(WORKERS + 1),
        chunk,
    });
    let (finished, ends) = std::sync::mpsc::channel();
    for _ in 0..WORKERS {
        let (shared, finished) = (Arc::clone(&shared), finished.clone());
        std::thread::spawn(move || while finished.send(shared.take_part()).is_ok() {});
    }
    Variant::new(format!("bare cursor, chunk {chunk}"), move || {
        shared.awake.store(0, Ordering::Relaxed);
        shared.cursor.store(0, Ordering::Relaxed);
        shared.begin.wait();
        let parts: Vec<Part> = (0..WORKERS).map(|_| ends.recv().expect("the threads live")).collect();
        let start = parts.iter().map(|part| part.start).min().expect("two workers");
        Cost { wall: start.elapsed().as_secs_f64(), cpu: Some(parts.iter().map(|part| part.cpu).sum()) }
    })
}

/// What bare threads share.
struct BareCursor {
    tasks: Vec<Task>,
    stored: Vec<Stored>,
    cursor: CachePadded<AtomicUsize>,
    awake: CachePadded<AtomicUsize>,
    begin: Barrier,
    chunk: usize,
}

/// What one bare thread did: when it began, and its CPU time in seconds.
struct Part {
    start: Instant,
    cpu: f64,
}

impl BareCursor {
    fn take_part(&self) -> Part {
        self.begin.wait();
        self.awake.fetch_add(1, Ordering::Relaxed);
        while self.awake.load(Ordering::Relaxed) < WORKERS {
            std::hint::spin_loop();
        }
        let (start, before) = (Instant::now(), clock::thread_cpu());
        self.claim_all();
        Part { start, cpu: clock::thread_cpu().since(before).seconds() }
    }

    fn claim_all(&self) {
        loop {
            let first = self.cursor.fetch_add(self.chunk, Ordering::Relaxed);
            if first >= self.tasks.len() {
                return;
            }
            let end = (first + self.chunk).min(self.tasks.len());
            for (task, [value, bytes, length]) in self.tasks[first..end].iter().zip(&self.stored[first..end]) {
                value.store(task.cpu.map_or(0, |[number, ..]| number + 1), Ordering::Relaxed);
                bytes.store(1, Ordering::Relaxed);
                length.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// Processes that echo; each has a window's worth of messages on its way, in as few system calls as that takes.
fn bare_sockets(window: usize, tasks: usize) -> Variant {
    let mut peers: Vec<Peer> = (0..WORKERS).map(|_| Peer::start()).collect();
    Variant::new(format!("bare socket pair, window {window}"), move || {
        let processes: Vec<u32> = peers.iter().map(|peer| peer.child.id()).collect();
        let before = cpu_of(&processes) + clock::thread_cpu().seconds();
        let start = Instant::now();
        let mut to_send = tasks;
        for peer in &mut peers {
            let first = window.min(to_send);
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
        let wall = start.elapsed().as_secs_f64();
        Cost { wall, cpu: Some(cpu_of(&processes) + clock::thread_cpu().seconds() - before) }
    })
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
    Some(Variant::new("Pool.imap_unordered, chunksize 1", move || {
        use std::io::BufRead;
        let _alive = &child;
        let mut line = String::new();
        ask.write_all(b"\n").expect("the script listens");
        answers.read_line(&mut line).expect("the script answers");
        Cost { wall: line.trim().parse::<f64>().expect("seconds"), cpu: None }
    }))
}

/// Smallest, median and largest.
fn spread(mut values: Vec<f64>) -> Option<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    Some([*values.first()?, values[values.len() / 2], *values.last()?])
}

#[expect(clippy::cast_precision_loss, reason = "a task count far below 2^53")]
fn print_figures(variants: &[Variant], tasks: usize) {
    println!("{:<34} {:>10} {:>21} {:>10}", "µs per empty task, 2 workers", "wall", "min – max", "CPU");
    let each = |seconds: f64| seconds * 1e6 / tasks as f64;
    for Variant { name, costs, .. } in variants {
        let wall = spread(costs.iter().map(|cost| each(cost.wall)).collect());
        let cpu = spread(costs.iter().filter_map(|cost| cost.cpu).map(each).collect());
        let Some([min, median, max]) = wall else { continue };
        let cpu = cpu.map_or("–".to_owned(), |[_, median, _]| format!("{median:.4}"));
        println!("{name:<34} {median:>10.4} {min:>10.4} – {max:<8.4} {cpu:>10}");
    }
}

fn compare(ours: &Variant, theirs: &Variant, goal: f64) {
    let pairs = || ours.costs.iter().zip(&theirs.costs);
    let wall = spread(pairs().map(|(own, other)| own.wall / other.wall).collect());
    let cpu = spread(pairs().filter_map(|(own, other)| Some(own.cpu? / other.cpu?)).collect());
    let Some([min, median, max]) = wall else { return };
    let verdict = if median <= goal { "met" } else { "NOT met" };
    let cpu = cpu.map_or(String::new(), |[_, median, _]| format!("; CPU {median:.2}"));
    println!("{} / {}: {median:.3} ({min:.3} – {max:.3}), goal ≤ {goal:.3}: {verdict}{cpu}", ours.name, theirs.name);
}
