//! The outputs of a run, kept where each worker left them and read in task order.

use crate::workload::Output;

/// Outputs by worker, with the order to read them in.
///
/// Workers of one process write into memory of their own, since neighbouring results in one array would make their
/// cores fight over cache lines.
#[derive(Debug, Default)]
pub struct Outputs {
    parts: Vec<Vec<Output>>,
    stretches: Vec<Stretch>,
}

/// Consecutive tasks whose outputs stand side by side in one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    first: u64,
    part: usize,
    at: usize,
    count: usize,
}

/// One worker's outputs while it works.
#[derive(Debug, Default)]
pub struct Part {
    outputs: Vec<Output>,
    starts: Vec<(u64, usize)>,
}

impl Part {
    /// Room for `capacity` outputs in `claims` claims, every page of it touched, so that no fault falls into a run.
    #[must_use]
    pub fn prepared(capacity: usize, claims: usize) -> Self {
        let mut part = Self { outputs: vec![Output::default(); capacity], starts: vec![(1, 1); claims] };
        part.outputs.clear();
        part.starts.clear();
        part
    }

    /// Says that the outputs from here on are those of the tasks from `first` on.
    #[inline]
    pub fn start_at(&mut self, first: u64) {
        let at = self.outputs.len();
        let continues = |&(start, from): &(u64, usize)| start + (at - from) as u64 == first;
        if !self.starts.last().is_some_and(continues) {
            self.starts.push((first, at));
        }
    }

    /// Adds the next output.
    #[inline]
    pub fn push(&mut self, output: Output) {
        self.outputs.push(output);
    }
}

impl Outputs {
    /// Outputs that are in task order already.
    #[must_use]
    pub fn ordered(outputs: Vec<Output>) -> Self {
        let stretch = Stretch { first: 0, part: 0, at: 0, count: outputs.len() };
        Self { parts: vec![outputs], stretches: vec![stretch] }
    }

    /// The outputs of several workers.
    #[must_use]
    pub fn gathered(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut gathered = Self::default();
        for (part, Part { outputs, starts }) in parts.into_iter().enumerate() {
            let ends = starts.iter().skip(1).map(|(_, at)| *at).chain([outputs.len()]);
            let stretches =
                starts.iter().zip(ends).map(|(&(first, at), end)| Stretch { first, part, at, count: end - at });
            gathered.stretches.extend(stretches);
            gathered.parts.push(outputs);
        }
        // Where each worker claimed in ascending order, the stable sort merges such runs instead of sorting them again.
        gathered.stretches.sort_by_key(|stretch| stretch.first);
        gathered
    }

    /// All outputs, in task order.
    pub fn in_order(&self) -> impl Iterator<Item = &Output> {
        self.stretches.iter().flat_map(|stretch| &self.parts[stretch.part][stretch.at..stretch.at + stretch.count])
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stretches.iter().map(|stretch| stretch.count).sum()
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
        let mut parts = [Part::default(), Part::default()];
        for (part, first, count) in [(1, 0, 2), (0, 2, 1), (0, 3, 2), (1, 5, 1)] {
            parts[part].start_at(first);
            for number in first..first + count {
                parts[part].push(Output::from(number));
            }
        }
        let outputs = Outputs::gathered(parts);
        let numbers: Vec<u64> = outputs.in_order().map(|output| output.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        assert_eq!(outputs.len(), 6);
    }
}
