//! Who is left: finds every process that a test started, however far it has run from its parent.
//!
//! A started program carries a tag in its environment, which its children inherit. The tag is read from `/proc`, so a
//! process is found though it changed its group, its session or its parent. One that hides its environment (it is not
//! dumpable) is still found as the descendant of one that does not.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::eventually;

/// The variable that holds the tag. It does not start with `PARTUI_`, since every such name may be a flag.
pub(crate) const VARIABLE: &str = "TEST_CENSUS_TAG";

/// How long a process may take to become another program.
const BECOMING: Duration = Duration::from_millis(20);

/// What tells the processes of one test from all others.
#[derive(Debug, Clone)]
pub(crate) struct Tag(String);

impl Tag {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let started = fs::metadata("/proc/self").and_then(|own| own.modified()).ok();
        let since = started.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        Self(format!("{}-{}-{number}", std::process::id(), since.as_nanos()))
    }

    pub(crate) fn value(&self) -> &str {
        &self.0
    }
}

/// One process, as `/proc` shows it.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// The process group that it belongs to.
    pub(crate) group: i32,
    /// Its name, cut to 15 bytes by the kernel.
    pub(crate) name: String,
    /// `R`, `S`, `T` (stopped), `Z` (zombie) and so on.
    pub(crate) state: char,
}

impl Process {
    /// `None` where there is no such process any more.
    fn read(pid: i32) -> Option<Self> {
        // The name stands in parentheses and may hold any character, also parentheses.
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        let (head, tail) = stat.rsplit_once(')')?;
        let mut fields = tail.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Self { pid, parent, group, name: head.split_once('(')?.1.to_owned(), state })
    }

    fn carries(&self, tag: &Tag) -> bool {
        let wanted = format!("{VARIABLE}={}", tag.0);
        self.environment().split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    }

    /// What it was started with, as far as it shows that. One that becomes another program shows nothing for a moment.
    fn environment(&self) -> Vec<u8> {
        let patience = if self.state == 'Z' { Duration::ZERO } else { BECOMING };
        let shown = || match fs::read(format!("/proc/{}/environ", self.pid)) {
            Ok(nothing) if nothing.is_empty() => None,
            Ok(shown) => Some(shown),
            Err(_) => Some(Vec::new()),
        };
        eventually(patience, shown).unwrap_or_default()
    }
}

/// The processes of one test at one moment.
#[derive(Debug)]
pub(crate) struct Census(Vec<Process>);

impl Census {
    /// Every process that carries `tag` or descends from one that does, by process id.
    pub(crate) fn take(tag: &Tag) -> Self {
        let everyone = everyone();
        let mut ours: BTreeSet<i32> = everyone.iter().filter(|process| process.carries(tag)).map(|p| p.pid).collect();
        loop {
            let before = ours.len();
            ours.extend(everyone.iter().filter(|p| ours.contains(&p.parent)).map(|p| p.pid).collect::<Vec<_>>());
            if ours.len() == before {
                break;
            }
        }
        Self(everyone.into_iter().filter(|process| ours.contains(&process.pid)).collect())
    }

    pub(crate) fn processes(&self) -> &[Process] {
        &self.0
    }

    /// The one that descends from none of the others: the program that the test started itself.
    pub(crate) fn eldest(&self) -> Option<&Process> {
        self.0.iter().find(|process| self.0.iter().all(|other| other.pid != process.parent))
    }
}

/// The processes of a group, such as an engine and its workers, that still are or that their parent forgets. One that has
/// ended and was handed on to the system is no longer the group's.
pub(crate) fn group(leader: i32) -> Vec<Process> {
    let members: Vec<Process> = everyone().into_iter().filter(|process| process.group == leader).collect();
    let lives = |pid: i32| members.iter().any(|process| process.pid == pid && process.state != 'Z');
    members.iter().filter(|process| lives(process.pid) || lives(process.parent)).cloned().collect()
}

/// The living children of a process, by process id.
pub(crate) fn children(parent: i32) -> Vec<i32> {
    let everyone = everyone();
    let living = everyone.iter().filter(|process| process.parent == parent && process.state != 'Z');
    living.map(|process| process.pid).collect()
}

fn everyone() -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut found: Vec<Process> = numbers.filter_map(Process::read).collect();
    found.sort_by_key(|process| process.pid);
    found
}

/// Demands that no process with `tag` is left, zombies included, once `within` is over.
pub(crate) fn assert_gone(tag: &Tag, within: Duration) {
    let gone = eventually(within, || Census::take(tag).processes().is_empty().then_some(()));
    if gone.is_none() {
        let tree = tree(tag);
        kill(tag);
        panic!("left over after {within:?}:\n{tree}");
    }
}

/// Kills every process with `tag`, until none is left or a second is over.
pub(crate) fn kill(tag: &Tag) {
    let _ = eventually(Duration::from_secs(1), || {
        let census = Census::take(tag);
        let living: Vec<_> = census.processes().iter().filter(|process| process.state != 'Z').collect();
        for pid in living.iter().filter_map(|process| Pid::from_raw(process.pid)) {
            // It may have ended by itself since the census.
            let _ = kill_process(pid, Signal::KILL);
        }
        living.is_empty().then_some(())
    });
}

/// The processes of a test for people, one a line, children indented below their parents.
pub(crate) fn tree(tag: &Tag) -> String {
    let census = Census::take(tag);
    let mut text = String::new();
    for process in census.processes() {
        let mut depth = 0;
        let mut child = process;
        while let Some(parent) = census.processes().iter().find(|other| other.pid == child.parent) {
            depth += 1;
            child = parent;
        }
        let Process { pid, parent, name, state, .. } = process;
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:indent$}{pid} {state} {name} (child of {parent}): {command}", "", indent = 2 * depth);
    }
    if text.is_empty() { "no process is left".to_owned() } else { text }
}

/// What each open descriptor of a process leads to, by number: `pipe:[123]`, `/dev/pts/3`.
pub(crate) fn descriptors(pid: i32) -> Vec<(u32, String)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("a living process of ours");
    let mut found: Vec<(u32, String)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let leads_to = fs::read_link(entry.path()).ok()?;
            let leads_to = String::from_utf8_lossy(leads_to.as_os_str().as_bytes()).into_owned();
            Some((entry.file_name().to_str()?.parse().ok()?, leads_to))
        })
        .collect();
    found.sort();
    found
}

/// CPU time of a process so far, in clock ticks of 10 ms.
pub(crate) fn cpu_ticks(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a living process of ours");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number")).sum()
}

/// How many threads a process has.
pub(crate) fn threads(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).expect("a living process of ours").count()
}
