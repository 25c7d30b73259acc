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
    watch: "the workers: 2, then 8, as threads and as processes; their memory is read while they work",
    take: "for many workers over the same large data, take threads, or processes that map the data as shared memory; what a worker itself needs seldom decides",
    why: "threads see the same pages; a process builds its own heap and its own copy of the data that it works on, unless it maps data that all see",
    change: "data in shared memory or mapped from a file, of which all see one copy; data made before a fork and never written again",
};

/// Numbers of workers whose difference is looked at.
const FEW: u32 = 2;
const MANY: u32 = 8;

/// Waits under way whose difference is looked at.
const FEW_WAITS: u32 = 64;
const MANY_WAITS: u32 = 4_096;

/// The ways in which workers come to the matrices that all of them read.
const WAYS: [(BackendId, Transport, &str); 3] = [
    (BackendId::Threads, Transport::Reference, "threads"),
    (BackendId::Processes, Transport::Pipe, "processes, copies"),
    (BackendId::Processes, Transport::Shm, "processes, shm"),
];

/// Rows and columns of the two matrices, and what one of them takes.
const SIDE: &str = "512";
const MATRIX: Bytes = Bytes(8 * 512 * 512);

/// Another worker of one kind has to cost this many times what one of the other does.
const CLEARLY_MORE: f64 = 2.0;

impl Experiment for Memory {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, _scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let pools = WAYS.into_iter().flat_map(|(backend, transport, _)| {
            [FEW, MANY].map(|workers| {
                let asked = [("size", SIDE), ("tasks", "16")];
                Ok(Wish { transport, ..wish("matmul", backend, workers, &asked)? })
            })
        });
        let waits = [FEW_WAITS, MANY_WAITS].map(|count| {
            let asked = [("tasks", &*count.to_string()), ("latency", "5ms")];
            Ok(Wish { in_flight: Some(count), ..wish("sleep", BackendId::Async, FEW, &asked)? })
        });
        configurations(pools.chain(waits))
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let [threads, copies, mapped] = ways(evidence)?;
        let task = of_a_wait(evidence)?;
        let shown = |of: Measured| Unit::Bytes.shown(of.value);
        let of_all = |quantity, of: fn(&Way) -> Measured| {
            [&threads, &copies, &mapped].map(|way| Figure::new(way.name, quantity, of(way), Unit::Bytes))
        };
        let mut figures = of_all("memory of another worker", |way| way.another).to_vec();
        figures.push(Figure::new("async", "memory of another waiting task", task, Unit::Bytes));
        figures.extend(of_all("8 workers, same data, PSS", |way| way.pages));
        figures.extend(of_all("8 workers, same data, RSS added up", |way| way.resident));
        Ok(Finding {
            verdict: copies.another.exceeds(threads.another.times(CLEARLY_MORE)),
            processes: format!("{} a worker", shown(copies.another)),
            threads: format!("{} a worker", shown(threads.another)),
            conclusion: format!(
                "with two matrices of {MATRIX} to multiply, another thread costs {}, another worker process {} with copies of \
                 them and {} where they lie in shared memory; another waiting async task costs {}. {MANY} workers take {}; \
                 resident sizes (RSS) add up to {}, since they count what is shared again for each process",
                shown(threads.another),
                shown(copies.another),
                shown(mapped.another),
                shown(task),
                told([&threads, &copies, &mapped], |way| way.pages),
                told([&threads, &copies, &mapped], |way| way.resident),
            ),
            figures,
        })
    }
}

/// What workers that read the same data take.
struct Way {
    name: &'static str,
    /// What another worker takes.
    another: Measured,
    /// What many of them take, each page counted once.
    pages: Measured,
    /// The same, each page counted for each process that has it.
    resident: Measured,
}

fn ways(evidence: &Evidence<'_>) -> Result<[Way; 3], Unmeasured> {
    let of = |(backend, transport, name): (BackendId, Transport, &'static str)| {
        let with = |workers: u32| {
            let is_it = |of: &Configuration| of.workers == workers && of.transport == Some(transport);
            evidence.row(&format!("{name} with {workers} workers"), backend, is_it)
        };
        let (few, many) = (with(FEW)?, with(MANY)?);
        let another = many.memory()?.less(few.memory()?).times(1.0 / f64::from(MANY - FEW));
        Ok(Way { name, another, pages: many.memory()?, resident: many.resident()? })
    };
    let [threads, copies, mapped] = WAYS;
    Ok([of(threads)?, of(copies)?, of(mapped)?])
}

fn told(ways: [&Way; 3], of: fn(&Way) -> Measured) -> String {
    let [threads, copies, mapped] = ways.map(|way| Unit::Bytes.shown(of(way).value));
    format!("{threads} as threads, {copies} with copies and {mapped} with shared memory")
}

fn of_a_wait(evidence: &Evidence<'_>) -> Result<Measured, Unmeasured> {
    let with = |count| evidence.row("async", BackendId::Async, |of| of.in_flight == Some(count))?.memory();
    Ok(with(MANY_WAITS)?.less(with(FEW_WAITS)?).times(1.0 / f64::from(MANY_WAITS - FEW_WAITS)))
}
