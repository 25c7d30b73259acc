//! Waits and does nothing else: what threads are good for, whatever a lock does.

use super::{
    About, Answer, Compute, Digest, Io, Job, Kind, NothingToCompute, Output, Parameter, ParameterKind, Plan, Task,
    Values, Workload, written_duration,
};
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Sleep;

static ABOUT: About = About {
    id: "sleep",
    summary: "waits, as for a slow server, and computes nothing",
    kind: Kind::Io,
    gil_model: None,
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "256",
            unit: "tasks",
            presets: &["64", "256", "1024", "4096"],
            help: "how many waits",
        },
        Parameter {
            name: "latency",
            kind: ParameterKind::Duration { min: Nanos(0), max: Nanos::from_secs(60) },
            default: "1ms",
            unit: "",
            presets: &["100us", "1ms", "10ms", "100ms"],
            help: "how long one task waits",
        },
    ],
    input: None,
    output: None,
};

impl Workload for Sleep {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, job: &Job) -> Plan {
        let wait = Task { io: Some(Box::new(Io::Sleep(job.values.duration("latency")))), cpu: None };
        Plan { tasks: (0..job.values.count("tasks")).map(|_| wait.clone()).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // A timer comes about 60 µs late: its slack is 50 µs, and waking up takes the rest.
        values.duration("latency").plus(Nanos::from_micros(60))
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(NothingToCompute)
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let mut digest = Digest::default();
        let mut waits = 0;
        for output in outputs {
            digest.number(waits).number(output.number);
            waits += 1;
        }
        Answer {
            checksum: digest.finish(),
            sentence: format!("{} waits of {}", grouped(waits), written_duration(job.values.duration("latency"))),
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
    fn the_answer_is_what_was_asked() {
        let answer = harness::answer(&Sleep, &[("tasks", "3"), ("latency", "20us")], &[]);
        assert_eq!(answer.sentence, "3 waits of 20us");
        let other = harness::answer(&Sleep, &[("tasks", "3"), ("latency", "21us")], &[]);
        assert_ne!(answer.checksum, other.checksum);
    }
}
