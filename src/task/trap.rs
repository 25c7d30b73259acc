//! Where tasks are struck on purpose: what is laid out in a sample, and what happens to the worker that steps on it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::seat::Seat;
use super::strike::strike;
use crate::fault::{FaultKind, Strikes};

/// Hears which task is struck, before it is.
pub type Crier = Box<dyn Fn(u64) + Send + Sync>;

/// What lies in wait for tasks: nothing, until strikes are laid out.
///
/// The engine has one, which counts. Workers that share its process step on it themselves; a worker process has one of
/// its own, and the engine's hears of it through [`Trap::was_sprung`].
pub struct Trap {
    strikes: Mutex<Strikes>,
    crier: Crier,
}

impl Trap {
    /// A trap of this kind in which nothing lies yet.
    #[must_use]
    pub fn new(kind: FaultKind, crier: Crier) -> Self {
        Self { strikes: Mutex::new(Strikes::none(kind)), crier }
    }

    /// Lays out `strikes` in place of what is left.
    pub fn lay(&self, strikes: Strikes) {
        *self.strikes() = strikes;
    }

    /// Lays out one more strike on each of these tasks.
    pub fn add(&self, tasks: &[u64]) {
        self.strikes().add(tasks);
    }

    /// Takes away what is left.
    pub fn clear(&self) {
        self.strikes().clear();
    }

    /// The tasks of `first..end` that are to be struck, ascending.
    #[must_use]
    pub fn tasks_in(&self, first: u64, end: u64) -> Vec<u64> {
        self.strikes().tasks_in(first, end).collect()
    }

    /// The first task of `first..end` that is to be struck.
    #[must_use]
    pub(super) fn next_in(&self, first: u64, end: u64) -> Option<u64> {
        self.strikes().tasks_in(first, end).next()
    }

    /// Takes note that `task` is struck in a process of its own; whether it was to be.
    #[must_use]
    pub fn was_sprung(&self, task: u64) -> bool {
        self.was_due(&mut self.strikes(), task)
    }

    /// Strikes `task`, if it is still to be struck: says so, then does it. May not return.
    ///
    /// One strike falls at a time, so that of those that end a whole process only one is told of.
    ///
    /// # Panics
    /// Where that is the fault.
    pub(super) fn spring(&self, task: u64, seat: &Seat) {
        let mut strikes = self.strikes();
        if self.was_due(&mut strikes, task) {
            if strikes.kind() == FaultKind::Scribble {
                seat.slot().scribble();
            }
            strike(strikes.kind());
        }
    }

    fn was_due(&self, strikes: &mut Strikes, task: u64) -> bool {
        let was_due = strikes.strike(task);
        if was_due {
            (self.crier)(task);
        }
        was_due
    }

    fn strikes(&self) -> MutexGuard<'_, Strikes> {
        // Strikes are counted in one step, so a panic leaves none half counted.
        self.strikes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn strikes_are_told_of_once_and_only_where_they_lie() {
        let told = Arc::new(AtomicU64::new(0));
        let sum = Arc::clone(&told);
        let crier = Box::new(move |task| {
            sum.fetch_add(task, Ordering::Relaxed);
        });
        let trap = Trap::new(FaultKind::Kill, crier);
        assert!(!trap.was_sprung(7));
        trap.lay(Strikes::over("kill@7".parse().unwrap(), 10));
        assert_eq!((trap.tasks_in(0, 7), trap.tasks_in(0, 10)), (vec![], vec![7]));
        assert!(trap.was_sprung(7) && !trap.was_sprung(7));
        trap.add(&[7, 8]);
        trap.clear();
        assert_eq!((trap.next_in(0, 10), told.load(Ordering::Relaxed)), (None, 7));
    }
}
