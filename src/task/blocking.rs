//! The I/O part of a task, executed by a thread that waits for it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::Path;

use rustix::fs::{Advice, fadvise};

use super::blocks::{BLOCK, fill};
use super::connections::{Idle, Interrupted, Line, PATIENCE, READ, lost_peer};
use super::conversation::{Conversation, Echo, Turn};
use super::http::{Get, Reply, Unasked};
use super::log::log;
use super::programs::run;
use super::requests;
use super::secured::Secured;
use crate::child::Usage;
use crate::text::scrub;
use crate::workload::{Io, Output, Site, TaskFailure, Url};

/// How many connections a thread keeps: it uses one at a time, to few peers.
const KEPT: usize = 64;

/// How much of a file is read ahead of the computation where the thread that computes must not wait for it, in bytes.
const AHEAD: usize = 8 << 20;

/// What the I/O part left: the number that says something of it, and how the CPU part gets its bytes.
pub(super) enum Done {
    /// Nothing to hand over.
    Waited(u64),
    /// A web server's status, its page in the buffer.
    Replied(u16),
    /// A request is in the buffer; whoever asked waits for the reply.
    Asked(TcpStream),
    /// The CPU part is done as well.
    Computed(Output),
    /// A program has ended; what came of it and what it used.
    Ran(Result<Output, TaskFailure>, Usage),
    /// This many bytes are in the buffer.
    Read(u64),
    /// The file is open, to be read while it is computed on; this many bytes of it are in the buffer already.
    Opened(File, usize),
}

/// A thread that waits for its I/O, with the connections that it keeps.
#[derive(Debug)]
pub(super) struct Blocking {
    idle: Idle<SocketAddr, TcpStream>,
    sites: Idle<Site, Line<TcpStream>>,
    listener: Option<TcpListener>,
}

impl Default for Blocking {
    fn default() -> Self {
        Self { idle: Idle::with_room(KEPT), sites: Idle::with_room(KEPT), listener: None }
    }
}

impl Blocking {
    /// Performs `io`, leaving its bytes in `buffer`.
    pub(super) fn perform(&mut self, io: &Io, buffer: &mut Vec<u8>) -> Result<Done, TaskFailure> {
        match io {
            Io::Sleep(span) => {
                std::thread::sleep((*span).into());
                Ok(Done::Waited(span.0))
            }
            Io::Blocking => Ok(Done::Waited(0)),
            Io::Echo { server, number, bytes } => {
                let mut stream = self.connection(server).map_err(|error| lost_peer(server, &error))?;
                converse(&mut stream, &mut Echo::new(*number, *bytes), buffer)
                    .map_err(|error| error.told_of(server))?;
                self.idle.keep(*server, stream);
                Ok(Done::Waited(*bytes))
            }
            Io::Get { url } => Ok(handed_over(self.get(url, buffer), buffer)),
            Io::Exchange { hatch } => {
                let listener = match self.listener.take() {
                    Some(listener) => listener,
                    None => requests::listener(hatch)?,
                };
                let asked = requests::accept(&listener, buffer).map(Done::Asked);
                self.listener = Some(listener);
                asked
            }
            Io::ReadRange { .. }
            | Io::ReadBlocks { .. }
            | Io::ReadFile { .. }
            | Io::WriteFile { .. }
            | Io::Log { .. }
            | Io::Run { .. } => without_network(io, buffer),
        }
    }

    /// Asks for a page, on a connection that is kept if there is one that still works.
    fn get(&mut self, url: &Url, buffer: &mut Vec<u8>) -> Result<Reply, TaskFailure> {
        if let Some(line) = self.sites.take(&url.site) {
            match self.ask(line, url, buffer) {
                Err(Unasked::Closed) => {}
                Err(Unasked::Failed(failure)) => return Err(failure),
                Ok(reply) => return Ok(reply),
            }
        }
        let stream = open(&url.site).map_err(|error| TaskFailure(error.to_string()))?;
        Ok(self.ask(Line::new(stream, &url.site)?, url, buffer)?)
    }

    fn ask(&mut self, mut line: Line<TcpStream>, url: &Url, buffer: &mut Vec<u8>) -> Result<Reply, Unasked> {
        let mut get = Get::new(url);
        let asked = match &mut line.tls {
            Some(tls) => converse(&mut line.stream, &mut Secured { inner: &mut get, tls }, buffer),
            None => converse(&mut line.stream, &mut get, buffer),
        };
        let reply = Unasked::judge(asked, get)?;
        if reply.keeps {
            self.sites.keep(url.site.clone(), line);
        }
        Ok(reply)
    }

    /// A connection to `peer`: one that is kept, or a new one.
    fn connection(&mut self, peer: &SocketAddr) -> io::Result<TcpStream> {
        if let Some(stream) = self.idle.take(peer) {
            return Ok(stream);
        }
        let stream = TcpStream::connect(peer)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// A connection to the first of the site's addresses that takes one.
fn open(site: &Site) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (site.host.as_str(), site.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a web server said, or why it said nothing, as the computation gets it.
pub(super) fn handed_over(reply: Result<Reply, TaskFailure>, buffer: &mut Vec<u8>) -> Done {
    let (status, body) = match reply {
        Ok(Reply { status, body, .. }) => (status, body),
        Err(TaskFailure(why)) => (0, why.into_bytes()),
    };
    *buffer = body;
    Done::Replied(status)
}

/// Carries a conversation to its end, reading into `buffer`.
fn converse(
    stream: &mut TcpStream,
    conversation: &mut impl Conversation,
    buffer: &mut Vec<u8>,
) -> Result<(), Interrupted> {
    buffer.resize(READ, 0);
    loop {
        match conversation.turn()? {
            Turn::Say(bytes) => stream.write_all(&bytes)?,
            Turn::Hear => {
                let length = stream.read(buffer)?;
                conversation.hear(&buffer[..length])?;
            }
            Turn::Over => return Ok(()),
        }
    }
}

/// Performs `io` where it is about files or programs.
fn without_network(io: &Io, buffer: &mut Vec<u8>) -> Result<Done, TaskFailure> {
    match io {
        Io::Sleep(_) | Io::Blocking | Io::Echo { .. } | Io::Get { .. } | Io::Exchange { .. } => {
            Err(TaskFailure("this is no file and no program".to_owned()))
        }
        Io::ReadRange { path, offset, length } => {
            read_range(path, *offset, *length, buffer).map_err(|error| failure(path, &error))?;
            Ok(Done::Read(buffer.len() as u64))
        }
        Io::ReadFile { path, is_cold } => {
            read_whole(path, *is_cold, buffer).map_err(|error| failure(path, &error))?;
            Ok(Done::Read(buffer.len() as u64))
        }
        Io::WriteFile { folder, number, bytes } => {
            write_nameless(folder, *number, *bytes, buffer).map_err(|error| failure(folder, &error))?;
            Ok(Done::Waited(*bytes))
        }
        Io::Run { words, is_heard } => Ok(run(words, *is_heard)),
        Io::Log { first, lines } => {
            let bytes = log(*first, *lines).map_err(|error| TaskFailure(format!("the log: {error}")))?;
            Ok(Done::Waited(bytes))
        }
        Io::ReadBlocks { path } => {
            File::open(path).map(|file| Done::Opened(file, 0)).map_err(|error| failure(path, &error))
        }
    }
}

fn read_range(path: &Path, offset: u64, length: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    buffer.clear();
    file.take(length).read_to_end(buffer)?;
    Ok(())
}

/// Reads a file from its start to its end; what the page cache holds of it is dropped first where `is_cold`.
fn read_whole(path: &Path, is_cold: bool, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut file = File::open(path)?;
    if is_cold {
        // Pages that the disk does not have yet cannot be dropped.
        file.sync_data()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    buffer.clear();
    file.read_to_end(buffer)?;
    Ok(())
}

/// Writes bytes that differ for each number into a file that is gone once it is closed, after the disk has them.
fn write_nameless(folder: &Path, number: u64, bytes: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.resize(usize::try_from(bytes).map_or(BLOCK, |bytes| bytes.clamp(1, BLOCK)), 0);
    let pattern = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    buffer.chunks_mut(pattern.len()).for_each(|place| place.copy_from_slice(&pattern[..place.len()]));
    let mut file = tempfile::tempfile_in(folder)?;
    let mut left = bytes;
    while left > 0 {
        let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        file.write_all(&buffer[..length])?;
        left -= length as u64;
    }
    file.sync_all()
}

pub(super) fn failure(path: &Path, error: &io::Error) -> TaskFailure {
    TaskFailure(format!("{}: {error}", scrub(&path.to_string_lossy())))
}

/// As [`without_network`], and reads the first [`AHEAD`] bytes of a file that is opened; only what a longer file holds
/// besides is left to the thread that computes.
pub(super) fn perform_ahead(io: &Io, buffer: &mut Vec<u8>) -> Result<Done, TaskFailure> {
    let (mut file, path) = match (without_network(io, buffer)?, io) {
        (Done::Opened(file, _), Io::ReadBlocks { path }) => (file, path),
        (done, _) => return Ok(done),
    };
    let length = file.metadata().map_or(0, |facts| usize::try_from(facts.len()).unwrap_or(AHEAD));
    buffer.resize(length.clamp(1, AHEAD), 0);
    let read = fill(&mut file, buffer).map_err(|error| failure(path, &error))?;
    Ok(Done::Opened(file, read))
}
