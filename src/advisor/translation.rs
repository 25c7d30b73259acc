//! What a way of working is called in Python and in Rust.

use super::fact::Fact;
use crate::spec::{BackendId, Transport};

/// What it is in Python's standard library.
pub(super) fn python(fact: &Fact, gil: bool) -> String {
    let workers = fact.workers;
    let free =
        if gil { "" } else { "; computing needs a free-threaded build (3.13t, 3.14t) or C code without the GIL" };
    match fact.backend {
        BackendId::Sequential => "a plain loop".to_owned(),
        BackendId::Threads | BackendId::Rayon => {
            format!("concurrent.futures.ThreadPoolExecutor({workers}), or threading{free}")
        }
        BackendId::Processes => {
            let shm =
                if fact.transport == Some(Transport::Shm) { ", data in multiprocessing.shared_memory" } else { "" };
            format!("concurrent.futures.ProcessPoolExecutor({workers}), or multiprocessing.Pool({workers}){shm}")
        }
        BackendId::Async => format!("asyncio, with a Semaphore({}) around the tasks", awaited(fact)),
    }
}

/// What it is in Rust.
pub(super) fn rust(fact: &Fact) -> String {
    let workers = fact.workers;
    match fact.backend {
        BackendId::Sequential => "an iterator".to_owned(),
        BackendId::Threads => format!("{workers} std::thread::scope threads that take tasks from a shared counter"),
        BackendId::Rayon => format!("rayon's par_iter on a pool of {workers}"),
        BackendId::Processes if fact.transport == Some(Transport::Shm) => {
            format!("{workers} std::process::Command workers around a shared mapping (memmap2)")
        }
        BackendId::Processes => format!("{workers} std::process::Command workers, each behind a pipe"),
        BackendId::Async => format!("tokio, with buffer_unordered({}) over the tasks", awaited(fact)),
    }
}

fn awaited(fact: &Fact) -> u64 {
    fact.in_flight.unwrap_or(fact.workers.into())
}
