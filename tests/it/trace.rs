//! The trace of a run, as a program reads it that knows the Trace Event Format and nothing of ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Finished, Program};

/// Much waiting for the lock and many short spans, in threads and in processes.
const CONTENDED: &str = "run -w mixed --tasks 3000 --cpu-us 60 --io-us 100 -b threads,processes -n 4 -g on \
     --baseline none --warmup 0 --runs 1 --export-json results.json --export-trace trace.json";

fn traced(folder: &Path, args: &str) -> Finished {
    Program::new().args(args.split_whitespace()).dir(folder).run()
}

/// The events of the trace in `folder`, each of them well formed.
fn events(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("trace.json")).expect("a trace");
    let trace: Value = serde_json::from_str(&text).expect("the trace is JSON");
    let events = trace["traceEvents"].as_array().expect("events").clone();
    for event in &events {
        assert_eq!(problem(event), None, "{event}");
    }
    events
}

/// What the format demands of an event and this one lacks.
fn problem(event: &Value) -> Option<&'static str> {
    let is_time = |name: &str| event[name].as_f64().is_some_and(|time| time >= 0.0 && time.is_finite());
    let phase = event["ph"].as_str().unwrap_or_default();
    let checks = [
        (event["name"].as_str().is_some_and(|name| !name.is_empty()), "a name"),
        (event["pid"].is_u64() && event["tid"].is_u64(), "numbers of its process and thread"),
        (matches!(phase, "X" | "M" | "i"), "a known phase"),
        (phase == "M" || is_time("ts"), "a time"),
        (phase != "X" || is_time("dur"), "a length"),
        (phase != "i" || event["s"] == "t", "a scope"),
        (phase != "M" || event["args"].is_object(), "what it is about"),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map(|(_, what)| what)
}

/// A complete event: its name, its start and its end in microseconds.
type Stretch = (String, f64, f64);

/// The complete events of each thread, by process and thread, in the order of time; none overlaps the next.
fn lanes(events: &[Value]) -> BTreeMap<(u64, u64), Vec<Stretch>> {
    let mut lanes: BTreeMap<(u64, u64), Vec<Stretch>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let number = |name: &str| event[name].as_u64().expect("a number");
        let (start, length) = (event["ts"].as_f64().expect("a time"), event["dur"].as_f64().expect("a length"));
        let name = event["name"].as_str().expect("a name").to_owned();
        lanes.entry((number("pid"), number("tid"))).or_default().push((name, start, start + length));
    }
    for (lane, stretches) in &mut lanes {
        stretches.sort_by(|one, other| one.1.total_cmp(&other.1));
        for pair in stretches.windows(2) {
            assert!(pair[1].1 > pair[0].2 - 0.002, "{lane:?}: {:?} overlaps {:?}", pair[0], pair[1]);
        }
    }
    lanes
}

/// The names of threads, by process and thread.
fn names(events: &[Value]) -> BTreeMap<(u64, u64), String> {
    let named = events.iter().filter(|event| event["name"] == "thread_name");
    named
        .map(|event| {
            let number = |name: &str| event[name].as_u64().expect("a number");
            ((number("pid"), number("tid")), event["args"]["name"].as_str().expect("a name").to_owned())
        })
        .collect()
}

/// Seconds that the workers of a process spent in a state.
fn spent(lanes: &BTreeMap<(u64, u64), Vec<Stretch>>, process: u64, state: &str) -> f64 {
    let own = lanes.iter().filter(|((of, thread), _)| *of == process && *thread <= 1_024);
    let stretches = own.flat_map(|(_, stretches)| stretches).filter(|(name, ..)| name == state);
    stretches.map(|(_, start, end)| (end - start) / 1e6).sum()
}

#[test]
fn a_trace_adds_up_to_what_the_results_say() {
    let folder = TempDir::new().expect("a folder");
    let finished = traced(folder.path(), CONTENDED);
    assert!(finished.status.success(), "{finished:?}");
    let events = events(folder.path());
    let (lanes, names) = (lanes(&events), names(&events));
    let text = fs::read_to_string(folder.path().join("results.json")).expect("results");
    let document: Value = serde_json::from_str(&text).expect("results are JSON");
    let results = document["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    for (process, result) in (1..).zip(results) {
        let figure = |name: &str| result[name].as_f64().expect("a figure");
        let whole = figure("workers") * figure("wall_median_s");
        for (state, shares) in
            [("compute", &["compute_share", "ready_share"][..]), ("gil", &["gil_share"]), ("io", &["io_share"])]
        {
            let expected: f64 = shares.iter().map(|share| figure(share) * whole).sum();
            let found = spent(&lanes, process, state);
            assert!((found - expected).abs() < 0.02 * whole, "{process} {state}: {found} s of {expected} s");
        }
        let own: Vec<&str> =
            names.iter().filter(|((of, _), _)| *of == process).map(|(_, name)| name.as_str()).collect();
        let lock = if process == 1 { &["lock"][..] } else { &[] };
        assert_eq!(own, [&["w1", "w2", "w3", "w4", "samples"], lock].concat());
    }
    assert!(names.iter().all(|(lane, name)| name == "samples" || lanes.contains_key(lane)), "{names:?}");
    assert!(lanes.values().map(Vec::len).max() > Some(1_024), "more than a ring holds, or it proves little");
}

#[test]
fn the_lock_is_held_while_its_holder_computes() {
    let folder = TempDir::new().expect("a folder");
    traced(folder.path(), CONTENDED);
    let events = events(folder.path());
    let (lanes, names) = (lanes(&events), names(&events));
    let lock = names.iter().find(|(_, name)| *name == "lock").map(|(lane, _)| *lane).expect("a lane of the lock");
    for (holder, start, end) in lanes[&lock].iter().filter(|(_, start, end)| end > start) {
        let worker: u64 = holder.trim_start_matches('w').parse().expect("a worker's number");
        let middle = f64::midpoint(*start, *end);
        let at = lanes[&(lock.0, worker)].iter().find(|(_, from, to)| (*from..*to).contains(&middle));
        assert_eq!(at.map(|(name, ..)| name.as_str()), Some("compute"), "{holder} at {middle} µs");
    }
    let cores = events.iter().filter(|event| event["ph"] == "X" && event["args"]["core"].is_u64()).count();
    assert!(cores > 0, "real cores are told");
}

#[test]
fn killed_workers_and_failed_runs_leave_a_trace_as_well() {
    for (fault, backend, code) in [("kill", "processes", 0), ("abort", "threads", 1)] {
        let folder = TempDir::new().expect("a folder");
        let args = format!(
            "run -w mixed --tasks 400 --cpu-us 100 --io-us 100 -b {backend} -n 2 --fault {fault} --baseline none \
             --warmup 1 --runs 2 --export-trace trace.json"
        );
        let finished = traced(folder.path(), &args);
        assert_eq!(finished.status.code(), Some(code), "{finished:?}");
        let events = events(folder.path());
        let lanes = lanes(&events);
        assert!(spent(&lanes, 1, "compute") > 0.0, "{fault}: {lanes:?}");
        let names = names(&events);
        let samples = names.iter().find(|(_, name)| *name == "samples").map(|(lane, _)| *lane).expect("samples");
        assert_eq!(lanes[&samples][0].0, "warm-up 1");
    }
}

#[test]
fn a_trace_goes_nowhere_where_it_may_not() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("trace.json"), "mine").expect("a file");
    let quick = "run -w sleep --tasks 4 -b threads -n 2 --runs 1 --export-trace trace.json";
    let refused = "partui: --export-trace: trace.json exists and is not overwritten without --force";
    Program::new().args(quick.split_whitespace()).dir(folder.path()).fails_with(2, refused);
    let both = "run --export-trace a --export-csv a";
    let refused = "partui: --export-trace a: allowed is another place than that of --export-csv";
    Program::new().args(both.split_whitespace()).dir(folder.path()).fails_with(2, refused);
    let forced = format!("{quick} --force");
    Program::new().args(forced.split_whitespace()).dir(folder.path()).ok();
    events(folder.path());
}
