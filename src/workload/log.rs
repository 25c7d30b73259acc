//! Background logging: tasks write lines into a log while a loop in the foreground wants its turn again and again.
//!
//! The workers of a process share its log, as Python's `logging` recommends, since it does not support several processes
//! on one file.

use std::path::PathBuf;

use super::{
    About, Answer, Compute, Digest, Io, Job, Kind, NothingToCompute, Output, Parameter, ParameterKind, Plan, Refusal,
    Task, Values, Workload,
};
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Log;

/// The most lines that all tasks together may write, which a number of nine digits can tell apart.
const MOST: u64 = 1_000_000_000;

static ABOUT: About = About {
    id: "log",
    summary: "writes lines into a log in the background, while a loop in the foreground is timed",
    kind: Kind::Io,
    gil_model: None,
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "400",
            unit: "tasks",
            presets: &["100", "400", "2000"],
            help: "how many times lines are written",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "500",
            unit: "lines per task",
            presets: &["50", "500", "5000"],
            help: "how many lines of 100 bytes a task writes, each by a call of its own",
        },
        Parameter {
            name: "period",
            kind: ParameterKind::Duration { min: Nanos::from_micros(100), max: Nanos::from_secs(1) },
            default: "1ms",
            unit: "",
            presets: &["500us", "1ms", "10ms"],
            help: "how often the loop in the foreground has its turn; the answer tells how late it was",
        },
    ],
    input: None,
    output: None,
};

impl Workload for Log {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[PathBuf]) -> Result<(), Refusal> {
        let size = values.count("size");
        match values.count("tasks").checked_mul(size) {
            Some(0..=MOST) => Ok(()),
            _ => Err(Refusal::new("size", size, "tasks × size may be at most 1,000,000,000 lines")),
        }
    }

    fn plan(&self, job: &Job) -> Plan {
        let lines = job.values.count("size");
        let task = |number| Task { io: Some(Box::new(Io::Log { first: number * lines, lines })), cpu: None };
        Plan { tasks: (0..job.values.count("tasks")).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // A short write into the page cache takes about 1 µs.
        Nanos::from_micros(values.count("size"))
    }

    fn waiting_share(&self, _values: &Values) -> f64 {
        // The page cache takes a line at once, by the writer's own work.
        0.0
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(NothingToCompute)
    }

    fn foreground(&self, values: &Values) -> Option<Nanos> {
        Some(values.duration("period"))
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (mut digest, mut tasks, mut bytes) = (Digest::default(), 0_u64, 0);
        for output in outputs {
            digest.number(tasks).number(output.number);
            tasks += 1;
            bytes += output.number;
        }
        let lines = grouped(tasks * job.values.count("size"));
        Answer {
            checksum: digest.finish(),
            sentence: format!("{} tasks logged {lines} lines, {} bytes", grouped(tasks), grouped(bytes)),
            notes: Vec::new(),
            artifact: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::harness;
    use super::*;

    #[test]
    fn every_line_is_logged_once() {
        let asked = [("tasks", "3"), ("size", "4"), ("period", "10ms")];
        let job = harness::job(&Log, &asked, &[]).unwrap();
        let lines = |task: &Task| match task.io.as_deref() {
            Some(Io::Log { first, lines }) => *first..first + lines,
            other => panic!("{other:?}"),
        };
        let all: Vec<u64> = Log.plan(&job).tasks.iter().flat_map(lines).collect();
        assert_eq!(all, (0..12).collect::<Vec<_>>());
        assert_eq!(harness::answer_of(&Log, &job).sentence, "3 tasks logged 12 lines, 1,200 bytes");
        assert_eq!(Log.foreground(&job.values), Some(Nanos::from_millis(10)));
    }
}
