//! tokio's runtime: few threads, and as many tasks under way as memory holds.
//!
//! Each of the tasks under way has a *lane*: a future that claims a task, awaits its I/O, has the thread that it finds
//! itself on compute, and goes on with the next. Lanes wander between threads; a worker's bench stays on its thread, and
//! a lane borrows it between two awaits only, so that the lock is never held across one. Where nothing is left to poll,
//! the worker lets go of the lock and is in `io` while some lane waits for I/O, else in `idle`.
//!
//! The blocking pool, on which files are read, has as many threads as the runtime: more would compute behind its back.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::CachePadded;
use tokio::runtime::{Builder, Runtime};

use super::cursor::Cursor;
use super::gather::{Bench, Harvest, Room, gather, switches};
use super::meeting::Meeting;
use super::outputs::Index;
use super::{Backend, Pool, PoolError, PoolRun, PoolSetup};
use crate::board::State;
use crate::spec::{AWAITED_PER_WORKER, BackendId, Chunk};
use crate::task::{Awaiter, Runner, RunnerSetup};
use crate::units::{Nanos, WorkerId};
use crate::workload::Plan;

thread_local! {
    /// The bench of the worker that this thread is; threads of the blocking pool have none.
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// See the module's documentation.
pub(super) struct Async;

impl Backend for Async {
    fn id(&self) -> BackendId {
        BackendId::Async
    }

    fn start(&self, setup: PoolSetup) -> Result<Box<dyn Pool>, PoolError> {
        let failed = |error: std::io::Error| PoolError::Start { worker: 1, reason: error.to_string() };
        let waiting = Arc::default();
        let runtime = runtime(&setup, &waiting).map_err(failed)?;
        let runner = setup.runner();
        let awaiter = {
            let _inside = runtime.enter();
            Awaiter::start(setup.configuration.workers as usize, &runner).map_err(failed)?
        };
        let shared = Arc::new(Shared::new(&setup, awaiter, waiting));
        let pool = AsyncPool { setup, runtime, shared };
        pool.seat(runner);
        Ok(Box::new(pool))
    }
}

/// How many lanes wait for I/O.
type Waiting = Arc<CachePadded<AtomicUsize>>;

fn runtime(setup: &PoolSetup, waiting: &Waiting) -> std::io::Result<Runtime> {
    let waiting = Arc::clone(waiting);
    let workers = setup.configuration.workers as usize;
    Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(workers)
        .thread_name("worker")
        .enable_io()
        .enable_time()
        .on_thread_park(move || {
            let state = if waiting.load(Ordering::Relaxed) > 0 { State::Io } else { State::Idle };
            BENCH.with_borrow(|bench| {
                if let Some(bench) = bench {
                    bench.rest_in(state);
                }
            });
        })
        .on_thread_stop(|| BENCH.set(None))
        .build()
}

struct AsyncPool {
    setup: PoolSetup,
    runtime: Runtime,
    shared: Arc<Shared>,
}

/// What lanes share.
struct Shared {
    plan: Arc<Plan>,
    awaiter: Awaiter,
    /// Whether some task waits for I/O.
    waits: bool,
    lanes: usize,
    cursor: Cursor,
    /// Lanes that are not over yet.
    left: CachePadded<AtomicUsize>,
    waiting: Waiting,
    round: Mutex<Round>,
    changed: Condvar,
}

/// The pool's state, changed under its mutex: it waits for a number of `seated` workers or `harvests`, or until all is `over`.
#[derive(Default)]
struct Round {
    seated: usize,
    over: bool,
    harvests: Vec<Harvest>,
}

impl AsyncPool {
    /// Makes each of the runtime's threads a worker.
    fn seat(&self, runner: RunnerSetup) {
        let (room, next, shared) = (Room::of(&self.setup), AtomicU32::new(0), Arc::clone(&self.shared));
        self.assemble(move |_| {
            let worker = WorkerId(next.fetch_add(1, Ordering::Relaxed));
            let bench = Bench::new(Runner::new(runner.clone(), worker), room);
            bench.rest();
            BENCH.set(Some(bench));
            shared.change(|round| round.seated += 1);
        });
        drop(self.shared.wait_until(|round| round.seated == self.workers()));
    }

    /// Has every worker do something once, all at the moment that is returned and handed to each: a task for each, none
    /// of which goes on before all have come, so that no thread takes two.
    fn assemble(&self, act: impl Fn(Nanos) + Send + Sync + 'static) -> Nanos {
        let meeting = Arc::new(Meeting::new(act));
        for _ in 0..self.workers() {
            let meeting = Arc::clone(&meeting);
            self.runtime.spawn(async move { meeting.attend() });
        }
        // Any task wakes a thread that sleeps.
        meeting.open(self.workers(), || drop(self.runtime.spawn(async {})))
    }

    fn workers(&self) -> usize {
        self.setup.configuration.workers as usize
    }

    /// The lanes, a fair share of them from each worker.
    fn begin(&self) -> Nanos {
        let (shared, workers, next) = (Arc::clone(&self.shared), self.workers(), AtomicUsize::new(0));
        shared.left.store(shared.lanes, Ordering::Relaxed);
        shared.change(|round| round.over = shared.lanes == 0);
        shared.cursor.rewind();
        self.assemble(move |start| {
            with_bench(|bench| bench.begin(start));
            let place = next.fetch_add(1, Ordering::Relaxed);
            for _ in (place..shared.lanes).step_by(workers) {
                tokio::spawn(lane(EndOfLane(Arc::clone(&shared))));
            }
        })
    }

    fn harvests(&self) -> Vec<Harvest> {
        let shared = Arc::clone(&self.shared);
        self.assemble(move |_| {
            let harvest = with_bench(Bench::finish);
            shared.change(|round| round.harvests.push(harvest));
        });
        let mut round = self.shared.wait_until(|round| round.harvests.len() == self.workers());
        std::mem::take(&mut round.harvests)
    }
}

impl Pool for AsyncPool {
    fn run(&mut self) -> Result<PoolRun, PoolError> {
        let before = self.setup.lock_stats();
        self.assemble(|_| with_bench(Bench::prepare));
        let index = Index::prepared(self.setup.plan.tasks.len(), self.shared.side_by_side());
        let start = self.begin();
        drop(self.shared.wait_until(|round| round.over));
        let harvests = self.harvests();
        let after = self.setup.lock_stats();
        let run = gather(start, harvests, index, switches(&self.setup, before, after));
        if run.outputs.len() == self.setup.plan.tasks.len() { Ok(run) } else { Err(PoolError::ThreadLost) }
    }
}

impl Shared {
    fn new(setup: &PoolSetup, awaiter: Awaiter, waiting: Waiting) -> Self {
        let tasks = setup.plan.tasks.len();
        // A lane does the tasks of its claim one after the other, so only those that wait for nothing come in chunks.
        let waits = setup.plan.tasks.iter().any(|task| task.io.is_some());
        let chunk = match setup.configuration.chunk {
            Some(Chunk::Auto) | None if waits => 1,
            _ => usize::try_from(setup.chunk()).unwrap_or(usize::MAX),
        };
        let in_flight = setup.configuration.in_flight.unwrap_or(AWAITED_PER_WORKER) as usize;
        Self {
            plan: Arc::clone(&setup.plan),
            awaiter,
            waits,
            lanes: in_flight.min(tasks.div_ceil(chunk)),
            cursor: Cursor::new(tasks, chunk),
            left: CachePadded::new(AtomicUsize::new(0)),
            waiting,
            round: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Round> {
        // Nothing in a round is left half changed by a panic, so a poisoned one is as good as any.
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Round)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait_until(&self, complete: impl Fn(&Round) -> bool) -> MutexGuard<'_, Round> {
        let round = self.changed.wait_while(self.lock(), |round| !complete(round));
        round.unwrap_or_else(PoisonError::into_inner)
    }

    /// How many outputs stand side by side at least: those of a claim, unless its tasks wait between those of others.
    const fn side_by_side(&self) -> usize {
        if self.waits { 1 } else { self.cursor.chunk() }
    }
}

/// Does tasks until none is left to claim.
async fn lane(end: EndOfLane) {
    let EndOfLane(shared) = &end;
    if !shared.waits {
        with_bench(|bench| bench.execute(&shared.plan.tasks, || shared.cursor.claim()));
        return;
    }
    while let Some(claim) = shared.cursor.claim() {
        for number in claim {
            let task = &shared.plan.tasks[number];
            let Some(io) = task.io.as_deref() else {
                let mut claim = Some(number..number + 1);
                with_bench(|bench| bench.execute(&shared.plan.tasks, || claim.take()));
                continue;
            };
            with_bench(|bench| bench.rest_in(State::Io));
            shared.waiting.fetch_add(1, Ordering::Relaxed);
            let arrived = shared.awaiter.perform(io, task.cpu.as_ref()).await;
            shared.waiting.fetch_sub(1, Ordering::Relaxed);
            with_bench(|bench| bench.conclude(number, task, arrived));
        }
    }
}

/// Counts a lane as over, however it ends.
struct EndOfLane(Arc<Shared>);

impl Drop for EndOfLane {
    fn drop(&mut self) {
        // The pool's mutex for each of ten thousand lanes would make them wait for each other.
        if self.0.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.change(|round| round.over = true);
        }
    }
}

/// # Panics
/// On a thread that is no worker; lanes run on the runtime's own threads only, each of which is seated at the start.
fn with_bench<R>(work: impl FnOnce(&mut Bench) -> R) -> R {
    BENCH.with_borrow_mut(|bench| work(bench.as_mut().expect("every thread of the runtime has taken its seat")))
}
