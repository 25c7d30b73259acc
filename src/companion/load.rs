//! The load generator: clients that ask again when they have their answer, and the listener that they ask at.
//!
//! It owns the listener and hands it to whoever asks at its hatch, a Unix socket with an abstract name, so that all
//! workers of all configurations accept from the same one. At the same hatch an engine orders requests and hears what
//! became of them; an engine that leaves takes its requests with it.

use std::io;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener as HatchSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;

use crate::child::send_with_descriptor;
use crate::machine::clock;
use crate::task::LISTENER;
use crate::units::Nanos;
use crate::workload::{is_reply, request};

/// What is said at the hatch to order requests; their number follows.
pub(super) const DRIVE: u8 = b'D';

/// What became of the requests of one sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drove {
    /// Requests that were answered.
    pub answered: u64,
    /// Answers that were not those to their requests.
    pub wrong: u64,
    /// Connections that ended without an answer, whose requests were asked again.
    pub again: u64,
    /// From the first request to the last answer.
    pub span: Nanos,
    /// Half of the requests had their answer after at most this time.
    pub p50: Nanos,
    /// 99 of 100 had.
    pub p99: Nanos,
}

/// The hatch, and its name.
pub(super) fn hatch() -> io::Result<(HatchSocket, String)> {
    let name = format!("partui-{}-{}", std::process::id(), clock::now().0);
    let socket = HatchSocket::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    socket.set_nonblocking(true)?;
    Ok((socket, name))
}

pub(super) async fn serve(listener: TcpListener, hatch: HatchSocket, clients: u32) -> io::Result<()> {
    let (listener, hatch) = (Arc::new(listener), UnixListener::from_std(hatch)?);
    loop {
        // An accept that fails is the caller's failure, which it will notice.
        if let Ok((caller, _)) = hatch.accept().await {
            let listener = Arc::clone(&listener);
            // What a caller cannot be told, it notices by the end of the connection.
            tokio::spawn(async move { attend(caller, &listener, clients).await.unwrap_or_default() });
        }
    }
}

async fn attend(mut caller: UnixStream, listener: &TcpListener, clients: u32) -> io::Result<()> {
    match caller.read_u8().await? {
        LISTENER => {
            let caller = caller.into_std()?;
            caller.set_nonblocking(false)?;
            send_with_descriptor(&caller, listener.as_fd())
        }
        DRIVE => {
            let requests = caller.read_u64_le().await?;
            if let Some(drove) = drive(&mut caller, listener, clients, requests).await? {
                let mut line = serde_json::to_vec(&drove)?;
                line.push(b'\n');
                caller.write_all(&line).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Has all requests answered; nothing when the caller leaves before.
async fn drive(
    caller: &mut UnixStream,
    listener: &TcpListener,
    clients: u32,
    requests: u64,
) -> io::Result<Option<Drove>> {
    let (address, next) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
    let start = clock::now();
    let mut asking: JoinSet<Tally> = JoinSet::new();
    for _ in 0..clients {
        let next = Arc::clone(&next);
        asking.spawn(async move {
            let mut tally = Tally::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return tally;
                }
                tally.ask(address, number).await;
            }
        });
    }
    let mut all = Tally::default();
    loop {
        tokio::select! {
            one = asking.join_next() => match one {
                Some(Ok(one)) => all.add(one),
                Some(Err(_)) => {}
                None => return Ok(Some(all.told(clock::now().since(start)))),
            },
            // The caller says nothing more: whatever comes is its end.
            _ = caller.read_u8() => {
                asking.shutdown().await;
                discard_those_who_wait(listener);
                return Ok(None);
            }
        }
    }
}

/// Takes connections off the listener that nobody is behind any more, so that the next who accepts does not get them.
fn discard_those_who_wait(listener: &TcpListener) {
    // The listener never blocks.
    while rustix::net::accept(listener).is_ok() {}
}

/// What one client saw.
#[derive(Debug, Default)]
struct Tally {
    latencies: Vec<u64>,
    wrong: u64,
    again: u64,
}

impl Tally {
    /// Asks until there is an answer.
    async fn ask(&mut self, address: std::net::SocketAddr, number: u64) {
        let start = clock::now();
        loop {
            match exchange(address, number).await {
                Ok(reply) if !reply.is_empty() => {
                    self.latencies.push(clock::now().since(start).0);
                    self.wrong += u64::from(!is_reply(&reply, number));
                    return;
                }
                // A handler that died, or a listener whose queue is full.
                _ => {
                    self.again += 1;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.wrong += other.wrong;
        self.again += other.again;
    }

    fn told(mut self, span: Nanos) -> Drove {
        self.latencies.sort_unstable();
        let at = |percent: usize| {
            let place = (self.latencies.len() * percent).div_ceil(100).saturating_sub(1);
            Nanos(self.latencies.get(place).copied().unwrap_or(0))
        };
        Drove {
            answered: self.latencies.len() as u64,
            wrong: self.wrong,
            again: self.again,
            span,
            p50: at(50),
            p99: at(99),
        }
    }
}

/// One request on a connection of its own, and all that comes back.
async fn exchange(address: std::net::SocketAddr, number: u64) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    // Closed without a wait for stray packets, of which there are none here: ports would run out.
    set_socket_linger(&stream, Some(Duration::ZERO))?;
    stream.write_all(request(number).as_bytes()).await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_all_clients() {
        let mut all = Tally::default();
        all.add(Tally { latencies: (51..=100).collect(), wrong: 0, again: 2 });
        all.add(Tally { latencies: (1..=50).collect(), wrong: 1, again: 0 });
        let expected = Drove { answered: 100, wrong: 1, again: 2, span: Nanos(7), p50: Nanos(50), p99: Nanos(99) };
        assert_eq!(all.told(Nanos(7)), expected);
        assert_eq!(Tally::default().told(Nanos(0)).p99, Nanos(0));
    }
}
