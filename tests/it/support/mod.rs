//! What the tests of the whole program share: running it without a terminal, in one, and counting what it leaves behind.

pub(crate) mod census;
pub(crate) mod engine;
pub(crate) mod pty;
pub(crate) mod stopwatch;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tempfile::TempDir;

use census::Tag;
use stopwatch::Stopwatch;

/// The program under test.
pub(crate) const PARTUI: &str = env!("CARGO_BIN_EXE_partui");

/// How long anything may take before a test gives up: generous, since a loaded machine is no fault of the program.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How long a headless run may take, since it may really measure.
const LONG_PATIENCE: Duration = Duration::from_mins(2);

/// How long what a headless run started may outlive it: the promise is a second, doubled for a loaded machine.
const AFTERLIFE: Duration = Duration::from_secs(2);

/// Asks again and again until `probe` answers, or `within` is over on a [`Stopwatch`].
pub(crate) fn eventually<T>(within: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let since = Stopwatch::start();
    loop {
        if let Some(answer) = probe() {
            return Some(answer);
        }
        if since.elapsed() >= within {
            return None;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Waits for a child of this process to end; `None` where it does not.
pub(crate) fn ended(child: &mut Child, within: Duration) -> Option<ExitStatus> {
    if let Some(status) = child.try_wait().expect("a child can be asked") {
        return Some(status);
    }
    let handle = pidfd_open(Pid::from_child(child), PidfdFlags::empty()).expect("a handle on a child");
    let timeout = Timespec::try_from(within).expect("a sane duration");
    poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&timeout)).expect("a handle can be waited for");
    child.try_wait().expect("a child can be asked")
}

/// Gives `command` an environment of its own: tagged for the census, a home that holds nothing, none of the settings of
/// whoever runs the tests.
pub(crate) fn isolate(command: &mut Command, home: &Path, tag: &Tag) {
    let is_setting = |name: &OsStr| {
        let name = name.to_string_lossy();
        ["PARTUI_", "XDG_", "LC_", "CLICOLOR"].iter().any(|prefix| name.starts_with(prefix))
            || ["NO_COLOR", "COLORTERM", "LINES", "COLUMNS", "LANGUAGE", "RUST_BACKTRACE"].contains(&name.as_ref())
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    for (name, folder) in [("XDG_CACHE_HOME", "cache"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")] {
        command.env(name, home.join(folder));
    }
    command.env("HOME", home).env("LANG", "C.UTF-8").env("TERM", "xterm-256color").env(census::VARIABLE, tag.value());
}

/// A program about to be run without a terminal, in a folder of its own.
pub(crate) struct Program {
    executable: OsString,
    args: Vec<OsString>,
    envs: Vec<(OsString, OsString)>,
    input: Vec<u8>,
    folder: Option<PathBuf>,
    home: TempDir,
    tag: Tag,
}

impl Program {
    /// The built partui.
    pub(crate) fn new() -> Self {
        Self::named(PARTUI)
    }

    /// Any other program.
    pub(crate) fn named(program: impl Into<OsString>) -> Self {
        Self {
            executable: program.into(),
            args: Vec::new(),
            envs: Vec::new(),
            input: Vec::new(),
            folder: None,
            home: TempDir::new().expect("a folder for the test"),
            tag: Tag::new(),
        }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.envs.push((name.into(), value.into()));
        self
    }

    /// What it reads from standard input; nothing unless told.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Where it runs; an empty folder of its own unless told.
    pub(crate) fn dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// What its processes are found by.
    pub(crate) fn tag(&self) -> &Tag {
        &self.tag
    }

    /// Runs it to its end, whatever that is; nothing that it started may outlive it.
    pub(crate) fn run(&self) -> Finished {
        let at = |name: &str| self.home.path().join(name);
        fs::write(at("stdin"), &self.input).expect("input for the program");
        let create = |name: &str| File::create(at(name)).expect("a file for the program's output");
        fs::create_dir_all(at("work")).expect("a folder for the program");
        let mut command = Command::new(&self.executable);
        command.args(&self.args).current_dir(self.folder.clone().unwrap_or_else(|| at("work")));
        isolate(&mut command, &at("home"), &self.tag);
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        command.stdin(File::open(at("stdin")).expect("the program's input"));
        command.stdout(Stdio::from(create("stdout"))).stderr(Stdio::from(create("stderr")));

        let mut child = command.spawn().expect("the program starts");
        let status = ended(&mut child, LONG_PATIENCE).unwrap_or_else(|| {
            let tree = census::tree(&self.tag);
            census::kill(&self.tag);
            let _ = child.wait();
            panic!("{} did not end within {LONG_PATIENCE:?}\n{tree}", self.sentence());
        });
        census::assert_gone(&self.tag, AFTERLIFE);
        let read = |name: &str| fs::read(at(name)).expect("the program's output");
        Finished { sentence: self.sentence(), status, stdout: read("stdout"), stderr: read("stderr") }
    }

    /// Runs it and demands success.
    pub(crate) fn ok(&self) -> Finished {
        let finished = self.run();
        assert!(finished.status.success(), "{finished:?}");
        finished
    }

    /// Runs it and demands an exit code and, on stderr, one line that holds `text`.
    pub(crate) fn fails_with(&self, code: i32, text: &str) -> Finished {
        let finished = self.run();
        assert_eq!(finished.status.code(), Some(code), "{finished:?}");
        let said = finished.stderr();
        assert!(said.lines().count() == 1 && said.contains(text), "not one line with {text:?}: {finished:?}");
        finished
    }

    fn sentence(&self) -> String {
        let words = std::iter::once(&self.executable).chain(&self.args);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

/// How a program ended and what it said.
pub(crate) struct Finished {
    sentence: String,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Finished {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

impl std::fmt::Debug for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (stdout, stderr) = (self.stdout(), self.stderr());
        write!(f, "{}: {}\n── stdout\n{stdout}\n── stderr\n{stderr}", self.sentence, self.status)
    }
}
