//! What dies, stops or lies, and what must come of it. Every scenario is repeated at moments that a seed decides; a
//! failing test shows the seed, and `FAULT_SEED` repeats it.
//!
//! Each fault that is injected is counted, and must be told of exactly once; each test ends with a look at who is left.

mod descriptors;
mod engine;
mod environment;
mod impostors;
mod injected;
mod programs;
mod run;
mod screen;
mod strikes;
mod workers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use partui::engine::{Calibration, Event, Sample};
use partui::machine::process::{Activity, ProcessState};
use partui::spec::{BackendId, Configuration, Transport, Wish};
use partui::units::Nanos;
use partui::workload::{self, Checksum, Values, Workload};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::engine::Engine;
use crate::support::{PARTUI, PATIENCE, eventually};

/// How often each scenario is tried.
const ROUNDS: u32 = 20;

/// What is promised: nothing outlives its parent by more.
const SECOND: Duration = Duration::from_secs(1);

/// Half a minute of work for three worker processes.
const LONG_WORK: &str = "--workload mixed --tasks 200000 --cpu-us 500 --io-us 0 --backend processes --workers 3 --runs 1 \
     --warmup 0 --baseline none";

/// A command line's words.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A row of an export, by column.
type Row = BTreeMap<String, String>;

/// The rows of an export.
fn exported(csv: &[u8]) -> Vec<Row> {
    csv::Reader::from_reader(csv).into_deserialize().collect::<Result<_, _>>().expect("an export")
}

/// Tasks of [`job`].
const TASKS: u64 = 400;

/// Numbers that decide when and whom a fault strikes.
struct Dice(u64);

impl Dice {
    /// Says its seed, which the harness shows where the test fails.
    fn new() -> Self {
        let given = std::env::var("FAULT_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| partui::machine::clock::now().0);
        println!("FAULT_SEED={seed}");
        Self(seed)
    }

    /// A number from 0 up to, not including, `end` (splitmix64).
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick<T: Copy>(&mut self, entries: &[T]) -> T {
        entries[usize::try_from(self.below(entries.len() as u64)).expect("a place in memory")]
    }
}

/// Half a millisecond of computing a task, a fifth of a second in all.
fn job(backend: BackendId, workers: u32) -> Configuration {
    mixed(backend, workers, TASKS, 500)
}

/// Tasks that compute for ten seconds each: whoever has one does not look at its link for a long time.
fn endless(backend: BackendId, workers: u32) -> Configuration {
    mixed(backend, workers, 100, 10_000_000)
}

fn mixed(backend: BackendId, workers: u32, tasks: u64, cpu_us: u64) -> Configuration {
    Configuration::new(Wish { values: values(tasks, cpu_us), ..Wish::of(workload(), backend, workers) })
        .expect("an allowed configuration")
}

fn values(tasks: u64, cpu_us: u64) -> Values {
    let table = workload().about().parameters;
    let mut values = Values::defaults(table);
    for (name, value) in [("tasks", tasks), ("cpu-us", cpu_us), ("io-us", 0)] {
        let parameter = table.iter().find(|parameter| parameter.name == name).expect("a parameter");
        values.set(name, parameter.parse(&value.to_string()).expect("an allowed value"));
    }
    values
}

fn workload() -> &'static dyn Workload {
    workload::by_id("mixed").expect("a workload of the registry")
}

/// What [`job`] costs and what comes out of it where nothing goes wrong.
fn reference() -> &'static (Calibration, Checksum) {
    static REFERENCE: OnceLock<(Calibration, Checksum)> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let sequential = job(BackendId::Sequential, 1);
        let calibration = Engine::start(1).calibrate(&sequential);
        let answer = Engine::once(&sequential, &calibration).answer.expect("nothing goes wrong");
        (calibration, answer.checksum)
    })
}

/// An engine with a pool of worker processes that are ready.
fn engine_of(workers: u32) -> Engine {
    let mut engine = Engine::start(workers);
    engine.configure(&job(BackendId::Processes, workers), &reference().0);
    engine
}

/// As [`engine_of`], with tasks that travel in that way.
fn engine_over(transport: Transport, workers: u32) -> Engine {
    let wish = Wish { transport, values: values(TASKS, 500), ..Wish::of(workload(), BackendId::Processes, workers) };
    let mut engine = Engine::start(workers);
    engine.configure(&Configuration::new(wish).expect("an allowed configuration"), &reference().0);
    engine
}

/// Starts something [`endless`] and waits until all workers compute.
fn set_to_work(engine: &mut Engine, endless: &Configuration) {
    let calibration = Calibration { task_cost: Nanos::from_secs(10), ..reference().0.clone() };
    engine.configure(endless, &calibration);
    engine.begin(0);
    engine.wait_for_work();
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).expect("a process number"), signal).expect("a living process");
}

/// Ends a child of `parent` by a signal, for certain. The runtime of a Rust program takes a first SIGSEGV for an overflow
/// of its stack, finds that it is none, and steps back: a real one would come again, and so does this.
fn strike(parent: &Engine, worker: i32, signal: Signal) {
    send(worker, signal);
    let again = || {
        let living = Pid::from_raw(worker).filter(|_| parent.workers().contains(&worker));
        // It may have ended since it was looked for.
        living.map(|pid| kill_process(pid, signal)).is_none().then_some(())
    };
    assert!(eventually(PATIENCE, again).is_some(), "{signal:?} does not end {worker}");
}

/// Stops a process and waits until it stands still, as partui itself would see it.
fn stop(pid: i32) {
    send(pid, Signal::STOP);
    let stopped = || Activity::of(pid.unsigned_abs()).state == ProcessState::Stopped;
    assert!(eventually(PATIENCE, || stopped().then_some(())).is_some(), "{:?}", Activity::of(pid.unsigned_abs()));
}

/// What samples and events tell of faults; the two must agree.
#[derive(Debug, Default)]
struct Tally {
    seen: u64,
    retried: u64,
    causes: BTreeMap<String, u64>,
}

impl Tally {
    /// Adds the account of a sample that must have found what the reference did.
    fn add(&mut self, sample: &Sample, faults: Vec<Event>) {
        let answer = sample.answer.as_ref().unwrap_or_else(|| panic!("{:?}", sample.failures));
        assert_eq!(answer.checksum, reference().1);
        assert_eq!((sample.tasks, sample.tasks_lost), (TASKS, 0));
        let count = faults.len() as u64;
        let told = self.hear(faults);
        assert_eq!((sample.faults_seen, sample.respawns, sample.tasks_retried), (count, count, told));
        self.seen += count;
        self.retried += told;
    }

    /// Counts causes; returns how many tasks are said to run again.
    fn hear(&mut self, faults: Vec<Event>) -> u64 {
        let mut told = 0;
        for fault in faults {
            let Event::Fault { cause, retried, .. } = fault else { panic!("{fault:?}") };
            *self.causes.entry(cause).or_default() += 1;
            told += retried;
        }
        told
    }
}

/// Executables that are one script under several names, each of which does something else; see the script.
struct Scripts {
    folder: TempDir,
}

impl Scripts {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        std::os::unix::fs::symlink(PARTUI, folder.path().join("partui")).expect("a link");
        Self { folder }
    }

    /// The script under one of its names. It is linked, not written: a file that some process still has open for writing
    /// cannot be executed.
    fn named(&self, name: &str) -> PathBuf {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/impostor.sh");
        let path = self.folder.path().join(name);
        std::os::unix::fs::symlink(script, &path).expect("a link");
        path
    }
}
