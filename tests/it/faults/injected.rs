//! Faults done on purpose: what follows is what the table of faults says, injected = seen = exported, and no answer is
//! harmed that can be saved.

use partui::fault::{FaultKind, Home, Outcome};
use serde_json::Value;

use crate::support::{Program, census};

/// A quarter of a second of work for two workers, its result as JSON; what follows are more flags.
const RUN: &[&str] = &[
    "run", "--workload", "mixed", "--tasks", "400", "--cpu-us", "500", "--io-us", "0", "--workers", "2", "--runs", "1",
    "--warmup", "1", "--baseline", "none", "--quiet", "--export-json", "-",
];

/// The only result of a run on `backend` with these flags.
fn result(backend: &str, flags: &[&str]) -> Value {
    let program = Program::new().args(RUN.iter().chain(&["--backend", backend]).chain(flags).copied());
    let finished = program.run();
    census::assert_gone(program.tag(), super::SECOND);
    let exported: Value = serde_json::from_slice(&finished.stdout)
        .unwrap_or_else(|error| panic!("{backend} {flags:?}: {error}\n{}\n{}", finished.stdout(), finished.stderr()));
    exported["results"][0].clone()
}

/// What the export says of faults: status, injected, seen, respawns, lost.
fn told(result: &Value) -> (&str, [u64; 4]) {
    let count = |name: &str| result[name].as_u64().unwrap_or_else(|| panic!("no {name}: {result:#}"));
    let status = result["status"].as_str().expect("a status");
    (status, ["faults_injected", "faults_seen", "respawns", "tasks_lost"].map(count))
}

#[test]
fn worker_processes_survive_every_fault_and_tell_of_it() {
    let unharmed = result("processes", &[])["checksum"].clone();
    for transport in ["pipe", "shm"] {
        for kind in FaultKind::ALL {
            let fault = format!("{}x2", kind.id());
            let result = result("processes", &["--fault", &fault, "--task-timeout", "500ms", "--transport", transport]);
            let expected = match kind.outcome(Home::Own) {
                Some(Outcome::TaskFails) => ("failed", [2, 2, 0, 2]),
                Some(Outcome::Harmless) => ("ok", [2, 0, 0, 0]),
                _ => ("ok", [2, 2, 2, 0]),
            };
            assert_eq!(told(&result), expected, "{fault} {transport}: {result:#}");
            assert_eq!(result["fault"], fault);
            assert!(result["status"] == "failed" || result["checksum"] == unharmed, "{fault}: {result:#}");
        }
    }
}

#[test]
fn workers_of_one_process_die_together_unless_they_panic() {
    for backend in ["threads", "rayon", "async"] {
        for kind in FaultKind::ALL {
            let Some(outcome) = kind.outcome(Home::Shared) else {
                let refused = Program::new().args(RUN.iter().chain(&["--backend", backend, "--fault", kind.id()]).copied());
                refused.fails_with(2, "--fault");
                continue;
            };
            let result = result(backend, &["--fault", kind.id()]);
            let expected = match outcome {
                Outcome::TaskFails => ("failed", [1, 1, 0, 1]),
                Outcome::Harmless => ("ok", [1, 0, 0, 0]),
                _ => ("failed", [1, 1, 0, 400]),
            };
            let failure = result["failure"].as_str().unwrap_or_default();
            let (status, counts) = (result["status"].as_str(), ["faults_injected", "faults_seen", "tasks_lost"]);
            assert_eq!(status, Some(expected.0), "{backend} {}: {result:#}", kind.id());
            let [injected, seen, _, lost] = expected.1;
            assert_eq!(counts.map(|name| result[name].as_u64()), [injected, seen, lost].map(Some), "{result:#}");
            if outcome == Outcome::PoolDies {
                assert!(failure.contains("the whole pool died"), "{backend} {}: {failure}", kind.id());
            }
        }
    }
}

#[test]
fn causes_are_named() {
    for (fault, cause) in [
        ("abort", "SIGABRT"),
        ("segv", "SIGSEGV"),
        ("stack-overflow", "SIGABRT"),
        ("exit", "exited with code 3"),
        ("exit0", "exited with code 0"),
        ("kill", "SIGKILL"),
        ("oom", "out of memory"),
        ("hang", "no answer for 0.5 s"),
        ("stop", "stopped"),
        ("garbage", "protocol error"),
    ] {
        let flags = ["--backend", "processes", "--fault", fault, "--task-timeout", "500ms"];
        let program = Program::new().args(RUN.iter().filter(|flag| **flag != "--quiet").chain(&flags).copied());
        let finished = program.run();
        assert!(finished.stderr().contains(cause), "{fault}: {}", finished.stderr());
    }
}

#[test]
fn a_task_that_kills_whoever_gets_it_is_given_up() {
    let poison = result("processes", &["--fault", "kill@7x4"]);
    assert_eq!((told(&poison).0, &poison["tasks_lost"], &poison["faults_injected"]), ("failed", &1.into(), &4.into()));
    let retried = result("processes", &["--fault", "kill@7x3"]);
    assert_eq!((told(&retried).0, &retried["tasks_lost"], &retried["faults_seen"]), ("ok", &0.into(), &3.into()));
}
