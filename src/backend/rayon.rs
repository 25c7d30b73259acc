//! rayon's work-stealing threads: one leaf per chunk, stolen as rayon sees fit.
//!
//! A leaf holds the lock for its own tasks only and never joins while it does: a holder that stole a task which takes the
//! lock again would wait for itself.

use std::cell::RefCell;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::gather::{Bench, Room, gather, switches};
use super::outputs::Index;
use super::{Backend, Pool, PoolError, PoolRun, PoolSetup};
use crate::machine::clock;
use crate::spec::BackendId;
use crate::task::Runner;
use crate::units::WorkerId;

thread_local! {
    /// The bench of the worker that this thread is; rayon's threads belong to one pool each.
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// See the module's documentation.
pub(super) struct Rayon;

impl Backend for Rayon {
    fn id(&self) -> BackendId {
        BackendId::Rayon
    }

    fn start(&self, setup: PoolSetup) -> Result<Box<dyn Pool>, PoolError> {
        let runner = setup.runner();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(setup.configuration.workers as usize)
            .thread_name(|place| format!("worker {}", place + 1))
            .exit_handler(|_| BENCH.set(None))
            .build()
            .map_err(|error| PoolError::Start { worker: 1, reason: error.to_string() })?;
        let room = Room::of(&setup);
        // The broadcast returns once every thread has taken its seat.
        pool.broadcast(|context| {
            let place = u32::try_from(context.index()).unwrap_or(u32::MAX);
            let bench = Bench::new(Runner::new(runner.clone(), WorkerId(place)), room);
            bench.rest();
            BENCH.set(Some(bench));
        });
        Ok(Box::new(RayonPool { setup, pool }))
    }
}

struct RayonPool {
    setup: PoolSetup,
    pool: rayon::ThreadPool,
}

impl Pool for RayonPool {
    fn run(&mut self) -> Result<PoolRun, PoolError> {
        let tasks = &self.setup.plan.tasks;
        let chunk = usize::try_from(self.setup.chunk()).unwrap_or(usize::MAX);
        let before = self.setup.lock_stats();
        self.pool.broadcast(|_| with_bench(Bench::prepare));
        let index = Index::prepared(tasks.len(), chunk);
        let start = clock::now();
        self.pool.broadcast(|_| with_bench(|bench| bench.begin(start)));
        self.pool.install(|| {
            (0..tasks.len().div_ceil(chunk)).into_par_iter().with_max_len(1).for_each(|place| {
                let first = place * chunk;
                let mut claim = Some(first..first.saturating_add(chunk).min(tasks.len()));
                with_bench(|bench| {
                    bench.execute(tasks, || claim.take());
                    bench.rest();
                });
            });
        });
        let harvests = self.pool.broadcast(|_| with_bench(Bench::finish));
        let after = self.setup.lock_stats();
        Ok(gather(start, harvests, index, switches(&self.setup, before, after)))
    }
}

/// # Panics
/// On a thread that is no worker; rayon runs the closures above on the pool's own threads only.
fn with_bench<R>(work: impl FnOnce(&mut Bench) -> R) -> R {
    BENCH.with_borrow_mut(|bench| work(bench.as_mut().expect("every thread of the pool has taken its seat")))
}
