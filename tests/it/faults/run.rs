//! A whole family, as `partui run` starts it: whoever of it dies or stops, nothing is left after a second.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{Dice, LONG_WORK, ROUNDS, SECOND, exported, send, stop, words};
use crate::support::census::{self, Tag};
use crate::support::pty::Session;
use crate::support::{PARTUI, PATIENCE, ended, eventually, isolate};

/// [`LONG_WORK`] without a screen.
fn long_run() -> String {
    format!("run {LONG_WORK} --quiet")
}

/// Two configurations of the same second of work, their results as CSV.
const SHORT_RUN: &str = "run --workload mixed --tasks 2000 --cpu-us 500 --io-us 0 --backend processes,threads --workers 3 \
     --runs 2 --warmup 0 --baseline none --quiet --export-csv -";

/// How many workers either has.
const WORKERS: usize = 3;

/// A `partui run` with its engine and its workers. Dropping it ends them all.
pub(super) struct Family {
    conductor: Child,
    pub(super) tag: Tag,
    home: TempDir,
}

impl Family {
    fn start() -> Self {
        Self::running(&long_run())
    }

    fn running(line: &str) -> Self {
        Self::given(&words(line))
    }

    /// With these arguments.
    pub(super) fn given(arguments: &[&str]) -> Self {
        let (home, tag) = (TempDir::new().expect("a folder"), Tag::new());
        let [output, complaints] =
            ["output", "complaints"].map(|name| File::create(home.path().join(name)).expect("a file"));
        let mut command = Command::new(PARTUI);
        command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(complaints);
        isolate(&mut command, home.path(), &tag);
        Self { conductor: command.spawn().expect("the program starts"), tag, home }
    }

    /// Waits for the end of the run; its exit code and what it printed.
    pub(super) fn finish(&mut self) -> (Option<i32>, String) {
        let status = ended(&mut self.conductor, PATIENCE).expect("a run that ends");
        census::assert_gone(&self.tag, SECOND);
        (status.code(), fs::read_to_string(self.home.path().join("output")).expect("what it printed"))
    }

    /// What it said on standard error.
    fn complaints(&self) -> String {
        fs::read_to_string(self.home.path().join("complaints")).expect("what it said")
    }

    pub(super) fn conductor(&self) -> i32 {
        self.conductor.id().cast_signed()
    }

    pub(super) fn assert_gone_after(&mut self, cause: Signal) {
        let status = ended(&mut self.conductor, PATIENCE).expect("a conductor that is gone");
        assert_eq!(status.signal(), Some(cause.as_raw()));
        census::assert_gone(&self.tag, SECOND);
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        census::kill(&self.tag);
        // It has ended now, one way or the other.
        let _ = self.conductor.wait();
    }
}

/// Waits until a run is in full swing, beyond what a start takes; returns the engine and its workers.
pub(super) fn busy(tag: &Tag, conductor: i32) -> (i32, Vec<i32>) {
    let swings = |workers: &[i32]| workers.len() == WORKERS && workers.iter().any(|pid| census::cpu_ticks(*pid) >= 4);
    let complete = || {
        let engines = census::children(conductor).into_iter();
        engines.map(|engine| (engine, census::children(engine))).find(|(_, workers)| swings(workers))
    };
    eventually(PATIENCE, complete).unwrap_or_else(|| panic!("never complete:\n{}", census::tree(tag)))
}

/// Stops nobody, some workers, the engine alone, or the engine and all workers.
pub(super) fn stop_some(dice: &mut Dice, engine: i32, workers: &[i32]) {
    let everybody: Vec<i32> = workers.iter().copied().chain([engine]).collect();
    let chosen = dice.pick(&[&[][..], &workers[..1], workers, &everybody[workers.len()..], &everybody]);
    for pid in chosen {
        stop(*pid);
    }
}

#[test]
fn nothing_outlives_a_killed_conductor() {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut family = Family::start();
        let (engine, workers) = busy(&family.tag, family.conductor());
        stop_some(&mut dice, engine, &workers);
        let signal = dice.pick(&[Signal::KILL, Signal::ABORT]);
        send(family.conductor(), signal);
        family.assert_gone_after(signal);
    }
}

#[test]
fn nothing_outlives_a_conductor_that_is_killed_while_it_is_stopped() {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut family = Family::start();
        let (engine, workers) = busy(&family.tag, family.conductor());
        stop(family.conductor());
        stop_some(&mut dice, engine, &workers);
        send(family.conductor(), Signal::KILL);
        family.assert_gone_after(Signal::KILL);
    }
}

#[test]
fn nothing_outlives_a_conductor_that_is_killed_while_the_family_starts() {
    let mut dice = Dice::new();
    for _ in 0..3 * ROUNDS {
        let (started, moment) = (Instant::now(), Duration::from_micros(dice.below(150_000)));
        let mut family = Family::start();
        // Not waited for anything: the moment itself is what is tried.
        std::thread::sleep(moment.saturating_sub(started.elapsed()));
        send(family.conductor(), Signal::KILL);
        family.assert_gone_after(Signal::KILL);
    }
}

#[test]
fn nothing_outlives_the_terminal_of_a_run() {
    let mut dice = Dice::new();
    for round in 0..ROUNDS {
        let mut session = Session::start(24, 80, &words(&long_run()), &[]);
        let conductor = session.program();
        let (engine, workers) = busy(session.tag(), conductor);
        stop_some(&mut dice, engine, &workers);
        if round % 4 == 0 {
            stop(conductor);
        }
        session.hang_up();
        session.wait_exit();
        census::assert_gone(session.tag(), SECOND);
    }
}

#[test]
fn a_row_tells_of_workers_that_were_killed() {
    let mut family = Family::running(SHORT_RUN);
    let (_, workers) = busy(&family.tag, family.conductor());
    send(workers[0], Signal::KILL);
    let (code, output) = family.finish();
    let rows = exported(output.as_bytes());
    assert_eq!((code, rows.len()), (Some(0), 2), "{output}");
    let cell = |row: usize, column: &str| rows[row][column].as_str();
    assert_eq!((cell(0, "backend"), cell(0, "status"), cell(0, "runs")), ("processes", "ok", "2"));
    assert_eq!((cell(0, "faults_seen"), cell(0, "respawns"), cell(0, "tasks_lost")), ("1", "1", "0"), "{output}");
    assert_ne!(cell(0, "tasks_retried"), "0");
    assert_eq!(cell(0, "checksum"), cell(1, "checksum"));
}

/// A second of workers that change a table at its owner's, then the same in threads.
const SHARING_RUN: &str = "run --workload shared --tasks 20000 --size 100 --batch 10 --backend processes,threads --workers 3 --runs 1 \
     --warmup 0 --baseline none --quiet --export-csv -";

#[test]
fn what_a_killed_worker_left_undone_in_a_shared_table_is_taken_back() {
    let mut family = Family::running(SHARING_RUN);
    let (_, workers) = busy(&family.tag, family.conductor());
    send(workers[0], Signal::KILL);
    let (code, output) = family.finish();
    let rows = exported(output.as_bytes());
    let cells = |column: &str| [rows[0][column].as_str(), rows[1][column].as_str()];
    assert_eq!((code, rows.len()), (Some(0), 2), "{output}");
    assert_eq!((cells("backend"), cells("status")), (["processes", "threads"], ["ok", "ok"]), "{output}");
    assert_eq!(cells("respawns"), ["1", "0"], "{output}");
    assert_eq!(rows[0]["checksum"], rows[1]["checksum"], "{output}");
    assert_eq!(rows[0]["answer"], rows[1]["answer"], "{output}");
}

#[test]
fn a_run_whose_engine_is_killed_says_so_and_goes_on_with_the_next() {
    let table = SHORT_RUN.trim_end_matches("--export-csv -");
    let mut family = Family::running(table);
    let (engine, _) = busy(&family.tag, family.conductor());
    send(engine, Signal::KILL);
    let (code, output) = family.finish();
    assert_eq!(code, Some(1), "{output}");
    let cause = "mixed processes n 3: failed: the whole pool died: 2000 of 2000 tasks lost (SIGKILL)";
    assert!(output.contains(cause) && output.contains("answer of 2: mixed: 2,000 tasks"), "{output}");
}

#[test]
fn a_quiet_export_and_its_one_line_say_what_a_dead_engine_took_along() {
    let mut family = Family::running(SHORT_RUN);
    let (engine, _) = busy(&family.tag, family.conductor());
    send(engine, Signal::KILL);
    let (code, output) = family.finish();
    let rows = exported(output.as_bytes());
    let cells = |row: usize| ["backend", "status", "tasks_lost"].map(|column| rows[row][column].as_str());
    assert_eq!((code, rows.len()), (Some(1), 2), "{output}");
    assert_eq!((cells(0), cells(1)), (["processes", "failed", "2000"], ["threads", "ok", "0"]), "{output}");
    let said = "partui: mixed processes n 3: failed: the whole pool died: 2000 of 2000 tasks lost (SIGKILL)\n";
    assert_eq!(family.complaints(), said);
}

/// Some seconds of tasks that a companion serves.
const SERVED_RUN: &str = "run --workload echo --tasks 200000 --size 1 --backend threads --workers 3 --runs 1 --warmup 0 \
     --baseline none --quiet";

/// Waits for the process that serves a run.
fn companion(family: &Family) -> i32 {
    let is_companion = |pid: &i32| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).nth(1) == Some(b"companion")
    };
    let found = || census::children(family.conductor()).into_iter().find(is_companion);
    eventually(PATIENCE, found).expect("a run that is served")
}

#[test]
fn a_companion_dies_with_its_conductor_also_when_it_is_stopped() {
    for is_stopped in [false, true] {
        let mut family = Family::running(SERVED_RUN);
        let companion = companion(&family);
        if is_stopped {
            stop(companion);
        }
        send(family.conductor(), Signal::KILL);
        family.assert_gone_after(Signal::KILL);
    }
}

#[test]
fn a_run_whose_companion_dies_fails_and_ends() {
    let mut family = Family::running(SERVED_RUN);
    send(companion(&family), Signal::KILL);
    assert_eq!(family.finish().0, Some(1));
}
