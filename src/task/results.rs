//! What becomes of tasks, kept by the worker that executes them, with the numbers of the tasks that it is the result of.

use crate::workload::{Output, TaskFailure};

/// What became of tasks, in the order in which one worker executed them.
#[derive(Debug, Default)]
pub struct Results {
    /// One output for each; a default one for a task that has none.
    pub outputs: Vec<Output>,
    /// One checksum for each payload, where tasks have payloads; else empty.
    pub sums: Vec<u32>,
    /// The tasks that have no output, with the reason.
    pub lost: Vec<(u64, TaskFailure)>,
    /// Where consecutive tasks start: the first one's number and the place of its output.
    starts: Vec<(u64, usize)>,
}

/// Consecutive tasks whose results stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first task.
    pub first: u64,
    /// The place of its output.
    pub at: usize,
    /// How many tasks.
    pub count: usize,
}

impl Results {
    /// Room for `capacity` outputs in `claims` claims, every page of it touched, so that no fault falls into a run.
    #[must_use]
    pub fn prepared(capacity: usize, claims: usize) -> Self {
        let mut outputs: Vec<Output> = (0..capacity).map(|_| Output::from(1)).collect();
        let mut starts = vec![(1, 1); claims];
        outputs.clear();
        starts.clear();
        Self { outputs, starts, ..Self::default() }
    }

    /// Says that the results from here on are those of the tasks from `first` on.
    #[inline]
    pub fn start_at(&mut self, first: u64) {
        let at = self.outputs.len();
        match self.starts.last_mut() {
            Some((start, from)) if *from == at => *start = first,
            Some((start, from)) if start.wrapping_add((at - *from) as u64) == first => {}
            _ => self.starts.push((first, at)),
        }
    }

    /// Adds what became of the next task.
    #[inline]
    pub fn add(&mut self, result: Result<Output, TaskFailure>) {
        let output = result.unwrap_or_else(|failure| {
            self.lost.push((self.next(), failure));
            Output::default()
        });
        self.outputs.push(output);
    }

    /// The number of the task whose result comes next; from 0 where nothing was said.
    #[must_use]
    pub fn next(&self) -> u64 {
        let (first, at) = self.starts.last().copied().unwrap_or_default();
        first.wrapping_add((self.outputs.len() - at) as u64)
    }

    /// The results by stretches of consecutive tasks, in the order in which they were executed.
    #[must_use]
    pub fn stretches(&self) -> impl ExactSizeIterator<Item = Stretch> {
        let end_of = |place: usize| self.starts.get(place + 1).map_or(self.outputs.len(), |(_, at)| *at);
        let starts = self.starts.iter().enumerate();
        starts.map(move |(place, &(first, at))| Stretch { first, at, count: end_of(place) - at })
    }

    /// Forgets what it has, keeping the memory and which task comes next.
    pub fn clear(&mut self) {
        let next = self.next();
        self.outputs.clear();
        self.sums.clear();
        self.lost.clear();
        self.starts.clear();
        self.starts.push((next, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_know_their_tasks() {
        let mut results = Results::default();
        for (first, count) in [(4, 2), (6, 1), (10, 2)] {
            results.start_at(first);
            for number in first..first + count {
                results.add(if number == 11 { Err(TaskFailure("no".to_owned())) } else { Ok(number.into()) });
            }
        }
        let stretch = |first, at, count| Stretch { first, at, count };
        assert_eq!(results.stretches().collect::<Vec<_>>(), [stretch(4, 0, 3), stretch(10, 3, 2)]);
        assert_eq!(results.lost, [(11, TaskFailure("no".to_owned()))]);
        results.clear();
        results.add(Ok(12.into()));
        assert_eq!(results.stretches().collect::<Vec<_>>(), [stretch(12, 0, 1)]);
        results.clear();
        results.start_at(20);
        results.add(Ok(20.into()));
        assert_eq!(results.stretches().collect::<Vec<_>>(), [stretch(20, 0, 1)]);
    }
}
