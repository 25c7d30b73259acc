//! The simplest app: shows what it hears, and fails in any way that it is told to.
//!
//! It runs in this test binary, started once more as a program of its own, in a terminal.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use partui::tui::terminal::{App, Bell, End, Reply, Signals, World, copy, show};
use partui::units::Nanos;
use ratatui::Frame;
use ratatui::widgets::Paragraph;
use rustix::time::{ClockId, clock_gettime};

/// The arguments that make this test binary run the app: on the main thread, which must be the only one.
pub(super) const ARGS: [&str; 5] =
    ["--exact", "terminal::echo::runs_as_a_program", "--ignored", "--nocapture", "--test-threads=1"];

/// Set once signals are held back.
const HELD: &str = "TEST_SIGNALS_HELD";

/// What the app can be told by a key.
pub(super) const QUIT: &str = "q";
pub(super) const COPY: &str = "y";
pub(super) const PANIC: &str = "P";
pub(super) const PANIC_ELSEWHERE: &str = "O";
/// From now on, something changes every 5 ms.
pub(super) const TICK: &str = "t";

#[test]
#[ignore = "the program that the tests of the terminal start"]
fn runs_as_a_program() {
    let signals = Signals::hold();
    if std::env::var_os(HELD).is_none() {
        start_over();
    }
    let mut echo = Echo::default();
    let code = match show(signals, &mut echo, |_: Bell| Ok(Outside::default())) {
        Ok(End::Quit) => 0,
        Ok(End::Signal(signal)) => 128 + signal,
        Ok(End::Failure(why)) => {
            // Not `eprintln!`, which panics where there is nobody to tell.
            let _ = io::Write::write_all(&mut io::stderr(), why.as_bytes());
            101
        }
        Err(_) => 1,
    };
    exit(code)
}

/// Puts this program in its own place, with signals held back in the main thread, where the test framework runs, too.
#[expect(unsafe_code, reason = "the standard library clears the mask of signals before it runs a program")]
fn start_over() -> ! {
    let mut again = Command::new(std::env::current_exe().expect("a running program has a file"));
    again.args(ARGS).env(HELD, "yes");
    let hold_again = || {
        let _ = Signals::hold();
        Ok(())
    };
    // SAFETY: holding signals back makes system calls only; it allocates nothing and takes no lock.
    unsafe { again.pre_exec(hold_again) };
    panic!("this program cannot be run again: {}", again.exec());
}

#[derive(Default)]
struct Echo {
    keys: u32,
    last: String,
    ticks: u32,
    next_tick: Option<Nanos>,
    revision: u64,
}

enum Wish {
    Quit,
    Suspend,
    Copy,
}

impl Echo {
    fn key(&mut self, key: KeyEvent, now: Nanos) -> Vec<Wish> {
        self.keys += 1;
        match (key.code, key.modifiers) {
            (KeyCode::Char('q'), _) => return vec![Wish::Quit],
            (KeyCode::Char('y'), _) => return vec![Wish::Copy],
            (KeyCode::Char('z'), KeyModifiers::CONTROL) => return vec![Wish::Suspend],
            (KeyCode::Char('P'), _) => panic!("told to\u{1b}[2J"),
            (KeyCode::Char('O'), _) => drop(std::thread::spawn(|| panic!("told to elsewhere"))),
            (KeyCode::Char('t'), _) => self.next_tick = Some(now),
            _ => {}
        }
        Vec::new()
    }
}

impl App for Echo {
    type Message = Event;
    type Effect = Wish;

    fn meaning(event: Event) -> Option<Event> {
        Some(event)
    }

    fn update(&mut self, event: Event, now: Nanos) -> Vec<Wish> {
        self.revision += 1;
        self.last = match &event {
            Event::Paste(text) => format!("a paste of {} bytes", text.len()),
            Event::Key(key) => format!("{}", key.code),
            other => format!("{other:?}"),
        };
        if let Event::Key(key) = event { self.key(key, now) } else { Vec::new() }
    }

    fn tick(&mut self, now: Nanos) -> Vec<Wish> {
        self.ticks += 1;
        self.revision += 1;
        self.next_tick = Some(now.plus(Nanos::from_millis(5)));
        Vec::new()
    }

    fn next_due(&self) -> Option<Nanos> {
        self.next_tick
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let Self { keys, last, ticks, .. } = self;
        let text = format!("echo {}×{}\n{keys} keys, {last}\n{ticks} ticks", area.width, area.height);
        frame.render_widget(Paragraph::new(text), area);
    }

    fn revision(&self) -> u64 {
        self.revision
    }
}

#[derive(Default)]
struct Outside {
    is_suspended: bool,
}

impl World<Echo> for Outside {
    fn now(&self) -> Nanos {
        let now = clock_gettime(ClockId::Monotonic);
        let nanos = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
        Nanos(u64::try_from(nanos).expect("a clock that starts at 0"))
    }

    fn hear(&mut self, _: &Echo, _: Nanos) -> Vec<Event> {
        Vec::new()
    }

    fn next_due(&self, _: &Echo) -> Option<Nanos> {
        None
    }

    fn perform(&mut self, wish: Wish) -> Reply<Event> {
        match wish {
            Wish::Quit => Reply::Quit,
            Wish::Suspend => Reply::Suspend,
            Wish::Copy => Reply::Send(copy("echo").expect("a short text")),
        }
    }

    fn suspend(&mut self) {
        self.is_suspended = true;
    }

    fn is_suspended(&self) -> bool {
        self.is_suspended
    }

    fn resume(&mut self) {
        self.is_suspended = false;
    }
}
