//! A real terminal for a program under test: a pseudo-terminal whose other side is a screen that can be read.

use std::fs::{self, File, OpenOptions};
use std::num::NonZeroU16;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::OFlags;
use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{ControlModes, InputModes, LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize};
use tempfile::TempDir;

use super::census::{self, Census, Tag};
use super::{PARTUI, PATIENCE, ended, eventually, isolate};

/// What the shell of [`Session::shell`] says when it waits for a command.
pub(crate) const PROMPT: &str = "shell> ";

/// A key, sent as the bytes that xterm sends for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    /// Control together with a letter, `[`, `\`, `]`, `^` or `_`.
    Ctrl(char),
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Right,
    Left,
    Home,
    End,
    PageUp,
    PageDown,
    /// F1 to F12.
    F(u8),
}

impl Key {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let text = match self {
            Self::Char(character) => return character.to_string().into_bytes(),
            Self::Ctrl(letter) => {
                return vec![u8::try_from(letter.to_ascii_uppercase()).expect("an ASCII character") & 0x1f];
            }
            Self::Enter => "\r",
            Self::Escape => "\x1b",
            Self::Tab => "\t",
            Self::BackTab => "\x1b[Z",
            Self::Backspace => "\x7f",
            Self::Delete => "\x1b[3~",
            Self::Up => "\x1b[A",
            Self::Down => "\x1b[B",
            Self::Right => "\x1b[C",
            Self::Left => "\x1b[D",
            Self::Home => "\x1b[H",
            Self::End => "\x1b[F",
            Self::PageUp => "\x1b[5~",
            Self::PageDown => "\x1b[6~",
            Self::F(number @ 1..=4) => return vec![0x1b, b'O', b'P' + number - 1],
            Self::F(number) => {
                let code = [15, 17, 18, 19, 20, 21, 23, 24][usize::from(number) - 5];
                return format!("\x1b[{code}~").into_bytes();
            }
        };
        text.as_bytes().to_vec()
    }
}

/// Everything about a terminal that a program can change and must put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modes {
    input: InputModes,
    output: OutputModes,
    control: ControlModes,
    local: LocalModes,
    special: String,
}

impl Modes {
    fn of(terminal: impl AsFd) -> Self {
        let termios = tcgetattr(terminal).expect("a terminal has modes");
        Self {
            input: termios.input_modes,
            output: termios.output_modes,
            control: termios.control_modes,
            local: termios.local_modes,
            special: format!("{:?}", termios.special_codes),
        }
    }

    /// Whether keys reach the program one by one, unechoed.
    pub(crate) fn is_raw(&self) -> bool {
        !self.local.intersects(LocalModes::ICANON | LocalModes::ECHO)
    }
}

/// The screen and everything that was ever written to it.
struct Screen {
    parser: vt100::Parser,
    written: Vec<u8>,
    /// No process has the terminal open any more, or it was hung up.
    is_closed: bool,
}

struct Shared {
    screen: Mutex<Screen>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The terminal's far side: what a terminal emulator holds open.
struct Emulator {
    master: Arc<OwnedFd>,
    stop: Arc<OwnedFd>,
    reader: JoinHandle<()>,
}

/// A program in a terminal. When dropped, everything it started is killed.
pub(crate) struct Session {
    child: Child,
    emulator: Option<Emulator>,
    shared: Arc<Shared>,
    modes_at_start: Modes,
    tag: Tag,
    home: TempDir,
}

impl Session {
    /// partui as the terminal's session leader: what a terminal emulator does that is told to run it.
    pub(crate) fn start(rows: u16, cols: u16, args: &[&str], envs: &[(&str, &str)]) -> Self {
        Self::running(rows, cols, PARTUI, args, envs)
    }

    /// Any other program in partui's place.
    pub(crate) fn running(rows: u16, cols: u16, program: &str, args: &[&str], envs: &[(&str, &str)]) -> Self {
        let home = TempDir::new().expect("a folder for the test");
        let tag = Tag::new();
        let mut command = Command::new(program);
        isolate(&mut command, home.path(), &tag);
        command.args(args).envs(envs.iter().copied());
        Self::open(rows, cols, command, home, tag)
    }

    /// partui started by an interactive shell, so that the shell's job control holds: Ctrl-Z, `jobs`, `fg`, `bg`.
    pub(crate) fn under_shell(rows: u16, cols: u16, args: &[&str], envs: &[(&str, &str)]) -> Self {
        let session = Self::shell(rows, cols, envs);
        let quoted = args.iter().map(|arg| format!(" '{}'", arg.replace('\'', r"'\''")));
        session.type_line(&format!("partui{}", quoted.collect::<String>()));
        session
    }

    /// An interactive shell at its prompt. In it, `partui` is the built program with this session's tag; the shell itself
    /// and other programs carry none, so that the census counts partui only.
    pub(crate) fn shell(rows: u16, cols: u16, envs: &[(&str, &str)]) -> Self {
        let home = TempDir::new().expect("a folder for the test");
        let tag = Tag::new();
        let settings = home.path().join("shellrc");
        let alias = format!("alias partui=\"{}='{}' '{PARTUI}'\"", census::VARIABLE, tag.value());
        fs::write(&settings, format!("PS1='{PROMPT}'\n{alias}\n")).expect("settings for the shell");
        let mut command = Command::new("bash");
        isolate(&mut command, home.path(), &tag);
        command.env_remove(census::VARIABLE).envs(envs.iter().copied());
        command.arg("--rcfile").arg(settings).args(["--noprofile", "--noediting", "-i"]);
        let session = Self::open(rows, cols, command, home, tag);
        session.wait_for("the shell's prompt", |screen| screen.contains(PROMPT.trim_end()));
        session
    }

    fn open(rows: u16, cols: u16, mut command: Command, home: TempDir, tag: Tag) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("a pseudo-terminal");
        grantpt(&master).expect("its owner");
        unlockpt(&master).expect("its other side");
        tcsetwinsize(&master, winsize(rows, cols)).expect("its size");
        let modes_at_start = Modes::of(&master);

        let slave = open_slave(&master);
        let stdio = || Stdio::from(slave.try_clone().expect("one more descriptor"));
        command.stdin(stdio()).stdout(stdio()).stderr(stdio());
        lead_a_session(&mut command);
        let child = command.spawn().expect("the program starts");
        // The terminal must close when the program does: not even its descriptors in `command` may keep it open.
        drop((command, slave));

        let parser = vt100::Parser::new(at_least_one(rows), at_least_one(cols), 0);
        let screen = Mutex::new(Screen { parser, written: Vec::new(), is_closed: false });
        let shared = Arc::new(Shared { screen, changed: Condvar::new() });
        let emulator = Some(Emulator::new(master, Arc::clone(&shared)));
        Self { child, emulator, shared, modes_at_start, tag, home }
    }

    /// The program's own home folder, removed with the session.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// What the session's processes are found by.
    pub(crate) fn tag(&self) -> &Tag {
        &self.tag
    }

    /// partui's process id, waiting until it runs.
    pub(crate) fn program(&self) -> i32 {
        let found = eventually(PATIENCE, || Some(Census::take(&self.tag).eldest()?.pid));
        found.unwrap_or_else(|| self.give_up("the program to run"))
    }

    pub(crate) fn type_text(&self, text: &str) {
        self.type_bytes(text.as_bytes());
    }

    /// Types `line` and Enter.
    pub(crate) fn type_line(&self, line: &str) {
        self.type_bytes(line.as_bytes());
        self.key(Key::Enter);
    }

    pub(crate) fn key(&self, key: Key) {
        self.type_bytes(&key.bytes());
    }

    /// Types what need not be text.
    pub(crate) fn type_bytes(&self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = rustix::io::write(self.master(), rest).expect("the terminal takes keys");
            rest = &rest[count..];
        }
    }

    /// Changes the window; the programs in its foreground hear of it by SIGWINCH. A size of zero is passed on as it is.
    pub(crate) fn resize(&self, rows: u16, cols: u16) {
        self.shared.lock().parser.screen_mut().set_size(at_least_one(rows), at_least_one(cols));
        tcsetwinsize(self.master(), winsize(rows, cols)).expect("a terminal can be resized");
    }

    /// The text on the screen, one line a row; cells that were never written to at the end of a line are left out.
    pub(crate) fn screen(&self) -> String {
        self.with_screen(vt100::Screen::contents)
    }

    /// Looks at more than the text: colours, the cursor, the alternate screen.
    pub(crate) fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shared.lock().parser.screen())
    }

    /// Everything that was ever written to the terminal, escape sequences and all.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.shared.lock().written.clone()
    }

    /// How many bytes were written to the terminal so far.
    pub(crate) fn bytes_written(&self) -> usize {
        self.shared.lock().written.len()
    }

    /// The terminal's modes now.
    pub(crate) fn modes(&self) -> Modes {
        Modes::of(self.master())
    }

    /// The terminal's modes before the program was started.
    pub(crate) fn modes_at_start(&self) -> &Modes {
        &self.modes_at_start
    }

    /// Waits until the screen is as wanted and returns its text; shows the screen and the processes where it never is.
    pub(crate) fn wait_for(&self, what: &str, mut is_wanted: impl FnMut(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut screen = self.shared.lock();
        loop {
            let text = screen.parser.screen().contents();
            if is_wanted(&text) {
                return text;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || screen.is_closed {
                drop(screen);
                self.give_up(what);
            }
            screen = self.shared.changed.wait_timeout(screen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for something that the screen does not show, such as a mode of the terminal.
    pub(crate) fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        if eventually(PATIENCE, || is_so().then_some(())).is_none() {
            self.give_up(what);
        }
    }

    /// Closes the terminal's window under the program.
    pub(crate) fn hang_up(&mut self) {
        if let Some(emulator) = self.emulator.take() {
            emulator.close();
        }
    }

    /// Leaves partui by its key, whether or not a run goes on, which may end at any moment; returns how it exits.
    pub(crate) fn quit(&mut self) -> ExitStatus {
        self.key(Key::Char('q'));
        let gone = eventually(PATIENCE, || {
            let status = ended(&mut self.child, Duration::ZERO);
            if status.is_none() && self.screen().contains("y quit") {
                self.key(Key::Char('y'));
            }
            status
        });
        gone.unwrap_or_else(|| self.give_up("the program to end"))
    }

    /// Waits for the program, or the shell around it, to end.
    pub(crate) fn wait_exit(&mut self) -> ExitStatus {
        ended(&mut self.child, PATIENCE).unwrap_or_else(|| self.give_up("the program to end"))
    }

    fn master(&self) -> &OwnedFd {
        &self.emulator.as_ref().expect("the terminal was hung up").master
    }

    fn give_up(&self, what: &str) -> ! {
        let tree = census::tree(&self.tag);
        let (screen, is_closed) = (self.screen(), self.shared.lock().is_closed);
        let state = if is_closed { "closed" } else { "open" };
        panic!("waited in vain for {what}; the terminal is {state}\n── screen\n{screen}\n── processes\n{tree}");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        census::kill(&self.tag);
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.hang_up();
    }
}

impl Emulator {
    fn new(master: OwnedFd, shared: Arc<Shared>) -> Self {
        let master = Arc::new(master);
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).expect("an event"));
        let reader = std::thread::spawn({
            let (master, stop) = (Arc::clone(&master), Arc::clone(&stop));
            move || drain(&master, &stop, &shared)
        });
        Self { master, stop, reader }
    }

    fn close(self) {
        rustix::io::write(&self.stop, &1_u64.to_ne_bytes()).expect("the reader can be told to stop");
        // A reader that panicked has closed its side as well.
        let _ = self.reader.join();
    }
}

/// Carries what programs write onto the screen, until nobody has the terminal open or `stop` is set.
fn drain(master: &OwnedFd, stop: &OwnedFd, shared: &Shared) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let mut waiting = [PollFd::new(master, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
        poll(&mut waiting, None).expect("a terminal can be waited for");
        if !waiting[1].revents().is_empty() {
            break;
        }
        // Linux reports the last program's leaving as an error.
        let Ok(count @ 1..) = rustix::io::read(master, &mut buffer[..]) else { break };
        let mut screen = shared.lock();
        screen.parser.process(&buffer[..count]);
        screen.written.extend_from_slice(&buffer[..count]);
        shared.changed.notify_all();
    }
    shared.lock().is_closed = true;
    shared.changed.notify_all();
}

fn open_slave(master: &OwnedFd) -> File {
    let name = ptsname(master, Vec::new()).expect("a name for the other side");
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let flags = OFlags::NOCTTY.bits().cast_signed();
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).expect("the other side")
}

/// What a caller of the tests may have had ignored, as `nohup` and background jobs of scripts do, and a terminal never.
const OF_TERMINALS: [i32; 5] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGTSTP];

/// Makes the command the leader of a new session whose controlling terminal is its standard input.
#[expect(unsafe_code, reason = "a session can only be made between fork and exec")]
fn lead_a_session(command: &mut Command) {
    let lead = || {
        for signal in OF_TERMINALS {
            // SAFETY: no handler is installed, only the default given back.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        setsid()?;
        ioctl_tiocsctty(rustix::stdio::stdin())?;
        Ok(())
    };
    // SAFETY: the closure only makes system calls; it allocates nothing and takes no lock, so it may run in a child forked
    // from a process with several threads.
    unsafe { command.pre_exec(lead) };
}

fn winsize(rows: u16, cols: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 }
}

fn at_least_one(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
}
