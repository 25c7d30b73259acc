//! Facts and readings of this computer: what it is, what this process may use of it, how busy it is, what time it is.
//!
//! The only room that knows where the operating system keeps these facts. It knows nothing of workloads or workers: it
//! answers for a process id or a core.

pub mod busy;
pub mod cgroup;
pub mod clock;
pub mod core_list;
pub mod cores;
mod hierarchy;
pub mod interpreters;
pub mod load;
pub mod memory;
pub mod process;
pub mod root;
pub mod throttling;
pub mod topology;

use std::ffi::CStr;

use rustix::system::uname;
use serde::{Deserialize, Serialize};

use self::cgroup::Groups;
pub use self::cores::Cores;
pub use self::interpreters::{Interpreter, interpreters};
use self::memory::Limits;
use self::root::{Root, field};
use crate::text::{scrub, scrub_bytes};
use crate::units::{Bytes, Nanos};

/// What a result needs to say of the computer that it was measured on. Every text in it is safe to print.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The host's name.
    pub host: String,
    /// The operating system and its version.
    pub os: String,
    /// The kernel and its release.
    pub kernel: String,
    /// The processor's name, or its architecture where it has none.
    pub cpu_model: String,
    /// The cores, and how many of them are ours.
    pub cores: Cores,
    /// Main memory; `None` where the kernel does not say.
    pub memory_total: Option<Bytes>,
    /// The memory that the control group grants; `None` is no limit.
    pub memory_limit: Option<Bytes>,
    /// The resource limits of this process.
    pub limits: Limits,
    /// What one read of the monotonic clock costs (median).
    pub clock_read: Nanos,
}

impl Machine {
    /// Looks at this computer, as the calling thread may use it: an affinity mask belongs to a thread. Takes about a
    /// millisecond.
    #[must_use]
    pub fn discover() -> Self {
        let root = Root::system();
        let names = uname();
        Self {
            host: text(names.nodename()),
            os: os(&root),
            kernel: format!("{} {}", text(names.sysname()), text(names.release())),
            cpu_model: cpu_model(&root).unwrap_or_else(|| text(names.machine())),
            cores: Cores::discover(&root, topology::affinity()),
            memory_total: memory::total(&root),
            memory_limit: Groups::of_this_process(&root)
                .and_then(|groups| groups.memory_limit())
                .map(|limit| limit.value),
            limits: Limits::of_this_process(),
            clock_read: clock::cost_of_now(),
        }
    }
}

fn text(name: &CStr) -> String {
    scrub_bytes(name.to_bytes())
}

/// The name that the distribution gives itself (os-release(5)).
fn os(root: &Root) -> String {
    let release = root.read("/etc/os-release").or_else(|| root.read("/usr/lib/os-release")).unwrap_or_default();
    let name = field(&release, "PRETTY_NAME=").map(|name| scrub(name.trim_matches(['"', '\''])).into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "Linux".to_owned())
}

/// What `cpuinfo` calls the processor: x86 and most others by `model name`, some boards by `Model` or `Hardware`.
fn cpu_model(root: &Root) -> Option<String> {
    let cpuinfo = root.read("/proc/cpuinfo")?;
    let value = |key| {
        field(&cpuinfo, key)?
            .strip_prefix(':')
            .map(|name| scrub(name.trim()).into_owned())
            .filter(|name| !name.is_empty())
    };
    ["model name", "Model", "cpu model", "Hardware"].into_iter().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::root::fake::Tree;
    use super::*;

    #[test]
    fn this_computer_is_described() {
        let machine = Machine::discover();
        assert!(machine.cores.usable >= 1 && machine.cores.usable <= machine.cores.logical);
        assert!(machine.memory_total.is_some_and(|total| total.0 > 1 << 20));
        assert!(machine.clock_read > Nanos::ZERO);
        assert!(machine.kernel.starts_with("Linux "), "{}", machine.kernel);
        let json = serde_json::to_string(&machine).unwrap();
        assert_eq!(serde_json::from_str::<Machine>(&json).unwrap(), machine);
    }

    #[test]
    fn the_distribution_names_itself() {
        let cases = [
            ("NAME=\"x\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n", "Debian GNU/Linux 12 (bookworm)"),
            ("PRETTY_NAME=Alpine\n", "Alpine"),
            ("PRETTY_NAME=\"\x1b]0;owned\x07\"\n", "\\u{1b}]0;owned\\u{7}"),
            ("PRETTY_NAME=\"\"\n", "Linux"),
            ("", "Linux"),
        ];
        for (release, expected) in cases {
            assert_eq!(os(&Tree::with(&[("/etc/os-release", release)]).root()), expected, "{release:?}");
        }
        assert_eq!(os(&Tree::with(&[("/usr/lib/os-release", "PRETTY_NAME=Fedora\n")]).root()), "Fedora");
    }

    #[test]
    fn the_processor_is_found_under_its_many_names() {
        let cases = [
            ("model\t\t: 1\nmodel name\t: AMD EPYC\nmodel name\t: other\n", Some("AMD EPYC")),
            ("BogoMIPS\t: 50\nModel\t\t: Raspberry Pi 4\n", Some("Raspberry Pi 4")),
            ("model name\t: \n", None),
            ("", None),
        ];
        for (cpuinfo, expected) in cases {
            let found = cpu_model(&Tree::with(&[("/proc/cpuinfo", cpuinfo)]).root());
            assert_eq!(found.as_deref(), expected, "{cpuinfo:?}");
        }
    }
}
