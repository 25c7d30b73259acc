//! The table that tasks share: in this process under locks, or at its owner's in another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::CachePadded;

use super::seat::Seat;
use crate::board::State;
use crate::spec::Configuration;
use crate::workload::{Checksum, Digest, Table, TaskFailure, Update};

/// How many locks a table has: so many that few workers meet at one.
const STRIPES: usize = 256;

/// A table in the memory of this process. Neighbours are in different stripes, each of which has a lock of its own.
#[derive(Debug)]
pub struct StripedTable {
    entries: u64,
    stripes: Box<[CachePadded<Mutex<Vec<u64>>>]>,
}

impl StripedTable {
    /// The table that the workload of `configuration` wants, if it wants one.
    #[must_use]
    pub fn wanted(configuration: &Configuration) -> Option<Arc<Self>> {
        let entries = configuration.workload().table(&configuration.values);
        entries.map(|entries| Arc::new(Self::new(entries)))
    }

    /// A table of that many entries, all 0.
    #[must_use]
    pub fn new(entries: u64) -> Self {
        let rows = usize::try_from(entries).unwrap_or(usize::MAX).div_ceil(STRIPES);
        // Written with something else first, so that no page of it is given out by the system during a run.
        let stripe = || CachePadded::new(Mutex::new(vec![u64::MAX; rows]));
        let table = Self { entries, stripes: (0..STRIPES).map(|_| stripe()).collect() };
        table.clear();
        table
    }

    /// Sets all entries to 0.
    pub fn clear(&self) {
        self.stripes.iter().for_each(|stripe| locked(stripe).fill(0));
    }

    /// Does [`Table::add`] for any thread.
    ///
    /// # Errors
    /// For an entry that is not there; nothing has been changed then.
    pub fn add(&self, updates: &mut [Update]) -> Result<(), TaskFailure> {
        if let Some(Update { key, .. }) = updates.iter().find(|update| update.key >= self.entries) {
            return Err(TaskFailure(format!("the table has no entry {key}")));
        }
        for Update { key, value } in updates {
            // In memory, since it is one of the entries.
            let place = usize::try_from(*key).unwrap_or(usize::MAX);
            let mut stripe = locked(&self.stripes[place % STRIPES]);
            let entry = &mut stripe[place / STRIPES];
            *entry = entry.wrapping_add(*value);
            *value = *entry;
        }
        Ok(())
    }

    /// A fingerprint of all entries, and their sum.
    #[must_use]
    pub fn sum(&self) -> (Checksum, u64) {
        let (mut digest, mut sum) = (Digest::default(), 0_u64);
        for stripe in &self.stripes {
            for entry in &*locked(stripe) {
                digest.number(*entry);
                sum = sum.wrapping_add(*entry);
            }
        }
        (digest.finish(), sum)
    }
}

fn locked(stripe: &Mutex<Vec<u64>>) -> MutexGuard<'_, Vec<u64>> {
    // A panic leaves each entry whole.
    stripe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a table is that is not in this process.
pub trait TableOwner {
    /// Has the owner do what [`Table::add`] does, on behalf of a task.
    ///
    /// # Errors
    /// When it cannot be reached or does not agree.
    fn add(&mut self, task: u64, updates: &mut [Update]) -> Result<(), TaskFailure>;

    /// Tells the owner that the task is done. What a task added that never says so is taken back.
    ///
    /// # Errors
    /// When the owner cannot be reached.
    fn finish(&mut self, task: u64) -> Result<(), TaskFailure>;
}

/// The table as a task's computation sees it.
pub(super) struct TableOfTask<'a> {
    pub(super) here: Option<&'a StripedTable>,
    pub(super) there: Option<&'a mut (dyn TableOwner + 'static)>,
    pub(super) seat: &'a Seat,
    pub(super) task: u64,
}

impl TableOfTask<'_> {
    /// Says that the task is done with it.
    pub(super) fn finish(&mut self) -> Result<(), TaskFailure> {
        let (seat, task) = (self.seat, self.task);
        self.there.as_mut().map_or(Ok(()), |owner| seat.away(State::Ipc, || owner.finish(task)))
    }
}

impl Table for TableOfTask<'_> {
    fn add(&mut self, updates: &mut [Update]) -> Result<(), TaskFailure> {
        let (seat, task) = (self.seat, self.task);
        match (self.here, &mut self.there) {
            (_, Some(owner)) => seat.away(State::Ipc, || owner.add(task, updates)),
            (Some(table), None) => table.add(updates),
            (None, None) => Err(TaskFailure("there is no table".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_every_thread_is_in_the_table() {
        let table = StripedTable::new(1_000);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let table = &table;
                scope.spawn(move || {
                    for round in 0..1_000 {
                        table.add(&mut [Update { key: round, value: thread }, Update { key: 3, value: 1 }]).unwrap();
                    }
                });
            }
        });
        let expected = StripedTable::new(1_000);
        let mut updates: Vec<Update> = (0..1_000).map(|key| Update { key, value: 6 }).collect();
        updates.push(Update { key: 3, value: 4_000 });
        expected.add(&mut updates).unwrap();
        assert_eq!(updates.last().map(|update| update.value), Some(4_006), "the entry as it is now");
        assert_eq!((table.sum(), table.sum().1), (expected.sum(), 10_000));
        table.clear();
        assert_eq!(table.sum(), StripedTable::new(1_000).sum());
    }

    #[test]
    fn an_entry_that_is_not_there_is_told() {
        let table = StripedTable::new(5);
        let refused = table.add(&mut [Update { key: 5, value: 1 }]).unwrap_err();
        assert_eq!(refused.0, "the table has no entry 5");
    }
}
