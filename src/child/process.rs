//! The parent's side: start a child, hold its link, stop it, end it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::io::retry_on_intr;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, getpid, kill_process, kill_process_group, pidfd_open, waitid,
};

use super::Cause;
use super::reaping::keep_ended_children;

/// What a child is for: its first argument, which is recognised before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs one configuration; leads a process group; its standard output is heard, its standard error captured.
    Engine,
    /// Runs tasks for an engine, in the engine's group; says everything over its link.
    Worker,
    /// Serves the tasks of a run; in a group of its own, so that it outlives what the terminal sends to the parent's.
    Companion,
}

impl Role {
    /// The role that a first argument names; `None` where it names none.
    #[must_use]
    pub fn by_argument(argument: &str) -> Option<Self> {
        [Self::Engine, Self::Worker, Self::Companion].into_iter().find(|role| role.argument() == argument)
    }

    /// The first argument.
    #[must_use]
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Worker => "worker",
            Self::Companion => "companion",
        }
    }
}

/// Why no child was started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start {}: {source}", program.display())]
pub struct SpawnError {
    /// The executable.
    pub program: PathBuf,
    /// The system's reason.
    #[source]
    pub source: io::Error,
}

/// The executable that children start from: the one that runs now, also after its file was replaced or deleted.
#[must_use]
pub fn executable() -> PathBuf {
    let by_name = std::env::current_exe().ok().filter(|path| path.exists());
    by_name.unwrap_or_else(|| PathBuf::from("/proc/self/exe"))
}

/// A running child. Dropping it kills it, and the group that it leads, and waits for it: nothing stays behind.
#[derive(Debug)]
pub struct ChildProcess {
    child: Child,
    role: Role,
    pid: Pid,
    pidfd: OwnedFd,
    /// The parent's end of the link; closing it ends the child.
    pub link: UnixStream,
    /// What an engine says; `None` for workers, and once taken.
    pub stdout: Option<ChildStdout>,
    /// What an engine and its workers complain of; `None` for workers, which share the engine's, and once taken.
    pub stderr: Option<ChildStderr>,
    ended: Option<Cause>,
}

/// Starts a child. To be called by a thread that lives as long as the process: the child dies with that thread.
///
/// # Errors
/// When the executable cannot be started, or the system has no process or descriptor to give.
pub fn spawn(program: &Path, role: Role) -> Result<ChildProcess, SpawnError> {
    start(program, role).map_err(|source| SpawnError { program: program.to_owned(), source })
}

fn start(program: &Path, role: Role) -> io::Result<ChildProcess> {
    keep_ended_children();
    let (near, far) = UnixStream::pair()?;
    let mut command = Command::new(program);
    command.arg0("partui").arg(role.argument()).arg(getpid().as_raw_nonzero().to_string()).stdin(OwnedFd::from(far));
    match role {
        Role::Engine => command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0),
        Role::Worker => command.stdout(Stdio::null()).stderr(Stdio::inherit()),
        Role::Companion => command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0),
    };
    let mut child = command.spawn()?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // From here on the child is owned by a value that ends it, so a failing pidfd leaves nothing behind either.
    match pidfd {
        Ok(pidfd) => Ok(ChildProcess { child, role, pid, pidfd, link: near, stdout, stderr, ended: None }),
        Err(errno) => {
            child.kill()?;
            child.wait()?;
            Err(errno.into())
        }
    }
}

impl ChildProcess {
    /// Its process number.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Becomes readable when the child has ended.
    #[must_use]
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Sends a signal to the child, or to the whole group that it leads. A child that is gone is no error.
    fn signal(&self, signal: Signal) {
        if self.ended.is_some() {
            return;
        }
        // The child has not been waited for, so its number cannot have passed on to another process.
        let _ = match self.role {
            Role::Engine | Role::Companion => kill_process_group(self.pid, signal),
            Role::Worker => kill_process(self.pid, signal),
        };
    }

    /// Ends it at once, also when it is stopped.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Stops it where it is.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Waits for its end and says what it was. Nobody is left of the group of an engine then.
    ///
    /// # Errors
    /// When the system cannot tell, such as where somebody else has waited for the child.
    pub fn wait(&mut self) -> io::Result<Cause> {
        if let Some(cause) = &self.ended {
            return Ok(cause.clone());
        }
        retry_on_intr(|| waitid(WaitId::Pid(self.pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT))?;
        // An engine that ended by itself may leave workers. Until it is reaped, its number still means its own group.
        self.kill();
        let cause = Cause::from(self.child.wait()?);
        self.ended = Some(cause.clone());
        Ok(cause)
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill();
        let _ = self.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_executable_is_named() {
        let error = spawn(Path::new("/no/such/partui"), Role::Worker).unwrap_err();
        assert!(error.to_string().starts_with("cannot start /no/such/partui: "), "{error}");
    }

    #[test]
    fn dropping_a_child_ends_it() {
        let child = spawn(Path::new("/bin/cat"), Role::Worker);
        let child = child.unwrap();
        let pid = child.pid();
        drop(child);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
