//! Which cores there are, which of them a thread may run on, and which share a physical core.

use std::collections::BTreeSet;

use rustix::thread::{CpuSet, sched_getaffinity};

use super::core_list;
use super::root::{Root, field};
use crate::units::CoreId;

/// The cores that the calling thread may run on; `None` where the kernel's mask is longer than 1,024 bits.
#[must_use]
pub fn affinity() -> Option<Vec<CoreId>> {
    let mask = sched_getaffinity(None).ok()?;
    let ids = (0..CpuSet::MAX_CPU).filter(|id| mask.is_set(*id));
    Some(ids.filter_map(|id| u32::try_from(id).ok()).map(CoreId).collect())
}

/// The online cores: from `/sys`, else `/proc/stat`; empty where neither says.
#[must_use]
pub fn online(root: &Root) -> Vec<CoreId> {
    let listed = root.read("/sys/devices/system/cpu/online").and_then(|text| core_list::parse(&text));
    listed.or_else(|| Some(counted(&root.read("/proc/stat")?))).unwrap_or_default()
}

/// The ids of the lines `cpu0 …`, `cpu1 …`.
fn counted(stat: &str) -> Vec<CoreId> {
    let names = stat.lines().filter_map(|line| line.split(' ').next()?.strip_prefix("cpu"));
    names.filter_map(|id| id.parse().ok()).map(CoreId).collect()
}

/// The mask that the kernel lists for this thread. It may name cores that are offline.
#[must_use]
pub fn mask(root: &Root, online: &[CoreId]) -> Option<Vec<CoreId>> {
    let mask = core_list::parse(field(&root.read("/proc/thread-self/status")?, "Cpus_allowed_list:")?)?;
    let present: Vec<_> = mask.iter().copied().filter(|core| online.contains(core)).collect();
    Some(if online.is_empty() { mask } else { present }).filter(|cores| !cores.is_empty())
}

/// How many different (package, die, core) places the online cores have; from `/sys`, else `/proc/cpuinfo`.
#[must_use]
pub fn physical(root: &Root, online: &[CoreId]) -> Option<usize> {
    let place = |core: &CoreId| {
        let read = |name| root.read(format!("/sys/devices/system/cpu/cpu{core}/topology/{name}"));
        Some((read("physical_package_id")?, read("die_id"), read("core_id")?))
    };
    let places: Option<BTreeSet<_>> = online.iter().map(place).collect();
    places
        .map(|places| places.len())
        .filter(|count| *count > 0)
        .or_else(|| physical_listed(&root.read("/proc/cpuinfo")?))
}

/// The different pairs of `physical id` and `core id` in `cpuinfo`; `None` where a processor has none.
fn physical_listed(cpuinfo: &str) -> Option<usize> {
    let processors = cpuinfo.split("\n\n").filter(|block| field(block, "processor").is_some());
    let places: Option<BTreeSet<_>> =
        processors.map(|block| Some((field(block, "physical id")?, field(block, "core id")?))).collect();
    places.map(|places| places.len()).filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::super::root::fake::Tree;
    use super::*;

    const ONLINE: &str = "/sys/devices/system/cpu/online";

    fn ids(ids: &[u32]) -> Vec<CoreId> {
        ids.iter().copied().map(CoreId).collect()
    }

    #[test]
    fn the_listed_mask_counts_less_what_is_offline() {
        let tree = Tree::with(&[]);
        assert_eq!(mask(&tree.root(), &ids(&[0])), None);
        tree.write("/proc/thread-self/status", "Name:\tx\nCpus_allowed_list:\t1-127\n");
        assert_eq!(mask(&tree.root(), &ids(&[0, 1, 2, 3])), Some(ids(&[1, 2, 3])));
        assert_eq!(mask(&tree.root(), &ids(&[0])), None, "a mask of offline cores only cannot be true");
        assert_eq!(mask(&tree.root(), &[]).map(|cores| cores.len()), Some(127));
    }

    #[test]
    fn online_cores_come_from_sys_and_else_from_proc() {
        let tree = Tree::with(&[("/proc/stat", "cpu  10 0 10 80\ncpu0 5 0 5 40\ncpu3 5 0 5 40\nintr 1 2\ncpus 1\n")]);
        assert_eq!(online(&tree.root()), ids(&[0, 3]));
        tree.write(ONLINE, "garbage\n");
        assert_eq!(online(&tree.root()), ids(&[0, 3]));
        tree.write(ONLINE, "0,2-3\n");
        assert_eq!(online(&tree.root()), ids(&[0, 2, 3]));
        assert_eq!(online(&Tree::with(&[]).root()), []);
    }

    #[test]
    fn hardware_threads_of_one_core_are_counted_once() {
        let tree = Tree::with(&[]);
        let place = |core: u32, package: &str, id: &str| {
            tree.write(format!("/sys/devices/system/cpu/cpu{core}/topology/physical_package_id"), package);
            tree.write(format!("/sys/devices/system/cpu/cpu{core}/topology/core_id"), id);
        };
        let cores = ids(&[0, 1, 2, 3]);
        for (core, package, id) in [(0, "0", "0"), (1, "0", "1"), (2, "0", "0")] {
            place(core, package, id);
        }
        assert_eq!(physical(&tree.root(), &cores), None, "the place of core 3 is unknown");
        place(3, "1", "0");
        assert_eq!(physical(&tree.root(), &cores), Some(3));
        tree.write("/sys/devices/system/cpu/cpu0/topology/die_id", "0");
        tree.write("/sys/devices/system/cpu/cpu2/topology/die_id", "1");
        assert_eq!(physical(&tree.root(), &cores), Some(4), "core ids repeat between dies");
    }

    #[test]
    fn cpuinfo_stands_in_for_the_topology() {
        let block = |id: u32, package: u32, core: u32| {
            format!("processor\t: {id}\nmodel name\t: X\nphysical id\t: {package}\ncore id\t\t: {core}\n\n")
        };
        assert_eq!(physical_listed(&[block(0, 0, 0), block(1, 0, 0), block(2, 1, 0)].concat()), Some(2));
        assert_eq!(physical_listed("processor\t: 0\nBogoMIPS\t: 50\n\n"), None);
        assert_eq!(physical_listed(""), None);
    }
}
