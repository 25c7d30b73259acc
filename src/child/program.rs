//! Somebody else's program, run to its end: what it wrote, how it ended, and what it used.
//!
//! Unlike an engine or a worker it knows nothing of links and lifelines. What ends it with the thread that runs it is the
//! parent-death signal, set between `fork` and `exec`; what it has started itself ends with the engine's process group.

use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionbio, retry_on_intr};
use rustix::process::{
    Pid, PidfdFlags, Resource, Signal, getpid, getppid, kill_process, pidfd_open, set_parent_process_death_signal,
    setrlimit,
};
use serde::{Deserialize, Serialize};

use super::Cause;
use super::lifeline::usual_files;
use super::reaping::{keep_ended_children, reap};
use crate::units::Nanos;

/// How much is read at a time, in bytes.
const READ: usize = 64 << 10;

/// How much is read after the program's end at most, in bytes: more than fits into a pipe was written by what it left
/// behind.
const LATE: usize = 1 << 20;

/// How much is kept of the end of what it complained of, in bytes.
const COMPLAINT: usize = 4 << 10;

/// Who hears what a program writes, piece by piece.
pub type Hear<'a> = &'a mut dyn FnMut(&[u8]);

/// What programs used of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time, that of children included that a program waited for.
    pub cpu: Nanos,
    /// How long their first threads wanted a core and had none; 0 where the system does not tell.
    pub ready: Nanos,
}

impl Usage {
    /// That of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu.plus(other.cpu), ready: self.ready.plus(other.ready) }
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub cause: Cause,
    /// What it used.
    pub usage: Usage,
    /// The end of what it wrote to standard error: a few KiB, as they came.
    pub complaint: Vec<u8>,
}

/// Runs the program that the first word names, found as the shell finds it, with the others as its arguments, and waits
/// for its end. Its standard input is empty; `heard` gets what it writes to standard output, piece by piece, and without
/// one that goes nowhere. The thread must outlive the call: the program ends with it.
///
/// # Errors
/// When it cannot be started, or the system does not say what became of it.
pub fn run_program(words: &[String], heard: Option<Hear<'_>>) -> io::Result<Ended> {
    let (name, arguments) = words.split_first().ok_or(ErrorKind::InvalidInput)?;
    keep_ended_children();
    let mut command = Command::new(name);
    let stdout = if heard.is_some() { Stdio::piped() } else { Stdio::null() };
    command.args(arguments).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    die_with_us(&mut command);
    let mut running = Running::of(command.spawn()?)?;
    let complaint = running.listen(heard)?;
    let ready = waited_for_cores(running.pid);
    let (status, cpu) = running.reap()?;
    Ok(Ended { cause: ExitStatus::from_raw(status).into(), usage: Usage { cpu, ready }, complaint })
}

/// Has the program end with this thread, and gives it back the limit of open files that this process raised: programs
/// that close every descriptor there may be would take long.
#[expect(unsafe_code, reason = "only between fork and exec can a program be told to die with its parent")]
fn die_with_us(command: &mut Command) {
    let (parent, files) = (getpid(), usual_files());
    let prepare = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have died before the signal was set.
        if getppid() != Some(parent) {
            return Err(Errno::SRCH.into());
        }
        files.map_or(Ok(()), |files| Ok(setrlimit(Resource::Nofile, files)?))
    };
    // SAFETY: the closure makes system calls only; it takes no lock and no memory, which the fork may have left unusable.
    unsafe { command.pre_exec(prepare) };
}

/// How long the first thread of a program that has ended, and was not reaped, wanted a core and had none.
fn waited_for_cores(pid: Pid) -> Nanos {
    let told = std::fs::read_to_string(format!("/proc/{}/schedstat", pid.as_raw_nonzero())).unwrap_or_default();
    Nanos(told.split_whitespace().nth(1).and_then(|waited| waited.parse().ok()).unwrap_or(0))
}

/// A program that runs. Dropping it kills it and waits for it: nothing stays behind.
struct Running {
    pid: Pid,
    pidfd: OwnedFd,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    is_reaped: bool,
}

impl Running {
    fn of(mut child: Child) -> io::Result<Self> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(ErrorKind::InvalidData)?;
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => {
                Ok(Self { pid, pidfd, stdout: child.stdout.take(), stderr: child.stderr.take(), is_reaped: false })
            }
            Err(errno) => {
                child.kill()?;
                child.wait()?;
                Err(errno.into())
            }
        }
    }

    /// Listens until the program has ended, also where others, which it started, still hold its pipes.
    fn listen(&mut self, heard: Option<Hear<'_>>) -> io::Result<Vec<u8>> {
        let mut complaint = Vec::new();
        let mut keep_end = |bytes: &[u8]| {
            complaint.extend_from_slice(bytes);
            complaint.drain(..complaint.len().saturating_sub(COMPLAINT));
        };
        let mut silence = |_: &[u8]| ();
        let mut ears =
            [Ear::on(self.stdout.take(), heard.unwrap_or(&mut silence))?, Ear::on(self.stderr.take(), &mut keep_end)?];
        let mut room = vec![0; READ];
        while !is_over(&self.pidfd, &ears)? {
            for ear in &mut ears {
                ear.hear(&mut room)?;
            }
        }
        for ear in &mut ears {
            let mut late = 0;
            while late < LATE {
                match ear.hear(&mut room)? {
                    0 => break,
                    length => late += length,
                }
            }
        }
        Ok(complaint)
    }

    fn reap(&mut self) -> io::Result<(i32, Nanos)> {
        self.is_reaped = true;
        reap(self.pid)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_reaped {
            // It has not been waited for, so its number cannot have passed on to another process.
            let _ = kill_process(self.pid, Signal::KILL);
            let _ = self.reap();
        }
    }
}

/// Waits for something to hear; says whether the program has ended.
fn is_over(pidfd: &OwnedFd, ears: &[Ear<'_>]) -> io::Result<bool> {
    let mut ends = vec![PollFd::new(pidfd, PollFlags::IN)];
    ends.extend(ears.iter().filter_map(|ear| Some(PollFd::new(ear.pipe.as_ref()?, PollFlags::IN))));
    retry_on_intr(|| poll(&mut ends, None))?;
    Ok(!ends[0].revents().is_empty())
}

/// One pipe of a program, and who hears what comes through it.
struct Ear<'a> {
    /// `None` once nothing more can come.
    pipe: Option<std::fs::File>,
    heard: Hear<'a>,
}

impl<'a> Ear<'a> {
    fn on(pipe: Option<impl Into<OwnedFd>>, heard: Hear<'a>) -> io::Result<Self> {
        let pipe = pipe.map(|pipe| std::fs::File::from(pipe.into()));
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe.as_fd(), true)?;
        }
        Ok(Self { pipe, heard })
    }

    /// Hears what has come by now, if anything; says how many bytes.
    fn hear(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let Some(pipe) = &mut self.pipe else { return Ok(0) };
        match pipe.read(room) {
            Ok(0) => self.pipe = None,
            Ok(length) => {
                (self.heard)(&room[..length]);
                return Ok(length);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> (Ended, Vec<u8>) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut wrote = Vec::new();
        let ended = run_program(&words, Some(&mut |bytes: &[u8]| wrote.extend_from_slice(bytes))).unwrap();
        (ended, wrote)
    }

    #[test]
    fn a_program_gets_its_words_as_they_are_and_nothing_to_read() {
        let (ended, wrote) = run(&["printf", "%s|", "a b", "$HOME", "*", ""]);
        assert_eq!((ended.cause, wrote.as_slice()), (Cause::Exit(0), &b"a b|$HOME|*||"[..]));
        assert_eq!(run(&["cat"]).1, b"");
    }

    #[test]
    fn its_end_is_told_and_what_it_complained_of() {
        for (script, cause, complaint) in [
            ("echo one >&2; echo two >&2; exit 3", Cause::Exit(3), "one\ntwo\n"),
            ("kill -9 $$", Cause::Signal(9), ""),
            ("exit 86", Cause::Exit(86), ""),
        ] {
            let (ended, _) = run(&["sh", "-c", script]);
            assert_eq!((ended.cause, ended.complaint.as_slice()), (cause, complaint.as_bytes()), "{script}");
        }
        let (ended, wrote) = run(&["sh", "-c", "head -c 3000000 /dev/zero; head -c 200000 /dev/zero >&2"]);
        assert_eq!((wrote.len(), ended.complaint.len()), (3_000_000, COMPLAINT));
    }

    #[test]
    fn what_it_leaves_behind_is_not_waited_for() {
        let (ended, wrote) = run(&["sh", "-c", "echo before; sleep 1000 & echo $!"]);
        assert_eq!(ended.cause, Cause::Exit(0));
        let left = String::from_utf8(wrote).unwrap().lines().nth(1).and_then(|pid| pid.parse().ok());
        kill_process(Pid::from_raw(left.unwrap()).unwrap(), Signal::KILL).unwrap();
    }

    #[test]
    fn the_cpu_time_of_its_own_children_is_a_part_of_its_own() {
        let busy = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";
        let (alone, _) = run(&["true"]);
        for script in [busy.to_owned(), format!("sh -c '{busy}'; true")] {
            let (ended, _) = run(&["sh", "-c", &script]);
            assert!(ended.usage.cpu > alone.usage.cpu.plus(Nanos::from_millis(5)), "{script}: {:?}", ended.usage);
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let words = ["no-such-program-anywhere".to_owned()];
        assert_eq!(run_program(&words, None).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
