//! How fast payloads get to tasks and back, beside the bare mechanisms underneath.
//!
//! `cargo bench --bench payload`. All variants take turns in one run, two workers each; a figure is bytes moved one way per
//! second of wall time, the median over the rounds, and the ratios are medians of the rounds' own ratios.
//!
//! - `bare socket pair`: processes that read a payload and write it back, nobody looks into it;
//! - `bare hand-over`: threads that share two areas each with a feeder, which fills them by copying, sums them up when they
//!   come back, and blocks in between; the threads sum them up as well (CRC-32, as ours do);
//! - `Pool.imap_unordered`: CPython's multiprocessing, where python3 is there.
//!
//! Ours reads every payload at both ends. Nobody spins for longer than a microsecond.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use partui::backend::{self, Pool, PoolSetup};
use partui::board::Board;
use partui::engine::calibrate;
use partui::spec::{BackendId, Configuration, Transport, Wish};
use partui::units::{Bytes, Nanos};
use partui::workload::{Value, by_id};

const WORKERS: usize = 2;

/// Payloads and how many tasks move them in a round.
const SIZES: [(usize, usize); 3] = [(64 << 10, 2_000), (1 << 20, 200), (16 << 20, 16)];

/// Runs the tasks and says how long it took, in seconds.
type Run = Box<dyn FnMut() -> f64>;

struct Variant {
    name: &'static str,
    run: Run,
    seconds: Vec<f64>,
}

impl Variant {
    fn new(name: &'static str, run: impl FnMut() -> f64 + 'static) -> Self {
        Self { name, run: Box::new(run), seconds: Vec::new() }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("worker") => return partui::worker::main(&arguments[1..]),
        Some("echo") => {
            give_back(arguments[1].parse().expect("a length"));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    for (payload, tasks) in SIZES {
        let (rounds, tasks) = if quick { (1, 4) } else { (9, tasks) };
        measure(payload, tasks, rounds, !quick);
    }
    ExitCode::SUCCESS
}

const SOCKETS: &str = "bare socket pair";
const HAND_OVER: &str = "bare hand-over";
const POOL: &str = "Pool.imap_unordered";

fn measure(payload: usize, tasks: usize, rounds: usize, with_python: bool) {
    let mut variants = vec![
        bare_sockets(payload, tasks),
        ours("pipe", Transport::Pipe, BackendId::Processes, payload, tasks),
        bare_hand_over(payload, tasks),
        ours("shm", Transport::Shm, BackendId::Processes, payload, tasks),
        ours("threads, by reference", Transport::Reference, BackendId::Threads, payload, tasks),
        ours("threads, channel", Transport::Channel, BackendId::Threads, payload, tasks),
    ];
    variants.extend(with_python.then(|| multiprocessing(payload, tasks)).flatten());
    for _ in 0..rounds {
        for variant in &mut variants {
            let seconds = (variant.run)();
            variant.seconds.push(seconds);
        }
    }
    print_figures(&variants, payload, tasks);
    let pool_goal = if payload == 1 << 20 { 2.3 } else { 5.0 };
    let named = |name| variants.iter().find(|variant| variant.name == name);
    for (ours, theirs, goal) in
        [("pipe", SOCKETS, 0.7), ("shm", HAND_OVER, 0.7), ("shm", POOL, pool_goal), ("pipe", POOL, pool_goal)]
    {
        if let (Some(ours), Some(theirs)) = (named(ours), named(theirs)) {
            compare(ours, theirs, goal);
        }
    }
    println!();
}

/// Our own pool, started once.
fn ours(name: &'static str, transport: Transport, backend: BackendId, payload: usize, tasks: usize) -> Variant {
    let workload = by_id("mixed").expect("mixed is a workload");
    let mut wish = Wish::of(workload, backend, u32::try_from(WORKERS).expect("few workers"));
    (wish.transport, wish.payload) = (transport, Bytes(payload as u64));
    wish.values.set("tasks", Value::Count(tasks as u64));
    for part in ["cpu-us", "io-us"] {
        let parameter = workload.about().parameters.iter().find(|parameter| parameter.name == part);
        wish.values.set(part, parameter.expect("a dial of mixed").parse("0").expect("nothing is allowed"));
    }
    let mut pool = start(Configuration::new(wish).expect("a payload is allowed"));
    Variant::new(name, move || {
        let start = Instant::now();
        let run = pool.run().expect("an empty task cannot fail");
        assert_eq!((run.outputs.len(), run.deaths), (tasks, 0));
        start.elapsed().as_secs_f64()
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
        task_cost: calibration.task_cost.max(Nanos(1)),
        board,
        table: None,
        witness: Arc::new(|gone| panic!("{gone:?}")),
        trap: None,
        gil: None,
        configuration: Arc::new(configuration),
    };
    backend::by_id(setup.configuration.backend).start(setup).expect("two workers")
}

/// A process that gives back what it gets, and how much of it has come back.
struct Peer {
    child: Child,
    link: UnixStream,
    buffer: Vec<u8>,
    to_write: usize,
    to_read: usize,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bare_sockets(payload: usize, tasks: usize) -> Variant {
    let source = vec![1_u8; payload];
    let mut peers: Vec<Peer> = (0..WORKERS).map(|_| peer(payload)).collect();
    Variant::new(SOCKETS, move || {
        let start = Instant::now();
        for (place, peer) in peers.iter_mut().enumerate() {
            let share = tasks / WORKERS + usize::from(place < tasks % WORKERS);
            (peer.to_write, peer.to_read) = (share * payload, share * payload);
        }
        while peers.iter().any(|peer| peer.to_read > 0) {
            wait(&peers);
            for peer in &mut peers {
                move_on(peer, &source);
            }
        }
        start.elapsed().as_secs_f64()
    })
}

fn peer(payload: usize) -> Peer {
    let (near, far) = UnixStream::pair().expect("a socket pair");
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(["echo", &payload.to_string()]).stdin(Stdio::from(std::os::fd::OwnedFd::from(far)));
    near.set_nonblocking(true).expect("a socket");
    let child = command.spawn().expect("this program starts");
    Peer { child, link: near, buffer: vec![0; payload], to_write: 0, to_read: 0 }
}

fn wait(peers: &[Peer]) {
    use rustix::event::{PollFd, PollFlags, poll};
    let interest = |peer: &Peer| if peer.to_write > 0 { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let mut links: Vec<PollFd<'_>> = peers.iter().map(|peer| PollFd::new(&peer.link, interest(peer))).collect();
    poll(&mut links, None).expect("sockets can be waited for");
}

/// Writes what the link takes of the payload under way, and reads what it has.
fn move_on(peer: &mut Peer, source: &[u8]) {
    if peer.to_write > 0 {
        let rest = (peer.to_write - 1) % source.len() + 1;
        peer.to_write -= peer.link.write(&source[source.len() - rest..]).unwrap_or(0);
    }
    if peer.to_read > 0 {
        peer.to_read -= peer.link.read(&mut peer.buffer).unwrap_or(0);
    }
}

/// The peer's side.
fn give_back(payload: usize) {
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).expect("standard input is open");
    let mut link = UnixStream::from(input);
    let mut buffer = vec![0; payload];
    while link.read_exact(&mut buffer).is_ok() && link.write_all(&buffer).is_ok() {}
}

/// Areas that go to and fro between a feeder and threads.
fn bare_hand_over(payload: usize, tasks: usize) -> Variant {
    let source = vec![1_u8; payload];
    let expected = crc32fast::hash(&source);
    let (give, taken): (Sender<Vec<u8>>, Receiver<Vec<u8>>) = channel();
    let seats: Vec<Sender<Vec<u8>>> = (0..WORKERS).map(|_| summing(expected, give.clone())).collect();
    let mut areas: Vec<Vec<u8>> = (0..2 * WORKERS).map(|_| source.clone()).collect();
    Variant::new(HAND_OVER, move || {
        let start = Instant::now();
        let (mut given, mut back) = (0, 0);
        while back < tasks {
            while given < tasks
                && let Some(mut area) = areas.pop()
            {
                area.copy_from_slice(&source);
                seats[given % WORKERS].send(area).expect("the threads live");
                given += 1;
            }
            let area = taken.recv().expect("the threads live");
            assert_eq!(crc32fast::hash(&area), expected);
            areas.push(area);
            back += 1;
        }
        start.elapsed().as_secs_f64()
    })
}

fn summing(expected: u32, back: Sender<Vec<u8>>) -> Sender<Vec<u8>> {
    let (give, taken) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        for area in taken {
            assert_eq!(crc32fast::hash(&area), expected);
            if back.send(area).is_err() {
                return;
            }
        }
    });
    give
}

/// CPython's process pool on a function that returns its argument, timed by itself.
fn multiprocessing(payload: usize, tasks: usize) -> Option<Variant> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/rivals/payload.py");
    let mut child = Command::new("python3")
        .args(["-I", script, &WORKERS.to_string(), &tasks.to_string(), &payload.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut ask = child.stdin.take()?;
    let mut answers = std::io::BufReader::new(child.stdout.take()?);
    Some(Variant::new(POOL, move || {
        use std::io::BufRead;
        let _alive = &child;
        let mut line = String::new();
        ask.write_all(b"\n").expect("the script listens");
        answers.read_line(&mut line).expect("the script answers");
        line.trim().parse().expect("seconds")
    }))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "byte counts far below 2^53")]
fn print_figures(variants: &[Variant], payload: usize, tasks: usize) {
    println!("{:<26} {:>10} {:>12}", format!("payload {}", Bytes(payload as u64)), "MiB/s", "µs per task");
    for Variant { name, seconds, .. } in variants {
        let seconds = median(seconds.clone());
        let speed = (payload * tasks) as f64 / f64::from(1 << 20) / seconds;
        println!("{name:<26} {speed:>10.0} {:>12.1}", seconds * 1e6 / tasks as f64);
    }
}

/// How many times as fast.
fn compare(ours: &Variant, theirs: &Variant, goal: f64) {
    let ratio = median(theirs.seconds.iter().zip(&ours.seconds).map(|(other, own)| other / own).collect());
    let verdict = if ratio >= goal { "met" } else { "NOT met" };
    println!("speed of {} / {}: {ratio:.2}, goal ≥ {goal}: {verdict}", ours.name, theirs.name);
}
