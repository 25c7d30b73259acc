//! The table as a worker process has it: at the other end of a socket.

use std::io::{self, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use super::wire::{read_values, write_request};
use crate::task::TableOwner;
use crate::workload::{TaskFailure, Update};

/// A connection to the table's owner.
pub(in crate::worker) struct RemoteTable {
    link: UnixStream,
    buffer: Vec<u8>,
}

impl RemoteTable {
    /// Connects to the owner of that name.
    ///
    /// # Errors
    /// When there is none.
    pub(in crate::worker) fn connect(name: &str) -> io::Result<Self> {
        let link = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?)?;
        Ok(Self { link, buffer: Vec::new() })
    }

    fn exchange(&mut self, task: u64, updates: &mut [Update]) -> io::Result<()> {
        write_request(&mut self.buffer, task, updates);
        self.link.write_all(&self.buffer)?;
        self.buffer.resize(updates.len() * size_of::<u64>(), 0);
        self.link.read_exact(&mut self.buffer)?;
        read_values(&self.buffer, updates);
        Ok(())
    }
}

impl TableOwner for RemoteTable {
    fn add(&mut self, task: u64, updates: &mut [Update]) -> Result<(), TaskFailure> {
        // Without any change a request would say that the task is done.
        if updates.is_empty() { Ok(()) } else { self.exchange(task, updates).map_err(|error| lost(&error)) }
    }

    fn finish(&mut self, task: u64) -> Result<(), TaskFailure> {
        self.exchange(task, &mut []).map_err(|error| lost(&error))
    }
}

fn lost(error: &io::Error) -> TaskFailure {
    TaskFailure(format!("the table's owner is gone: {error}"))
}
