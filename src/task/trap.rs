//! Where tasks are struck on purpose, as a worker meets it.

use std::sync::{Arc, Mutex, PoisonError};

use super::seat::Seat;
use super::strike::strike;
use crate::fault::{FaultKind, Strikes};

/// What lies in wait for the tasks of a worker.
pub trait Trap: Send + Sync {
    /// The first task of `first..end` that is to be struck.
    fn next_in(&self, first: u64, end: u64) -> Option<u64>;

    /// Says that `task` is struck now, then does it. May not return.
    ///
    /// # Panics
    /// Where that is the fault.
    fn spring(&self, task: u64, seat: &Seat);
}

/// The trap of workers that share this process.
pub struct SharedTrap {
    kind: FaultKind,
    strikes: Mutex<Strikes>,
    tell: Arc<dyn Fn(u64) + Send + Sync>,
}

impl SharedTrap {
    /// Lays `strikes` out; `tell` hears of each before it falls.
    #[must_use]
    pub fn new(strikes: Strikes, tell: Arc<dyn Fn(u64) + Send + Sync>) -> Self {
        Self { kind: strikes.kind(), strikes: Mutex::new(strikes), tell }
    }
}

impl Trap for SharedTrap {
    fn next_in(&self, first: u64, end: u64) -> Option<u64> {
        self.strikes.lock().unwrap_or_else(PoisonError::into_inner).next_in(first, end)
    }

    fn spring(&self, task: u64, seat: &Seat) {
        if self.strikes.lock().unwrap_or_else(PoisonError::into_inner).strike(task) {
            (self.tell)(task);
            seat.scribble_if(self.kind == FaultKind::Scribble);
            strike(self.kind);
        }
    }
}
