//! Programs that tasks run: whoever of the family dies, they do not outlive it.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;

use super::run::Family;
use super::{SECOND, send};
use crate::support::census::{self, Census, Tag};
use crate::support::{PATIENCE, eventually};

/// What sleeps for the rest of a test.
const SLEEP: &str = "sleep 1000";

/// The first program that sleeps: its process and its parent's.
fn sleeper(tag: &Tag) -> (i32, i32) {
    let cry = SLEEP.replace(' ', "\0");
    let sleeps = |pid: i32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(cry.as_bytes()));
    let look = || {
        let census = Census::take(tag);
        census.processes().iter().find(|process| sleeps(process.pid)).map(|process| (process.pid, process.parent))
    };
    eventually(PATIENCE, look).unwrap_or_else(|| panic!("nobody sleeps:\n{}", census::tree(tag)))
}

/// A run on a backend whose samples sleep. The first time that the program runs, when the work is looked at, it ends so
/// late that it is not tried again.
fn sleeping_run(folder: &Path, backend: &str, more: &[&str]) -> Family {
    let list = folder.join("list");
    let marks: Vec<_> = (0..2).map(|number| folder.join(format!("mark {number}")).display().to_string()).collect();
    fs::write(&list, marks.join("\n")).expect("a list");
    let list = list.display().to_string();
    let script = format!(
        "sh -c 'if mkdir \"$1\" 2>/dev/null && test \"$1\" = \"{}\"; then sleep 0.2; else exec {SLEEP}; fi' sh {{}}",
        marks[0]
    );
    let arguments = ["run", "-w", "command", "--command", &script, "--input", &list, "-b", backend, "-n", "2"];
    let settings = ["--runs", "1", "--warmup", "0", "--baseline", "none", "--quiet"];
    Family::given(&[&arguments[..], &settings, more].concat())
}

#[test]
fn no_program_outlives_a_run_that_is_killed() {
    for backend in ["sequential", "threads", "rayon", "processes", "async"] {
        let folder = TempDir::new().expect("a folder");
        let mut family = sleeping_run(folder.path(), backend, &[]);
        sleeper(&family.tag);
        send(family.conductor(), Signal::KILL);
        family.assert_gone_after(Signal::KILL);
    }
}

#[test]
fn no_program_outlives_a_run_that_is_cancelled() {
    for backend in ["threads", "processes"] {
        let folder = TempDir::new().expect("a folder");
        let mut family = sleeping_run(folder.path(), backend, &[]);
        sleeper(&family.tag);
        send(family.conductor(), Signal::INT);
        assert_eq!(family.finish().0, Some(130), "{backend}");
    }
}

#[test]
fn a_program_dies_with_its_worker() {
    let folder = TempDir::new().expect("a folder");
    let mut family = sleeping_run(folder.path(), "processes", &["--retries", "0"]);
    let (program, worker) = sleeper(&family.tag);
    send(worker, Signal::KILL);
    let is_gone =
        || !Census::take(&family.tag).processes().iter().any(|process| process.pid == program && process.state != 'Z');
    assert!(eventually(SECOND, || is_gone().then_some(())).is_some(), "{}", census::tree(&family.tag));
    send(family.conductor(), Signal::INT);
    family.finish();
}

#[test]
fn a_program_that_takes_too_long_ends_with_its_task() {
    let folder = TempDir::new().expect("a folder");
    let limits = ["--retries", "0", "--task-timeout", "300ms"];
    let (code, printed) = sleeping_run(folder.path(), "processes", &limits).finish();
    assert_eq!(code, Some(1));
    assert!(printed.contains("given up after its workers died: no answer for 300 ms"), "{printed}");
}
