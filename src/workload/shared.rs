//! One large table that every task reads and changes: tasks that share a lot of data and have to agree about it.
//!
//! What a task adds follows from its number alone, and sums do not depend on their order, so the table that is left is the
//! same wherever it was kept.

use std::path::PathBuf;

use super::random::Random;
use super::{
    About, Answer, Args, Compute, Data, Digest, GilModel, Job, Kind, Output, Parameter, ParameterKind, Plan, Refusal,
    Task, TaskFailure, Update, Values, Workload,
};
use crate::beat::Beat;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Shared;

/// The most changes that all tasks together may make.
const MOST: u64 = 10_000_000_000;

static ABOUT: About = About {
    id: "shared",
    summary: "changes entries of one table that all tasks share: under locks, or by messages to its owner",
    kind: Kind::Cpu,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "20_000",
            unit: "tasks",
            presets: &["1000", "20_000", "100_000"],
            help: "how many tasks change entries",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 100_000 },
            default: "200",
            unit: "changes per task",
            presets: &["10", "200", "1000"],
            help: "how many entries a task reads and changes, anywhere in the table",
        },
        Parameter {
            name: "entries",
            kind: ParameterKind::Count { min: 1, max: 100_000_000 },
            default: "1_000_000",
            unit: "entries of 8 bytes",
            presets: &["100", "10_000", "1_000_000"],
            help: "how large the table is; the smaller, the more often tasks meet at an entry",
        },
        Parameter {
            name: "batch",
            kind: ParameterKind::Count { min: 1, max: 1_000 },
            default: "100",
            unit: "changes at a time",
            presets: &["1", "10", "100"],
            help: "how many changes a worker process sends to the owner before it waits for the new values",
        },
        Parameter::seed("which entries are changed, and by how much"),
    ],
    input: None,
    output: None,
};

impl Workload for Shared {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[PathBuf]) -> Result<(), Refusal> {
        let size = values.count("size");
        match values.count("tasks").checked_mul(size) {
            Some(0..=MOST) => Ok(()),
            _ => Err(Refusal::new("size", size, "tasks × size may be at most 10,000,000,000 changes")),
        }
    }

    fn plan(&self, job: &Job) -> Plan {
        let task = |number| Task { io: None, cpu: Some([number, 0, 0]) };
        Plan { tasks: (0..job.values.count("tasks")).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // A lock, and an entry that is in no near cache.
        Nanos(values.count("size").saturating_mul(50))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        let [changes, entries, batch, seed] = ["size", "entries", "batch", "seed"].map(|name| job.values.count(name));
        Box::new(Changer { changes, entries, batch, seed })
    }

    fn table(&self, values: &Values) -> Option<u64> {
        Some(values.count("entries"))
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (mut digest, mut tasks, mut sum) = (Digest::default(), 0_u64, 0_u64);
        for output in outputs {
            digest.number(output.number);
            tasks += 1;
            sum = sum.wrapping_add(output.number);
        }
        let changes = grouped(tasks * job.values.count("size"));
        let entries = grouped(job.values.count("entries"));
        Answer {
            checksum: digest.finish(),
            sentence: format!("{changes} changes in a table of {entries} entries, together +{}", grouped(sum)),
            notes: Vec::new(),
            artifact: None,
        }
    }
}

/// The computation; its first argument is the task's number, and an output the sum of what the task added.
struct Changer {
    changes: u64,
    entries: u64,
    batch: u64,
    seed: u64,
}

impl Compute for Changer {
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let Data::Table(table) = data else { return Err(TaskFailure("there was no table".to_owned())) };
        let mut random = Random::new(self.seed, args[0]);
        let (mut updates, mut sum, mut left) = (Vec::new(), 0_u64, self.changes);
        while left > 0 {
            let now = left.min(self.batch);
            updates.clear();
            updates
                .extend((0..now).map(|_| Update { key: random.below(self.entries), value: 1 + random.below(1_000) }));
            sum = updates.iter().fold(sum, |sum, update| sum.wrapping_add(update.value));
            table.add(&mut updates)?;
            left -= now;
            beat.beat();
        }
        Ok(Output::from(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Table, harness};
    use super::*;

    /// A table that only one has.
    struct Plain(Vec<u64>);

    impl Table for Plain {
        fn add(&mut self, updates: &mut [Update]) -> Result<(), TaskFailure> {
            for Update { key, value } in updates {
                let entry = &mut self.0[usize::try_from(*key).unwrap()];
                *entry += *value;
                *value = *entry;
            }
            Ok(())
        }
    }

    #[test]
    fn what_is_added_depends_neither_on_batches_nor_on_the_order_of_tasks() {
        let table_of = |batch: &str, tasks: &[u64]| {
            let asked = [("size", "30"), ("entries", "7"), ("batch", batch)];
            let job = harness::job(&Shared, &asked, &[]).unwrap();
            let computation = Shared.computation(&job);
            let mut table = Plain(vec![0; 7]);
            let added = tasks.iter().map(|task| {
                let data = Data::Table(&mut table);
                computation.compute(&[*task, 0, 0], data, &Beat::idle()).unwrap().number
            });
            let added: u64 = added.sum();
            assert_eq!(added, table.0.iter().sum::<u64>());
            table.0
        };
        let expected = table_of("1", &[0, 1, 2]);
        assert_eq!(table_of("7", &[2, 0, 1]), expected);
        assert_eq!(table_of("1000", &[1, 2, 0]), expected);
        assert_ne!(table_of("1", &[0, 1, 3]), expected);
    }
}
