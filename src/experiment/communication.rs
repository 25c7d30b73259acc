//! Communication: what it costs to hand data to a worker and to get it back.

use super::evidence::{Evidence, Unmeasured};
use super::plan::{configurations, wish};
use super::{About, Experiment, Figure, Finding, Measured, Scope, Unit, Verdict};
use crate::spec::{BackendId, Chunk, Configuration, Transport, Wish};
use crate::units::Bytes;
use crate::workload::Refusal;

/// See the module's documentation.
pub(super) struct Communication;

static ABOUT: About = About {
    id: "communication",
    feature: "Communication",
    question: "What does it cost to hand data to a worker and to get it back?",
    processes: "IPC: queues, pipes",
    threads: "easy: shared memory",
    watch: "`ipc` in the bars of worker processes: time in which they hand data over or wait for it, which threads hardly need",
    take: "where tasks are handed megabytes, or change data that all share, take threads, or shared memory between processes; for a few bytes it does not matter",
    why: "a thread is told where the data is, or is sent a copy of its own; into another process every byte is copied, twice by a pipe, or not at all where both \
          map the same memory",
    change: "shared memory between processes; payloads of a few bytes; tasks that compute long for what they are handed",
};

/// The size that decides.
const DECIDING: Bytes = Bytes(1 << 20);

/// All sizes.
const QUICK: [Bytes; 4] = [Bytes(1), Bytes(1 << 16), DECIDING, Bytes(1 << 24)];
const ALL: [Bytes; 5] = [Bytes(1), Bytes(1 << 10), Bytes(1 << 16), DECIDING, Bytes(1 << 24)];

/// From this size on it counts how fast bytes are moved.
const TELLING: Bytes = Bytes(1 << 16);

/// Handing data over has to take this many times as long in one as in the other.
const CLEARLY_MORE: f64 = 2.0;

impl Experiment for Communication {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal> {
        let sizes = if scope.quick { &QUICK[..] } else { &ALL };
        let moved = sizes.iter().flat_map(|&payload| {
            let tasks = if payload > DECIDING { "4" } else { "64" };
            WAYS.map(|(backend, transport)| {
                let asked = [("tasks", tasks), ("cpu-us", "0"), ("io-us", "0")];
                let wish = wish("mixed", backend, 1, &asked)?;
                Ok(Wish { payload, transport, chunk: Chunk::Fixed(1), ..wish })
            })
        });
        let table = [BackendId::Threads, BackendId::Processes]
            .map(|backend| wish("shared", backend, scope.workers(), &[("tasks", "400"), ("size", "100")]));
        configurations(moved.chain(table))
    }

    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured> {
        let of = |name, backend, transport| {
            let row = evidence.row(name, backend, |of| of.payload == DECIDING && is_way(of, backend, transport))?;
            row.wall_per_task()
        };
        let reference = of("threads", BackendId::Threads, Transport::Reference)?;
        let channel = of("threads over a channel", BackendId::Threads, Transport::Channel)?;
        let pipe = of("processes over a pipe", BackendId::Processes, Transport::Pipe)?;
        let shm = of("processes with shared memory", BackendId::Processes, Transport::Shm)?;
        let table = |backend| evidence.row("a shared table", backend, |of| of.workload == "shared");
        let sharing = table(BackendId::Threads)?.faster_than(table(BackendId::Processes)?)?;
        let shown = |of: Measured| Unit::Seconds.shown(of.value);
        let mut figures = every_way(evidence)?;
        figures.push(Figure::new("shared table", "threads are faster", sharing, Unit::Times));
        Ok(Finding {
            verdict: Verdict::all(&[pipe.exceeds(reference.times(CLEARLY_MORE)), sharing.is_above(1.0)]),
            processes: format!("{DECIDING} {}", shown(pipe)),
            threads: format!("{DECIDING} {}", shown(reference)),
            conclusion: format!(
                "{DECIDING} to a task and back takes processes {} over a pipe and {} in shared memory, threads {} over a \
                 channel and {} by reference; changing a table that all share, threads are {} as fast as processes",
                shown(pipe),
                shown(shm),
                shown(channel),
                shown(reference),
                Unit::Times.shown(sharing.value),
            ),
            figures,
        })
    }
}

/// The ways to hand data over.
const WAYS: [(BackendId, Transport); 4] = [
    (BackendId::Threads, Transport::Reference),
    (BackendId::Threads, Transport::Channel),
    (BackendId::Processes, Transport::Pipe),
    (BackendId::Processes, Transport::Shm),
];

fn is_way(row: &Configuration, backend: BackendId, transport: Transport) -> bool {
    row.backend == backend && row.transport == Some(transport)
}

/// What is told of each payload and way: times side by side for each payload, then how fast bytes are moved.
fn every_way(evidence: &Evidence<'_>) -> Result<Vec<Figure>, Unmeasured> {
    let (mut times, mut rates) = (Vec::new(), Vec::new());
    for payload in ALL {
        for (backend, transport) in WAYS {
            let moved = |of: &Configuration| of.payload == payload && is_way(of, backend, transport);
            let Some(row) = evidence.rows(backend, moved).next() else { continue };
            let (time, is_copied) = (row.wall_per_task()?, transport != Transport::Reference && payload >= TELLING);
            times.push(Figure::new(transport.id(), format!("time of a task with {payload}"), time, Unit::Seconds));
            let rate = rate(payload, time);
            // An upper bound that is infinite says nothing.
            if is_copied && rate.high.is_finite() {
                let label = format!("{}, {payload}", transport.id());
                rates.push(Figure::new(label, "moved in a second, both ways", rate, Unit::BytesPerSecond));
            }
        }
    }
    Ok([times, rates].concat())
}

/// What a way moves in a second, both directions counted, where a task with that payload takes `time`.
#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn rate(payload: Bytes, time: Measured) -> Measured {
    let of = |seconds: f64| 2.0 * payload.0 as f64 / seconds;
    let fastest = if time.low > 0.0 { of(time.low) } else { f64::INFINITY };
    Measured { value: of(time.value), low: of(time.high), high: fastest }
}
