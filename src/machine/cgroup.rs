//! The limits that control groups put on this process: version 1, version 2, or both at once.
//!
//! A group may be limited itself or through any of its ancestors, so every directory from the process's own group up to
//! what is mounted is asked and the smallest answer counts. In a container the mounted root may be the process's own
//! group, or the group's path may be one that only the host can see; both are handled.

use std::path::{Path, PathBuf};

use super::hierarchy::{Membership, Mount, Version, membership, mount};
use super::root::Root;
use crate::units::Bytes;

/// A limit, and the file that sets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit<T> {
    /// How much is allowed.
    pub value: T,
    /// Where that is written.
    pub file: PathBuf,
}

/// The control groups of this process.
#[derive(Debug)]
pub struct Groups<'a> {
    root: &'a Root,
    memberships: Vec<Membership>,
    mounts: Vec<Mount>,
}

impl<'a> Groups<'a> {
    /// The groups that the kernel lists; `None` where it does not say what is mounted, so that limits stay unknown.
    #[must_use]
    pub fn of_this_process(root: &'a Root) -> Option<Self> {
        let mounts = root.read("/proc/self/mountinfo")?;
        let memberships = root.read("/proc/self/cgroup").unwrap_or_default();
        Some(Self {
            root,
            memberships: memberships.lines().filter_map(membership).collect(),
            mounts: mounts.lines().filter_map(mount).collect(),
        })
    }

    /// The cores' worth of CPU time that the process may use.
    #[must_use]
    pub fn cpu_quota(&self) -> Option<Limit<f64>> {
        self.smallest("cpu", |version, directory| match version {
            Version::Two => self.limit(directory.join("cpu.max"), |text| quota(text.split_once(' ')?)),
            Version::One => {
                let period = self.root.read(directory.join("cpu.cfs_period_us"))?;
                self.limit(directory.join("cpu.cfs_quota_us"), |text| quota((text, &period)))
            }
        })
    }

    /// The memory that the process and its group may use.
    #[must_use]
    pub fn memory_limit(&self) -> Option<Limit<Bytes>> {
        self.smallest("memory", |version, directory| match version {
            Version::Two => self.limit(directory.join("memory.max"), memory),
            Version::One => self.limit(directory.join("memory.limit_in_bytes"), memory),
        })
    }

    /// The files in which the groups of this process, and their ancestors, count what their CPU quotas do.
    #[must_use]
    pub fn cpu_statistics(&self) -> Vec<PathBuf> {
        let groups = self.memberships.iter().filter(|membership| membership.has("cpu"));
        let directories = groups.flat_map(|membership| self.directories(membership, "cpu"));
        directories.map(|directory| directory.join("cpu.stat")).collect()
    }

    fn limit<T>(&self, file: PathBuf, parse: impl Fn(&str) -> Option<T>) -> Option<Limit<T>> {
        parse(&self.root.read(&file)?).map(|value| Limit { value, file })
    }

    /// The smallest limit over all groups under `controller` that this process is in; of equal ones the innermost.
    fn smallest<T: PartialOrd>(
        &self,
        controller: &str,
        limit: impl Fn(Version, &Path) -> Option<Limit<T>>,
    ) -> Option<Limit<T>> {
        let groups = self.memberships.iter().filter(|membership| membership.has(controller));
        groups
            .flat_map(|membership| {
                let directories = self.directories(membership, controller).into_iter();
                directories.filter_map(|directory| limit(membership.version, &directory))
            })
            .reduce(|smallest, other| if other.value < smallest.value { other } else { smallest })
    }

    /// The directories of the membership's group and of its ancestors, innermost first.
    fn directories(&self, membership: &Membership, controller: &str) -> Vec<PathBuf> {
        let candidates: Vec<_> = self.mounts.iter().filter(|mount| mount.bears(membership, controller)).collect();
        let mut places: Vec<_> =
            candidates.iter().filter_map(|mount| Some((mount.directory(&membership.group)?, &mount.point))).collect();
        if places.is_empty() {
            // The path is the host's and we cannot see it; what a container has mounted first is its own group.
            places.extend(candidates.first().map(|mount| (mount.point.clone(), &mount.point)));
        }
        let upwards = |(directory, point): &(PathBuf, &PathBuf)| {
            let inside = directory.ancestors().take_while(|ancestor| ancestor.starts_with(point));
            inside.map(Path::to_path_buf).collect::<Vec<_>>()
        };
        places.iter().flat_map(upwards).collect()
    }
}

/// Cores' worth of a quota and its period in microseconds; `max` and -1 are no quota.
fn quota((quota, period): (&str, &str)) -> Option<f64> {
    let (quota, period): (u32, u32) = (quota.trim().parse().ok()?, period.trim().parse().ok()?);
    (quota > 0 && period > 0).then(|| f64::from(quota) / f64::from(period))
}

/// A memory limit in bytes; `max`, and the page-aligned `i64::MAX` of version 1, are none.
fn memory(text: &str) -> Option<Bytes> {
    const UNLIMITED: u64 = 1 << 62;
    text.trim().parse().ok().filter(|bytes| *bytes < UNLIMITED).map(Bytes)
}

#[cfg(test)]
mod tests {
    use super::super::root::fake::Tree;
    use super::*;

    const UNIFIED: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const CPU: &str = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n";
    const MEMORY: &str = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    const HYBRID: &str = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    fn tree(mounts: &str, memberships: &str, files: &[(&str, &str)]) -> Tree {
        let tree = Tree::with(files);
        tree.write("/proc/self/mountinfo", mounts);
        tree.write("/proc/self/cgroup", memberships);
        tree
    }

    #[track_caller]
    fn check_quota(mounts: &str, memberships: &str, files: &[(&str, &str)], expected: Option<(f64, &str)>) {
        let tree = tree(mounts, memberships, files);
        let root = tree.root();
        let found = Groups::of_this_process(&root).unwrap().cpu_quota();
        assert_eq!(found, expected.map(|(value, file)| Limit { value, file: file.into() }));
    }

    #[test]
    fn version_two_takes_the_smallest_from_the_group_up_to_the_root() {
        let own = ("/sys/fs/cgroup/a.slice/b.scope/cpu.max", "max 100000\n");
        let parent = ("/sys/fs/cgroup/a.slice/cpu.max", "150000 100000\n");
        check_quota(UNIFIED, "0::/a.slice/b.scope\n", &[own, parent], Some((1.5, parent.0)));
        let tighter = (own.0, "50000 100000\n");
        check_quota(UNIFIED, "0::/a.slice/b.scope\n", &[tighter, parent], Some((0.5, own.0)));
        check_quota(UNIFIED, "0::/a.slice/b.scope\n", &[own], None);
        let sibling = ("/sys/fs/cgroup/a.slice/c.scope/cpu.max", "10000 100000\n");
        check_quota(UNIFIED, "0::/a.slice/b.scope\n", &[own, sibling], None);
    }

    #[test]
    fn version_one_reads_quota_and_period_of_the_cpu_hierarchy() {
        let files = [
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "50000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
        ];
        check_quota(CPU, "4:cpu,cpuacct:/job\n3:cpuset:/\n", &files, Some((4.0, files[0].0)));
        check_quota(CPU, "4:cpu,cpuacct:/\n", &files, None);
        check_quota(CPU, "3:cpuacct:/job\n", &files, None);
    }

    #[test]
    fn both_versions_at_once_are_both_asked() {
        let mounts = [CPU, HYBRID].concat();
        let one = [
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "300000"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000"),
        ];
        check_quota(&mounts, "4:cpu,cpuacct:/job\n0::/job\n", &one, Some((3.0, one[0].0)));
        let two = ("/sys/fs/cgroup/unified/job/cpu.max", "100000 100000");
        check_quota(&mounts, "4:cpu,cpuacct:/job\n0::/job\n", &[one[0], one[1], two], Some((1.0, two.0)));
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_root() {
        let quota = ("/sys/fs/cgroup/cpu.max", "200000 100000");
        check_quota(UNIFIED, "0::/\n", &[quota], Some((2.0, quota.0)));
        // Without a cgroup namespace: the host's path, and of its hierarchy only this group mounted.
        let mounted = UNIFIED.replace(" / /sys", " /docker/4f2 /sys");
        check_quota(&mounted, "0::/docker/4f2\n", &[quota], Some((2.0, quota.0)));
        let inner = ("/sys/fs/cgroup/inner/cpu.max", "100000 100000");
        check_quota(&mounted, "0::/docker/4f2/inner\n", &[quota, inner], Some((1.0, inner.0)));
        // The path is outside of the namespace, or simply another one than what is mounted.
        check_quota(UNIFIED, "0::/../other\n", &[quota], Some((2.0, quota.0)));
        check_quota(&mounted, "0::/kubepods/pod7\n", &[quota], Some((2.0, quota.0)));
        check_quota(&mounted, "0::/docker/4f2x\n", &[quota], Some((2.0, quota.0)));
    }

    #[test]
    fn another_containers_mount_is_not_ours() {
        let other = "50 23 0:26 /docker/other /var/lib/other rw - cgroup2 cgroup2 rw\n";
        let limits = [("/var/lib/other/cpu.max", "10000 100000"), ("/sys/fs/cgroup/job/cpu.max", "100000 100000")];
        check_quota(&[other, UNIFIED].concat(), "0::/job\n", &limits, Some((1.0, limits[1].0)));
    }

    #[test]
    fn blanks_and_colons_in_names_are_read_back() {
        let mounts = "30 23 0:26 / /mnt/my\\040groups rw - cgroup2 none rw\n";
        let quota = ("/mnt/my groups/a:b c/cpu.max", "150000 100000");
        check_quota(mounts, "0::/a:b c\n", &[quota], Some((1.5, quota.0)));
    }

    #[test]
    fn malformed_files_are_no_quota() {
        for text in ["", "max", "100000", "0 100000", "100000 0", "-1 100000", "a b", "99999999999999 1", "1 2 3"] {
            check_quota(UNIFIED, "0::/\n", &[("/sys/fs/cgroup/cpu.max", text)], None);
        }
        check_quota("", "0::/\n", &[], None);
        check_quota("nonsense\n1 2 3 - cgroup2\n - \n", "::\nnonsense\n\n", &[], None);
        let period_missing = ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000");
        check_quota(CPU, "4:cpu:/\n", &[period_missing], None);
    }

    #[test]
    fn without_cgroups_there_is_no_limit_and_without_mounts_it_is_unknown() {
        let tree = Tree::with(&[("/proc/self/mountinfo", "23 1 8:1 / / rw - ext4 /dev/sda1 rw\n")]);
        let root = tree.root();
        assert_eq!(Groups::of_this_process(&root).unwrap().cpu_quota(), None);
        let empty = Tree::with(&[]);
        assert!(Groups::of_this_process(&empty.root()).is_none());
    }

    #[track_caller]
    fn check_memory(mounts: &str, memberships: &str, files: &[(&str, &str)], expected: Option<u64>) {
        let tree = tree(mounts, memberships, files);
        let root = tree.root();
        let found = Groups::of_this_process(&root).unwrap().memory_limit();
        assert_eq!(found.map(|limit| limit.value), expected.map(Bytes));
    }

    #[test]
    fn memory_limits_are_found_in_both_versions() {
        let two = [("/sys/fs/cgroup/a/memory.max", "max\n"), ("/sys/fs/cgroup/memory.max", "20971520\n")];
        check_memory(UNIFIED, "0::/a\n", &two, Some(20 << 20));
        check_memory(UNIFIED, "0::/a\n", &two[..1], None);
        let one = [
            ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1073741824\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        check_memory(MEMORY, "4:memory:/a\n", &one, Some(1 << 30));
        check_memory(MEMORY, "4:memory:/\n", &one, None);
    }
}
