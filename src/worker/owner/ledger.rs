//! What the owner of a table writes down, so that each task's changes are in it once, whichever worker dies when.
//!
//! A task's changes are in the table at once, since others are to see them; until the task is done they are also on its
//! worker's page, from which they are taken back if the worker leaves before. A task that is run again after it was done
//! changes nothing more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::task::StripedTable;
use crate::workload::{TaskFailure, Update};

/// The owner's book.
pub(super) struct Ledger {
    table: Arc<StripedTable>,
    done: HashSet<u64>,
    pages: HashMap<u64, Page>,
}

/// What a worker's unfinished task has added.
#[derive(Default)]
struct Page {
    task: u64,
    added: Vec<Update>,
}

impl Ledger {
    /// A book on `table`, which nobody else changes.
    pub(super) fn new(table: Arc<StripedTable>) -> Self {
        Self { table, done: HashSet::new(), pages: HashMap::new() }
    }

    /// Begins a run, in which no task is done yet.
    pub(super) fn begin(&mut self) {
        self.settle();
        self.done.clear();
    }

    /// Changes entries for a task of `worker`'s, and says in each update what its entry has now.
    ///
    /// # Errors
    /// For an entry that is not there; nothing has been changed then.
    pub(super) fn add(&mut self, worker: u64, task: u64, updates: &mut [Update]) -> Result<(), TaskFailure> {
        if self.pages.get(&worker).is_some_and(|page| page.task != task) {
            self.leave(worker);
        }
        if self.done.contains(&task) {
            for update in &mut *updates {
                update.value = 0;
            }
            return self.table.add(updates);
        }
        let asked = updates.to_vec();
        self.table.add(updates)?;
        let page = self.pages.entry(worker).or_insert_with(|| Page { task, added: Vec::new() });
        page.added.extend(asked);
        Ok(())
    }

    /// Says that a task of `worker`'s is done. If another attempt was done before, this one is taken back.
    pub(super) fn finish(&mut self, worker: u64, task: u64) {
        if self.pages.get(&worker).is_none_or(|page| page.task == task) && self.done.insert(task) {
            self.pages.remove(&worker);
        } else {
            self.leave(worker);
        }
    }

    /// Takes back what `worker`'s unfinished task has added.
    pub(super) fn leave(&mut self, worker: u64) {
        let Some(mut page) = self.pages.remove(&worker) else { return };
        for update in &mut page.added {
            update.value = update.value.wrapping_neg();
        }
        // Its entries are there, since they were changed before.
        let _ = self.table.add(&mut page.added);
    }

    /// Takes back what all unfinished tasks have added: their workers are gone.
    pub(super) fn settle(&mut self) {
        let workers: Vec<u64> = self.pages.keys().copied().collect();
        for worker in workers {
            self.leave(worker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a worker says: that it adds 1 to the entry of a task's number, that the task is done, that it leaves.
    #[derive(Debug, Clone, Copy)]
    enum Word {
        Add(u64, u64),
        Finish(u64, u64),
        Leave(u64),
    }
    use Word::{Add, Finish, Leave};

    #[test]
    fn each_task_is_in_the_table_once_whoever_leaves() {
        for (words, expected) in [
            (&[Add(1, 0), Add(1, 0), Finish(1, 0)][..], [2, 0]),
            (&[Add(1, 0), Leave(1), Add(2, 0), Add(2, 0), Finish(2, 0)], [2, 0]),
            // The successor begins before the end of the first is known.
            (&[Add(1, 0), Add(2, 0), Add(2, 0), Leave(1), Finish(2, 0)], [2, 0]),
            // The first was done, which only its supervisor did not hear.
            (&[Add(1, 0), Add(1, 0), Finish(1, 0), Leave(1), Add(2, 0), Add(2, 0), Finish(2, 0)], [2, 0]),
            (&[Add(1, 0), Add(2, 0), Finish(1, 0), Add(2, 0), Finish(2, 0)], [1, 0]),
            // A task that failed is followed by another.
            (&[Add(1, 0), Add(1, 1), Finish(1, 1)], [0, 1]),
            (&[Finish(1, 0), Add(1, 1)], [0, 0]),
        ] {
            let table = Arc::new(StripedTable::new(2));
            let mut ledger = Ledger::new(Arc::clone(&table));
            for word in words {
                match *word {
                    Add(worker, task) => ledger.add(worker, task, &mut [Update { key: task, value: 1 }]).unwrap(),
                    Finish(worker, task) => ledger.finish(worker, task),
                    Leave(worker) => ledger.leave(worker),
                }
            }
            ledger.settle();
            let mut now = [0, 1].map(|key| Update { key, value: 0 });
            table.add(&mut now).unwrap();
            assert_eq!(now.map(|update| update.value), expected, "{words:?}");
        }
    }

    #[test]
    fn a_new_run_knows_of_no_task() {
        let table = Arc::new(StripedTable::new(1));
        let mut ledger = Ledger::new(Arc::clone(&table));
        for _ in 0..2 {
            ledger.begin();
            ledger.add(1, 0, &mut [Update { key: 0, value: 5 }]).unwrap();
            ledger.finish(1, 0);
        }
        assert_eq!(table.sum().1, 10);
    }
}
