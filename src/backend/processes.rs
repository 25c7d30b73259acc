//! Worker processes behind a supervisor: memory of their own, a lock of their own, deaths of their own.

use super::outputs::Outputs;
use super::{Backend, Pool, PoolError, PoolRun, PoolSetup};
use crate::child::executable;
use crate::spec::{BackendId, RETRIES, Transport};
use crate::worker::{Policy, PoolFailure, ProcessPool, ProcessRun, ProcessSetup};

/// See the module's documentation.
pub(super) struct Processes;

impl Backend for Processes {
    fn id(&self) -> BackendId {
        BackendId::Processes
    }

    fn start(&self, setup: PoolSetup) -> Result<Box<dyn Pool>, PoolError> {
        let policy = Policy {
            workers: setup.configuration.workers,
            tasks: setup.plan.tasks.len() as u64,
            chunk: setup.chunk(),
            in_flight: setup.configuration.in_flight.map(u64::from),
            retries: setup.configuration.retries.unwrap_or(RETRIES),
            task_cost: setup.task_cost,
            claims: setup.configuration.transport == Some(Transport::Shm),
        };
        let setup = ProcessSetup {
            configuration: setup.configuration,
            job: setup.job,
            plan: setup.plan,
            board: setup.board,
            table: setup.table,
            policy,
            witness: setup.witness,
            trap: setup.trap,
        };
        Ok(Box::new(ProcessPool::start(setup, executable())?))
    }
}

impl Pool for ProcessPool {
    fn run(&mut self) -> Result<PoolRun, PoolError> {
        Ok(ProcessPool::run(self)?.into())
    }

    fn processes(&self) -> Vec<u32> {
        ProcessPool::processes(self)
    }
}

impl From<ProcessRun> for PoolRun {
    fn from(run: ProcessRun) -> Self {
        Self {
            start: run.start,
            outputs: Outputs::ordered(run.outputs),
            lost: run.lost,
            given_up: run.given_up,
            payloads: run.payloads,
            reports: run.reports,
            gil_switches: None,
            ipc_bytes: Some(run.bytes),
            deaths: run.deaths,
            respawns: run.respawns,
            retried: run.retried,
        }
    }
}

impl From<PoolFailure> for PoolError {
    fn from(failure: PoolFailure) -> Self {
        Self::Processes(failure)
    }
}
