//! Memory: what another worker costs.

use super::evidence::{Evidence, Unmeasured};
use super::plan::{configurations, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit};
use crate::spec::{BackendId, Configuration, Transport, Wish};
use crate::units::Bytes;
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Memory;

static ABOUT: About = About {
    id: "memory",
    feature: "Memory",
    question: "What does another worker cost in memory?",
    processes: "own memory",
    threads: "shared memory",
    watch: "the MiB of the rows: they grow with each worker process, and hardly with threads",
    why: "threads see the same pages; a process builds its own heap and its own copy of the data that it works on",
    change: "data that is mapped from a file, of which all see one copy; data made before a fork and never written again",
};

/// Numbers of workers whose difference is looked at.
const FEW: u32 = 2;
const MANY: u32 = 8;

/// Waits under way whose difference is looked at.
const FEW_WAITS: u32 = 64;
const MANY_WAITS: u32 = 4_096;

/// The ways in which workers come to the same amount of data, each of them to its own part.
const WAYS: [(BackendId, Transport, &str); 3] = [
    (BackendId::Threads, Transport::Reference, "threads"),
    (BackendId::Processes, Transport::Pipe, "processes, pipe"),
    (BackendId::Processes, Transport::Shm, "processes, shm"),
];

/// The data of a worker's task.
const DATA: Bytes = Bytes(1 << 20);

/// Another worker of one kind has to cost this many times what one of the other does.
const CLEARLY_MORE: f64 = 2.0;

impl Experiment for Memory {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, _scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let pools = [BackendId::Threads, BackendId::Processes].into_iter().flat_map(|backend| {
            [FEW, MANY].map(|workers| wish("matmul", backend, workers, &[("size", "512"), ("tasks", "16")]))
        });
        let waits = [FEW_WAITS, MANY_WAITS].map(|count| {
            let asked = [("tasks", &*count.to_string()), ("latency", "5ms")];
            Ok(Wish { in_flight: Some(count), ..wish("sleep", BackendId::Async, FEW, &asked)? })
        });
        let data = WAYS.map(|(backend, transport, _)| {
            Ok(Wish { payload: DATA, transport, ..wish("sleep", backend, MANY, &[("tasks", "32")])? })
        });
        configurations(pools.chain(waits).chain(data))
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let processes = of_a_worker(evidence, BackendId::Processes)?;
        let threads = of_a_worker(evidence, BackendId::Threads)?;
        let task = of_a_wait(evidence)?;
        let held = held(evidence)?;
        let shown = |of: Measured| Unit::Bytes.shown(of.value);
        let mut figures = vec![
            Figure::new("processes", "memory of another worker", processes, Unit::Bytes),
            Figure::new("threads", "memory of another worker", threads, Unit::Bytes),
            Figure::new("async", "memory of another waiting task", task, Unit::Bytes),
        ];
        figures.extend(held.iter().map(|of| Figure::new(of.name, "data for 8 workers, PSS", of.pages, Unit::Bytes)));
        figures.extend(
            held.iter().map(|of| Figure::new(of.name, "data for 8 workers, RSS added up", of.resident, Unit::Bytes)),
        );
        Ok(Finding {
            verdict: processes.exceeds(threads.times(CLEARLY_MORE)),
            processes: format!("{} a worker", shown(processes)),
            threads: format!("{} a worker", shown(threads)),
            conclusion: format!(
                "with matrices to multiply, another worker process costs {}, most of it copies of them, another thread {}; \
                 another waiting async task costs {}; {MANY} workers with {DATA} each in their hands take {}: in brackets what \
                 adding up resident sizes (RSS) says, which counts what is shared again for each process",
                shown(processes),
                shown(threads),
                shown(task),
                told(&held),
            ),
            figures,
        })
    }
}

/// What workers with data take.
struct Held {
    name: &'static str,
    /// Each page counted once.
    pages: Measured,
    /// Each page counted for each process that has it.
    resident: Measured,
}

fn held(evidence: &Evidence<'_>) -> Result<Vec<Held>, Unmeasured> {
    let of = |(backend, transport, name)| {
        let row = evidence.row(name, backend, |of| of.payload == DATA && of.transport == Some(transport))?;
        Ok(Held { name, pages: row.memory()?, resident: row.resident()? })
    };
    WAYS.into_iter().map(of).collect()
}

fn told(held: &[Held]) -> String {
    let shown = |of: Measured| Unit::Bytes.shown(of.value);
    let each = |of: &Held| format!("{} as {} ({})", shown(of.pages), of.name, shown(of.resident));
    held.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn of_a_worker(evidence: &Evidence<'_>, backend: BackendId) -> Result<Measured, Unmeasured> {
    let with = |workers: u32| {
        let name = format!("{} with {workers} workers", backend.facts().id);
        evidence.row(&name, backend, |of| of.workers == workers && of.workload == "matmul")?.memory()
    };
    Ok(with(MANY)?.less(with(FEW)?).times(1.0 / f64::from(MANY - FEW)))
}

fn of_a_wait(evidence: &Evidence<'_>) -> Result<Measured, Unmeasured> {
    let with = |count| evidence.row("async", BackendId::Async, |of| of.in_flight == Some(count))?.memory();
    Ok(with(MANY_WAITS)?.less(with(FEW_WAITS)?).times(1.0 / f64::from(MANY_WAITS - FEW_WAITS)))
}
