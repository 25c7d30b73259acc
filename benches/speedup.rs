//! What the lock, threads and processes make of the same work, beside what the machine can give.
//!
//! `cargo bench --bench speedup`, less than a minute. Two workers; all variants take turns, so that each ratio is of one
//! round. The ceiling is what two bare processes reach that compute the very same tasks and do nothing else: on hardware
//! threads that share a core, or beside other programs, that is less than twice. The last figure is of 320 waits.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use partui::backend::{self, Pool, PoolSetup};
use partui::beat::Beat;
use partui::board::Board;
use partui::engine::{Calibration, calibrate};
use partui::spec::BackendId::{Processes, Sequential, Threads};
use partui::spec::{BackendId, Configuration, Wish};
use partui::task::StripedTable;
use partui::units::Nanos;
use partui::workload::{Data, Job, Plan, Value, by_id};

/// Tasks of the computing job: about 0.15 s for one worker.
const TASKS: u64 = 200;

/// Waits of the waiting job, of 10 ms each.
const WAITS: u64 = 320;

/// Workers that wait.
const WAITERS: u32 = 32;

/// On a slow or busy machine no further round begins after this long.
const LONGEST: Duration = Duration::from_secs(45);

/// One round in so many waits one after the other too, which takes three seconds.
const SEQUENTIAL_WAITS: usize = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("worker") => return partui::worker::main(&arguments[2..]),
        Some("bare") => return compute_on_demand(),
        _ => {}
    }
    let quick = !arguments.iter().any(|argument| argument == "--bench");
    let (rounds, tasks, waits) = if quick { (1, 20, 32) } else { (41, TASKS, WAITS) };
    let mut bench = Bench::start(tasks, waits);
    let begun = Instant::now();
    let rounds = (0..rounds).take_while(|round| *round == 0 || begun.elapsed() < LONGEST);
    let figures: Vec<Figures> = rounds.map(|round| bench.round(round % SEQUENTIAL_WAITS == 0)).collect();
    println!("{} rounds", figures.len());
    print(&figures);
    ExitCode::SUCCESS
}

/// The seconds of one round.
struct Figures {
    sequential: f64,
    locked_threads: f64,
    threads: f64,
    locked_processes: f64,
    one_bare: f64,
    two_bare: f64,
    waiting: f64,
    /// The same waits one after the other; not in every round.
    waiting_alone: Option<f64>,
}

impl Figures {
    /// How many times faster two bare processes are than one.
    fn ceiling(&self) -> f64 {
        self.one_bare / self.two_bare
    }
}

/// Everything that takes turns.
struct Bench {
    sequential: Runner,
    locked_threads: Runner,
    threads: Runner,
    locked_processes: Runner,
    bare: [Bare; 2],
    tasks: u64,
    waiting: Runner,
    waiting_alone: Runner,
}

impl Bench {
    fn start(tasks: u64, waits: u64) -> Self {
        let primes = |backend, gil| Runner::start(&computing(backend, gil, tasks));
        Self {
            sequential: primes(Sequential, false),
            locked_threads: primes(Threads, true),
            threads: primes(Threads, false),
            locked_processes: primes(Processes, true),
            bare: [Bare::start(tasks), Bare::start(tasks)],
            tasks,
            waiting: Runner::start(&waiting(Threads, waits)),
            waiting_alone: Runner::start(&waiting(Sequential, waits)),
        }
    }

    fn round(&mut self, also_alone: bool) -> Figures {
        let all = self.tasks;
        Figures {
            sequential: self.sequential.seconds(),
            locked_threads: self.locked_threads.seconds(),
            one_bare: bare_seconds(&mut self.bare[..1], all),
            threads: self.threads.seconds(),
            two_bare: bare_seconds(&mut self.bare, all),
            locked_processes: self.locked_processes.seconds(),
            waiting: self.waiting.seconds(),
            waiting_alone: also_alone.then(|| self.waiting_alone.seconds()),
        }
    }
}

fn computing(backend: BackendId, gil: bool, tasks: u64) -> Configuration {
    let workload = by_id("primes").expect("primes is a workload");
    let mut wish = Wish { gil, ..Wish::of(workload, backend, 2) };
    wish.values.set("tasks", Value::Count(tasks));
    Configuration::new(wish).expect("a valid wish")
}

fn waiting(backend: BackendId, waits: u64) -> Configuration {
    let workload = by_id("sleep").expect("sleep is a workload");
    let mut wish = Wish { gil: true, ..Wish::of(workload, backend, WAITERS) };
    wish.values.set("tasks", Value::Count(waits));
    wish.values.set("latency", Value::Duration(Nanos::from_millis(10)));
    Configuration::new(wish).expect("a valid wish")
}

/// A pool of our own, started once.
struct Runner(Box<dyn Pool>);

impl Runner {
    fn start(configuration: &Configuration) -> Self {
        let board = Arc::new(Board::create(configuration.workers).expect("memory for a board"));
        let calibration = calibrate(configuration, None, &board).expect("the work can be timed");
        let (job, plan) = work(configuration, &calibration);
        let setup = PoolSetup {
            plan: Arc::new(plan),
            job: Arc::new(job),
            task_cost: calibration.task_cost,
            board,
            table: StripedTable::wanted(configuration),
            witness: Arc::new(|gone| panic!("{gone:?}")),
            trap: None,
            gil: backend::lock_of(configuration),
            configuration: Arc::new(configuration.clone()),
        };
        Self(backend::by_id(configuration.backend).start(setup).expect("the workers start"))
    }

    /// From the release of the workers to the last one's end.
    fn seconds(&mut self) -> f64 {
        let run = self.0.run().expect("the work can be done");
        assert!(run.lost.is_empty());
        run.reports.iter().map(|report| report.finished.since(run.start).seconds()).fold(0.0, f64::max)
    }
}

fn work(configuration: &Configuration, calibration: &Calibration) -> (Job, Plan) {
    let job = calibration.job(configuration);
    let plan = configuration.workload().plan(&job);
    (job, plan)
}

/// A process that computes tasks of the job and does nothing else.
struct Bare {
    child: Child,
    link: UnixStream,
}

impl Bare {
    fn start(tasks: u64) -> Self {
        let (near, far) = UnixStream::pair().expect("a socket pair");
        let program = std::env::current_exe().expect("this program has a path");
        let child = Command::new(program)
            .args(["bare", &tasks.to_string()])
            .stdin(Stdio::from(OwnedFd::from(far)))
            .spawn()
            .expect("this program starts");
        let mut bare = Self { child, link: near };
        // Once for nothing, so that it is warm.
        bare.order(0, tasks);
        bare.wait();
        bare
    }

    fn order(&mut self, first: u64, end: u64) {
        let order = [first.to_ne_bytes(), end.to_ne_bytes()].concat();
        self.link.write_all(&order).expect("the child listens");
    }

    fn wait(&mut self) {
        self.link.read_exact(&mut [0]).expect("the child answers");
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds that bare processes take for all tasks, each for its share.
fn bare_seconds(processes: &mut [Bare], tasks: u64) -> f64 {
    let share = tasks / processes.len() as u64;
    let start = Instant::now();
    for (first, process) in (0..).step_by(usize::try_from(share).expect("few tasks")).zip(&mut *processes) {
        process.order(first, first + share);
    }
    processes.iter_mut().for_each(Bare::wait);
    start.elapsed().as_secs_f64()
}

/// The bare process's side: computes the tasks that it is told the range of, and answers one byte.
fn compute_on_demand() -> ExitCode {
    let tasks = std::env::args().nth(2).and_then(|tasks| tasks.parse().ok()).expect("a number of tasks");
    let configuration = computing(Sequential, false, tasks);
    let board = Arc::new(Board::create(1).expect("memory for a board"));
    let calibration = calibrate(&configuration, None, &board).expect("the work can be timed");
    let (job, plan) = work(&configuration, &calibration);
    let computation = configuration.workload().computation(&job);
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).expect("standard input is open");
    let mut link = UnixStream::from(input);
    let mut order = [0; 16];
    while link.read_exact(&mut order).is_ok() {
        let bound = |bytes: &[u8]| usize::from_ne_bytes(bytes.try_into().expect("eight bytes"));
        for task in &plan.tasks[bound(&order[..8])..bound(&order[8..])] {
            let args = task.cpu.as_ref().expect("a task that computes");
            std::hint::black_box(computation.compute(args, Data::None, &Beat::idle()).expect("primes can be counted"));
        }
        if link.write_all(&[1]).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

fn print(figures: &[Figures]) {
    println!("{:<52} {:>8} {:>16}  goal", "primes, 2 workers; sleep, 32 workers", "median", "10 – 90 %");
    let alone: Vec<f64> = figures.iter().filter_map(|round| round.waiting_alone).collect();
    let [_, alone, _] = spread(alone);
    row(figures, "two bare processes: the ceiling", Figures::ceiling, "", |_| true);
    row(
        figures,
        "threads, lock on",
        |round| round.sequential / round.locked_threads,
        "0.9 – 1.1",
        |median| (0.9..=1.1).contains(&median),
    );
    row(figures, "threads, lock off", |round| round.sequential / round.threads, "", |_| true);
    row(figures, "processes, lock on", |round| round.sequential / round.locked_processes, "", |_| true);
    let of_ceiling = |round: &Figures, seconds: f64| round.sequential / seconds / round.ceiling();
    row(
        figures,
        "threads, lock off / ceiling",
        |round| of_ceiling(round, round.threads),
        "≥ 0.9",
        |median| median >= 0.9,
    );
    row(
        figures,
        "processes, lock on / ceiling",
        |round| of_ceiling(round, round.locked_processes),
        "≥ 0.9",
        |median| median >= 0.9,
    );
    row(figures, "sleep 10 ms on 32 threads, lock on", |round| alone / round.waiting, "≥ 25", |median| median >= 25.0);
}

fn row(figures: &[Figures], name: &str, figure: impl Fn(&Figures) -> f64, goal: &str, is_met: impl Fn(f64) -> bool) {
    let [low, median, high] = spread(figures.iter().map(figure).collect());
    let verdict = match (goal, is_met(median)) {
        ("", _) => "",
        (_, true) => ": met",
        (_, false) => ": NOT met",
    };
    let range = format!("{low:.2} – {high:.2}");
    println!("{name:<52} {median:>7.2}× {range:>16}  {goal}{verdict}");
}

/// The 10th, 50th and 90th percentile.
fn spread(mut figures: Vec<f64>) -> [f64; 3] {
    figures.sort_by(f64::total_cmp);
    [1, 5, 9].map(|tenth| figures[(figures.len() - 1) * tenth / 10])
}
