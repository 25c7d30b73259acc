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
        let Some(last) = tasks.checked_sub(1) else { return Self::none(fault.kind) };
        let spread = || {
            let strikes = u64::from(fault.times).min(tasks);
            // The middles of as many equal parts.
            (0..strikes).map(|part| ((2 * part + 1) * tasks / (2 * strikes), 1)).collect()
        };
        let at = |task: u64| BTreeMap::from([(task.min(last), fault.times)]);
        Self { kind: fault.kind, left: fault.task.map_or_else(spread, at) }
    }

    /// No strikes at all.
    #[must_use]
    pub const fn none(kind: FaultKind) -> Self {
        Self { kind, left: BTreeMap::new() }
    }

    /// What happens where they strike.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The tasks of `first..end` that are to be struck, ascending.
    pub fn tasks_in(&self, first: u64, end: u64) -> impl Iterator<Item = u64> {
        self.left.range(first..end.max(first)).map(|(task, _)| *task)
    }

    /// Lets one more attempt at each of these tasks be struck.
    pub fn add(&mut self, tasks: &[u64]) {
        for task in tasks {
            *self.left.entry(*task).or_default() += 1;
        }
    }

    /// Lets nothing more be struck.
    pub fn clear(&mut self) {
        self.left.clear();
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        text.parse().unwrap()
    }

    fn struck(mut strikes: Strikes, tasks: u64) -> Vec<u64> {
        let mut struck = Vec::new();
        loop {
            let next = strikes.tasks_in(0, tasks).next();
            let Some(task) = next else { return struck };
            assert!(strikes.strike(task));
            struck.push(task);
        }
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
        assert_eq!([(0, 7), (8, 10), (9, 3)].map(|(first, end)| strikes.tasks_in(first, end).count()), [0; 3]);
        assert!(strikes.tasks_in(7, 8).eq([7]));
        assert!(strikes.strike(7));
        assert!(!strikes.strike(7));
        assert_eq!(strikes.tasks_in(0, 10).count(), 0);
        strikes.add(&[7, 9]);
        strikes.add(&[9]);
        assert!(strikes.strike(9) && strikes.tasks_in(0, 10).eq([7, 9]));
    }
}
