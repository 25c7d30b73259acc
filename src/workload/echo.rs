//! Request and reply over loopback TCP: a network without distance, where every message costs its system calls and two
//! switches between processes.

use std::path::PathBuf;

use super::{
    About, Answer, Companion, Compute, Digest, Io, Job, Kind, NothingToCompute, Output, Parameter, ParameterKind, Plan,
    Refusal, Task, Values, Workload,
};
use crate::units::{Bytes, Nanos, grouped};

/// The workload.
pub(super) struct Echo;

/// The most bytes of one job, each way.
const MOST: u64 = 64 << 30;

static ABOUT: About = About {
    id: "echo",
    summary: "sends a message to a server on the loopback interface and waits for it to come back",
    kind: Kind::Io,
    gil_model: None,
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 10_000_000 },
            default: "4096",
            unit: "messages",
            presets: &["256", "4096", "16384"],
            help: "how many messages; a worker keeps its connection, async one for each message under way",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Bytes { min: 1, max: 64 << 10 },
            default: "1KiB",
            unit: "bytes per message",
            presets: &["1", "64", "1KiB", "16KiB", "64KiB"],
            help: "how long a message is, each way",
        },
    ],
    input: None,
    output: None,
};

impl Workload for Echo {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[PathBuf]) -> Result<(), Refusal> {
        match values.count("tasks").checked_mul(values.count("size")) {
            Some(0..=MOST) => Ok(()),
            _ => Err(Refusal::new(
                "size",
                Bytes(values.count("size")),
                format!("tasks × size may be at most {}", Bytes(MOST)),
            )),
        }
    }

    fn plan(&self, job: &Job) -> Plan {
        let (server, bytes) = (job.server(), job.values.count("size"));
        let message = |number| Task { io: Some(Box::new(Io::Echo { server, number, bytes })), cpu: None };
        Plan { tasks: (0..job.values.count("tasks")).map(message).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // Two switches between processes, and four copies of some GB/s.
        Nanos::from_micros(40).plus(Nanos(values.count("size")))
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(NothingToCompute)
    }

    fn companion(&self, _values: &Values, _input: &[PathBuf]) -> Option<Companion> {
        Some(Companion::Echo)
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (mut digest, mut messages, mut bytes) = (Digest::default(), 0, 0_u64);
        for output in outputs {
            digest.number(messages).number(output.number);
            messages += 1;
            bytes += output.number;
        }
        let each = Bytes(job.values.count("size"));
        Answer {
            checksum: digest.finish(),
            sentence: format!("{} messages of {each} came back unchanged, {} bytes", grouped(messages), grouped(bytes)),
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
    fn each_message_is_one_of_its_own() {
        let job = harness::job(&Echo, &[("tasks", "2"), ("size", "10")], &[]).unwrap();
        let plan = Echo.plan(&job);
        assert_ne!(plan.tasks[0], plan.tasks[1]);
        assert_eq!(harness::answer_of(&Echo, &job).sentence, "2 messages of 10 B came back unchanged, 20 bytes");
    }
}
