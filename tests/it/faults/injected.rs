//! Faults done on purpose: what follows is what the table of faults says, injected = seen = exported, and no answer is
//! harmed that can be saved.

use std::sync::OnceLock;

use partui::fault::{FaultKind, Home, Outcome};

use super::{Row, exported, words};
use crate::support::Program;

/// A twentieth of a second of work for two workers, struck once and not in the warm-up; the results as CSV. What follows
/// are more flags.
const RUN: &str = "run --workload primes --tasks 100 --size 200000 --workers 2 --runs 1 --warmup 1 --baseline none \
     --export-csv -";

fn program(flags: &[&str]) -> Program {
    Program::new().args(words(RUN).iter().chain(flags).copied())
}

/// The rows that a run with these flags exports.
fn rows(flags: &[&str]) -> Vec<Row> {
    let finished = program(flags).run();
    let rows = exported(&finished.stdout);
    assert!(!rows.is_empty(), "{finished:?}");
    rows
}

/// The checksum where nothing goes wrong.
fn unharmed() -> &'static str {
    static CHECKSUM: OnceLock<String> = OnceLock::new();
    CHECKSUM.get_or_init(|| rows(&["--backend", "sequential"])[0]["checksum"].clone())
}

/// What a row must say: its status; faults injected and seen, workers started again, tasks lost; an unknown count is empty.
#[track_caller]
fn check(row: &Row, status: &str, counts: [&str; 4]) {
    let names = ["faults_injected", "faults_seen", "respawns", "tasks_lost"];
    assert_eq!((row["status"].as_str(), names.map(|name| row[name].as_str())), (status, counts), "{row:#?}");
    assert_eq!(row["checksum"], if status == "ok" { unharmed() } else { "" }, "{row:#?}");
}

#[test]
fn worker_processes_survive_every_fault_and_tell_of_it() {
    for kind in FaultKind::ALL {
        let fault = format!("{}x2", kind.id());
        let outcome = kind.outcome(Home::Own);
        let mut flags = vec!["--backend", "processes", "--transport", "pipe,shm", "--fault", &fault];
        if outcome == Some(Outcome::TimedOut) {
            flags.extend(["--task-timeout", "500ms"]);
        }
        let rows = rows(&flags);
        assert_eq!(rows.iter().map(|row| row["transport"].as_str()).collect::<Vec<_>>(), ["pipe", "shm"]);
        for row in rows {
            assert_eq!(row["fault"], fault);
            match outcome {
                Some(Outcome::TaskFails) => check(&row, "failed", ["2", "2", "0", "2"]),
                Some(Outcome::Harmless) => check(&row, "ok", ["2", "0", "0", "0"]),
                _ => check(&row, "ok", ["2", "2", "2", "0"]),
            }
        }
    }
}

#[test]
fn workers_of_one_process_die_together_unless_they_panic() {
    for kind in FaultKind::ALL {
        let fault = format!("{}x2", kind.id());
        let flags = ["--backend", "sequential,threads,rayon,async", "--fault", &fault];
        let Some(outcome) = kind.outcome(Home::Shared) else {
            program(&flags).fails_with(2, "needs worker processes, which threads has not");
            continue;
        };
        let rows = rows(&flags);
        let (alone, together) = rows.split_first().expect("a row for each backend");
        assert_eq!((alone["fault"].as_str(), together.len()), ("", 3), "nothing happens to who has no workers");
        check(alone, "ok", ["", "0", "0", "0"]);
        for row in together {
            match outcome {
                Outcome::TaskFails => check(row, "failed", ["2", "2", "0", "2"]),
                Outcome::Harmless => check(row, "ok", ["2", "0", "0", "0"]),
                // Nobody is left for a second strike, nor for an account of what was tried.
                _ => check(row, "failed", ["1", "1", "", "100"]),
            }
        }
    }
}

#[test]
fn causes_are_named() {
    for (fault, cause) in [
        ("abort", "died: SIGABRT"),
        ("segv", "died: SIGSEGV"),
        ("stack-overflow", "died: SIGABRT"),
        ("exit", "died: exited with code 3"),
        ("exit0", "died: exited with code 0"),
        ("kill", "died: SIGKILL"),
        ("oom", "died: out of memory at its own limit"),
        ("hang", "died: no answer for 400 ms"),
        ("stop", "died: stopped by a signal, no answer for 400 ms"),
        ("garbage", "died: protocol error: no frame header"),
        ("half-frame", "died: exited with code 0"),
        ("panic", "1 of 100 tasks lost: task 50: panicked: on purpose"),
    ] {
        let said = program(&["--backend", "processes", "--fault", fault, "--task-timeout", "400ms"]).run().stderr();
        assert!(said.contains(cause), "{fault}: {said}");
    }
    for backend in ["threads", "rayon", "async"] {
        let said = program(&["--backend", backend, "--fault", "exit"]).run().stderr();
        assert!(said.contains("the whole pool died: 100 of 100 tasks lost (exited with code 3)"), "{backend}: {said}");
    }
    let said = program(&["--backend", "threads", "--fault", "oom"]).run().stderr();
    assert!(said.contains("the whole pool died: 100 of 100 tasks lost (out of memory at its own limit"), "{said}");
}

#[test]
fn a_task_that_kills_whoever_gets_it_is_given_up() {
    for transport in ["pipe", "shm"] {
        let poisoned = |fault| rows(&["--backend", "processes", "--transport", transport, "--fault", fault]).remove(0);
        // The first death is not its alone: others were on their way to the same worker.
        check(&poisoned("kill@7x3"), "ok", ["3", "3", "3", "0"]);
        check(&poisoned("kill@7x9"), "failed", ["4", "4", "4", "1"]);
    }
}
