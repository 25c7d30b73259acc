//! A whole family, as `partui run` starts it: whoever of it dies or stops, nothing is left after a second.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{Dice, ROUNDS, SECOND, send, stop};
use crate::support::census::{self, Census, Tag};
use crate::support::pty::Session;
use crate::support::{PARTUI, PATIENCE, ended, eventually, isolate};

/// Half a minute of work for three worker processes.
const LONG_RUN: &[&str] = &[
    "run",
    "--workload",
    "mixed",
    "--tasks",
    "200000",
    "--cpu-us",
    "500",
    "--io-us",
    "0",
    "--backend",
    "processes",
    "--workers",
    "3",
    "--runs",
    "1",
    "--warmup",
    "0",
    "--baseline",
    "none",
    "--quiet",
];

/// How many processes that makes.
const FAMILY: usize = 5;

/// A `partui run` with its engine and its workers. Dropping it ends them all.
struct Family {
    conductor: Child,
    tag: Tag,
    _home: TempDir,
}

impl Family {
    fn start() -> Self {
        let (home, tag) = (TempDir::new().unwrap(), Tag::new());
        let mut command = Command::new(PARTUI);
        command.args(LONG_RUN).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        isolate(&mut command, home.path(), &tag);
        Self { conductor: command.spawn().unwrap(), tag, _home: home }
    }

    fn conductor(&self) -> i32 {
        self.conductor.id().cast_signed()
    }

    fn assert_gone_after(&mut self, cause: Signal) {
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

/// Waits until a run is in full swing; returns the engine and its workers.
fn busy(tag: &Tag, conductor: i32) -> (i32, Vec<i32>) {
    let complete = || {
        let engine = *census::children(conductor).first()?;
        let workers = census::children(engine);
        let swings =
            Census::take(tag).processes().iter().any(|process| workers.contains(&process.pid) && process.state == 'R');
        (workers.len() == FAMILY - 2 && swings).then_some((engine, workers))
    };
    eventually(PATIENCE, complete).unwrap_or_else(|| panic!("never complete:\n{}", census::tree(tag)))
}

/// Stops nobody, some workers, the engine alone, or the engine and all workers.
fn stop_some(dice: &mut Dice, engine: i32, workers: &[i32]) {
    let everybody: Vec<i32> = workers.iter().copied().chain([engine]).collect();
    let chosen = dice.pick(&[&[][..], &workers[..1], workers, &everybody[workers.len()..], &everybody]);
    chosen.iter().for_each(|pid| stop(*pid));
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
        let mut session = Session::start(24, 80, LONG_RUN, &[]);
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
