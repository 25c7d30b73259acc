//! The columns of the results: one table that exports, lists and documentation share.

use std::path::PathBuf;

use super::column::{Cell, Column};
use super::{ResultRow, Summary, Warning, warnings};
use crate::machine::Machine;
use crate::spec::{Chunk, Configuration, Transport};
use crate::workload::{GilModel, by_id};

/// The parameters that have a column of their own.
pub const OWN_COLUMN: [&str; 3] = ["tasks", "size", "seed"];

/// A row with all that its columns need.
#[derive(Debug)]
pub struct Record<'a> {
    /// The row.
    pub row: &'a ResultRow,
    /// The statistics over its samples.
    pub summary: Summary,
    /// What to be careful about.
    pub warnings: Vec<Warning>,
    /// Where it was measured.
    pub machine: &'a Machine,
}

impl<'a> Record<'a> {
    /// Gathers what the columns of `row`, measured on `machine`, need.
    #[must_use]
    pub fn of(row: &'a ResultRow, machine: &'a Machine) -> Self {
        let summary = Summary::of(row);
        let warnings = warnings(row, &summary);
        Self { row, summary, warnings, machine }
    }
}

/// A column of the results.
pub type ResultColumn = Column<fn(&Record<'_>) -> Cell>;

/// All columns, in the order of exports; new ones are only appended.
pub const COLUMNS: &[ResultColumn] = &[
    Column::text("run", |r| r.row.run.0.as_str().into(), "the result's name, unique across exports"),
    Column::text("started_at", |r| r.row.started_at.as_str().into(), "start of its run, UTC, RFC 3339"),
    Column::text("partui_version", |_| env!("CARGO_PKG_VERSION").into(), "version of partui that measured it"),
    Column::text("host", |r| r.machine.host.as_str().into(), "name of the computer"),
    Column::text("os", |r| r.machine.os.as_str().into(), "operating system"),
    Column::text("cpu_model", |r| r.machine.cpu_model.as_str().into(), "the processor's own name"),
    Column::number("cores_usable", |r| r.row.cores_usable.into(), "logical cores that partui was allowed to use"),
    Column::text("workload", |r| work(r).workload.as_str().into(), "what was computed"),
    Column::text("input", |r| input(work(r)).into(), r"paths given as input, joined with ; (\; is a ; in a path)"),
    Column::number("tasks", tasks, "tasks of the plan"),
    Column::number("size", |r| work(r).setting("size").into(), "work of one task, in the workload's own unit"),
    Column::number("payload_bytes", |r| work(r).payload.0.into(), "bytes moved to each task and back"),
    Column::number("seed", |r| work(r).setting("seed").into(), "start value of everything generated"),
    Column::text(
        "parameters",
        |r| parameters(r.row).into(),
        r"all other settings of the workload, key=value;… (\; as in input)",
    ),
    Column::text("backend", |r| work(r).backend.id().into(), "how tasks were executed"),
    Column::number("workers", |r| work(r).workers.into(), "threads or processes that executed tasks"),
    Column::number(
        "in_flight",
        |r| work(r).in_flight.into(),
        "tasks awaited at a time; on their way per worker process, if fixed",
    ),
    Column::text("gil", |r| on_off(work(r).gil).into(), "the emulated lock as asked: on or off"),
    Column::text("gil_model", |r| work(r).gil_model.map(GilModel::id).into(), "how the computing part treats the lock"),
    Column::number("switch_interval_s", |r| work(r).switch_interval.into(), "seconds until a waiter asks for the lock"),
    Column::text(
        "transport",
        |r| work(r).transport.map(Transport::id).into(),
        "how tasks reached workers, where there is a choice",
    ),
    Column::text("chunk", |r| work(r).chunk.map(written_chunk).into(), "tasks claimed at a time: a number or auto"),
    Column::text("order", |r| r.row.settings.order.id().into(), "whether rounds interleaved the configurations"),
    Column::text("fault", |r| work(r).fault.map(|fault| fault.to_string()).into(), "the fault that was injected"),
    Column::number("runs", |r| (r.row.complete().count() as u64).into(), "finished samples"),
    Column::number("warmup", |r| r.row.settings.warmup.into(), "samples thrown away first"),
    Column::number("wall_median_s", |r| r.summary.wall.map(|w| w.median).into(), "median seconds of a sample"),
    Column::number("wall_mean_s", |r| r.summary.wall.map(|w| w.mean).into(), "mean seconds of a sample"),
    Column::number("wall_stddev_s", |r| r.summary.wall.and_then(|w| w.stddev).into(), "their standard deviation"),
    Column::number("wall_min_s", |r| r.summary.wall.map(|w| w.min).into(), "seconds of the fastest sample"),
    Column::number("wall_max_s", |r| r.summary.wall.map(|w| w.max).into(), "seconds of the slowest sample"),
    Column::number("startup_s", |r| r.summary.startup.into(), "median seconds until all workers were ready"),
    Column::number("tasks_per_s", |r| r.summary.tasks_per_second.into(), "median tasks per second"),
    Column::text("baseline_run", |r| baseline(r.row).into(), "the result that the speed-up is measured against"),
    Column::number("speedup", |r| r.row.speedup.map(|s| s.estimate).into(), "times faster than the baseline"),
    Column::number("speedup_low", |r| r.row.speedup.and_then(|s| s.low).into(), "lower bound of its 95 % interval"),
    Column::number("speedup_high", |r| r.row.speedup.and_then(|s| s.high).into(), "upper bound of its 95 % interval"),
    Column::number("efficiency", |r| r.summary.efficiency.into(), "speed-up / workers, a fraction"),
    Column::number("cpu_s", |r| r.summary.cpu.into(), "median CPU seconds of the workers"),
    Column::number("cores_used", |r| r.summary.cores_used.into(), "median of CPU / wall"),
    Column::number("compute_share", |r| r.summary.shares.map(|s| s.compute).into(), "of workers × wall: computing"),
    Column::number("ready_share", |r| r.summary.shares.map(|s| s.ready).into(), "of it: waiting for a core"),
    Column::number("gil_share", |r| r.summary.shares.map(|s| s.gil).into(), "of it: waiting for the lock"),
    Column::number("io_share", |r| r.summary.shares.map(|s| s.io).into(), "of it: waiting for I/O"),
    Column::number("ipc_share", |r| r.summary.shares.map(|s| s.ipc).into(), "of it: talking to the supervisor"),
    Column::number("idle_share", |r| r.summary.shares.map(|s| s.idle).into(), "of it: nothing to do"),
    Column::number("task_p50_s", |r| r.summary.task.map(|t| t.p50).into(), "median seconds of a task in its worker"),
    Column::number("task_p95_s", |r| r.summary.task.map(|t| t.p95).into(), "95 of 100 tasks took at most this long"),
    Column::number("task_p99_s", |r| r.summary.task.map(|t| t.p99).into(), "99 of 100 tasks took at most this long"),
    Column::number("task_max_s", |r| r.summary.task.map(|t| t.max).into(), "seconds of the slowest task"),
    Column::number("pss_bytes", |r| r.summary.pss.into(), "median memory, shared pages counted in parts"),
    Column::number(
        "peak_rss_bytes",
        |r| r.summary.peak_rss.into(),
        "upper bound: high-water marks, shared pages often",
    ),
    Column::number("ctx_voluntary", |r| r.summary.ctx_voluntary.into(), "median times that a core was given up"),
    Column::number("ctx_involuntary", |r| r.summary.ctx_involuntary.into(), "median times that a core was taken away"),
    Column::number("gil_switches", |r| r.summary.gil_switches.into(), "median times that the lock changed hands"),
    Column::number("ipc_bytes", |r| r.summary.ipc_bytes.into(), "median bytes between engine and workers"),
    Column::number("faults_injected", |r| r.summary.faults_injected.into(), "faults that were injected"),
    Column::number("faults_seen", |r| r.summary.faults_seen.into(), "workers that died or misbehaved"),
    Column::number("respawns", |r| r.summary.respawns.into(), "workers started in place of dead ones"),
    Column::number("tasks_retried", |r| r.summary.tasks_retried.into(), "tasks run again"),
    Column::number("tasks_lost", |r| r.summary.tasks_lost.into(), "tasks without an output in the end"),
    Column::text("checksum", |r| r.row.answer().map(|a| a.checksum.to_string()).into(), "fingerprint of the answer"),
    Column::text("answer", |r| r.row.answer().map(|a| a.sentence.as_str()).into(), "what was found, as a sentence"),
    Column::text("status", |r| r.row.status.id().into(), "ok, divergent, failed or cancelled"),
    Column::text("warnings", |r| tags(&r.warnings).into(), "what to be careful about, joined with ;"),
];

fn work<'a>(record: &Record<'a>) -> &'a Configuration {
    &record.row.configuration
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// How many tasks the plan has, or how many were asked for where nobody has planned yet.
fn tasks(record: &Record<'_>) -> Cell {
    match &record.row.calibration {
        Some(calibration) => calibration.tasks.into(),
        None => work(record).setting("tasks").into(),
    }
}

fn written_chunk(chunk: Chunk) -> String {
    match chunk {
        Chunk::Auto => "auto".to_owned(),
        Chunk::Fixed(tasks) => tasks.to_string(),
    }
}

fn baseline(row: &ResultRow) -> Option<&str> {
    row.baseline_run.as_ref().map(|run| run.0.as_str())
}

fn tags(warnings: &[Warning]) -> String {
    warnings.iter().map(Warning::tag).collect::<Vec<_>>().join(";")
}

fn input(configuration: &Configuration) -> String {
    let path = |path: &PathBuf| list_part(&path.to_string_lossy());
    configuration.input.iter().map(path).collect::<Vec<_>>().join(";")
}

/// All set parameters without a column of their own, and the speed of computing where tasks depend on it.
fn parameters(row: &ResultRow) -> String {
    let values = row.configuration.settings().filter(|(name, _)| !OWN_COLUMN.contains(name));
    let written = values.map(|(name, value)| (name, value.to_string())).filter(|(_, text)| !text.is_empty());
    let probes = by_id(&row.configuration.workload).is_some_and(|workload| workload.probe().is_some());
    let speed = row.calibration.as_ref().filter(|_| probes).map(|found| found.steps_per_us.to_string());
    let all = written.chain(speed.map(|speed| ("steps_per_us", speed)));
    all.map(|(name, text)| format!("{name}={}", list_part(&text))).collect::<Vec<_>>().join(";")
}

/// `text` with a backslash before each `;` and `\`, so that a list joined with `;` can be taken apart again.
#[must_use]
pub fn list_part(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;")
}

#[cfg(test)]
mod tests {
    use super::super::ColumnKind;
    use super::super::fixture::{machine, row};
    use super::*;
    use crate::spec::BackendId::{Processes, Sequential, Threads};
    use crate::units::Nanos;
    use crate::workload::Value;

    /// The public interface: columns are only appended.
    const HEADER: &str = "run,started_at,partui_version,host,os,cpu_model,cores_usable,workload,input,tasks,size,\
        payload_bytes,seed,parameters,backend,workers,in_flight,gil,gil_model,switch_interval_s,transport,chunk,order,\
        fault,runs,warmup,wall_median_s,wall_mean_s,wall_stddev_s,wall_min_s,wall_max_s,startup_s,tasks_per_s,\
        baseline_run,speedup,speedup_low,speedup_high,efficiency,cpu_s,cores_used,compute_share,ready_share,gil_share,\
        io_share,ipc_share,idle_share,task_p50_s,task_p95_s,task_p99_s,task_max_s,pss_bytes,peak_rss_bytes,\
        ctx_voluntary,ctx_involuntary,gil_switches,ipc_bytes,faults_injected,faults_seen,respawns,tasks_retried,\
        tasks_lost,checksum,answer,status,warnings";

    fn cell(row: &ResultRow, name: &str) -> String {
        let machine = machine();
        let column = COLUMNS.iter().find(|column| column.name == name).unwrap();
        (column.cell)(&Record::of(row, &machine)).to_string()
    }

    #[test]
    fn the_header_is_the_published_one() {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(names.join(","), HEADER);
    }

    #[test]
    fn every_column_has_help_and_cells_of_its_kind() {
        let machine = machine();
        let full = row(Processes, 2).gil().walls(&[1.0, 1.1, 1.2]).done();
        let bare = row(Threads, 2).failed("the pool died").with(|row| row.startups.clear()).done();
        for record in [Record::of(&full, &machine), Record::of(&bare, &machine)] {
            for column in COLUMNS {
                assert!(column.help.len() > 8, "{}", column.name);
                let fits = match (column.cell)(&record) {
                    Cell::Empty => true,
                    Cell::Text(_) => column.kind == ColumnKind::Text,
                    Cell::Count(_) | Cell::Real(_) => column.kind == ColumnKind::Number,
                };
                assert!(fits, "{}", column.name);
            }
        }
    }

    #[test]
    fn unknown_figures_are_empty_not_zero() {
        let failed = row(Threads, 2).failed("the pool died").with(|row| row.startups.clear()).done();
        for name in ["wall_median_s", "speedup", "gil_share", "tasks_lost", "checksum", "startup_s", "ipc_bytes"] {
            assert_eq!(cell(&failed, name), "", "{name}");
        }
        assert_eq!(cell(&failed, "runs"), "0");
    }

    #[test]
    fn lists_can_be_taken_apart_again() {
        let row = row(Threads, 2)
            .with(|row| {
                let values = &mut row.configuration.values;
                values.set("where", Value::Text(r"a = b;c\d".to_owned()));
                values.set("value", Value::Text(String::new()));
                values.set("latency", Value::Duration(Nanos::from_millis(10)));
                row.configuration.input = vec!["/data/a;b.csv".into(), "c".into()];
            })
            .done();
        assert_eq!(cell(&row, "parameters"), r"latency=10ms;where=a = b\;c\\d");
        assert_eq!(cell(&row, "input"), r"/data/a\;b.csv;c");
    }

    #[test]
    fn what_an_input_makes_moot_is_empty() {
        let of = |input: Vec<PathBuf>| {
            let with = |row: &mut ResultRow| {
                row.configuration.workload = "hash".to_owned();
                row.configuration.input = input;
            };
            let row = row(Threads, 2).with(with).done();
            ["size", "seed"].map(|name| cell(&row, name))
        };
        assert_eq!(of(vec![]), ["1000000", "42"]);
        assert_eq!(of(vec!["/data".into()]), ["", ""]);
    }

    #[test]
    fn settings_without_meaning_are_empty() {
        let threads = row(Threads, 2).gil().done();
        let cells = ["gil", "switch_interval_s", "transport", "chunk"].map(|name| cell(&threads, name));
        assert_eq!(cells, ["on", "0.005", "reference", "auto"]);
        let cells = ["transport", "in_flight"].map(|name| cell(&row(Sequential, 1).done(), name));
        assert_eq!(cells, ["", ""]);
        let processes = row(Processes, 2).gil().done();
        let cells = ["gil_model", "switch_interval_s", "transport"].map(|name| cell(&processes, name));
        assert_eq!(cells, ["bytecode", "", "pipe"]);
    }
}
