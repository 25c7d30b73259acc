//! The outputs of a run, kept where each worker left them and read in task order.

use crate::task::{Results, Stretch};
use crate::workload::Output;

/// Outputs by worker, with the order to read them in.
///
/// Workers of one process write into memory of their own, since neighbouring results in one array would make their
/// cores fight over cache lines.
#[derive(Debug, Default)]
pub struct Outputs {
    parts: Vec<Vec<Output>>,
    places: Vec<Place>,
}

/// Consecutive tasks whose outputs stand side by side in one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    part: usize,
    stretch: Stretch,
}

impl Outputs {
    /// Outputs that are in task order already.
    #[must_use]
    pub fn ordered(outputs: Vec<Output>) -> Self {
        let stretch = Stretch { first: 0, at: 0, count: outputs.len() };
        Self { parts: vec![outputs], places: vec![Place { part: 0, stretch }] }
    }

    /// The outputs of several workers.
    #[must_use]
    pub fn gathered(parts: impl IntoIterator<Item = Results>) -> Self {
        let mut gathered = Self::default();
        for (part, results) in parts.into_iter().enumerate() {
            gathered.places.extend(results.stretches().map(|stretch| Place { part, stretch }));
            gathered.parts.push(results.outputs);
        }
        // Where each worker claimed in ascending order, the stable sort merges such runs instead of sorting them again.
        gathered.places.sort_by_key(|place| place.stretch.first);
        gathered
    }

    /// All outputs, in task order.
    pub fn in_order(&self) -> impl Iterator<Item = &Output> {
        let outputs = |Place { part, stretch }: &Place| &self.parts[*part][stretch.at..stretch.at + stretch.count];
        self.places.iter().flat_map(outputs)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.iter().map(|place| place.stretch.count).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_several_workers_read_in_task_order() {
        let mut parts = [Results::default(), Results::default()];
        for (part, first, count) in [(1, 0, 2), (0, 2, 1), (0, 3, 2), (1, 5, 1)] {
            parts[part].start_at(first);
            for number in first..first + count {
                parts[part].add(Ok(Output::from(number)));
            }
        }
        let outputs = Outputs::gathered(parts);
        let numbers: Vec<u64> = outputs.in_order().map(|output| output.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        assert_eq!(outputs.len(), 6);
    }
}
