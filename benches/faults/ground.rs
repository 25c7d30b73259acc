//! The work that is struck: what it is, what must come out of it, a pool that does it.

use std::sync::{Arc, Mutex};

use partui::backend::{self, Pool, PoolRun, PoolSetup};
use partui::board::Board;
use partui::engine::{Calibration, calibrate};
use partui::fault::{Fault, Strikes};
use partui::machine::clock;
use partui::spec::{BackendId, Configuration, Transport, Wish};
use partui::task::Trap;
use partui::units::{Bytes, Nanos, WorkerId};
use partui::workload::{Checksum, Plan, Value, Workload, by_id};

use crate::tally::{Tally, milliseconds};

/// Microseconds of a task, and bytes that are moved to it and back.
const CPU_US: &str = "100";
const PAYLOAD: Bytes = Bytes(64);

pub(crate) const WORKERS: u32 = 4;

/// What is known of the work.
pub(crate) struct Ground {
    pub(crate) tasks: u64,
    calibration: Calibration,
    checksum: Checksum,
    proof: u64,
}

/// What was said of faults, with the moments.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) struck: Mutex<Vec<Nanos>>,
    pub(crate) deaths: Mutex<Vec<(WorkerId, Nanos)>>,
}

/// A pool and what is told of it.
pub(crate) struct Arena {
    pub(crate) pool: Box<dyn Pool>,
    pub(crate) board: Arc<Board>,
    pub(crate) told: Arc<Told>,
    tasks: u64,
    trap: Option<(Arc<Trap>, Fault)>,
}

fn workload() -> &'static dyn Workload {
    by_id("mixed").expect("mixed is a workload")
}

/// Worker processes, struck or not.
fn configuration(tasks: u64, transport: Transport, workers: u32, fault: Option<Fault>) -> Configuration {
    let mut wish = Wish::of(workload(), BackendId::Processes, workers);
    (wish.transport, wish.payload, wish.fault) = (transport, PAYLOAD, fault);
    // No healthy worker is silent for so long, on a busy machine neither.
    wish.task_timeout = Some(Nanos::from_millis(500));
    wish.values.set("tasks", Value::Count(tasks));
    for (name, value) in [("cpu-us", CPU_US), ("io-us", "0")] {
        let table = workload().about().parameters;
        let parameter = table.iter().find(|parameter| parameter.name == name).expect("a dial of mixed");
        wish.values.set(name, parameter.parse(value).expect("an allowed value"));
    }
    Configuration::new(wish).expect("an allowed configuration")
}

impl Ground {
    /// Finds out what so many tasks cost and what comes out of them where nothing goes wrong.
    pub(crate) fn survey(tasks: u64) -> Self {
        let configuration = configuration(tasks, Transport::Pipe, 1, None);
        let board = Arc::new(Board::create(1).expect("memory for a board"));
        let calibration = calibrate(&configuration, None, &board).expect("computing can be timed");
        let mut ground = Self { tasks, calibration, checksum: Checksum(0), proof: 0 };
        let run = ground.arena(Transport::Pipe, 1, None).pool.run().expect("nothing goes wrong");
        (ground.checksum, ground.proof) = (ground.checksum_of(&run), run.payloads);
        ground
    }

    /// Starts a pool.
    pub(crate) fn arena(&self, transport: Transport, workers: u32, fault: Option<Fault>) -> Arena {
        let board = Arc::new(Board::create(workers).expect("memory for a board"));
        self.arena_on(board, Arc::default(), transport, fault)
    }

    /// Starts a pool on a board that somebody watches already.
    pub(crate) fn arena_on(
        &self,
        board: Arc<Board>,
        told: Arc<Told>,
        transport: Transport,
        fault: Option<Fault>,
    ) -> Arena {
        let configuration = configuration(self.tasks, transport, board.workers(), fault);
        let job = self.calibration.job(&configuration);
        let (struck, died) = (Arc::clone(&told), Arc::clone(&told));
        let crier = move |_| struck.struck.lock().expect("nobody panics with it").push(clock::now());
        let trap = fault.map(|fault| (Arc::new(Trap::new(fault.kind, Box::new(crier))), fault));
        let setup = PoolSetup {
            plan: Arc::new(workload().plan(&job)),
            job: Arc::new(job),
            task_cost: self.calibration.task_cost,
            board: Arc::clone(&board),
            witness: Arc::new(move |gone| {
                died.deaths.lock().expect("nobody panics with it").push((gone.worker, clock::now()));
            }),
            table: None,
            trap: trap.as_ref().map(|(trap, _)| Arc::clone(trap)),
            gil: None,
            configuration: Arc::new(configuration),
        };
        let pool = backend::by_id(BackendId::Processes).start(setup).expect("workers start");
        Arena { pool, board, told, tasks: self.tasks, trap }
    }

    fn checksum_of(&self, run: &PoolRun) -> Checksum {
        let job = self.calibration.job(&configuration(self.tasks, Transport::Pipe, 1, None));
        let plan: Plan = workload().plan(&job);
        workload().merge(&job, &plan, &mut run.outputs.in_order()).checksum
    }

    /// What is amiss with a sample in which `failing` tasks fail by themselves, and `dying` workers die.
    pub(crate) fn judge(&self, run: &PoolRun, injected: u64, dying: u64, failing: u64) -> Tally {
        let seen = run.deaths + run.lost.len() as u64 - run.given_up;
        let is_whole = run.lost.is_empty() && run.outputs.len() as u64 == self.tasks;
        Tally {
            samples: 1,
            injected,
            seen,
            unseen: seen.abs_diff(dying + failing),
            wrong: u64::from(is_whole && self.checksum_of(run) != self.checksum),
            lost: (run.lost.len() as u64).abs_diff(failing) + self.tasks.saturating_sub(run.outputs.len() as u64),
            doubled: u64::from(is_whole && run.payloads != self.proof),
            ..Tally::default()
        }
    }
}

impl Arena {
    /// Takes a sample, struck as was asked.
    pub(crate) fn sample(&mut self) -> PoolRun {
        if let Some((trap, fault)) = &self.trap {
            trap.lay(Strikes::over(*fault, self.tasks));
        }
        self.told.struck.lock().expect("nobody panics with it").clear();
        self.told.deaths.lock().expect("nobody panics with it").clear();
        self.pool.run().expect("a pool that survives")
    }

    /// From each strike that was told of to the death that followed, in milliseconds. They come in the same order, up to
    /// strikes so near each other that it makes no difference.
    pub(crate) fn times_to_death(&self) -> Vec<f64> {
        let struck = self.told.struck.lock().expect("nobody panics with it");
        let deaths = self.told.deaths.lock().expect("nobody panics with it");
        struck.iter().zip(deaths.iter()).map(|(struck, (_, died))| milliseconds(*struck, *died)).collect()
    }
}
