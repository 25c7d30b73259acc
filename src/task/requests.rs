//! Requests that come in: a listener that all workers share, and one request from it.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::child::receive_with_descriptor;
use crate::workload::TaskFailure;

/// What is said at the hatch of whoever owns the listener, to get it.
pub const LISTENER: u8 = b'L';

/// How long a handler waits for a request.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of a request.
const LONGEST: usize = 16 << 10;

/// The listener that is handed out at the socket of that abstract name. It never blocks.
pub(super) fn listener(hatch: &str) -> Result<TcpListener, TaskFailure> {
    let get = || {
        let mut link = UnixStream::connect_addr(&SocketAddr::from_abstract_name(hatch)?)?;
        link.write_all(&[LISTENER])?;
        Ok(TcpListener::from(receive_with_descriptor(&link)?))
    };
    get().map_err(|error: io::Error| TaskFailure(format!("the load generator is gone: {error}")))
}

/// Accepts connections until one brings a whole request, which is left in `buffer`.
pub(super) fn accept(listener: &TcpListener, buffer: &mut Vec<u8>) -> Result<TcpStream, TaskFailure> {
    loop {
        wait(listener)?;
        match listener.accept() {
            Ok((mut stream, _)) => {
                if is_request(&mut stream, buffer) {
                    return Ok(stream);
                }
            }
            // Another worker was faster, or the client has left.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionAborted) => {}
            Err(error) => return Err(TaskFailure(format!("cannot accept: {error}"))),
        }
    }
}

fn wait(listener: &TcpListener) -> Result<(), TaskFailure> {
    let patience = Timespec::try_from(PATIENCE).ok();
    match poll(&mut [PollFd::new(listener, PollFlags::IN)], patience.as_ref()) {
        Ok(0) => Err(no_request()),
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(errno) => Err(TaskFailure(format!("cannot wait for requests: {errno}"))),
    }
}

pub(super) fn no_request() -> TaskFailure {
    TaskFailure(format!("no request came within {PATIENCE:?}"))
}

/// Whether the whole head of a request arrives before the client leaves.
fn is_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> bool {
    let (mut heard, mut part) = (std::mem::take(buffer), [0; 2_048]);
    heard.clear();
    while !is_whole(&heard) {
        match stream.read(&mut part) {
            Ok(length @ 1..) if heard.len() < LONGEST => heard.extend_from_slice(&part[..length]),
            _ => return false,
        }
    }
    *buffer = heard;
    true
}

/// Whether the head of a request ends in what was heard.
pub(super) fn is_whole(heard: &[u8]) -> bool {
    heard.ends_with(b"\r\n\r\n")
}

/// Writes a reply, which must fit into what the connection takes at once, and closes the connection.
pub(super) fn reply(mut stream: &TcpStream, reply: &[u8]) -> Result<(), TaskFailure> {
    stream.write_all(reply).map_err(|error| TaskFailure(format!("cannot answer a request: {error}")))
}
