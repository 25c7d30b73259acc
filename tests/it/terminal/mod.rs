//! The shell around the UI, in a real terminal: whatever ends or stops it, the terminal is as it was; whatever comes in,
//! it stays calm.

mod echo;

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Action, tcflow};

use crate::support::census::{self, Census};
use crate::support::pty::{Key, PROMPT, Session};
use crate::support::stopwatch::Stopwatch;

/// What is promised for every way to end.
const PROMISED: Duration = Duration::from_secs(1);

/// What is written on the way to the alternate screen and back.
const ENTERED: &[u8] = b"\x1b[?1049h";
const LEFT: &[u8] = b"\x1b[?1049l";

fn this_program() -> PathBuf {
    std::env::current_exe().expect("a running test has a file")
}

/// The app in a terminal of its own.
fn started(rows: u16, cols: u16) -> Session {
    let program = this_program();
    let session = Session::running(rows, cols, program.to_str().expect("a plain path"), &echo::ARGS, &[]);
    is_up(&session);
    session
}

/// The app as a shell's job.
fn started_by_a_shell(rows: u16, cols: u16) -> Session {
    let session = Session::shell(rows, cols, &[]);
    let (program, args) = (this_program(), echo::ARGS.join(" "));
    session.type_line(&format!("{}='{}' '{}' {args}", census::VARIABLE, session.tag().value(), program.display()));
    is_up(&session);
    session
}

/// Waits for all of a frame, drawn for the present size, of which the app knows.
fn is_up(session: &Session) {
    let title = session.with_screen(|screen| format!("echo {}×{}", screen.size().1, screen.size().0));
    session.wait_for(&title, |screen| screen.starts_with(&title) && screen.contains("ticks"));
    assert!(session.modes().is_raw());
}

fn send(session: &Session, signal: Signal) {
    let pid = Pid::from_raw(session.program()).expect("a process");
    kill_process(pid, signal).expect("a living process of ours");
}

/// The terminal is as it was, the screen the one of before, and nothing was asked on the way.
fn assert_given_back(session: &Session) {
    assert_eq!(&session.modes(), session.modes_at_start());
    session.wait_until("the screen of before", || session.with_screen(is_plain));
    let written = session.written();
    assert!(count(&written, ENTERED) > 0);
    assert_eq!(count(&written, LEFT), count(&written, ENTERED), "not left as often as entered");
    for question in [b"\x1b[6n".as_slice(), b"\x1b[c", b"\x1b[?u"] {
        assert_eq!(count(&written, question), 0, "the terminal was asked something");
    }
}

fn is_plain(screen: &vt100::Screen) -> bool {
    let is_mouse_ours = screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
    !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste() && !is_mouse_ours
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).filter(|window| *window == wanted).count()
}

fn state(session: &Session) -> Option<char> {
    Census::take(session.tag()).eldest().map(|process| process.state)
}

/// Demands that the app ends with `code`, as fast as promised, and gives the terminal back.
fn assert_ends(session: &mut Session, code: i32, told: Stopwatch) {
    assert_eq!(session.wait_exit().code(), Some(code));
    assert!(told.elapsed() < PROMISED, "took {:?}", told.elapsed());
    assert_given_back(session);
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut session = started(24, 80);
    session.type_text(echo::QUIT);
    assert_ends(&mut session, 0, Stopwatch::start());
}

#[test]
fn a_signal_gives_the_terminal_back_and_names_itself() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::QUIT, 131), (Signal::HUP, 129)] {
        let mut session = started(24, 80);
        let told = Stopwatch::start();
        send(&session, signal);
        assert_ends(&mut session, code, told);
    }
}

#[test]
fn a_signal_ends_it_even_if_the_terminal_takes_nothing() {
    let mut session = started(24, 80);
    let device = File::options().write(true).open(format!("/proc/{}/fd/1", session.program())).expect("its terminal");
    tcflow(&device, Action::OOff).expect("output can be held");
    session.type_text("x");
    let is_stuck = || {
        let waits_in = std::fs::read_to_string(format!("/proc/{}/wchan", session.program())).unwrap_or_default();
        waits_in.contains("write") || waits_in.contains("wait_woken")
    };
    // Where the kernel does not tell, the signal may come while the loop is still free to end by itself.
    let _ = crate::support::eventually(PROMISED, || is_stuck().then_some(()));
    let told = Stopwatch::start();
    send(&session, Signal::TERM);
    assert_eq!(session.wait_exit().code(), Some(143));
    assert!(told.elapsed() < PROMISED, "took {:?}", told.elapsed());
    assert_eq!(&session.modes(), session.modes_at_start());
}

#[test]
fn a_panic_is_read_below_the_restored_screen() {
    for (key, words) in [(echo::PANIC, r"told to\u{1b}[2J"), (echo::PANIC_ELSEWHERE, "told to elsewhere")] {
        let mut session = started(24, 80);
        session.type_text(key);
        assert_ends(&mut session, 101, Stopwatch::start());
        let screen = session.wait_for("the reason", |screen| screen.contains(words));
        assert!(screen.contains("partui failed: ") && screen.contains("echo.rs:"), "{screen}");
        let written = session.written();
        let left = written.windows(LEFT.len()).position(|window| window == LEFT).expect("left");
        assert_eq!(count(&written[..left], b"told to"), 0, "spoken before the screen was restored");
    }
}

#[test]
fn a_closed_window_ends_it_at_once() {
    let mut session = started(24, 80);
    let told = Stopwatch::start();
    session.hang_up();
    assert_eq!(session.wait_exit().code(), Some(129));
    assert!(told.elapsed() < PROMISED, "took {:?}", told.elapsed());
}

#[test]
fn a_closed_window_ends_it_though_hang_ups_are_ignored() {
    let script = format!("trap '' HUP; exec '{}' {}", this_program().display(), echo::ARGS.join(" "));
    let mut session = Session::running(24, 80, "sh", &["-c", &script], &[]);
    is_up(&session);
    send(&session, Signal::HUP);
    session.type_text("x");
    session.wait_for("an ignored signal to have no effect", |screen| screen.contains("1 keys, x"));
    let told = Stopwatch::start();
    session.hang_up();
    assert_eq!(session.wait_exit().code(), Some(129));
    assert!(told.elapsed() < PROMISED, "took {:?}", told.elapsed());
}

/// Stops the shell's job by `stop` and brings it back in a window of another size, many times over.
fn check_stops(stop: impl Fn(&Session)) {
    let mut session = started_by_a_shell(24, 80);
    for round in 1..=10_u16 {
        stop(&session);
        session.wait_for("the shell", |screen| screen.contains("Stopped"));
        assert_eq!(state(&session), Some('T'));
        assert!(!session.modes().is_raw() && session.with_screen(is_plain));
        session.resize(24 + round, 80 + round);
        session.type_line("clear; fg");
        is_up(&session);
    }
    session.type_text(echo::QUIT);
    session.wait_for("the shell", |screen| screen.trim_end().ends_with(PROMPT.trim_end()));
    session.type_line("exit");
    session.wait_exit();
    assert_given_back(&session);
}

#[test]
fn control_z_stops_and_comes_back_clean() {
    check_stops(|session| session.key(Key::Ctrl('z')));
}

#[test]
fn a_stop_from_outside_comes_back_clean() {
    check_stops(|session| send(session, Signal::TSTP));
}

#[test]
fn continued_in_the_background_it_stops_again_and_can_be_ended() {
    let session = started_by_a_shell(24, 80);
    session.key(Key::Ctrl('z'));
    session.wait_for("the shell", |screen| screen.contains("Stopped"));
    session.type_line("clear; bg");
    session.wait_for("the shell to continue it", |screen| screen.contains(" &"));
    session.wait_until("the shell to know that it has stopped again", || {
        session.type_line("clear; jobs; echo asked");
        session.wait_for("an answer", |screen| screen.lines().any(|line| line == "asked")).contains("Stopped")
    });
    assert!(!session.modes().is_raw());
    session.type_line("clear; kill %1");
    census::assert_gone(session.tag(), PROMISED);
    // The shell tells of it once, with the first prompt after it has heard of it, for which it may need another child to end.
    session.wait_until("the shell to tell of its end", || {
        session.type_line("env true");
        count(&session.written(), b"Exit 143") == 1
    });
}

#[test]
fn a_session_leader_cannot_stop_and_goes_on() {
    let mut session = started(24, 80);
    session.key(Key::Ctrl('z'));
    session.wait_until("the way there and back", || count(&session.written(), ENTERED) == 2);
    is_up(&session);
    session.type_text(echo::QUIT);
    assert_ends(&mut session, 0, Stopwatch::start());
}

#[test]
fn a_process_that_was_frozen_draws_everything_again() {
    let session = started(24, 80);
    send(&session, Signal::STOP);
    session.wait_until("it to stop", || state(&session) == Some('T'));
    let before = session.bytes_written();
    send(&session, Signal::CONT);
    session.wait_until("a full frame", || count(&session.written()[before..], b"echo") == 1);
}

#[test]
fn the_last_of_many_sizes_holds_even_nothing_at_all() {
    let mut session = started(24, 80);
    let sizes = [(0, 0), (1, 1), (1, 200), (200, 1), (60, 200), (16, 60), (0, 80), (u16::MAX, 1), (1, u16::MAX)];
    for (rows, cols) in sizes.into_iter().cycle().take(20 * sizes.len()) {
        session.resize(rows, cols);
    }
    session.resize(30, 100);
    is_up(&session);
    session.wait_for("the news of it", |screen| screen.contains("Resize(100, 30)"));
    session.type_text(echo::QUIT);
    assert_ends(&mut session, 0, Stopwatch::start());
}

#[test]
fn wild_input_is_survived() {
    let mut session = started(24, 80);
    session.type_text(&format!("\x1b[200~{}\x1b[201~", "päste q ".repeat(1 << 17)));
    session.wait_for("a paste that is cut", |screen| screen.contains("a paste of 4096 bytes"));
    for bytes in ["\x1b[999999999999;1;1M", "\x1b[<0;99999;99999M", "\x1b[?1;2;3c", "\x1b[Mabc"] {
        session.type_text(bytes);
    }
    for byte in [0xff_u8, 0xc3, 0x28, 0xe2, 0x82, 0xac, 0xf0, 0x90, 0x80, 0x00, 0xc3, 0xa9] {
        session.type_bytes(&[byte]);
    }
    session.wait_for("a character in two pieces", |screen| screen.contains("keys, é"));
    session.type_text(&"x".repeat(1 << 18));
    session.wait_for("a flood of keys to be over", |screen| screen.contains("keys, x"));
    session.type_text(echo::QUIT);
    assert_eq!(session.wait_exit().code(), Some(0));
    assert_given_back(&session);
}

#[test]
fn left_alone_it_uses_no_cpu_and_writes_nothing() {
    let session = started(24, 80);
    let pid = session.program();
    let (ticks, bytes, start) = (census::cpu_ticks(pid), session.bytes_written(), Instant::now());
    // Time itself is what is waited for.
    session.wait_until("two seconds to pass", || start.elapsed() >= Duration::from_secs(2));
    assert!(census::cpu_ticks(pid) - ticks <= 1, "{} ticks in {:?}", census::cpu_ticks(pid) - ticks, start.elapsed());
    assert_eq!(session.bytes_written(), bytes);
}

#[test]
fn what_changes_by_itself_is_drawn_ten_times_a_second_and_twice_out_of_focus() {
    let session = started(24, 80);
    session.type_text(echo::TICK);
    for (focus, most) in [("\x1b[I", 10), ("\x1b[O", 2)] {
        session.type_text(focus);
        session.wait_for("the news of the focus", |screen| screen.contains("Focus"));
        let frames = || count(&session.written(), b"\x1b[?2026h");
        let (before, start) = (frames(), Instant::now());
        session.wait_until("two seconds to pass", || start.elapsed() >= Duration::from_secs(2));
        let (drawn, seconds) = (frames() - before, start.elapsed().as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let rate = drawn as f64 / seconds;
        assert!(rate > 0.5 && rate <= f64::from(most) + 1.0, "{rate} frames a second");
    }
}

#[test]
fn copied_text_goes_to_the_terminal() {
    let session = started(24, 80);
    session.type_text(echo::COPY);
    session.wait_until("the text", || count(&session.written(), b"\x1b]52;c;ZWNobw==\x1b\\") == 1);
}
