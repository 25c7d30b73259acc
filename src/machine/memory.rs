//! The memory that processes use, and the limits that they live under.
//!
//! Resident size counts a shared page once per process; only PSS adds up over several. Whatever the kernel does not say
//! is `None`, never 0.

use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};

use super::root::{Root, field};
use crate::units::Bytes;

/// Proportional set size of process `pid`: its own pages, and of each shared page its share. Walks the page tables of
/// the whole process (0.6 ms and more): never inside a timed section.
#[must_use]
pub fn pss(pid: u32) -> Option<Bytes> {
    kilobytes(&Root::system().read(format!("/proc/{pid}/smaps_rollup"))?, "Pss:")
}

/// Resident set size of process `pid`.
#[must_use]
pub fn rss(pid: u32) -> Option<Bytes> {
    kilobytes(&Root::system().read(format!("/proc/{pid}/status"))?, "VmRSS:")
}

/// The largest resident set size that process `pid` has ever had.
#[must_use]
pub fn peak_rss(pid: u32) -> Option<Bytes> {
    kilobytes(&Root::system().read(format!("/proc/{pid}/status"))?, "VmHWM:")
}

/// The main memory of this computer.
#[must_use]
pub fn total(root: &Root) -> Option<Bytes> {
    kilobytes(&root.read("/proc/meminfo")?, "MemTotal:")
}

/// The value of a line such as `Pss:   1234 kB`, which the kernel counts in KiB whatever the unit says.
fn kilobytes(text: &str, key: &str) -> Option<Bytes> {
    let count: u64 = field(text, key)?.strip_suffix("kB")?.trim_end().parse().ok()?;
    count.checked_mul(1 << 10).map(Bytes)
}

/// What this process may use, as `ulimit` shows it; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Virtual memory (`ulimit -v`).
    pub address_space: Option<Bytes>,
    /// Open files and sockets (`ulimit -n`).
    pub open_files: Option<u64>,
    /// Size of the image that a crash leaves behind (`ulimit -c`).
    pub core_file: Option<Bytes>,
}

impl Limits {
    /// Those in force for this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let soft = |resource| getrlimit(resource).current;
        Self {
            address_space: soft(Resource::As).map(Bytes),
            open_files: soft(Resource::Nofile),
            core_file: soft(Resource::Core).map(Bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process;

    #[test]
    fn sizes_are_read_in_kibibytes() {
        let rollup = "55d0-7ffd ---p 00000000 00:00 0    [rollup]\nRss:   2048 kB\nPss:    12 kB\nPss_Dirty:  4 kB\n";
        let cases = [
            (rollup, "Pss:", Some(12 << 10)),
            (rollup, "Rss:", Some(2 << 20)),
            (rollup, "Swap:", None),
            ("Pss:\tmany kB\n", "Pss:", None),
            ("Pss:\t12\n", "Pss:", None),
            ("Pss:\t18446744073709551615 kB\n", "Pss:", None),
            ("", "Pss:", None),
        ];
        for (text, key, expected) in cases {
            assert_eq!(kilobytes(text, key), expected.map(Bytes), "{key} in {text:?}");
        }
    }

    #[test]
    fn memory_that_is_touched_shows_in_all_three_figures() {
        const SIZE: usize = 64 << 20;
        let before = rss(process::id()).unwrap();
        let block = std::hint::black_box(vec![1_u8; SIZE]);
        let (resident, share, peak) =
            (rss(process::id()).unwrap(), pss(process::id()).unwrap(), peak_rss(process::id()).unwrap());
        assert!(resident.0 >= SIZE as u64 && share.0 >= SIZE as u64, "{resident} {share}");
        assert!(peak >= before && peak.0 >= SIZE as u64, "{peak}");
        drop(block);
    }

    #[test]
    fn a_process_that_does_not_exist_has_no_memory() {
        assert_eq!((pss(u32::MAX), rss(u32::MAX), peak_rss(u32::MAX)), (None, None, None));
    }

    #[test]
    fn limits_agree_with_what_the_kernel_lists() {
        let listed = Root::system().read("/proc/self/limits").unwrap();
        let soft = field(&listed, "Max open files").and_then(|line| line.split_whitespace().next()).unwrap();
        assert_eq!(Limits::of_this_process().open_files, soft.parse().ok());
    }
}
