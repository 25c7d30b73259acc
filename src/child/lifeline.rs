//! The child's side: take the link, and make sure not to outlive the parent.

use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, getpgrp, getpid, getppid, getrlimit, kill_current_process_group, kill_process,
    set_parent_process_death_signal, setrlimit,
};

/// Why a child cannot start its work.
#[derive(Debug, thiserror::Error)]
pub enum OrphanError {
    /// The parent was gone before the child could tie its life to it.
    #[error("the parent is gone")]
    ParentGone,
    /// Not started by partui: standard input is no link, or the parent's number is missing.
    #[error("this is started by partui itself, not by hand")]
    NotOurs,
    /// The system refused.
    #[error("cannot attach to the parent: {0}")]
    System(#[from] std::io::Error),
}

impl From<rustix::io::Errno> for OrphanError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::System(errno.into())
    }
}

/// Proof that this process dies with its parent, and its link to it.
#[derive(Debug)]
pub struct Lifeline {
    /// The socket to the parent.
    pub link: UnixStream,
    /// To be begun before anything that takes long.
    pub watch: Watch,
}

/// Ends this process where no signal tells that the parent is gone or has given it up.
#[derive(Debug)]
#[must_use = "it only watches once it has been begun"]
pub struct Watch(OwnedFd);

impl Watch {
    /// Watches the link from a thread of its own, which costs nothing while nothing happens. Starting that thread is a
    /// good part of a process's start, so one that is waited for says first that it is ready.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn begin(self) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name("lifeline".to_owned()).stack_size(64 << 10);
        thread.spawn(move || watch(&self.0)).map(drop)
    }
}

/// Ties this process to the parent whose number is the first of `arguments`. To be called first, by the thread that
/// lives as long as the process.
///
/// # Errors
/// When standard input is no socket, or the parent is gone already.
pub fn attach(arguments: &[String]) -> Result<Lifeline, OrphanError> {
    let parent = arguments.first().and_then(|text| text.parse().ok()).and_then(Pid::from_raw);
    let parent = parent.ok_or(OrphanError::NotOurs)?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The parent may have died before the signal was set; then somebody else has adopted this process. The number 0
    // stands for a parent in another process namespace, which cannot be compared.
    if getppid().is_some_and(|now| now != parent) {
        return Err(OrphanError::ParentGone);
    }
    leave_no_core()?;
    panic::set_hook(Box::new(tell_of_panic));
    open_many_files();
    // Where the executable was replaced, the child starts through a path that would name it `exe`.
    rustix::thread::set_name(c"partui")?;
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    if rustix::net::sockopt::socket_domain(&input) != Ok(rustix::net::AddressFamily::UNIX) {
        return Err(OrphanError::NotOurs);
    }
    Ok(Lifeline { watch: Watch(input.try_clone()?), link: UnixStream::from(input) })
}

/// A child that crashes is a result to be shown, and its recovery is timed: writing its memory to a file, or through a
/// program that collects such files, would delay it by far. A limit of one byte, unlike zero, stops both: see core(5).
fn leave_no_core() -> rustix::io::Result<()> {
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(maximum.map_or(1, |maximum| maximum.min(1))), maximum })
}

/// A task that panics is a result like others, and told of. Where the environment asks for backtraces, collecting one
/// would take longer than most tasks, and be a part of the figures.
fn tell_of_panic(info: &PanicHookInfo<'_>) {
    // In one piece, since others complain at the same time; with standard error gone there is nobody left to tell.
    let _ = std::io::stderr().write_all(format!("{info}\n").as_bytes());
}

/// Each wait for a connection takes a descriptor, and the usual limit of 1,024, kept low for programs of another age, is
/// soon reached. Where the system refuses, connections that cannot be opened will say so.
fn open_many_files() {
    let usual = getrlimit(Resource::Nofile);
    let _ = USUAL_FILES.set(usual);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: usual.maximum, ..usual });
}

/// The limit of open files that this process was started with.
static USUAL_FILES: OnceLock<Rlimit> = OnceLock::new();

/// The limit of open files that this process was started with; `None` where it has not been raised.
pub(super) fn usual_files() -> Option<Rlimit> {
    USUAL_FILES.get().copied()
}

/// Waits, at no cost, until the other end of the link is closed; then takes this process and, if it leads a group,
/// that group down.
fn watch(link: &OwnedFd) {
    loop {
        let mut ends = [PollFd::from_borrowed_fd(link.as_fd(), PollFlags::RDHUP)];
        let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        if poll(&mut ends, None).is_ok() && ends[0].revents().intersects(gone) {
            die();
        }
    }
}

/// Ends this process, and its group if it leads one, whatever other threads are doing.
fn die() {
    let me = getpid();
    if getpgrp() == me {
        let _ = kill_current_process_group(Signal::KILL);
    }
    let _ = kill_process(me, Signal::KILL);
}
