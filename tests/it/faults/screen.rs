//! The family that the terminal UI starts: it survives its engines, and they do not survive it or its terminal.

use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use super::run::{busy, stop_some};
use super::{Dice, LONG_WORK, ROUNDS, SECOND, send, stop, words};
use crate::support::census;
use crate::support::eventually;
use crate::support::pty::{Key, Session};

fn started() -> Session {
    let session = Session::start(40, 120, &words(LONG_WORK), &[]);
    session.wait_for("the workbench", |screen| screen.contains("Workbench") && screen.contains("q quit"));
    session
}

/// Starts the run that was chosen; returns the UI, the engine and its workers.
fn run(session: &Session) -> (i32, i32, Vec<i32>) {
    session.type_text("r");
    let interface = session.program();
    let (engine, workers) = busy(session.tag(), interface);
    (interface, engine, workers)
}

fn assert_no_engine_after_a_second(session: &Session, interface: i32) {
    let gone = || census::children(interface).is_empty().then_some(());
    assert!(eventually(SECOND, gone).is_some(), "{}\n{}", session.screen(), census::tree(session.tag()));
}

fn quit(mut session: Session) {
    assert_eq!(session.quit().code(), Some(0), "{}", session.screen());
    census::assert_gone(session.tag(), SECOND);
    assert_eq!(&session.modes(), session.modes_at_start());
}

#[test]
fn nothing_outlives_a_killed_interface() {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut session = started();
        let (interface, engine, workers) = run(&session);
        stop_some(&mut dice, engine, &workers);
        let signal = dice.pick(&[Signal::KILL, Signal::ABORT]);
        send(interface, signal);
        assert_eq!(session.wait_exit().signal(), Some(signal.as_raw()));
        census::assert_gone(session.tag(), SECOND);
    }
}

#[test]
fn nothing_outlives_an_interface_that_is_killed_while_it_is_stopped() {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut session = started();
        let (interface, engine, workers) = run(&session);
        stop(interface);
        stop_some(&mut dice, engine, &workers);
        send(interface, Signal::KILL);
        session.wait_exit();
        census::assert_gone(session.tag(), SECOND);
    }
}

#[test]
fn nothing_outlives_the_terminal_of_an_interface() {
    let mut dice = Dice::new();
    for round in 0..ROUNDS {
        let mut session = started();
        let (interface, engine, workers) = run(&session);
        stop_some(&mut dice, engine, &workers);
        if round % 4 == 0 {
            stop(interface);
        }
        session.hang_up();
        session.wait_exit();
        census::assert_gone(session.tag(), SECOND);
    }
}

#[test]
fn an_interface_survives_its_engines_and_the_next_run_works() {
    let mut dice = Dice::new();
    let session = started();
    for round in 1..=ROUNDS as usize {
        let (interface, engine, workers) = run(&session);
        for worker in &workers[..dice.pick(&[0, 1, 3])] {
            stop(*worker);
        }
        let (signal, name) = dice.pick(&[(Signal::KILL, "SIGKILL"), (Signal::ABORT, "SIGABRT")]);
        send(engine, signal);
        let told = format!("the whole pool died: 200000 of 200000 tasks lost ({name})");
        let results = format!("Results ─ {round} ─");
        session.wait_for(&told, |screen| screen.contains(&told) && screen.contains(&results));
        assert_no_engine_after_a_second(&session, interface);
    }
    quit(session);
}

#[test]
fn cancelling_ends_what_stands_still_within_a_second() {
    let mut dice = Dice::new();
    let session = started();
    for _ in 0..ROUNDS {
        let (interface, engine, workers) = run(&session);
        stop_some(&mut dice, engine, &workers);
        // What was said of the round before must not be taken for what will be said of this one.
        session.key(Key::Escape);
        session.wait_for("an empty line of messages", |screen| !screen.contains("cancelled"));
        session.key(Key::Char('x'));
        assert_no_engine_after_a_second(&session, interface);
        session.wait_for("the end of the run", |screen| screen.contains("cancelled"));
    }
    quit(session);
}

/// A few seconds of work for three worker processes, chosen beforehand.
fn short_run() -> String {
    LONG_WORK.replace("200000", "10000")
}

#[test]
fn who_is_stopped_is_shown_until_it_goes_on() {
    for (rows, cols) in [(40, 120), (24, 80), (16, 60)] {
        let session = Session::start(rows, cols, &words(&short_run()), &[]);
        session.wait_for("the workbench", |screen| screen.contains("q quit"));
        let (interface, engine, workers) = run(&session);
        for (pid, who) in [(workers[1], "T stopped"), (engine, "T engine stopped")] {
            stop(pid);
            let told = format!("(pid {pid}) is stopped: SIGCONT");
            session.wait_for(&told, |screen| screen.contains(&told) && screen.contains(who));
            send(pid, Signal::CONT);
            session.wait_for("it to be taken back", |screen| !screen.contains("stopped"));
        }
        session.wait_until("the end of the run", || census::children(interface).is_empty());
        let screen = session.wait_for("its result", |screen| !screen.contains("1/1"));
        assert!(!screen.contains("died") && screen.contains("1 processes"), "{screen}");
        quit(session);
    }
}
