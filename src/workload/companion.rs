//! What a workload needs beside itself: a server or a client of its own, in another process.

use serde::{Deserialize, Serialize};

use crate::units::Nanos;

/// A program that serves a workload's tasks. It is started once for a run, so that all configurations meet the same one,
/// and ends with the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Companion {
    /// Sends back whatever a TCP connection says.
    Echo,
    /// The embedded web site.
    Site {
        /// How long it lets a request wait.
        latency: Nanos,
    },
    /// Clients that ask again when they have their answer, and the listener that they ask at.
    Load {
        /// How many clients.
        clients: u32,
    },
}
