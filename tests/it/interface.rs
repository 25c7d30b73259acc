//! The terminal UI with real engines in a real terminal: a run that is stopped, ended and looked at.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::census::{self, Census};
use crate::support::pty::{Key, PROMPT, Session};

/// How long what the UI started may outlive it.
const PROMISED: Duration = Duration::from_secs(1);

/// A job of tens of seconds, so that none of these tests is outrun by it.
const LONG: [&str; 6] = ["--workload", "sleep", "--tasks", "2000", "--runs", "9"];

fn is_up(session: &Session) {
    session.wait_for("the workbench", |screen| screen.contains("Workbench") && screen.contains("q quit"));
    assert!(session.modes().is_raw());
}

/// Starts what is chosen and waits until engines compute.
fn runs(session: &Session) {
    is_up(session);
    session.type_text("r");
    session.wait_for("a sample", |screen| screen.contains("/9") || screen.contains("warm-up 1/1"));
    session.wait_until("an engine", || !engines(session).is_empty());
}

fn quits(session: &Session) {
    session.type_text("q");
    session.wait_for("the question", |screen| screen.contains("y quit"));
    session.type_text("y");
}

/// The states of all processes but the UI's.
fn engines(session: &Session) -> Vec<char> {
    let census = Census::take(session.tag());
    let ui = census.eldest().map(|process| process.pid);
    census.processes().iter().filter(|process| Some(process.pid) != ui).map(|process| process.state).collect()
}

fn started() -> Session {
    let session = Session::start(40, 120, &LONG, &[]);
    runs(&session);
    session
}

#[test]
fn quitting_in_a_run_prints_the_table_and_leaves_nobody() {
    let mut session = started();
    quits(&session);
    assert_eq!(session.wait_exit().code(), Some(0));
    census::assert_gone(session.tag(), PROMISED);
    assert_eq!(&session.modes(), session.modes_at_start());
    session.wait_until("the screen of before", || !session.with_screen(vt100::Screen::alternate_screen));
    session.wait_for("the table", |screen| screen.contains("backend") && screen.contains("sequential"));
}

#[test]
fn the_counts_of_the_workers_add_up_once_all_is_done() {
    let few = ["--workload", "sleep", "--tasks", "200", "--runs", "2", "--warmup", "0", "--workers", "3"];
    let session = Session::start(40, 120, &few, &[]);
    is_up(&session);
    session.type_text("r");
    let is_done = |line: &&str| line.contains(" 2 threads") && !line.contains(" : ");
    session.wait_for("the row", |screen| screen.lines().any(|line| is_done(&line)));
    let told = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = words.iter().position(|word| *word == "tasks" || *word == "task")?;
        let is_worker = words.iter().any(|word| ["w1", "w2", "w3"].contains(word));
        words[place.checked_sub(1)?].parse::<u64>().ok().filter(|_| is_worker)
    };
    let counts: Vec<u64> = session.screen().lines().filter_map(told).collect();
    assert_eq!((counts.len(), counts.iter().sum()), (3, 200), "{}", session.screen());
}

#[test]
fn the_printed_rows_have_their_numbers_of_the_screen() {
    let mut session = started();
    session.wait_for("both rows", |screen| screen.contains("1 sequential") && screen.contains("2 threads"));
    session.key(Key::Tab);
    session.key(Key::Home);
    session.type_text("d");
    session.wait_for("the first row to go", |screen| screen.contains("row 1 deleted"));
    quits(&session);
    assert_eq!(session.wait_exit().code(), Some(0));
    session.wait_for("the table", |screen| screen.lines().any(|line| line.starts_with("2  threads")));
}

#[test]
fn whatever_ends_the_interface_ends_the_run() {
    for signal in [Signal::TERM, Signal::HUP, Signal::KILL] {
        let mut session = started();
        let pid = Pid::from_raw(session.program()).expect("a process");
        kill_process(pid, signal).expect("a living process of ours");
        session.wait_exit();
        census::assert_gone(session.tag(), PROMISED);
        let is_restored = session.modes() == *session.modes_at_start();
        // Nobody can restore anything in a process that was killed.
        assert!(is_restored || signal == Signal::KILL, "{signal:?}");
    }
    let mut session = started();
    session.hang_up();
    assert_eq!(session.wait_exit().code(), Some(129));
    census::assert_gone(session.tag(), PROMISED);
}

#[test]
fn a_stop_stops_the_engines_and_going_on_lets_them_go_on() {
    let mut session = Session::under_shell(40, 120, &LONG, &[]);
    runs(&session);
    session.key(Key::Ctrl('z'));
    session.wait_for("the shell", |screen| screen.contains("Stopped"));
    assert!(engines(&session).iter().all(|state| *state == 'T'), "{}", census::tree(session.tag()));
    session.type_line("clear; fg");
    is_up(&session);
    session.wait_until("the engines to go on", || !engines(&session).contains(&'T'));
    quits(&session);
    session.wait_for("the shell", |screen| screen.trim_end().ends_with(PROMPT.trim_end()));
    census::assert_gone(session.tag(), PROMISED);
    session.type_line("exit");
    session.wait_exit();
    assert_eq!(&session.modes(), session.modes_at_start());
}
