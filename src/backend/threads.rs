//! Threads of one process that claim chunks from a shared cursor, or are sent them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::cursor::Cursor;
use super::exchange::{Exchange, Post};
use super::gather::{Bench, Harvest, Room, gather, switches};
use super::outputs::Index;
use super::{Backend, Pool, PoolError, PoolRun, PoolSetup};
use crate::machine::clock;
use crate::spec::{BackendId, Transport};
use crate::task::{PayloadBlock, Runner, RunnerSetup};
use crate::units::{Nanos, WorkerId};
use crate::workload::Plan;

/// See the module's documentation.
pub(super) struct Threads;

impl Backend for Threads {
    fn id(&self) -> BackendId {
        BackendId::Threads
    }

    fn start(&self, setup: PoolSetup) -> Result<Box<dyn Pool>, PoolError> {
        let runner = setup.runner();
        let shared = Arc::new(Shared::new(&setup));
        let configuration = &setup.configuration;
        let exchange = (configuration.transport == Some(Transport::Channel))
            .then(|| Exchange::new(PayloadBlock::new(configuration.payload)));
        let mut pool = ThreadPool { setup, shared, exchange, threads: Vec::new() };
        for worker in 0..pool.setup.configuration.workers {
            pool.add(worker, runner.clone())?;
        }
        pool.shared.wait_until(|round| round.ready == pool.threads.len())?;
        Ok(Box::new(pool))
    }
}

struct ThreadPool {
    setup: PoolSetup,
    shared: Arc<Shared>,
    /// Where tasks are sent; `None` where workers claim them.
    exchange: Option<Exchange>,
    threads: Vec<JoinHandle<()>>,
}

/// What the pool's threads share: the plan, the cursor, and the round that they are in.
struct Shared {
    plan: Arc<Plan>,
    room: Room,
    cursor: Cursor,
    round: Mutex<Round>,
    begins: Condvar,
    changed: Condvar,
}

/// What all threads are told to do.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Make room for a run.
    Prepare,
    /// Run the plan; the barrier fell at that time.
    Work(Nanos),
}

/// The pool's state, changed under its mutex. Threads wait for one more step or for `closed`; the pool waits for
/// `ready` or for `harvests` to be complete.
#[derive(Default)]
struct Round {
    /// How many steps there were, and the latest.
    steps: u64,
    step: Option<Step>,
    ready: usize,
    lost: bool,
    closed: bool,
    harvests: Vec<Harvest>,
}

impl ThreadPool {
    fn add(&mut self, worker: u32, runner: RunnerSetup) -> Result<(), PoolError> {
        let shared = Arc::clone(&self.shared);
        let post = self.exchange.as_mut().map(Exchange::post);
        let builder = std::thread::Builder::new().name(format!("worker {}", worker + 1));
        let thread = builder.spawn(move || shared.work(runner, WorkerId(worker), post.as_ref()));
        let thread = thread.map_err(|error| PoolError::Start { worker: worker + 1, reason: error.to_string() })?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Pool for ThreadPool {
    fn run(&mut self) -> Result<PoolRun, PoolError> {
        let workers = self.threads.len();
        let index = self.shared.prepare();
        self.shared.wait_until(|round| round.ready == workers)?;
        let before = self.setup.lock_stats();
        let start = self.shared.release();
        if let Some(exchange) = &mut self.exchange {
            exchange.serve(&self.shared.cursor)?;
        }
        let harvests = self.shared.wait_until(|round| round.harvests.len() == workers)?;
        let after = self.setup.lock_stats();
        Ok(gather(start, harvests, index, switches(&self.setup, before, after)))
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.begins.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has already been reported as lost.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn new(setup: &PoolSetup) -> Self {
        let chunk = usize::try_from(setup.chunk()).unwrap_or(usize::MAX);
        Self {
            plan: Arc::clone(&setup.plan),
            room: Room::of(setup),
            cursor: Cursor::new(setup.plan.tasks.len(), chunk),
            round: Mutex::default(),
            begins: Condvar::new(),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Round> {
        // Nothing in a round is left half changed by a panic, so a poisoned one is as good as any.
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has room made for a run, by the threads for what they will find and here for its order.
    fn prepare(&self) -> Index {
        self.cursor.rewind();
        self.step(|round| {
            round.ready = 0;
            Step::Prepare
        });
        Index::prepared(self.plan.tasks.len(), self.cursor.chunk())
    }

    /// Lets the threads go, and says when.
    fn release(&self) -> Nanos {
        let mut start = Nanos::ZERO;
        self.step(|_| {
            start = clock::now();
            Step::Work(start)
        });
        start
    }

    fn step(&self, decide: impl FnOnce(&mut Round) -> Step) {
        let mut round = self.lock();
        round.steps += 1;
        round.step = Some(decide(&mut round));
        self.begins.notify_all();
    }

    /// Waits for `complete`, then takes the harvests, if there are any.
    fn wait_until(&self, complete: impl Fn(&Round) -> bool) -> Result<Vec<Harvest>, PoolError> {
        let round = self.changed.wait_while(self.lock(), |round| !round.lost && !complete(round));
        let mut round = round.unwrap_or_else(PoisonError::into_inner);
        if round.lost { Err(PoolError::ThreadLost) } else { Ok(std::mem::take(&mut round.harvests)) }
    }

    /// A thread's whole life.
    fn work(&self, setup: RunnerSetup, worker: WorkerId, post: Option<&Post>) {
        let alarm = LossAlarm(self);
        let mut bench = Bench::new(Runner::new(setup, worker), self.room);
        bench.rest();
        self.say(|round| round.ready += 1);
        let mut seen = 0;
        while let Some(step) = self.next_step(&mut seen) {
            match step {
                Step::Prepare => {
                    bench.prepare();
                    self.say(|round| round.ready += 1);
                }
                Step::Work(start) => {
                    bench.begin(start);
                    match post {
                        Some(post) => post.work(&mut bench, &self.plan.tasks),
                        None => bench.execute(&self.plan.tasks, || self.cursor.claim()),
                    }
                    let harvest = bench.finish();
                    self.say(|round| round.harvests.push(harvest));
                }
            }
        }
        std::mem::forget(alarm);
    }

    /// Changes what the pool waits for.
    fn say(&self, change: impl FnOnce(&mut Round)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits for one more step than `seen`, and counts it; `None` when the pool closes.
    fn next_step(&self, seen: &mut u64) -> Option<Step> {
        let round = self.begins.wait_while(self.lock(), |round| !round.closed && round.steps == *seen);
        let round = round.unwrap_or_else(PoisonError::into_inner);
        *seen = round.steps;
        round.step.filter(|_| !round.closed)
    }
}

/// Tells the pool when a thread unwinds, so that it does not wait for its harvest forever.
struct LossAlarm<'a>(&'a Shared);

impl Drop for LossAlarm<'_> {
    fn drop(&mut self) {
        self.0.lock().lost = true;
        self.0.changed.notify_all();
    }
}
