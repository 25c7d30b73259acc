//! The conductor with real processes: engines that work, and engines that misbehave in every way a process can.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use partui::conductor::{Ask, Event, Handle, Request, Setup, start};
use partui::engine::{self, Calibration};
use partui::results::{ResultRow, Status};
use partui::spec::{BackendId, Baseline, Configuration, RunSettings, Wish};
use partui::units::Nanos;
use partui::workload::{Survey, Value, by_id};
use tempfile::TempDir;

use crate::support::stopwatch::Stopwatch;
use crate::support::{PARTUI, PATIENCE, eventually};

/// The promise is a second, doubled for a loaded machine.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A conductor with the engines that a test wants.
struct Stage {
    handle: Handle,
    events: Receiver<Event>,
    heard: Vec<Event>,
}

impl Stage {
    fn with(program: impl Into<PathBuf>) -> Self {
        let setup = Setup { program: program.into(), ..Setup::new(2) };
        let (handle, events) = start(setup).expect("a conductor");
        Self { handle, events, heard: Vec::new() }
    }

    fn run(&self, configurations: Vec<Configuration>, settings: RunSettings) {
        self.handle.ask(Ask::Run(Request { configurations, settings, artifact: false }));
    }

    /// Listens until an event is what the test waits for.
    fn wait_for(&mut self, what: &str, is_it: impl Fn(&Event) -> bool) {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) => {
                    let found = is_it(&event);
                    self.heard.push(event);
                    if found {
                        return;
                    }
                }
                Err(error) => panic!("waiting for {what}: {error} after {:?}", self.heard),
            }
        }
    }

    fn wait_for_end(&mut self) {
        self.wait_for("the end of the run", |event| matches!(event, Event::Finished { .. }));
    }

    fn wait_for_sampling(&mut self) {
        self.wait_for("a sample", |event| matches!(event, Event::Sampling { .. }));
    }

    /// The rows of all runs as they were told last, in order of their names.
    fn rows(&self) -> Vec<ResultRow> {
        let mut rows = std::collections::BTreeMap::new();
        for event in &self.heard {
            if let Event::Row(row) = event {
                rows.insert(row.run.clone(), row.as_ref().clone());
            }
        }
        rows.into_values().collect()
    }
}

/// A small job, fit for a real engine.
fn small(backend: BackendId) -> Configuration {
    let mut wish = Wish::of(by_id("primes").expect("primes"), backend, 2);
    wish.values.set("tasks", Value::Count(20));
    wish.values.set("size", Value::Count(10_000));
    Configuration::new(wish).expect("a configuration")
}

fn settings(runs: u32, warmup: u32, baseline: Baseline) -> RunSettings {
    RunSettings { runs, warmup, baseline, ..RunSettings::default() }
}

/// A fake engine that behaves as `behaviour` says, under a path that nobody else's processes have in their arguments.
struct FakeEngine {
    folder: TempDir,
    behaviour: &'static str,
}

impl FakeEngine {
    fn that(behaviour: &'static str) -> Self {
        let fake = Self { folder: TempDir::new().expect("a folder for the test"), behaviour };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/engines/fake.sh");
        symlink(script, fake.path()).expect("a link to the script");
        let known =
            Calibration { survey: Survey::default(), tasks: 10, task_cost: Nanos::from_micros(1), steps_per_us: 1.0 };
        fake.says("calibrated", &engine::Event::Calibrated(Box::new(known)));
        fake.says("ready", &engine::Event::Ready { tasks: 10, startup: Nanos::from_micros(1) });
        fake
    }

    fn says(&self, what: &str, event: &engine::Event) {
        let line = serde_json::to_string(event).expect("an event") + "\n";
        fs::write(self.folder.path().join(what), line).expect("a file beside the script");
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.behaviour)
    }

    /// The states, as `/proc` shows them, of the engines and their workers.
    fn processes(&self) -> Vec<char> {
        let path = self.path().into_os_string().into_encoded_bytes();
        let folders = fs::read_dir("/proc").expect("/proc").filter_map(|entry| Some(entry.ok()?.path()));
        let is_own = |folder: &PathBuf| {
            let arguments = fs::read(folder.join("cmdline")).unwrap_or_default();
            arguments.split(|byte| *byte == 0).any(|argument| argument == path)
        };
        folders.filter(is_own).filter_map(|folder| state(&folder)).collect()
    }

    fn assert_gone(&self) {
        let gone = eventually(AT_ONCE, || self.processes().is_empty().then_some(()));
        assert!(gone.is_some(), "{} left processes behind: {:?}", self.behaviour, self.processes());
    }
}

/// The letter after the name, which stands in parentheses.
fn state(process: &Path) -> Option<char> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Runs one configuration on an engine that cannot do it; another run must work as if nothing had been.
fn check_failure(program: &Path, failure: &str) {
    let mut stage = Stage::with(program);
    for _ in 0..2 {
        stage.run(vec![small(BackendId::Threads)], settings(1, 0, Baseline::None));
        stage.wait_for_end();
    }
    let rows = stage.rows();
    assert_eq!(rows.len(), 2, "{:?}", stage.heard);
    for row in rows {
        assert_eq!(row.status, Status::Failed);
        let why = row.failure.expect("a failed row says why");
        assert!(why.contains(failure), "{}: {why}", program.display());
    }
}

#[test]
fn engines_that_misbehave_fail_their_row_and_nothing_else() {
    for (behaviour, failure) in [
        ("garbage", "protocol error: a line that is no event"),
        ("flood", "protocol error: an answer that nobody had asked for"),
        ("mute", "protocol error: it closed its output and went on"),
        ("quits", "exited with code 3"),
        ("dies", "the whole pool died: 10 of 10 tasks lost (SIGSEGV: out of luck)"),
    ] {
        let fake = FakeEngine::that(behaviour);
        check_failure(&fake.path(), failure);
        fake.assert_gone();
    }
    check_failure(Path::new("/no/such/engine"), "cannot start /no/such/engine");
}

#[test]
fn cancelling_ends_engines_whatever_they_do() {
    for behaviour in ["hangs", "stops", "complains", "stubborn"] {
        let fake = FakeEngine::that(behaviour);
        let mut stage = Stage::with(fake.path());
        stage.run(vec![small(BackendId::Threads)], settings(1, 0, Baseline::None));
        stage.wait_for_sampling();
        let asked = Stopwatch::start();
        stage.handle.ask(Ask::Cancel);
        stage.wait_for_end();
        assert!(asked.elapsed() < AT_ONCE, "{behaviour}: {:?}", asked.elapsed());
        assert!(matches!(stage.heard.last(), Some(Event::Finished { cancelled: true })), "{behaviour}");
        assert_eq!(stage.rows()[0].status, Status::Cancelled, "{behaviour}");
        fake.assert_gone();
    }
}

#[test]
fn dropping_the_handle_ends_everything() {
    for behaviour in ["hangs", "stops"] {
        let fake = FakeEngine::that(behaviour);
        let mut stage = Stage::with(fake.path());
        stage.run(vec![small(BackendId::Threads)], settings(1, 0, Baseline::None));
        stage.wait_for_sampling();
        let Stage { handle, events, .. } = stage;
        let dropped = Stopwatch::start();
        drop(handle);
        assert!(dropped.elapsed() < AT_ONCE, "{behaviour}: {:?}", dropped.elapsed());
        assert!(matches!(events.iter().last(), Some(Event::Finished { cancelled: true })), "{behaviour}");
        fake.assert_gone();
    }
}

#[test]
fn suspending_stops_engines_with_their_workers() {
    let fake = FakeEngine::that("hangs");
    let mut stage = Stage::with(fake.path());
    stage.run(vec![small(BackendId::Threads)], settings(1, 0, Baseline::None));
    stage.wait_for_sampling();
    eventually(PATIENCE, || (fake.processes().len() == 2).then_some(())).expect("an engine and its worker");
    for (ask, stopped) in [(Ask::Suspend, true), (Ask::Resume, false), (Ask::Suspend, true)] {
        stage.handle.ask(ask);
        stage.wait_for("the suspension", |event| matches!(event, Event::Suspended(now) if *now == stopped));
        // A shell that was starting something waits for its stopped child without being interruptible: `D`.
        let stands = |state: &char| matches!(state, 'T' | 'D');
        let is_so = || fake.processes().iter().all(|state| stands(state) == stopped).then_some(());
        eventually(PATIENCE, is_so).unwrap_or_else(|| panic!("stopped: {stopped}, but {:?}", fake.processes()));
    }
    stage.handle.ask(Ask::Cancel);
    stage.wait_for_end();
    fake.assert_gone();
}

#[test]
fn the_reader_is_told_of_each_event() {
    let (sender, told) = std::sync::mpsc::channel();
    let notify = Box::new(move || {
        let _ = sender.send(());
    });
    let (handle, events) = start(Setup { notify, ..Setup::new(2) }).expect("a conductor");
    handle.ask(Ask::ClearQueue);
    told.recv_timeout(PATIENCE).expect("a notice");
    assert!(matches!(events.try_recv(), Ok(Event::Queue { waiting: 0, refused: false })));
}

#[test]
fn real_engines_measure_every_backend_and_agree() {
    let mut stage = Stage::with(PARTUI);
    let asked: Vec<Configuration> = BackendId::ALL.into_iter().map(small).collect();
    stage.run(asked.clone(), settings(3, 1, Baseline::Auto));
    stage.wait_for_end();
    let rows = stage.rows();
    assert_eq!(rows.len(), asked.len(), "the sequential one is the baseline");
    for (row, configuration) in rows.iter().zip(&asked) {
        assert_eq!((row.status, row.failure.as_deref()), (Status::Ok, None), "{:?}", row.configuration.backend);
        assert_eq!(&row.configuration, configuration);
        assert_eq!((row.samples.len(), row.startups.len()), (3, 1));
        assert!(row.speedup.is_some() && row.baseline_run.as_ref() == Some(&rows[0].run));
        let answer = |row: &ResultRow| row.samples[0].answer.as_ref().map(|answer| answer.checksum);
        assert_eq!(answer(row), answer(&rows[0]));
    }
}

#[test]
fn a_killed_real_engine_fails_its_row_and_the_next_run_works() {
    let mut stage = Stage::with(PARTUI);
    let mut long = small(BackendId::Threads);
    long.values.set("tasks", Value::Count(100_000));
    stage.run(vec![long], settings(1, 0, Baseline::None));
    stage.wait_for_sampling();
    let Some(Event::Sampling { board, .. }) = stage.heard.last() else { panic!("{:?}", stage.heard) };
    let process = || {
        let slots = board.snapshot(Nanos(u64::MAX)).slots;
        slots.first().and_then(|slot| rustix::process::Pid::from_raw(i32::try_from(slot.process).ok()?))
    };
    let engine = eventually(PATIENCE, process).expect("a worker's process, which is the engine's");
    rustix::process::kill_process(engine, rustix::process::Signal::KILL).expect("a signal");
    stage.wait_for_end();
    let failure = stage.rows()[0].failure.clone().expect("a failed row says why");
    assert!(failure.contains("tasks lost (SIGKILL)"), "{failure}");
    stage.run(vec![small(BackendId::Threads)], settings(1, 0, Baseline::None));
    stage.wait_for_end();
    assert_eq!(stage.rows()[1].status, Status::Ok);
}

#[test]
fn a_suspended_sample_is_taken_again() {
    let mut stage = Stage::with(PARTUI);
    let mut long = small(BackendId::Threads);
    long.values.set("tasks", Value::Count(20_000));
    stage.run(vec![long], settings(2, 0, Baseline::None));
    stage.wait_for_sampling();
    stage.handle.ask(Ask::Suspend);
    stage.wait_for("the suspension", |event| matches!(event, Event::Suspended(true)));
    stage.handle.ask(Ask::Resume);
    stage.wait_for_end();
    let row = &stage.rows()[0];
    assert_eq!((row.status, row.samples.len(), row.suspended), (Status::Ok, 2, 1), "{:?}", row.failure);
}
