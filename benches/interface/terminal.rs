//! A program in a pseudo-terminal of 120×40, and the screen that it draws there.
//!
//! There is no thread that reads: whoever waits for the program reads meanwhile, so that nothing comes between what the
//! program writes and the time at which it is seen.

use std::fs::OpenOptions;
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

const COLUMNS: NonZeroU16 = NonZeroU16::new(120).expect("not zero");
const ROWS: NonZeroU16 = NonZeroU16::new(40).expect("not zero");

/// How long anything may take before it counts as never: generous, since the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(4);

/// How long until the UI is gone, or asks whether to end its run as well.
const QUESTION: Duration = Duration::from_millis(300);

/// What ends a frame: the end of a synchronized update.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// A program in a terminal. When dropped, the program is killed.
pub(crate) struct Terminal {
    child: Child,
    /// When the program was about to be started.
    started: Instant,
    master: OwnedFd,
    screen: vt100::Parser,
    /// The last bytes written, as many as a frame's end has.
    tail: Vec<u8>,
    written: usize,
    frames: usize,
    home: TempDir,
}

impl Terminal {
    /// Starts a program in a folder and an environment of its own, so that nobody's settings and names get into it.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Self {
        let home = TempDir::new().expect("a folder for the program");
        let master = master();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(home.path()).env_clear().env("HOME", home.path());
        command.envs([("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")]);
        attach(&mut command, &master);
        let started = Instant::now();
        let child = command.spawn().expect("the program starts");
        let screen = vt100::Parser::new(ROWS, COLUMNS, 0);
        Self { child, started, master, screen, tail: Vec::new(), written: 0, frames: 0, home }
    }

    /// The screen as far as it was read.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// When the program was about to be started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many bytes were read from the program so far.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// How many frames were read whole so far.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// The program's own folder, removed with the terminal.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Types text, or the bytes of keys.
    pub(crate) fn type_text(&self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let count = rustix::io::write(&self.master, rest).expect("the terminal takes keys");
            rest = &rest[count..];
        }
    }

    /// Reads until a whole frame is on the screen that has what is wanted; returns when it was there.
    ///
    /// # Panics
    /// It does not come, or the program ends.
    pub(crate) fn wait_for(&mut self, what: &str, is_wanted: impl Fn(&str) -> bool) -> Instant {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let heard = self.hear(deadline);
            let text = self.screen().contents();
            match heard {
                Some(now) if self.tail == FRAME_END && is_wanted(&text) => return now,
                Some(_) => {}
                None => panic!("waited in vain for {what}:\n{text}"),
            }
        }
    }

    /// Reads once, as soon as there is something, and says when that was; `None` where nothing came until `deadline`, or
    /// the program has ended.
    pub(crate) fn hear(&mut self, deadline: Instant) -> Option<Instant> {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).expect("minutes at most");
        if poll(&mut [PollFd::new(&self.master, PollFlags::IN)], Some(&timeout)).expect("a terminal can be polled") == 0
        {
            return None;
        }
        let mut buffer = [0; 1 << 13];
        // Linux reports the last program's leaving as an error.
        let count = rustix::io::read(&self.master, &mut buffer).ok().filter(|count| *count > 0)?;
        let now = Instant::now();
        self.screen.process(&buffer[..count]);
        self.written += count;
        let held = self.tail.len();
        self.tail.extend_from_slice(&buffer[..count]);
        // An end that was held back whole was counted when it came.
        let ends = self.tail.windows(FRAME_END.len()).skip(usize::from(held == FRAME_END.len()));
        self.frames += ends.filter(|window| *window == FRAME_END).count();
        self.tail.drain(..self.tail.len().saturating_sub(FRAME_END.len()));
        Some(now)
    }

    /// Reads for that long.
    pub(crate) fn listen(&mut self, length: Duration) {
        let deadline = Instant::now() + length;
        while Instant::now() < deadline && self.hear(deadline).is_some() {}
    }

    /// Leaves the UI as a person does, also in a run, so that nothing of it disturbs what comes next.
    pub(crate) fn quit(mut self) {
        self.type_text("q");
        self.listen(QUESTION);
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.type_text("y");
            self.listen(PATIENCE);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn master() -> OwnedFd {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
    grantpt(&master).expect("its owner");
    unlockpt(&master).expect("its other side");
    let size = Winsize { ws_row: ROWS.get(), ws_col: COLUMNS.get(), ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).expect("its size");
    master
}

/// Makes the terminal's other side the command's input, output and controlling terminal.
#[expect(unsafe_code, reason = "a session can only be made between fork and exec")]
fn attach(command: &mut Command, master: &OwnedFd) {
    let name = ptsname(master, Vec::new()).expect("a name for the other side");
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let flags = OFlags::NOCTTY.bits().cast_signed();
    let slave = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).expect("the other side");
    let stdio = || Stdio::from(slave.try_clone().expect("one more descriptor"));
    command.stdin(stdio()).stdout(stdio()).stderr(stdio());
    // SAFETY: the closure only makes two system calls; it allocates nothing and takes no lock, so it may run in a forked
    // child.
    unsafe {
        command.pre_exec(|| {
            setsid()?;
            ioctl_tiocsctty(rustix::stdio::stdin())?;
            Ok(())
        });
    }
}
