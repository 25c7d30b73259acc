//! Faults as they are done: to the thread that executes a task, or to the whole process that it runs in.

use std::hint::{black_box, spin_loop};
use std::io::Write;

use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};

use crate::fault::{EXIT_CODE, FaultKind, OUT_OF_MEMORY_CODE};

/// What a process that runs out of memory on purpose may have on top of what it has, in bytes.
const HEADROOM: u64 = 64 << 20;

/// What is asked for at a time.
const PIECE: usize = 1 << 20;

/// Does `kind` to this process. Returns where the worker can go on: after a stop that somebody ended, and from what is
/// done to a link or a board, which is up to who has them.
///
/// # Panics
/// With [`FaultKind::Panic`], and where the system does not let this process run out of memory by itself.
pub(super) fn strike(kind: FaultKind) {
    match kind {
        FaultKind::Panic => panic!("on purpose"),
        FaultKind::Abort => std::process::abort(),
        FaultKind::Segv => write_nowhere(),
        FaultKind::StackOverflow => drop(black_box(recurse(0))),
        FaultKind::Exit => std::process::exit(EXIT_CODE),
        FaultKind::Exit0 => std::process::exit(0),
        FaultKind::Kill => send_to_itself(Signal::KILL),
        FaultKind::Stop => send_to_itself(Signal::STOP),
        FaultKind::Hang => hang(),
        FaultKind::Oom => exhaust_memory(),
        FaultKind::Garbage | FaultKind::HalfFrame | FaultKind::Scribble => {}
    }
}

#[expect(unsafe_code, reason = "a write to memory that is not there can only be made by hand")]
fn write_nowhere() {
    let nowhere = std::ptr::without_provenance_mut::<u8>(8);
    // SAFETY: not sound, on purpose: no system maps the first page, so the processor faults and SIGSEGV ends the process.
    unsafe { nowhere.write_volatile(1) };
}

#[expect(unconditional_recursion, reason = "this is what it is for")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 128]);
    frame[0] + recurse(depth + 1)
}

fn send_to_itself(signal: Signal) {
    // A process may always signal itself.
    let _ = kill_process(getpid(), signal);
}

fn hang() -> ! {
    loop {
        spin_loop();
    }
}

/// Takes memory, and touches it, until the process may have no more; then says so and exits with the code agreed on.
/// The limit is the process's own, so that the system never has to choose a victim.
fn exhaust_memory() -> ! {
    let limit = (page_size() * pages() + HEADROOM).into();
    let maximum = getrlimit(Resource::As).maximum;
    setrlimit(Resource::As, Rlimit { current: limit, maximum }).expect("a process may lower its own limits");
    let mut taken: Vec<Vec<u8>> = Vec::with_capacity(4_096);
    loop {
        let mut piece: Vec<u8> = Vec::new();
        if taken.len() == taken.capacity() || piece.try_reserve_exact(PIECE).is_err() {
            // Written without the memory that formatting might want.
            let _ = std::io::stderr().write_all(b"memory allocation failed at the process's limit\n");
            std::process::exit(OUT_OF_MEMORY_CODE);
        }
        piece.resize(PIECE, 1);
        taken.push(black_box(piece));
    }
}

/// The size of this process's address space, in pages.
fn pages() -> u64 {
    let sizes = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    sizes
        .split_whitespace()
        .next()
        .and_then(|pages| pages.parse().ok())
        .expect("the system tells the size of a process")
}

fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_to_a_link_or_a_board_is_left_to_who_has_it() {
        for kind in [FaultKind::Garbage, FaultKind::HalfFrame, FaultKind::Scribble] {
            strike(kind);
        }
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_panics() {
        strike(FaultKind::Panic);
    }
}
