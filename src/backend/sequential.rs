//! One task after the other, on the engine's own thread: what every speed-up is measured against.

use super::gather::{Bench, Room, gather};
use super::outputs::Index;
use super::{Backend, Pool, PoolError, PoolRun, PoolSetup};
use crate::machine::clock;
use crate::spec::BackendId;
use crate::task::Runner;
use crate::units::WorkerId;

/// See the module's documentation.
pub(super) struct Sequential;

impl Backend for Sequential {
    fn id(&self) -> BackendId {
        BackendId::Sequential
    }

    fn start(&self, setup: PoolSetup) -> Result<Box<dyn Pool>, PoolError> {
        let runner = Runner::new(setup.runner(), WorkerId(0));
        runner.seat().rest(crate::board::State::Idle);
        let bench = Bench::new(runner, Room::of(&setup));
        Ok(Box::new(SequentialPool { setup, bench }))
    }
}

struct SequentialPool {
    setup: PoolSetup,
    bench: Bench,
}

impl Pool for SequentialPool {
    fn run(&mut self) -> Result<PoolRun, PoolError> {
        let tasks = &self.setup.plan.tasks;
        self.bench.prepare();
        let index = Index::prepared(tasks.len(), tasks.len());
        let start = clock::now();
        self.bench.begin(start);
        let mut claim = Some(0..tasks.len());
        self.bench.execute(tasks, || claim.take());
        let harvest = self.bench.finish();
        Ok(gather(start, vec![harvest], index, None))
    }
}
