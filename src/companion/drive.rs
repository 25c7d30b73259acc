//! An engine's side of the load generator: order the requests of a sample, and hear what became of them.

use std::io::{self, BufRead, BufReader, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Duration;

use super::load::{DRIVE, Drove};

/// How long the last answers may take to be counted.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests that are on their way. Dropping it ends them.
#[derive(Debug)]
pub struct Drive(UnixStream);

impl Drive {
    /// Has the load generator at `hatch` ask this many requests from now on.
    ///
    /// # Errors
    /// A load generator that is gone.
    pub fn begin(hatch: &str, requests: u64) -> io::Result<Self> {
        let mut link = UnixStream::connect_addr(&SocketAddr::from_abstract_name(hatch)?)?;
        link.write_all(&[&[DRIVE][..], &requests.to_le_bytes()].concat())?;
        link.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(link))
    }

    /// What became of them, once all have been answered.
    ///
    /// # Errors
    /// A load generator that is gone, or still waits for answers.
    pub fn finish(self) -> io::Result<Drove> {
        let mut line = String::new();
        BufReader::new(self.0).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}
