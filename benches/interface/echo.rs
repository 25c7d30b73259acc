//! The least that a program in a terminal can do with a key: read it, write it back.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::terminal::Terminal;

/// The argument that makes this program become the echo.
pub(crate) const ROLE: &str = "echo";

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_secs(20);

/// The echo's side: says once that it listens, then answers each key.
pub(crate) fn main() -> ExitCode {
    let mut modes = tcgetattr(stdin()).expect("the echo's input is a terminal");
    modes.make_raw();
    tcsetattr(stdin(), OptionalActions::Now, &modes).expect("a terminal can be made raw");
    let mut key = [b'>'];
    loop {
        rustix::io::write(stdout(), &key).expect("the terminal takes what is echoed");
        if !matches!(rustix::io::read(stdin(), &mut key), Ok(1)) {
            return ExitCode::SUCCESS;
        }
    }
}

/// An echo that listens.
pub(crate) fn start() -> Terminal {
    let program = std::env::current_exe().expect("this program has a path");
    let mut terminal = Terminal::start(&program, &[ROLE]);
    answer(&mut terminal);
    terminal
}

/// Presses a key; when it came back.
pub(crate) fn press(terminal: &mut Terminal) -> Instant {
    terminal.type_text("x");
    answer(terminal)
}

fn answer(terminal: &mut Terminal) -> Instant {
    terminal.hear(Instant::now() + PATIENCE).expect("the echo answers")
}
