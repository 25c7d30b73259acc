//! The CPU time that anybody has used of some cores, in the kernel's own count (`/proc/stat`, `proc_stat(5)`).

use super::root::Root;
use crate::units::{CoreId, Nanos};

/// The time that `cores` were busy since the computer started, time stolen by other virtual machines included; `None`
/// where the kernel does not say. Counted in ticks, of 10 ms as a rule.
#[must_use]
pub fn busy(root: &Root, cores: &[CoreId]) -> Option<Nanos> {
    let stat = root.read("/proc/stat")?;
    let mut lines = stat.lines().filter_map(core_line).filter(|(core, _)| cores.contains(core)).peekable();
    lines.peek()?;
    let ticks: u64 = lines.map(|(_, ticks)| ticks).sum();
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(Nanos(ticks.saturating_mul(1_000_000_000 / per_second)))
}

/// The core of a line `cpu0 user nice system idle iowait irq softirq steal guest guest_nice` and its busy ticks. Guests
/// are counted as users already; older kernels say less.
fn core_line(line: &str) -> Option<(CoreId, u64)> {
    const IDLE: [usize; 2] = [3, 4];
    const OWN: usize = 8;
    let mut words = line.split_whitespace();
    let core = words.next()?.strip_prefix("cpu")?.parse().ok().map(CoreId)?;
    let fields = words.take(OWN).enumerate().filter(|(place, _)| !IDLE.contains(place));
    Some((core, fields.filter_map(|(_, ticks)| ticks.parse::<u64>().ok()).sum()))
}

#[cfg(test)]
mod tests {
    use super::super::root::fake::Tree;
    use super::*;
    use crate::machine::clock;

    const STAT: &str = "cpu  300 0 100 5000 9 0 0 4 50 0\n\
        cpu0 100 1 30 2500 4 2 3 4 50 0\n\
        cpu1 200 0 70 2500 5 0 0 0 0 0\n\
        cpu12 1 1 1 7\n\
        intr 5 6 7\n";

    #[track_caller]
    fn check(stat: &str, cores: &[u32], ticks: Option<u64>) {
        let cores: Vec<CoreId> = cores.iter().copied().map(CoreId).collect();
        let tick = 1_000_000_000 / rustix::param::clock_ticks_per_second();
        let found = busy(&Tree::with(&[("/proc/stat", stat)]).root(), &cores);
        assert_eq!(found, ticks.map(|ticks| Nanos(ticks * tick)));
    }

    #[test]
    fn only_busy_time_of_the_asked_cores_counts() {
        check(STAT, &[0], Some(100 + 1 + 30 + 2 + 3 + 4));
        check(STAT, &[1], Some(270));
        check(STAT, &[0, 1, 12], Some(140 + 270 + 3));
    }

    #[test]
    fn what_the_kernel_does_not_say_is_unknown() {
        check(STAT, &[7], None);
        check("", &[0], None);
        check("cpu 1 2 3\nintr 0\n", &[0], None);
        assert_eq!(busy(&Tree::with(&[]).root(), &[CoreId(0)]), None);
    }

    #[test]
    fn own_work_shows() {
        let root = Root::system();
        let cores = crate::machine::topology::affinity().unwrap();
        let before = busy(&root, &cores).unwrap();
        let start = clock::thread_cpu();
        while clock::thread_cpu().since(start) < Nanos::from_millis(60) {
            std::hint::black_box(());
        }
        assert!(busy(&root, &cores).unwrap().since(before) >= Nanos::from_millis(20));
    }
}
