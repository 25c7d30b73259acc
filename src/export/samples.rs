//! One line per sample, keyed by its result's `run` and its own number, for those who do their own statistics.

use super::csv;
use crate::engine::Sample;
use crate::results::{Cell, Column, Record, ResultRow, Shares, TaskLatency};

/// A column of the samples.
pub type SampleColumn = Column<fn(&ResultRow, &Sample) -> Cell>;

/// All columns, in the order of exports; new ones are only appended.
pub const SAMPLE_COLUMNS: &[SampleColumn] = &[
    Column::text("run", |row, _| row.run.0.as_str().into(), "the result that the sample belongs to"),
    Column::number(
        "sample",
        |_, s| s.sample.into(),
        "which sample of it, from 0; equal numbers were taken in one round",
    ),
    Column::number("wall_s", |_, s| s.wall.into(), "seconds from the first task to the last result"),
    Column::number("tasks", |_, s| s.tasks.into(), "tasks that have an output"),
    Column::number("cpu_s", |_, s| s.cpu.into(), "CPU seconds of the workers"),
    Column::number("compute_share", |_, s| share(s, |of| of.compute), "of workers × wall: computing"),
    Column::number("ready_share", |_, s| share(s, |of| of.ready), "of it: waiting for a core"),
    Column::number("gil_share", |_, s| share(s, |of| of.gil), "of it: waiting for the lock"),
    Column::number("io_share", |_, s| share(s, |of| of.io), "of it: waiting for I/O"),
    Column::number("ipc_share", |_, s| share(s, |of| of.ipc), "of it: talking to the supervisor"),
    Column::number("idle_share", |_, s| share(s, |of| of.idle), "of it: nothing to do"),
    Column::number("task_p50_s", |_, s| latency(s, |of| of.p50), "median seconds of a task in its worker"),
    Column::number("task_p95_s", |_, s| latency(s, |of| of.p95), "95 of 100 tasks took at most this long"),
    Column::number("task_p99_s", |_, s| latency(s, |of| of.p99), "99 of 100 tasks took at most this long"),
    Column::number("task_max_s", |_, s| latency(s, |of| of.max), "seconds of the slowest task"),
    Column::number("latency_every", |_, s| s.latency_every.into(), "one task in this many was timed"),
    Column::number("pss_bytes", |_, s| s.pss.into(), "memory at its end, shared pages counted in parts"),
    Column::number("peak_rss_bytes", |_, s| s.peak_rss.into(), "upper bound: high-water marks, shared pages often"),
    Column::number("ctx_voluntary", |_, s| s.ctx_voluntary.into(), "times that a core was given up"),
    Column::number("ctx_involuntary", |_, s| s.ctx_involuntary.into(), "times that a core was taken away"),
    Column::number("gil_switches", |_, s| s.gil_switches.into(), "times that the lock changed hands"),
    Column::number("ipc_bytes", |_, s| s.ipc_bytes.into(), "bytes between engine and workers"),
    Column::number("faults_seen", |_, s| s.faults_seen.into(), "workers that died or misbehaved"),
    Column::number("respawns", |_, s| s.respawns.into(), "workers started in place of dead ones"),
    Column::number("tasks_retried", |_, s| s.tasks_retried.into(), "tasks run again"),
    Column::number("tasks_lost", |_, s| s.tasks_lost.into(), "tasks without an output in the end"),
    Column::text("checksum", |_, s| checksum(s).into(), "fingerprint of the answer; empty where tasks were lost"),
    Column::number("throttles", |_, s| s.surroundings.throttles.into(), "times that a CPU quota stopped the workers"),
    Column::number(
        "throttled_s",
        |_, s| s.surroundings.throttled.into(),
        "seconds that it stopped them, over all cores",
    ),
    Column::number(
        "foreign_cpu_s",
        |_, s| s.surroundings.foreign_cpu.into(),
        "CPU seconds of others on the usable cores",
    ),
    Column::number(
        "foreground_p50_s",
        |_, s| s.foreground.map(|late| late.p50).into(),
        "half of the turns of the loop in the foreground came at most this many seconds late",
    ),
    Column::number("foreground_p99_s", |_, s| s.foreground.map(|late| late.p99).into(), "99 of 100 of them did"),
    Column::number(
        "foreground_max_s",
        |_, s| s.foreground.map(|late| late.max).into(),
        "seconds that the latest was late",
    ),
];

/// One line per sample of each record.
pub(super) fn samples(records: &[Record<'_>]) -> Vec<u8> {
    let header = SAMPLE_COLUMNS.iter().map(|column| column.name);
    let all = records.iter().flat_map(|record| record.row.samples.iter().map(|sample| (record.row, sample)));
    csv::table(
        header,
        all.map(|(row, sample)| SAMPLE_COLUMNS.iter().map(|column| (column.cell)(row, sample)).collect()),
    )
}

fn share(sample: &Sample, part: fn(&Shares) -> f64) -> Cell {
    Shares::of(&sample.budget).as_ref().map(part).into()
}

fn latency(sample: &Sample, part: fn(&TaskLatency) -> f64) -> Cell {
    TaskLatency::pooled(sample.latency.iter().copied()).as_ref().map(part).into()
}

fn checksum(sample: &Sample) -> Option<String> {
    sample.answer.as_ref().map(|answer| answer.checksum.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Lateness;
    use crate::results::fixture::{machine, row, sample};
    use crate::spec::BackendId::Processes;
    use crate::units::Nanos;

    #[test]
    fn each_sample_has_a_line_with_its_key() {
        let machine = machine();
        let lost = sample(2.0).with(|sample| (sample.tasks_lost, sample.answer, sample.pss) = (3, None, None)).done();
        let late = Lateness { turns: 9, p50: Nanos(500), p99: Nanos(1_500), max: Nanos(2_500) };
        let beside = sample(0.5).with(|sample| sample.foreground = Some(late)).done();
        let row = row(Processes, 2).samples(vec![beside, lost]).done();
        let text = String::from_utf8(samples(&[Record::of(&row, &machine)])).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        let key = &row.run;
        assert!(lines[0].starts_with("run,sample,wall_s,tasks,cpu_s,compute_share,"));
        assert!(lines[1].starts_with(&format!("{key},0,0.5,1000,1,1,0,0,0,0,0,0.001")), "{}", lines[1]);
        assert!(lines[1].ends_with(",0,0,0,0,123456789abcdef0,,,,0.0000005,0.0000015,0.0000025"), "{}", lines[1]);
        assert!(lines[2].starts_with(&format!("{key},1,2,")) && lines[2].ends_with(",0,0,0,3,,,,,,,"), "{}", lines[2]);
        assert_eq!(lines.len(), 4, "header, two samples, and what follows the last line end");
    }

    #[test]
    fn names_are_unique_and_explained() {
        for column in SAMPLE_COLUMNS {
            assert_eq!(SAMPLE_COLUMNS.iter().filter(|other| other.name == column.name).count(), 1, "{}", column.name);
            assert!(column.help.len() > 8, "{}", column.name);
        }
    }
}
