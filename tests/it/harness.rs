//! The test harness, tested with programs that are known to behave: a harness that sees nothing would pass everything.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::census::{self, Census, Process};
use crate::support::pty::{Key, PROMPT, Session};
use crate::support::{PATIENCE, Program};

fn sh(script: &str) -> Session {
    Session::running(24, 80, "sh", &["-c", script], &[])
}

#[test]
fn a_program_sees_a_terminal_of_the_given_size() {
    let mut session =
        Session::running(31, 97, "sh", &["-c", "stty size; echo $GREETING; pwd -P; tty"], &[("GREETING", "hello")]);
    session.wait_for("the size", |screen| screen.contains("31 97"));
    session
        .wait_for("the variable and the terminal", |screen| screen.contains("hello") && screen.contains("/dev/pts/"));
    assert!(session.wait_exit().success());
    assert!(session.home().is_dir());
}

#[test]
fn keys_reach_the_program_and_its_answer_the_screen() {
    let mut session = Session::running(24, 80, "cat", &[], &[]);
    session.type_text("typed");
    session.wait_for("the echo", |screen| screen == "typed");
    session.key(Key::Enter);
    session.wait_for("the answer", |screen| screen == "typed\ntyped");
    assert_eq!(session.written(), b"typed\r\ntyped\r\n");
    assert_eq!(session.bytes_written(), session.written().len());
    session.key(Key::Ctrl('d'));
    assert!(session.wait_exit().success());
}

#[test]
fn keys_are_sent_as_xterm_sends_them() {
    let cases: [(Key, &[u8]); 20] = [
        (Key::Char('ä'), "ä".as_bytes()),
        (Key::Ctrl('c'), b"\x03"),
        (Key::Ctrl('\\'), b"\x1c"),
        (Key::Enter, b"\r"),
        (Key::Escape, b"\x1b"),
        (Key::Tab, b"\t"),
        (Key::BackTab, b"\x1b[Z"),
        (Key::Backspace, b"\x7f"),
        (Key::Delete, b"\x1b[3~"),
        (Key::Up, b"\x1b[A"),
        (Key::Down, b"\x1b[B"),
        (Key::Right, b"\x1b[C"),
        (Key::Left, b"\x1b[D"),
        (Key::Home, b"\x1b[H"),
        (Key::End, b"\x1b[F"),
        (Key::PageUp, b"\x1b[5~"),
        (Key::PageDown, b"\x1b[6~"),
        (Key::F(1), b"\x1bOP"),
        (Key::F(5), b"\x1b[15~"),
        (Key::F(12), b"\x1b[24~"),
    ];
    for (key, expected) in cases {
        assert_eq!(key.bytes(), expected, "{key:?}");
    }
}

#[test]
fn changed_modes_and_the_alternate_screen_are_seen() {
    let mut session = sh(r#"saved=$(stty -g); printf '\033[?1049h\033[?25lup'; stty raw -echo
                            head -c 1 >/dev/null; stty "$saved"; printf '\033[?25h\033[?1049ldown'; exec cat"#);
    session.wait_for("the alternate screen", |screen| screen.contains("up"));
    session.wait_until("raw mode", || session.modes().is_raw());
    assert!(session.with_screen(|screen| screen.alternate_screen() && screen.hide_cursor()));
    assert_ne!(&session.modes(), session.modes_at_start());
    session.key(Key::Char('x'));
    session.wait_for("the ordinary screen", |screen| screen.contains("down"));
    assert!(!session.with_screen(|screen| screen.alternate_screen() || screen.hide_cursor()));
    assert_eq!(&session.modes(), session.modes_at_start());
    session.key(Key::Ctrl('c'));
    assert_eq!(session.wait_exit().signal(), Some(Signal::INT.as_raw()));
}

#[test]
fn a_resized_window_is_noticed() {
    let session = sh("trap 'stty size' WINCH; echo up; sleep 300 & while :; do wait; done");
    session.wait_for("the start", |screen| screen.contains("up"));
    session.resize(20, 70);
    session.wait_for("the new size", |screen| screen.contains("20 70"));
    session.resize(0, 0);
    session.wait_until("a size of zero", || session.written().windows(5).any(|bytes| bytes == b"0 0\r\n"));
}

#[test]
fn a_closed_window_hangs_the_program_up() {
    let mut session = Session::running(24, 80, "cat", &[], &[]);
    session.type_text("there");
    session.wait_for("the program", |screen| screen == "there");
    session.hang_up();
    assert_eq!(session.wait_exit().signal(), Some(Signal::HUP.as_raw()));
    census::assert_gone(session.tag(), PATIENCE);
}

#[test]
fn a_shell_can_stop_and_continue_a_job() {
    let mut session = Session::shell(24, 80, &[]);
    session.type_line("cat");
    session.type_line("one");
    session.wait_for("the job", |screen| screen.matches("one").count() == 2);
    session.key(Key::Ctrl('z'));
    session.wait_for("the stop", |screen| screen.contains("Stopped"));
    session.type_line("fg");
    session.wait_for("the job's name", |screen| screen.matches("cat").count() >= 3);
    session.type_line("two");
    session.wait_for("the continued job", |screen| screen.matches("two").count() == 2);
    session.key(Key::Ctrl('d'));
    session.wait_for("the prompt", |screen| screen.trim_end().ends_with(PROMPT.trim_end()));
    session.type_line("exit 7");
    assert_eq!(session.wait_exit().code(), Some(7));
}

#[test]
fn partui_runs_in_a_terminal_and_under_a_shell() {
    let mut session = Session::start(24, 80, &["--version"], &[]);
    assert!(session.wait_exit().success());

    let session = Session::under_shell(24, 80, &["--version"], &[("UNUSED", "it's")]);
    session.wait_for("the next prompt", |screen| screen.matches(PROMPT.trim_end()).count() == 2);
    session.type_line("echo code=$?");
    session.wait_for("its exit code", |screen| screen.contains("code=0"));
    census::assert_gone(session.tag(), PATIENCE);
}

#[test]
fn the_census_finds_runaways_and_zombies() {
    // A child that left its session and lost its parent, and one that its parent never waits for: it is killed only when
    // the shell, which would wait for it, has become another program.
    let session = sh("(setsid sleep 301 &) ; sleep 302 & victim=$!; (sleep 0.5; kill -9 $victim) & exec sleep 303");
    session.wait_until("a runaway, a zombie and their parent", || {
        let census = Census::take(session.tag());
        let count = |is_meant: fn(&Process) -> bool| census.processes().iter().filter(|p| is_meant(p)).count();
        count(|p| p.name == "sleep" && p.state == 'S') == 2 && count(|p| p.state == 'Z') >= 1
    });
    let parent = session.program();
    assert_eq!(census::threads(parent), 1);
    // Whoever runs the tests may have left more descriptors open, but the harness must not.
    let descriptors = census::descriptors(parent);
    for (number, leads_to) in &descriptors {
        assert_eq!(*number <= 2, leads_to.starts_with("/dev/pts/"), "{descriptors:?}");
        assert_ne!(leads_to, "/dev/ptmx", "{descriptors:?}");
    }
    assert!(census::tree(session.tag()).contains(" Z "));

    let tag = session.tag().clone();
    let found = std::panic::catch_unwind(|| census::assert_gone(&tag, Duration::ZERO));
    assert!(found.is_err(), "the census overlooked a running program");
    drop(session);
    census::assert_gone(&tag, PATIENCE);
}

#[test]
fn a_session_that_waits_in_vain_shows_its_screen() {
    let session = sh("echo last words");
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.wait_for("more", |_| false)));
    let message = *failed.expect_err("nothing more comes").downcast::<String>().expect("a formatted message");
    assert!(message.contains("waited in vain for more") && message.contains("last words"), "{message}");
}

#[test]
fn headless_programs_are_run_apart_from_each_other() {
    let folder = tempfile::TempDir::new().unwrap();
    let script = "cat; echo $WORD; ls -A; echo complaint >&2";
    let finished = Program::named("sh").args(["-c", script]).env("WORD", "value").input("in\n").ok();
    assert_eq!((finished.stdout().as_str(), finished.stderr().as_str()), ("in\nvalue\n", "complaint\n"));
    Program::named("sh").args(["-c", "touch made"]).dir(folder.path()).ok();
    assert!(folder.path().join("made").exists());
    Program::named("sh").args(["-c", "echo 'no such thing' >&2; exit 2"]).fails_with(2, "no such");
    Program::new().args(["--version"]).ok();
}

#[test]
fn a_headless_program_may_leave_nobody_behind() {
    // The first ends when the one that stays behind has told that it is there.
    let script = "mkfifo here; setsid sh -c 'echo >here; sleep 304; :' & read -r word <here";
    let leaver = Program::named("sh").args(["-c", script]);
    let tag = leaver.tag().clone();
    let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| leaver.run()));
    assert!(checked.is_err(), "the leaver went unnoticed");
    census::assert_gone(&tag, PATIENCE);
}
