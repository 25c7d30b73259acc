//! Core truth: how many cores there are, how many of them this process may really use, and why.
//!
//! Discovery is a function of a tree of kernel files and an affinity mask; it knows nothing of workers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cgroup::{Groups, Limit};
use super::root::Root;
use super::topology;
use crate::text::scrub_os;
use crate::units::CoreId;

/// The cores of this computer and what this process may use of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cores {
    /// How many cores the process can keep busy: what the mask allows, or the quota rounded down where that is less; at
    /// least 1.
    pub usable: usize,
    /// How many logical cores are online: hardware threads where a core has several.
    pub logical: usize,
    /// How many physical cores these are; `None` where the kernel does not say.
    pub physical: Option<usize>,
    /// The cores that are online, ascending by their own ids, which may have gaps.
    pub online: Vec<CoreId>,
    /// Those of them that the affinity mask lets us run on.
    pub affinity: Vec<CoreId>,
    /// The cores' worth of CPU time that the control group grants; `None` is no limit.
    pub quota: Option<f64>,
    /// Why `usable` is what it is, as a sentence.
    pub reason: String,
}

impl Cores {
    /// The cores as `root` describes them, for a thread with the affinity `mask`; without a mask `root` is asked for it.
    #[must_use]
    pub fn discover(root: &Root, mask: Option<Vec<CoreId>>) -> Self {
        let listed = topology::online(root);
        let affinity = mask.or_else(|| topology::mask(root, &listed)).unwrap_or_else(|| listed.clone());
        // A core that we may run on is online, whatever a container's files say.
        let online: Vec<_> = listed.iter().chain(&affinity).copied().collect::<BTreeSet<_>>().into_iter().collect();
        let groups = Groups::of_this_process(root);
        let quota = groups.as_ref().and_then(Groups::cpu_quota);
        let verdict = Verdict { logical: online.len(), allowed: affinity.len(), quota: quota.as_ref() };
        let unknown = if groups.is_none() { " (whether a cgroup quota applies is unreadable)" } else { "" };
        Self {
            usable: verdict.usable(),
            logical: online.len(),
            physical: topology::physical(root, &online),
            reason: verdict.reason() + unknown,
            quota: quota.map(|limit| limit.value),
            online,
            affinity,
        }
    }
}

/// The three counts that decide.
struct Verdict<'a> {
    logical: usize,
    allowed: usize,
    quota: Option<&'a Limit<f64>>,
}

impl Verdict<'_> {
    fn usable(&self) -> usize {
        self.quota.map_or(self.allowed, |quota| self.allowed.min(whole(quota.value))).max(1)
    }

    fn reason(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "counts of cores are small")]
        let limiting = self.quota.filter(|quota| quota.value < self.allowed as f64);
        let mut causes = Vec::new();
        if self.allowed < self.logical {
            causes.push(format!("the affinity mask allows {}", self.allowed));
        }
        if let Some(Limit { value, file }) = limiting {
            let allows = if *value < 1.0 { "less than 1".to_owned() } else { whole(*value).to_string() };
            let file = scrub_os(file);
            causes.push(format!("the cgroup quota of {} in {file} allows {allows}", share(*value)));
        }
        match (causes.is_empty(), self.logical) {
            (true, 0 | 1) => "the only logical core".to_owned(),
            (true, logical) => format!("all {logical} logical cores"),
            (false, 1) => format!("the only logical core: {}", causes.join(", ")),
            (false, logical) => format!("{} of {logical} logical cores: {}", self.usable(), causes.join(", ")),
        }
    }
}

/// The whole cores in a quota.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "quotas are positive, and the cast saturates"
)]
fn whole(quota: f64) -> usize {
    quota.floor() as usize
}

/// Cores' worth of time with at most two decimals: `1.5 cores`, `1 core`; a quota never rounds to nothing.
#[must_use]
pub fn share(cores: f64) -> String {
    let text = format!("{:.2}", cores.max(0.01));
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} {}", if text == "1" { "core" } else { "cores" })
}

#[cfg(test)]
mod tests {
    use super::super::root::fake::Tree;
    use super::*;
    use rustix::thread::{CpuSet, sched_setaffinity};

    const ONLINE: &str = "/sys/devices/system/cpu/online";
    const QUOTA: &str = "/sys/fs/cgroup/cpu.max";

    fn ids(ids: &[u32]) -> Vec<CoreId> {
        ids.iter().copied().map(CoreId).collect()
    }

    fn host(online: &str, quota: &str) -> Tree {
        Tree::with(&[
            (ONLINE, online),
            ("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
            ("/proc/self/cgroup", "0::/\n"),
            (QUOTA, quota),
        ])
    }

    #[track_caller]
    fn check(online: &str, mask: &[u32], quota: &str, usable: usize, reason: &str) {
        let cores = Cores::discover(&host(online, quota).root(), Some(ids(mask)));
        assert_eq!((cores.usable, cores.reason.as_str()), (usable, reason));
    }

    #[test]
    fn the_reason_names_what_limits() {
        let none = "max 100000";
        check("0-1\n", &[0, 1], none, 2, "all 2 logical cores");
        check("0\n", &[0], none, 1, "the only logical core");
        check("0-7\n", &[0, 2], none, 2, "2 of 8 logical cores: the affinity mask allows 2");
        check(
            "0-1\n",
            &[0, 1],
            "150000 100000",
            1,
            &format!("1 of 2 logical cores: the cgroup quota of 1.5 cores in {QUOTA} allows 1"),
        );
        check(
            "0-1\n",
            &[0, 1],
            "50000 100000",
            1,
            &format!("1 of 2 logical cores: the cgroup quota of 0.5 cores in {QUOTA} allows less than 1"),
        );
        check(
            "0\n",
            &[0],
            "50000 100000",
            1,
            &format!("the only logical core: the cgroup quota of 0.5 cores in {QUOTA} allows less than 1"),
        );
        check(
            "0-7\n",
            &[1, 2, 3, 4],
            "100000 100000",
            1,
            &format!(
                "1 of 8 logical cores: the affinity mask allows 4, the cgroup quota of 1 core in {QUOTA} allows 1"
            ),
        );
        check("0-1\n", &[0, 1], "400000 100000", 2, "all 2 logical cores");
        check("0-1\n", &[0, 1], "200000 100000", 2, "all 2 logical cores");
        check("0-7\n", &[5], "400000 100000", 1, "1 of 8 logical cores: the affinity mask allows 1");
    }

    #[test]
    fn ids_keep_their_gaps_and_large_machines_fit() {
        let gaps = Cores::discover(&host("0,2,5-6\n", "max").root(), Some(ids(&[2, 5])));
        assert_eq!((gaps.logical, gaps.online, gaps.affinity), (4, ids(&[0, 2, 5, 6]), ids(&[2, 5])));
        let large = Cores::discover(&host("0-511\n", "max").root(), Some((300..450).map(CoreId).collect()));
        assert_eq!((large.usable, large.logical), (150, 512));
        let beyond = Cores::discover(&host("0-1\n", "max").root(), Some(ids(&[1, 4])));
        assert_eq!(beyond.online, ids(&[0, 1, 4]), "a core that we may use is online");
    }

    #[test]
    fn shares_have_no_idle_zeros() {
        let cases =
            [(1.5, "1.5 cores"), (1.0, "1 core"), (10.0, "10 cores"), (0.333, "0.33 cores"), (0.001, "0.01 cores")];
        for (count, expected) in cases {
            assert_eq!(share(count), expected);
        }
    }

    #[test]
    fn an_unreadable_system_still_gets_one_worker_and_says_what_is_unknown() {
        let proc = Cores::discover(&Tree::with(&[("/proc/stat", "cpu  1\ncpu0 1\ncpu3 1\n")]).root(), None);
        assert_eq!((proc.online, proc.affinity, proc.physical), (ids(&[0, 3]), ids(&[0, 3]), None));
        assert_eq!(proc.reason, "all 2 logical cores (whether a cgroup quota applies is unreadable)");
        let nothing = Cores::discover(&Tree::with(&[]).root(), None);
        assert_eq!((nothing.usable, nothing.logical, nothing.physical), (1, 0, None));
    }

    /// The mask belongs to a thread, so the test narrows one of its own.
    #[test]
    fn a_thread_held_to_one_core_has_one() {
        let held = std::thread::spawn(|| {
            let last = *topology::affinity().unwrap().last().unwrap();
            let mut mask = CpuSet::new();
            mask.set(last.0 as usize);
            sched_setaffinity(None, &mask).unwrap();
            (last, Cores::discover(&Root::system(), topology::affinity()), Cores::discover(&Root::system(), None))
        });
        let (core, cores, listed) = held.join().unwrap();
        assert_eq!(cores, listed, "the system call and /proc say the same");
        assert_eq!((cores.usable, cores.affinity), (1, vec![core]));
        if cores.logical > 1 {
            let expected = format!("1 of {} logical cores: the affinity mask allows 1", cores.logical);
            assert!(cores.reason.starts_with(&expected), "{}", cores.reason);
        }
    }
}
