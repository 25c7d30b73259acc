//! The child process that serves a workload's tasks: a server that they talk to over the loopback interface.
//!
//! It is told over its link what to be, answers with its address in one line, and serves until the link ends. It has a
//! process of its own, so that what it costs is in nobody's figures, and a single thread, so that it does not compete
//! more than it must with those that are measured.

mod drive;
mod echo;
mod load;
mod site;

use std::io::{self, BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::runtime::Builder;

pub use self::drive::Drive;
pub use self::load::Drove;
use crate::child::{ChildProcess, Lifeline, OrphanError, Role, SpawnError, attach, spawn};
use crate::workload::Companion;

/// How long a companion may take to say where it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many connections may wait to be accepted. Where hundreds are opened at once the usual 128 would overflow, and a
/// client whose packet is dropped tries again after a second.
const QUEUE: u32 = 4_096;

/// Why a companion cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum CompanionError {
    /// It is not tied to a parent.
    #[error(transparent)]
    Orphan(#[from] OrphanError),
    /// No process.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// The system refused, or the other side is gone.
    #[error("the companion process does not serve: {0}")]
    System(#[from] io::Error),
}

/// A companion that serves. Dropping it ends it.
#[derive(Debug)]
pub struct Serving {
    child: ChildProcess,
    /// Where it serves, in the form that its kind of workload understands.
    pub address: String,
}

impl Serving {
    /// Its process number.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.child.pid().as_raw_nonzero().get()
    }
}

/// Starts a companion and waits until it serves, which takes some milliseconds. To be called by a thread that lives as
/// long as the process: the companion dies with that thread.
///
/// # Errors
/// No process, or one that does not serve.
pub fn start(program: &Path, companion: &Companion) -> Result<Serving, CompanionError> {
    let child = spawn(program, Role::Companion)?;
    child.link.set_read_timeout(Some(PATIENCE))?;
    say(&child.link, companion)?;
    let address = hear(&child.link)?;
    Ok(Serving { child, address })
}

/// The life of a companion process; `arguments` are those after `companion`.
#[must_use]
pub fn main(arguments: &[String]) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "partui companion: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &[String]) -> Result<(), CompanionError> {
    let Lifeline { link, watch } = attach(arguments)?;
    watch.begin().map_err(OrphanError::System)?;
    let companion: Companion = hear(&link)?;
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(QUEUE)?;
        if let Companion::Load { clients } = companion {
            let (hatch, name) = load::hatch()?;
            say(&link, &name)?;
            load::serve(listener, hatch, clients).await?;
            return Ok(());
        }
        say(&link, &listener.local_addr()?.to_string())?;
        match companion {
            Companion::Load { .. } => {}
            Companion::Echo => echo::serve(listener).await,
            Companion::Site { latency } => site::serve(listener, latency).await?,
        }
        Ok(())
    })
}

fn say(mut other: &UnixStream, what: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    other.write_all(&line)
}

/// The next line of the link, which must be the last that is there.
fn hear<T: serde::de::DeserializeOwned>(other: &UnixStream) -> io::Result<T> {
    let mut line = String::new();
    BufReader::new(other).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
