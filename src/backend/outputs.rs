//! The outputs of a run, kept where each worker left them and read in task order.

use crate::task::Results;
use crate::workload::Output;

/// Outputs by worker, with the order to read them in.
///
/// Workers of one process write into memory of their own, since neighbouring results in one array would make their
/// cores fight over cache lines.
#[derive(Debug, Default)]
pub struct Outputs {
    parts: Vec<Vec<Output>>,
    index: Index,
    /// How many there are; fewer than tasks where a worker was lost.
    count: usize,
}

/// Where each claim's outputs are. All claims of a run but the last are of one size, so that a claim is found by its
/// first task, without sorting.
#[derive(Debug, Default)]
pub(super) struct Index {
    tasks: usize,
    /// Tasks of a claim; 0 where there is no task at all.
    chunk: usize,
    places: Vec<Place>,
}

/// Where the first output of a claim is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    part: usize,
    at: usize,
}

impl Index {
    /// For `tasks` tasks that are claimed by `chunk` at once, every page of it touched, so that no fault falls into a run.
    pub(super) fn prepared(tasks: usize, chunk: usize) -> Self {
        let chunk = chunk.clamp(1, tasks.max(1));
        let untouched = Place { part: usize::MAX, at: 0 };
        Self { tasks, chunk, places: vec![untouched; tasks.div_ceil(chunk)] }
    }

    /// Notes where one worker left the outputs of its claims.
    fn note(&mut self, part: usize, results: &Results) {
        for stretch in results.stretches().filter(|stretch| stretch.count > 0) {
            // In memory, since it numbers one of the plan's tasks.
            let first = usize::try_from(stretch.first).unwrap_or(usize::MAX);
            let places = &mut self.places[first / self.chunk..(first + stretch.count).div_ceil(self.chunk)];
            for (place, at) in places.iter_mut().zip((stretch.at..).step_by(self.chunk)) {
                *place = Place { part, at };
            }
        }
    }

    /// How many tasks the claim at `place` has.
    fn count(&self, place: usize) -> usize {
        self.chunk.min(self.tasks - place * self.chunk)
    }
}

impl Outputs {
    /// Outputs that are in task order already.
    #[must_use]
    pub fn ordered(outputs: Vec<Output>) -> Self {
        let tasks = outputs.len();
        let index = Index { tasks, chunk: tasks, places: vec![Place::default(); usize::from(tasks > 0)] };
        Self { parts: vec![outputs], index, count: tasks }
    }

    /// The outputs of several workers that shared all tasks of a plan, by claims of the index's size.
    pub(super) fn gathered(mut index: Index, parts: impl IntoIterator<Item = Results>) -> Self {
        let results = parts.into_iter().enumerate();
        let parts = results.map(|(part, results)| {
            index.note(part, &results);
            results.outputs
        });
        let parts: Vec<Vec<Output>> = parts.collect();
        let count = parts.iter().map(Vec::len).sum();
        Self { parts, index, count }
    }

    /// All outputs, in task order.
    ///
    /// # Panics
    /// When outputs are missing.
    pub fn in_order(&self) -> impl Iterator<Item = &Output> {
        let claims = self.index.places.iter().enumerate();
        claims.flat_map(|(place, &Place { part, at })| &self.parts[part][at..at + self.index.count(place)])
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_several_workers_read_in_task_order() {
        for (tasks, chunk, claims) in [
            (6, 1, &[(1, 0, 2), (0, 2, 1), (0, 3, 2), (1, 5, 1)][..]),
            (7, 2, &[(0, 2, 2), (1, 0, 2), (1, 4, 2), (0, 6, 1)]),
            (7, 3, &[(1, 0, 6), (0, 6, 1)]),
            (7, 100, &[(0, 0, 7)]),
            (0, 5, &[]),
        ] {
            let mut parts = [Results::default(), Results::default()];
            for &(part, first, count) in claims {
                parts[part].start_at(first);
                for number in first..first + count {
                    parts[part].add(Ok(Output::from(number)));
                }
            }
            let outputs = Outputs::gathered(Index::prepared(tasks, chunk), parts);
            let numbers: Vec<u64> = outputs.in_order().map(|output| output.number).collect();
            assert_eq!(numbers, (0..tasks as u64).collect::<Vec<_>>(), "{tasks} by {chunk}");
            assert_eq!(outputs.len(), tasks);
        }
    }

    #[test]
    fn outputs_in_order_stay_so() {
        for count in [0, 3] {
            let outputs = Outputs::ordered((0..count).map(Output::from).collect());
            assert_eq!(
                outputs.in_order().map(|output| output.number).collect::<Vec<_>>(),
                (0..count).collect::<Vec<_>>()
            );
            assert_eq!(outputs.is_empty(), count == 0);
        }
    }
}
