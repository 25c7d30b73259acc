//! The Python interpreters that this user could run.
//!
//! What stands in PATH is somebody else's program: it is asked for its version in its isolated mode, side by side with
//! the others, and it is ended when it does not answer in time.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

use super::clock;
use crate::text::scrub;
use crate::units::Nanos;

/// A Python that was found and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// Where it was found, in the order of PATH.
    pub path: PathBuf,
    /// Its version, such as `3.13.1`.
    pub version: String,
    /// Whether it was built to run without a GIL.
    pub free_threaded: bool,
}

/// The interpreters called `python3`, `python3.13` or `python3.13t` in PATH, each program once, whatever wrappers
/// lead to it. Starts them all; one that says nothing for two seconds is left out.
#[must_use]
pub fn interpreters() -> Vec<Interpreter> {
    found_in(&std::env::var_os("PATH").unwrap_or_default(), Nanos::from_secs(2))
}

/// All are asked at once; the time limit is for hearing nothing from any of them, so that a busy computer loses none.
fn found_in(path: &OsStr, limit: Nanos) -> Vec<Interpreter> {
    let probes: Vec<_> = candidates(path).into_iter().filter_map(Probe::start).collect();
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    let mut deadline = clock::now().plus(limit);
    for probe in probes {
        let answer = probe.answer(deadline);
        let now = clock::now();
        if now < deadline {
            deadline = now.plus(limit);
        }
        found.extend(answer.filter(|answer| known.insert(answer.program.clone())).map(|answer| answer.interpreter));
    }
    found
}

/// The programs to ask. Relative entries of PATH are left out: they would run what lies in the present folder.
fn candidates(path: &OsStr) -> Vec<PathBuf> {
    const MOST: usize = 32;
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let mut known = BTreeSet::new();
    let new = |program: &PathBuf| program.canonicalize().is_ok_and(|real| known.insert(real));
    folders.flat_map(|folder| programs(&folder)).filter(new).take(MOST).collect()
}

/// The executable Pythons in `folder`, by name.
fn programs(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_python));
    let mut programs: Vec<_> = named.map(|entry| entry.path()).filter(|program| is_executable(program)).collect();
    programs.sort_unstable();
    programs
}

fn is_python(name: &str) -> bool {
    let is_minor = |rest: &str| {
        let digits = rest.strip_prefix('.').map(|minor| minor.strip_suffix('t').unwrap_or(minor));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    name.strip_prefix("python3").is_some_and(|rest| rest.is_empty() || is_minor(rest))
}

fn is_executable(program: &Path) -> bool {
    program.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// What an interpreter prints of itself: version, whether it can do without a GIL, and the program that it really is,
/// quoted, since wrapper scripts of several names may lead to one program.
const QUESTION: &str = "import os, sys; print(sys.version.split()[0], 'free-threading' in sys.version, \
                        ascii(os.path.realpath(sys.executable)))";

/// What came back.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    interpreter: Interpreter,
    program: String,
}

/// An interpreter that has been asked.
struct Probe {
    path: PathBuf,
    child: Child,
}

impl Probe {
    /// Starts the program in a process group of its own, so that a wrapper script and what it starts end together.
    fn start(path: PathBuf) -> Option<Self> {
        let mut command = Command::new(&path);
        command.args(["-I", "-S", "-c", QUESTION]).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().ok().map(|child| Self { path, child })
    }

    fn answer(mut self, deadline: Nanos) -> Option<Answer> {
        let line = first_line(self.child.stdout.as_mut()?, deadline);
        parse(&self.path, &line)
    }
}

/// Not yet waited for, the child still holds its id, so the signal cannot reach a stranger.
impl Drop for Probe {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// What comes before the first line break, the end, or the deadline.
fn first_line(output: &mut ChildStdout, deadline: Nanos) -> String {
    const LONGEST: usize = 4096;
    let mut bytes = Vec::new();
    let mut chunk = [0; 512];
    while bytes.len() < LONGEST && !bytes.contains(&b'\n') && is_readable(output, deadline) {
        match output.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
    String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
}

/// Waits until a read would not block; `false` at the deadline.
fn is_readable(output: &ChildStdout, deadline: Nanos) -> bool {
    loop {
        let Ok(left) = Timespec::try_from(std::time::Duration::from(deadline.since(clock::now()))) else {
            return false;
        };
        match poll(&mut [PollFd::new(output, PollFlags::IN)], Some(&left)) {
            Err(Errno::INTR) => {}
            answer => return answer.is_ok_and(|ready| ready > 0),
        }
    }
}

/// Reads `3.13.1 True '/opt/bin/python3.13'`.
fn parse(path: &Path, line: &str) -> Option<Answer> {
    let mut fields = line.splitn(3, ' ');
    let version = fields.next().filter(|version| version.starts_with("3."))?;
    let free_threaded = fields.next()? == "True";
    let program = fields.next()?.to_owned();
    let interpreter = Interpreter { path: path.to_owned(), version: scrub(version.trim()).into_owned(), free_threaded };
    Some(Answer { interpreter, program })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::OFlags;
    use std::fs::File;
    use std::io::ErrorKind;
    use std::os::unix::fs::{OpenOptionsExt, symlink};

    /// Written by another process: a program that this one holds open for writing anywhere cannot be started.
    fn script(path: &Path, body: &str) {
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" > "$0" && chmod 755 "$0""#;
        assert!(
            Command::new("/bin/sh")
                .arg("-c")
                .arg(write)
                .args([path.as_os_str(), body.as_ref()])
                .status()
                .unwrap()
                .success()
        );
    }

    #[test]
    fn each_program_is_found_once_with_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        script(&at("python3.13t"), r#"echo "3.13.1 True '/opt/t'""#);
        script(&at("python3.9"), r#"echo "3.9.2 False '/opt/9'""#);
        symlink(at("python3.9"), at("python3")).unwrap();
        script(&at("python3.10"), r#"echo "3.9.2 False '/opt/9'""#);
        script(&at("python3-config"), r#"echo "3.1.1 False '/opt/1'""#);
        script(&at("python3.8"), "echo 'pyenv: no such version' >&2; exit 127");
        std::fs::write(at("python3.7"), "#!/bin/sh\necho \"3.7.0 False '/opt/7'\"\n").unwrap();
        let path = std::env::join_paths([Path::new("."), folder.path(), folder.path(), Path::new("/none")]).unwrap();
        let found = found_in(&path, Nanos::from_secs(60));
        let shown: Vec<_> =
            found.iter().map(|one| (one.path.clone(), one.version.as_str(), one.free_threaded)).collect();
        assert_eq!(shown, [(at("python3"), "3.9.2", false), (at("python3.13t"), "3.13.1", true)]);
    }

    /// Everything written to the FIFO until nobody has it open for writing.
    fn drained(mut fifo: File) -> String {
        let deadline = clock::now().plus(Nanos::from_secs(20));
        let mut text = String::new();
        while let Err(error) = fifo.read_to_string(&mut text) {
            assert!(error.kind() == ErrorKind::WouldBlock && clock::now() < deadline, "{error}: somebody lives on");
            std::thread::yield_now();
        }
        text
    }

    #[test]
    fn a_program_that_never_answers_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alive");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let body = format!("exec 9> '{}'\necho started >&9\nsleep 1000 & sleep 1000", path.display());
        script(&folder.path().join("python3"), &body);
        let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
        let fifo = File::options().read(true).custom_flags(nonblocking).open(path).unwrap();
        assert_eq!(found_in(folder.path().as_os_str(), Nanos::from_secs(2)), []);
        assert_eq!(drained(fifo), "started\n");
    }

    #[test]
    fn only_names_of_python_3_count() {
        for name in ["python3", "python3.9", "python3.14", "python3.13t"] {
            assert!(is_python(name), "{name}");
        }
        for name in
            ["python", "python2", "python3-config", "python3.", "python3.t", "python3.11-dbg", "python3.x", "python35"]
        {
            assert!(!is_python(name), "{name}");
        }
    }

    #[test]
    fn a_real_python_understands_the_question() {
        let installed = Path::new("/usr/bin/python3").exists();
        let found = found_in(OsStr::new("/usr/bin"), Nanos::from_secs(60));
        assert_eq!(found.is_empty(), !installed, "{found:?}");
        assert!(
            found.iter().all(|one| one.path.starts_with("/usr/bin") && one.version.split('.').count() >= 3),
            "{found:?}"
        );
    }

    #[test]
    fn answers_are_read_with_care() {
        let read = |line| parse(Path::new("/p"), line).map(|answer| (answer.interpreter.version, answer.program));
        let expected = |version: &str, program: &str| Some((version.to_owned(), program.to_owned()));
        assert_eq!(read("3.11.2 False '/usr/bin/a b'"), expected("3.11.2", "'/usr/bin/a b'"));
        assert_eq!(read("3.\x1b[2J9 True ''"), expected("3.\\u{1b}[2J9", "''"));
        for line in ["", "3.11.2", "3.11.2 False", "Python 3.11.2", "2.7.18 False '/p'", "bash: python3: not found"] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
