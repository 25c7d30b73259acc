//! How often and for how long the CPU quota of a control group has stopped this process (`cpu.stat`, cgroups(7)).

use std::path::PathBuf;

use super::cgroup::Groups;
use super::root::{Root, field};
use crate::units::Nanos;

/// What a quota has done since its group was made, or between two readings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Throttling {
    /// In how many periods the group used up its quota and was stopped.
    pub times: u64,
    /// For how long in all; counted once for each core that had something to run.
    pub time: Nanos,
}

/// Reads what the quotas on this process do.
#[derive(Debug, Clone)]
pub struct ThrottleMeter {
    root: Root,
    files: Vec<PathBuf>,
}

/// The state of all quotas at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleReading(Vec<Option<Throttling>>);

impl ThrottleMeter {
    /// A meter of all groups that this process is in and that can have a quota; it finds nothing where there are none.
    #[must_use]
    pub fn of_this_process(root: Root) -> Self {
        let all = Groups::of_this_process(&root).map_or_else(Vec::new, |groups| groups.cpu_statistics());
        let files = all.into_iter().filter(|file| root.read(file).is_some_and(|text| parse(&text).is_some())).collect();
        Self { root, files }
    }

    /// The state of the quotas now. Reads a small file for each group.
    #[must_use]
    pub fn read(&self) -> ThrottleReading {
        ThrottleReading(self.files.iter().map(|file| parse(&self.root.read(file)?)).collect())
    }
}

impl ThrottleReading {
    /// What happened since an earlier reading of the same meter, by the quota that stopped this process longest; `None`
    /// where there is none.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Option<Throttling> {
        let change = |(now, then): (&Option<Throttling>, &Option<Throttling>)| {
            let (now, then) = ((*now)?, (*then)?);
            Some(Throttling { times: now.times.saturating_sub(then.times), time: now.time.since(then.time) })
        };
        self.0.iter().zip(&earlier.0).filter_map(change).max_by_key(|change| (change.time, change.times))
    }
}

/// Version 2 counts microseconds, version 1 nanoseconds.
fn parse(text: &str) -> Option<Throttling> {
    let number = |key| field(text, key)?.parse().ok();
    let microseconds = number("throttled_usec ").map(Nanos::from_micros);
    let time = microseconds.or_else(|| number("throttled_time ").map(Nanos))?;
    Some(Throttling { times: number("nr_throttled ")?, time })
}

#[cfg(test)]
mod tests {
    use super::super::root::fake::Tree;
    use super::*;

    const UNIFIED: &str = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    const CPU: &str = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

    fn two(times: u64, microseconds: u64) -> String {
        format!("usage_usec 9\nnr_periods 50\nnr_throttled {times}\nthrottled_usec {microseconds}\nnr_bursts 0\n")
    }

    fn one(times: u64, nanoseconds: u64) -> String {
        format!("nr_periods 50\nnr_throttled {times}\nthrottled_time {nanoseconds}\n")
    }

    /// What a meter finds between two states of the same files.
    fn check(mounts: &str, membership: &str, files: &[(&str, String, String)], expected: Option<(u64, Nanos)>) {
        let tree = Tree::with(&[("/proc/self/mountinfo", mounts), ("/proc/self/cgroup", membership)]);
        for (path, before, _) in files {
            tree.write(path, before);
        }
        let meter = ThrottleMeter::of_this_process(tree.root());
        let before = meter.read();
        assert_eq!(before.since(&before).map(|none| none.times), expected.map(|_| 0));
        for (path, _, after) in files {
            tree.write(path, after);
        }
        let found = meter.read().since(&before);
        assert_eq!(found, expected.map(|(times, time)| Throttling { times, time }), "{files:?}");
    }

    #[test]
    fn both_versions_are_read_in_their_units() {
        let file = "/sys/fs/cgroup/job/cpu.stat";
        check(UNIFIED, "0::/job\n", &[(file, two(3, 500), two(5, 2_500))], Some((2, Nanos::from_millis(2))));
        let file = "/sys/fs/cgroup/cpu,cpuacct/job/cpu.stat";
        check(CPU, "4:cpu,cpuacct:/job\n", &[(file, one(0, 7), one(1, 3_000_007))], Some((1, Nanos::from_millis(3))));
    }

    #[test]
    fn the_quota_of_an_ancestor_counts_and_the_worst_is_told() {
        let own = ("/sys/fs/cgroup/a/b/cpu.stat", two(0, 0), two(1, 10));
        let parent = ("/sys/fs/cgroup/a/cpu.stat", two(7, 100), two(9, 4_100));
        let sibling = ("/sys/fs/cgroup/a/c/cpu.stat", two(0, 0), two(99, 99_000));
        check(UNIFIED, "0::/a/b\n", &[own, parent, sibling], Some((2, Nanos::from_millis(4))));
    }

    #[test]
    fn without_a_quota_nothing_is_said() {
        let root_group = ("/sys/fs/cgroup/cpu.stat", "usage_usec 9\n".to_owned(), "usage_usec 10\n".to_owned());
        check(UNIFIED, "0::/\n", &[root_group], None);
        check(UNIFIED, "0::/job\n", &[], None);
        check("", "", &[], None);
        let vanished = ("/sys/fs/cgroup/job/cpu.stat", two(1, 1), String::new());
        let tree = Tree::with(&[("/proc/self/mountinfo", UNIFIED), ("/proc/self/cgroup", "0::/job\n")]);
        tree.write(vanished.0, &vanished.1);
        let meter = ThrottleMeter::of_this_process(tree.root());
        let before = meter.read();
        tree.write(vanished.0, &vanished.2);
        assert_eq!(meter.read().since(&before), None);
    }
}
