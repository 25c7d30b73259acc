//! The flags that every workload shares, group by group.

use super::parameters::default_workload;
use super::{Flag, Takes, counts, durations};
use crate::export::{EXPORTERS, Exporter};
use crate::spec::{
    Baseline, CHUNKS, IN_FLIGHT, LONGEST_PAYLOAD, MAX_WORKERS, MIN_TIMES, Order, RETRIES, RETRY_COUNTS, RUNS,
    RunSettings, SWITCH_INTERVALS, TASK_TIMEOUTS, WARMUPS,
};
use crate::workload::GilModel;

pub(super) fn selection() -> Vec<Flag> {
    vec![
        Flag::new("workload", Takes::One("id,…|all"), "What is computed; partui list workloads describes each")
            .short('w')
            .default(default_workload()),
        Flag::new("backend", Takes::One("id,…|all"), "How tasks are executed; partui list backends describes each")
            .short('b')
            .default("partui run: all; terminal UI: threads; partui scale: all but sequential"),
        Flag::new(
            "workers",
            Takes::One("n,…|a..b|auto"),
            format!(
                "Threads or processes at work, {}: a list (2,4), a range (1..8, both included) or auto, the number of \
                 cores that this process may use",
                counts(&(1..=MAX_WORKERS))
            ),
        )
        .short('n')
        .default("auto; partui scale: 1 to twice that"),
        Flag::new(
            "gil",
            Takes::Choice(&["off", "on", "both"]),
            "Whether workers need the emulated lock of CPython to compute, as Python code does",
        )
        .short('g')
        .default("off"),
    ]
}

pub(super) fn lock() -> Vec<Flag> {
    vec![
        Flag::new(
            "gil-model",
            Takes::Choice(GIL_MODELS),
            "How the computing treats the lock: bytecode offers it regularly (pure Python), c-held keeps it through a \
             long call (re, list.sort), c-released works without it (hashlib, NumPy)",
        )
        .default("what the workload resembles"),
        Flag::new(
            "switch-interval",
            Takes::One("duration"),
            format!(
                "After how long a waiting thread asks for the lock, {}; the unit is required",
                durations(&SWITCH_INTERVALS)
            ),
        )
        .default("5ms, as in CPython"),
    ]
}

pub(super) fn feeding() -> Vec<Flag> {
    vec![
        Flag::new(
            "transport",
            Takes::One("id,…"),
            "How tasks travel to threads (reference, channel) or processes (pipe, shm); see partui list transports",
        )
        .default("reference, pipe"),
        Flag::new(
            "payload",
            Takes::One("bytes"),
            format!("Bytes moved to each task, which reads them, and back, 0…{LONGEST_PAYLOAD}"),
        )
        .default("0"),
        Flag::new(
            "in-flight",
            Takes::One("n"),
            format!("Tasks awaited at a time by async, or on their way to each worker process, {}", counts(&IN_FLIGHT)),
        )
        .default("256 per worker for async; by recent speed for processes"),
        Flag::new(
            "chunk",
            Takes::One("n|auto"),
            format!("Tasks that a worker takes at a time, {}; auto is about 200 us of work", counts(&CHUNKS)),
        )
        .default("auto"),
        Flag::new(
            "retries",
            Takes::One("n"),
            format!("How often a task runs again after deaths of worker processes, {}", counts(&RETRY_COUNTS)),
        )
        .default(RETRIES.to_string()),
        Flag::new(
            "task-timeout",
            Takes::One("duration"),
            format!("End a worker process that takes longer for a task, {}; the unit is required", durations(&TASK_TIMEOUTS)),
        )
        .default("none; 1s with a fault that makes a worker stand still"),
        Flag::new(
            "fault",
            Takes::One("kind[@task][xN]"),
            "Let something go wrong on purpose in each sample, as kill, kill@100 or kill@100x3: N tasks are struck once, \
             or the first N attempts at one task; partui list faults names the kinds",
        )
        .default("none"),
    ]
}

pub(super) fn measuring() -> Vec<Flag> {
    let default = RunSettings::default();
    vec![
        Flag::new("runs", Takes::One("n"), format!("Samples kept of each combination, {}", counts(&RUNS)))
            .default(default.runs.to_string()),
        Flag::new("warmup", Takes::One("n"), format!("Samples taken first and thrown away, {}", counts(&WARMUPS)))
            .default(default.warmup.to_string()),
        Flag::new(
            "min-time",
            Takes::One("duration"),
            format!(
                "Go on until each combination was sampled for this long, {}; the unit is required",
                durations(&MIN_TIMES)
            ),
        )
        .default("stop after --runs"),
        Flag::new(
            "order",
            Takes::Choice(ORDERS),
            "Take turns, so that heat and drift favour none, or finish one combination before the next",
        )
        .default(Order::Interleaved.id()),
        Flag::new(
            "baseline",
            Takes::Choice(BASELINES),
            "Measure the same work sequentially too, for the speed-up; auto leaves it out where a sample would take \
             more than 30 s",
        )
        .default(Baseline::Auto.id()),
    ]
}

pub(super) fn exports() -> Vec<Flag> {
    let export = |exporter: &Exporter| {
        let help = format!("Write to a file, or with - to standard output: {}", exporter.summary);
        Flag::new(export_flag(exporter), Takes::File, help).default("not written").only_run()
    };
    let output = "Write what the workload made, such as the digests of hash, to a file or with - to standard output";
    let mut flags: Vec<Flag> = EXPORTERS.iter().map(export).collect();
    let trace = "Write what every worker did and when, to a file or with - to standard output, as a trace that \
                 ui.perfetto.dev opens";
    flags.push(Flag::new(TRACE_FLAG, Takes::File, trace).default("not written").only_run());
    flags.push(Flag::new("output", Takes::File, output).default("not written").only_run());
    flags.push(Flag::new("force", Takes::Nothing, "Let the files above replace files that exist").only_run());
    flags
}

/// The flag that asks for a trace, without dashes.
pub(in crate::cli) const TRACE_FLAG: &str = "export-trace";

/// The flag that asks for a format, without dashes.
pub(in crate::cli) fn export_flag(exporter: &Exporter) -> String {
    format!("export-{}", exporter.id)
}

pub(super) fn display() -> Vec<Flag> {
    vec![
        Flag::new(
            "json-stream",
            Takes::Nothing,
            "Print what happens as it happens, one JSON value a line, in place of the table",
        )
        .only_run(),
        Flag::new("quiet", Takes::Nothing, "Print results and errors only: no prediction, no progress, no notes")
            .only_run(),
        Flag::new(
            "color",
            Takes::Choice(&["auto", "always", "never"]),
            "Use colors and bold text; auto does on a terminal unless NO_COLOR is set",
        )
        .default("auto"),
        Flag::new("ascii", Takes::Nothing, "Draw with ASCII characters only"),
    ]
}

const ORDERS: &[&str] = &[Order::Interleaved.id(), Order::Sequential.id()];

const BASELINES: &[&str] = &[Baseline::Auto.id(), Baseline::None.id()];

const GIL_MODELS: &[&str] = &[GilModel::Bytecode.id(), GilModel::CHeld.id(), GilModel::CReleased.id()];
