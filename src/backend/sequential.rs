//! One task after the other, on the engine's own thread: what every speed-up is measured against.

use super::gather::{Bench, Room, gather};
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
        let runner = Runner::new(setup.runner(setup.gil()), WorkerId(0));
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
        let start = clock::now();
        self.bench.begin(start);
        self.bench.execute(tasks, 0..tasks.len());
        let harvest = self.bench.finish();
        self.bench.prepare();
        Ok(gather(start, vec![harvest], None))
    }
}
