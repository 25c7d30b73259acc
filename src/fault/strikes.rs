//! Which attempts at which tasks are struck in one sample.

use std::collections::BTreeMap;

use super::{Fault, FaultKind};

/// The strikes of one sample that are still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strikes {
    kind: FaultKind,
    left: BTreeMap<u64, u32>,
}

impl Strikes {
    /// Lays out the strikes of `fault` over a plan of `tasks` tasks. A task beyond the plan means its last one, and no
    /// plan has more strikes spread over it than tasks.
    #[must_use]
    pub fn over(fault: Fault, tasks: u64) -> Self {
        let Some(last) = tasks.checked_sub(1) else {
            return Self { kind: fault.kind, left: BTreeMap::new() };
        };
        let left = match fault.task {
            Some(task) => BTreeMap::from([(task.min(last), fault.times)]),
            None => {
                let strikes = u64::from(fault.times).min(tasks);
                // The middles of as many equal parts.
                (0..strikes).map(|part| ((2 * part + 1) * tasks / (2 * strikes), 1)).collect()
            }
        };
        Self { kind: fault.kind, left }
    }

    /// What happens where they strike.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The first task of `first..end` that is to be struck.
    #[must_use]
    pub fn next_in(&self, first: u64, end: u64) -> Option<u64> {
        if first >= end {
            return None;
        }
        self.left.range(first..end).next().map(|(task, _)| *task)
    }

    /// Notes that an attempt at `task` is being struck; whether one was still to come.
    pub fn strike(&mut self, task: u64) -> bool {
        let Some(left) = self.left.get_mut(&task) else { return false };
        *left -= 1;
        if *left == 0 {
            self.left.remove(&task);
        }
        true
    }

    /// Whether none is to come any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        text.parse().unwrap()
    }

    fn struck(mut strikes: Strikes, tasks: u64) -> Vec<u64> {
        let mut struck = Vec::new();
        while let Some(task) = strikes.next_in(0, tasks) {
            assert!(strikes.strike(task));
            struck.push(task);
        }
        assert!(strikes.is_over());
        struck
    }

    #[test]
    fn strikes_lie_where_they_were_asked_for_or_are_spread() {
        for (text, tasks, expected) in [
            ("kill", 100, vec![50]),
            ("kill", 1, vec![0]),
            ("killx2", 100, vec![25, 75]),
            ("killx5", 3, vec![0, 1, 2]),
            ("kill@7", 100, vec![7]),
            ("kill@7x3", 100, vec![7, 7, 7]),
            ("kill@700", 100, vec![99]),
            ("kill", 0, vec![]),
        ] {
            assert_eq!(struck(Strikes::over(fault(text), tasks), tasks), expected, "{text} over {tasks}");
        }
    }

    #[test]
    fn a_strike_falls_once() {
        let mut strikes = Strikes::over(fault("kill@7"), 10);
        assert_eq!((strikes.next_in(0, 7), strikes.next_in(8, 10), strikes.next_in(9, 3)), (None, None, None));
        assert_eq!(strikes.next_in(7, 8), Some(7));
        assert!(strikes.strike(7));
        assert!(!strikes.strike(7));
        assert_eq!(strikes.next_in(0, 10), None);
    }
}
