//! What running work in parallel costs on this machine before any work is done: measured on the spot, in well under a
//! second.

use std::io;
use std::sync::Arc;
use std::thread;

use rustix::pipe::{PipeFlags, pipe_with};
use serde::Serialize;

use crate::backend::{self, PoolSetup};
use crate::board::Board;
use crate::engine::Calibration;
use crate::machine::clock;
use crate::spec::{BackendId, Chunk, Configuration, Wish};
use crate::units::Nanos;
use crate::workload::{Survey, Value, by_id};

/// No measurement begins another round after this long.
const PATIENCE: Nanos = Nanos::from_millis(40);

/// Rounds of a measurement, of which the median counts.
const ROUNDS: usize = 15;

/// Empty tasks of one round.
pub(super) const TASKS: u64 = 1_000;

/// How many workers share the empty tasks.
const WORKERS: u32 = 2;

/// What things cost that every parallel program does. `None` is what could not be measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overheads {
    /// One read of the clock.
    #[serde(rename = "clock_read_ns")]
    pub clock_read: Nanos,
    /// Handing out an empty task and taking its result, one task at a time, by backend.
    #[serde(rename = "dispatch_ns")]
    pub dispatch: Vec<Dispatch>,
    /// A byte to another thread through a pipe and one back.
    #[serde(rename = "pipe_round_trip_ns")]
    pub pipe_round_trip: Option<Nanos>,
    /// Starting a thread that does nothing, and waiting for its end.
    #[serde(rename = "thread_start_ns")]
    pub thread_start: Option<Nanos>,
    /// Starting a worker process, until it is ready for tasks.
    #[serde(rename = "process_start_ns")]
    pub process_start: Option<Nanos>,
}

/// What an empty task costs on a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Dispatch {
    /// Which backend.
    pub backend: BackendId,
    /// The cost of one task; `None` where it could not be measured.
    #[serde(rename = "task_ns")]
    pub task: Option<Nanos>,
}

impl Overheads {
    /// Measures all of it on the calling thread, two workers and their processes; `clock_read` is known already.
    #[must_use]
    pub fn measure(clock_read: Nanos) -> Self {
        let dispatch = |backend| Dispatch { backend, task: dispatch(backend) };
        Self {
            clock_read,
            dispatch: BackendId::ALL.map(dispatch).to_vec(),
            pipe_round_trip: pipe_round_trip().ok(),
            thread_start: thread_start().ok(),
            process_start: process_start(),
        }
    }
}

/// The median of up to [`ROUNDS`] rounds, as far as [`PATIENCE`] goes; the first error ends it.
fn median<E>(mut round: impl FnMut() -> Result<Nanos, E>) -> Result<Nanos, E> {
    let begun = clock::now();
    let mut figures = vec![round()?];
    while figures.len() < ROUNDS && clock::now().since(begun) < PATIENCE {
        figures.push(round()?);
    }
    figures.sort_unstable();
    Ok(figures[figures.len() / 2])
}

/// The time that `act` takes.
fn timed<E>(act: impl FnOnce() -> Result<(), E>) -> Result<Nanos, E> {
    let start = clock::now();
    act().map(|()| clock::now().since(start))
}

/// What an empty task costs on a backend whose workers stand.
fn dispatch(backend: BackendId) -> Option<Nanos> {
    let mut pool = backend::by_id(backend).start(empty_tasks(backend, WORKERS)?).ok()?;
    let mut round = || {
        let run = pool.run().ok()?;
        let end = run.reports.iter().map(|report| report.finished).max()?;
        Some(Nanos(end.since(run.start).0 / TASKS))
    };
    median(|| round().ok_or(())).ok()
}

/// A pool to be, for empty tasks, each of which is claimed by itself.
fn empty_tasks(backend: BackendId, workers: u32) -> Option<PoolSetup> {
    let workload = by_id("mixed")?;
    let mut wish = Wish { chunk: Chunk::Fixed(1), ..Wish::of(workload, backend, workers) };
    wish.values.set("tasks", Value::Count(TASKS));
    for part in ["cpu-us", "io-us"] {
        wish.values.set(part, Value::Real(0.0));
    }
    let configuration = Configuration::new(wish).ok()?;
    let known = Calibration { survey: Survey::default(), tasks: TASKS, task_cost: Nanos(10), steps_per_us: 1.0 };
    let job = known.job(&configuration);
    Some(PoolSetup {
        plan: Arc::new(workload.plan(&job)),
        job: Arc::new(job),
        task_cost: known.task_cost,
        board: Arc::new(Board::create(configuration.workers).ok()?),
        table: None,
        // A worker that dies here is heard of as an error, or costs time.
        witness: Arc::new(|_| ()),
        trap: None,
        gil: None,
        configuration: Arc::new(configuration),
    })
}

/// Ending the process is not timed.
fn process_start() -> Option<Nanos> {
    let setup = empty_tasks(BackendId::Processes, 1)?;
    let one = || {
        let start = clock::now();
        let started = backend::by_id(BackendId::Processes).start(setup.clone());
        let ready = clock::now().since(start);
        started.map(|_| ready)
    };
    median(one).ok()
}

fn thread_start() -> io::Result<Nanos> {
    let one = || {
        let thread = thread::Builder::new().spawn(|| ())?;
        thread.join().map_err(|_| io::Error::other("a thread that does nothing has failed"))
    };
    median(|| timed(one))
}

/// The echo ends when its input does, so that nothing is left behind whatever happens.
fn pipe_round_trip() -> io::Result<Nanos> {
    const TRIPS: u64 = 64;
    let (far_input, near_output) = pipe_with(PipeFlags::CLOEXEC)?;
    let (near_input, far_output) = pipe_with(PipeFlags::CLOEXEC)?;
    let echo = thread::Builder::new().spawn(move || {
        let mut byte = [0];
        while let Ok(1) = rustix::io::read(&far_input, &mut byte) {
            if rustix::io::write(&far_output, &byte).is_err() {
                return;
            }
        }
    })?;
    let trip = || {
        rustix::io::write(&near_output, &[1])?;
        rustix::io::read(&near_input, &mut [0]).map(drop)
    };
    let trips = || (0..TRIPS).try_for_each(|_| trip());
    let found = median(|| timed(trips)).map(|all| Nanos(all.0 / TRIPS));
    drop(near_output);
    echo.join().map_err(|_| io::Error::other("the echo has failed"))?;
    Ok(found?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_some_rounds_counts_and_time_is_bounded() {
        let mut rounds = 0_u64;
        let found = median(|| {
            rounds += 1;
            Ok::<_, ()>(Nanos(if rounds == 1 { 1_000_000 } else { rounds }))
        });
        assert_eq!((found, rounds), (Ok(Nanos(9)), ROUNDS as u64));
        assert_eq!(median(|| Err::<Nanos, _>("no")), Err("no"));
        let start = clock::now();
        let slow = median(|| {
            let begun = clock::now();
            while clock::now().since(begun) < PATIENCE {
                std::hint::black_box(());
            }
            Ok::<_, ()>(PATIENCE)
        });
        assert_eq!(slow, Ok(PATIENCE));
        assert!(clock::now().since(start).0 >= PATIENCE.0);
    }

    #[test]
    fn threads_and_pipes_cost_something() {
        for found in [thread_start().unwrap(), pipe_round_trip().unwrap(), dispatch(BackendId::Threads).unwrap()] {
            assert!(found > Nanos::ZERO && found < Nanos::from_secs(1), "{found}");
        }
    }
}
