//! Connections that are kept for the next task that talks to the same peer.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::ClientConnection;

use super::secured;
use crate::workload::{Site, TaskFailure};

/// How much is read from a connection at a time, in bytes.
pub(super) const READ: usize = 16 << 10;

/// How long a web site may take to answer anything at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Connections that nobody uses just now; the one that was used last is the first to be used again.
#[derive(Debug)]
pub(super) struct Idle<P, S> {
    kept: VecDeque<(P, S)>,
    room: usize,
}

impl<P: PartialEq, S> Idle<P, S> {
    /// Keeps at most `room` connections, and closes the oldest of more.
    pub(super) const fn with_room(room: usize) -> Self {
        Self { kept: VecDeque::new(), room }
    }

    pub(super) fn take(&mut self, peer: &P) -> Option<S> {
        let place = self.kept.iter().rposition(|(other, _)| other == peer)?;
        self.kept.remove(place).map(|(_, connection)| connection)
    }

    pub(super) fn keep(&mut self, peer: P, connection: S) {
        if self.kept.len() == self.room {
            self.kept.pop_front();
        }
        self.kept.push_back((peer, connection));
    }
}

/// A connection to a web site, with what keeps it secret.
#[derive(Debug)]
pub(super) struct Line<S> {
    pub(super) stream: S,
    pub(super) tls: Option<Box<ClientConnection>>,
}

impl<S> Line<S> {
    /// Over a stream that was opened just now.
    pub(super) fn new(stream: S, site: &Site) -> Result<Self, TaskFailure> {
        let tls = site.is_secure.then(|| secured::client(site)).transpose()?;
        Ok(Self { stream, tls })
    }
}

/// What ends an exchange before its time.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// The connection failed.
    Connection(io::Error),
    /// The conversation makes no sense.
    Conversation(TaskFailure),
}

impl Interrupted {
    /// The failure of the task that talked to `peer`.
    pub(super) fn told_of(self, peer: &SocketAddr) -> TaskFailure {
        match self {
            Self::Connection(error) => lost_peer(peer, &error),
            Self::Conversation(failure) => failure,
        }
    }
}

impl From<Interrupted> for TaskFailure {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Connection(error) => Self(error.to_string()),
            Interrupted::Conversation(failure) => failure,
        }
    }
}

impl From<io::Error> for Interrupted {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

impl From<TaskFailure> for Interrupted {
    fn from(failure: TaskFailure) -> Self {
        Self::Conversation(failure)
    }
}

/// The failure of a task whose peer cannot be talked to.
pub(super) fn lost_peer(peer: &SocketAddr, error: &io::Error) -> TaskFailure {
    TaskFailure(format!("{peer}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_connection_to_a_peer_is_used_first_and_the_oldest_goes() {
        let peers = [1, 2].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let mut idle = Idle::with_room(3);
        for (peer, name) in [(0, 'a'), (1, 'b'), (0, 'c'), (1, 'd')] {
            idle.keep(peers[peer], name);
        }
        assert_eq!([0, 0, 1, 1, 1].map(|peer| idle.take(&peers[peer])), [Some('c'), None, Some('d'), Some('b'), None]);
    }
}
