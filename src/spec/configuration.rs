//! One thing to measure: workload, parameters, backend, workers, lock and transport, valid by construction.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{BackendId, LockScope, Transport};
use crate::fault::{Fault, Home, Outcome};
use crate::text::scrub_os;
use crate::units::{Bytes, Nanos};
use crate::workload::{About, GilModel, Refusal, Value, Values, Workload, by_id, written_duration};

/// The most workers a configuration may have.
pub const MAX_WORKERS: u32 = 1_024;

/// How often a task is run again after the deaths of workers that had it, unless asked otherwise.
pub const RETRIES: u32 = 2;

/// CPython's own switch interval.
pub const SWITCH_INTERVAL: Nanos = Nanos::from_millis(5);

/// The fixed chunks that may be asked for, in tasks.
pub const CHUNKS: RangeInclusive<u32> = 1..=1_000_000;

/// How many tasks may be on their way per worker process, or be awaited at a time.
pub const IN_FLIGHT: RangeInclusive<u32> = 1..=65_536;

/// How many tasks each worker of a backend that awaits gets at a time, unless asked otherwise: as many as most systems
/// let one process open sockets for, on a few workers.
pub const AWAITED_PER_WORKER: u32 = 256;

/// How many retries may be asked for.
pub const RETRY_COUNTS: RangeInclusive<u32> = 0..=100;

/// The switch intervals that may be asked for.
pub const SWITCH_INTERVALS: RangeInclusive<Nanos> = Nanos::from_micros(1)..=Nanos::from_secs(10);

/// The time limits of a task that may be asked for.
pub const TASK_TIMEOUTS: RangeInclusive<Nanos> = Nanos::from_millis(10)..=Nanos::from_secs(86_400);

/// The time limit of a task where a fault is to make a worker stand still and nobody asked for a limit.
pub const TASK_TIMEOUT: Nanos = Nanos::from_secs(1);

/// The longest payload that may be asked for, in bytes.
pub const LONGEST_PAYLOAD: Bytes = Bytes(64 << 20);

/// The most bytes of payloads that all workers together may hold.
const PAYLOADS_HELD: Bytes = Bytes(1 << 30);

/// How many tasks are claimed at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chunk {
    /// About 200 µs of work, at most tasks / (4 × workers) and a mebibyte of payloads.
    Auto,
    /// This many.
    Fixed(u32),
}

/// What somebody asks for; [`Configuration::new`] turns it into something that can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The workload's id.
    pub workload: String,
    /// One value for each of its parameters.
    pub values: Values,
    /// Input paths; empty means the workload's default input.
    pub input: Vec<PathBuf>,
    /// How many bytes are moved to each task and back.
    pub payload: Bytes,
    /// How tasks are executed.
    pub backend: BackendId,
    /// How many workers.
    pub workers: u32,
    /// Whether the emulated lock is on.
    pub gil: bool,
    /// How the CPU part behaves towards the lock; `None` means as the workload says.
    pub gil_model: Option<GilModel>,
    /// After how long a waiter asks the lock's holder to let go.
    pub switch_interval: Nanos,
    /// How tasks reach worker processes.
    pub transport: Transport,
    /// How many tasks are claimed at a time.
    pub chunk: Chunk,
    /// Tasks on their way per worker process, or awaited at a time; `None` means by recent speed, or
    /// [`AWAITED_PER_WORKER`].
    pub in_flight: Option<u32>,
    /// How often a task is run again after deaths of workers.
    pub retries: u32,
    /// How long a worker process may take for a task before it is ended; `None` means as long as it likes.
    pub task_timeout: Option<Nanos>,
    /// What is to go wrong on purpose.
    pub fault: Option<Fault>,
}

impl Wish {
    /// A wish for the workload's defaults on one backend.
    #[must_use]
    pub fn of(workload: &dyn Workload, backend: BackendId, workers: u32) -> Self {
        Self {
            workload: workload.about().id.to_owned(),
            values: Values::defaults(workload.about().parameters),
            input: Vec::new(),
            payload: Bytes(0),
            backend,
            workers,
            gil: false,
            gil_model: None,
            switch_interval: SWITCH_INTERVAL,
            transport: Transport::Pipe,
            chunk: Chunk::Auto,
            in_flight: None,
            retries: RETRIES,
            task_timeout: None,
            fault: None,
        }
    }
}

/// Something that can run. Settings that mean nothing to the backend are `None`, so wishes that differ only in those
/// become equal configurations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// The workload's id; always one of the registry.
    pub workload: String,
    /// One value for each parameter of the workload.
    pub values: Values,
    /// Input paths; empty means the workload's default input.
    #[serde(with = "crate::workload::path::list")]
    pub input: Vec<PathBuf>,
    /// How many bytes are moved to each task and back: copied through the kernel, left in shared memory, or, where
    /// workers share the engine's memory, referred to.
    pub payload: Bytes,
    /// How tasks are executed.
    pub backend: BackendId,
    /// How many workers, 1…[`MAX_WORKERS`].
    pub workers: u32,
    /// Whether the emulated lock is on, as asked.
    pub gil: bool,
    /// How the CPU part behaves towards the lock; `None` with the lock off or without a CPU part.
    pub gil_model: Option<GilModel>,
    /// After how long a waiter asks the holder to let go; `None` where nobody can wait for the lock.
    pub switch_interval: Option<Nanos>,
    /// How tasks reach worker processes; `None` where workers share the engine's memory.
    pub transport: Option<Transport>,
    /// How many tasks are claimed at a time; `None` where tasks are not claimed.
    pub chunk: Option<Chunk>,
    /// Tasks awaited at a time, always set on a backend that awaits; tasks on their way per worker process, where `None`
    /// means by recent speed; `None` on all other backends.
    pub in_flight: Option<u32>,
    /// How often a task is run again after deaths of workers; `None` where a death takes the engine.
    pub retries: Option<u32>,
    /// How long a worker process may take for a task before it is ended; `None` means as long as it likes, or that there
    /// is no worker process to end.
    pub task_timeout: Option<Nanos>,
    /// What goes wrong on purpose in every sample that counts; `None` where nothing does, and in `sequential`, which has
    /// no workers that anything could happen to.
    pub fault: Option<Fault>,
}

impl Configuration {
    /// Checks a wish and drops the settings that mean nothing to its backend.
    ///
    /// # Errors
    /// The first setting that cannot be served, with what is allowed.
    pub fn new(wish: Wish) -> Result<Self, Refusal> {
        let Some(workload) = by_id(&wish.workload) else {
            return Err(Refusal {
                flag: "workload".to_owned(),
                value: wish.workload,
                allowed: "not a workload; partui list workloads names them".to_owned(),
            });
        };
        let facts = wish.backend.facts();
        let about = workload.about();
        in_range("workers", wish.workers, &(1..=MAX_WORKERS))?;
        if let Chunk::Fixed(chunk) = wish.chunk {
            in_range("chunk", chunk, &CHUNKS)?;
        }
        if let Some(in_flight) = wish.in_flight {
            in_range("in-flight", in_flight, &IN_FLIGHT)?;
        }
        payload_in_range(wish.payload, wish.workers)?;
        in_range("retries", wish.retries, &RETRY_COUNTS)?;
        duration_in_range("switch-interval", wish.switch_interval, &SWITCH_INTERVALS)?;
        input_allowed(about, &wish.input)?;
        workload.check(&wish.values, &wish.input)?;
        let fault = wish.fault.filter(|_| facts.scales);
        let outcome = fault.map(|fault| outcome_of(fault, wish.backend)).transpose()?;
        let task_timeout = wish.task_timeout.or((outcome == Some(Outcome::TimedOut)).then_some(TASK_TIMEOUT));
        if let Some(limit) = wish.task_timeout {
            duration_in_range("task-timeout", limit, &TASK_TIMEOUTS)?;
        }
        let contends = wish.gil && facts.lock == LockScope::Shared;
        let most = workload.most_connections(&wish.values, &wish.input).unwrap_or(u32::MAX);
        let supervised = facts.home == Home::Own;
        Ok(Self {
            workers: if facts.scales { wish.workers.min(most) } else { 1 },
            gil_model: about.gil_model.filter(|_| wish.gil).map(|own| wish.gil_model.unwrap_or(own)),
            switch_interval: contends.then_some(wish.switch_interval),
            transport: facts.transport(wish.transport),
            chunk: facts.chunks.then_some(wish.chunk),
            in_flight: if facts.awaits {
                Some(awaited(&wish).min(most))
            } else {
                wish.in_flight.filter(|_| supervised)
            },
            retries: supervised.then_some(wish.retries),
            task_timeout: task_timeout.filter(|_| supervised),
            fault,
            workload: wish.workload,
            values: wish.values,
            input: wish.input,
            payload: wish.payload,
            backend: wish.backend,
            gil: wish.gil,
        })
    }

    /// A wish that asks for exactly this.
    #[must_use]
    pub fn wish(&self) -> Wish {
        let own_model = self.workload().about().gil_model;
        let usual = Wish::of(self.workload(), self.backend, self.workers);
        Wish {
            values: self.values.clone(),
            input: self.input.clone(),
            payload: self.payload,
            gil: self.gil,
            gil_model: self.gil_model.filter(|model| Some(*model) != own_model),
            switch_interval: self.switch_interval.unwrap_or(usual.switch_interval),
            transport: self.transport.unwrap_or(usual.transport),
            chunk: self.chunk.unwrap_or(usual.chunk),
            in_flight: self.in_flight,
            retries: self.retries.unwrap_or(usual.retries),
            task_timeout: self.task_timeout,
            fault: self.fault,
            ..usual
        }
    }

    /// What this configuration's speed-up is measured against: `sequential`, lock off, the same work.
    #[must_use]
    pub fn baseline(&self) -> Self {
        Self {
            backend: BackendId::Sequential,
            workers: 1,
            gil: false,
            gil_model: None,
            switch_interval: None,
            transport: None,
            chunk: None,
            in_flight: None,
            retries: None,
            task_timeout: None,
            fault: None,
            ..self.clone()
        }
    }

    /// Whether this is a baseline itself.
    #[must_use]
    pub fn is_baseline(&self) -> bool {
        self.backend == BackendId::Sequential && !self.gil
    }

    /// How tasks reach workers where that is another way than the backend's usual one.
    #[must_use]
    pub fn unusual_transport(&self) -> Option<Transport> {
        let usual = self.backend.facts().transports.first();
        self.transport.filter(|own| usual != Some(own))
    }

    /// Whether both do the same work, so that one may be the other's baseline and their answers must agree.
    #[must_use]
    pub fn same_work(&self, other: &Self) -> bool {
        let work = |it: &Self| (it.workload.clone(), it.payload);
        work(self) == work(other) && self.values == other.values && self.input == other.input
    }

    /// The workload, which is in the registry by construction.
    ///
    /// # Panics
    /// Never for a configuration made by [`Configuration::new`]; a forged one panics here.
    #[must_use]
    pub fn workload(&self) -> &'static dyn Workload {
        by_id(&self.workload).expect("a configuration names a workload of the registry")
    }

    /// How many tasks the job has as asked; workloads whose input decides may plan another number.
    #[must_use]
    pub fn tasks(&self) -> u64 {
        self.values.count("tasks")
    }

    /// The parameters that count, with their values: those that an input makes moot do not.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        let moot = by_id(&self.workload).filter(|_| !self.input.is_empty()).map_or(&[][..], Workload::moot);
        self.values.iter().filter(move |(name, _)| !moot.contains(name))
    }

    /// The value of a parameter that counts.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&Value> {
        self.settings().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Whether it is done in one round only, to spare others.
    #[must_use]
    pub fn is_sparing(&self) -> bool {
        self.workload().most_connections(&self.values, &self.input).is_some()
    }

    /// Whether several workers share the lock and it is on.
    #[must_use]
    pub fn contends(&self) -> bool {
        self.switch_interval.is_some()
    }
}

/// How many tasks a backend that awaits has under way at a time: never more than there are, as far as that is known.
fn awaited(wish: &Wish) -> u32 {
    let asked = wish.in_flight.unwrap_or(AWAITED_PER_WORKER * wish.workers).min(*IN_FLIGHT.end());
    match wish.values.get("tasks") {
        Some(Value::Count(tasks)) if wish.input.is_empty() => asked.min(u32::try_from(*tasks).unwrap_or(u32::MAX)),
        _ => asked,
    }
}

fn in_range(flag: &str, value: u32, allowed: &RangeInclusive<u32>) -> Result<(), Refusal> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (min, max) = (allowed.start(), allowed.end());
    Err(Refusal { flag: flag.to_owned(), value: value.to_string(), allowed: format!("allowed is {min}…{max}") })
}

/// Payloads have a limit of their own, and one for what all workers hold at a time.
fn payload_in_range(payload: Bytes, workers: u32) -> Result<(), Refusal> {
    let longest = LONGEST_PAYLOAD.min(Bytes(PAYLOADS_HELD.0 / u64::from(workers.max(1))));
    if payload <= longest {
        return Ok(());
    }
    Err(Refusal::new("payload", payload, format!("allowed is 0…{longest} with {workers} workers")))
}

fn duration_in_range(flag: &str, value: Nanos, allowed: &RangeInclusive<Nanos>) -> Result<(), Refusal> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (min, max) = (written_duration(*allowed.start()), written_duration(*allowed.end()));
    Err(Refusal::new(flag, written_duration(value), format!("allowed is {min}…{max}")))
}

/// What follows from a fault on a backend.
fn outcome_of(fault: Fault, backend: BackendId) -> Result<Outcome, Refusal> {
    fault.kind.outcome(backend.facts().home).ok_or_else(|| {
        let allowed = format!("needs worker processes, which {} has not; --backend processes has", backend.id());
        Refusal::new("fault", fault, allowed)
    })
}

fn input_allowed(about: &About, input: &[PathBuf]) -> Result<(), Refusal> {
    match input.first() {
        Some(path) if about.input.is_none() => Err(Refusal {
            flag: "input".to_owned(),
            value: scrub_os(path),
            allowed: format!("{} takes no input", about.id),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::workload::WORKLOADS;

    #[test]
    fn a_configuration_is_what_its_own_wish_asks_for() {
        for workload in WORKLOADS.iter() {
            for backend in BackendId::ALL {
                let usual = Wish::of(*workload, backend, 3);
                let unusual = Wish {
                    payload: Bytes(64),
                    gil: true,
                    gil_model: Some(GilModel::CHeld),
                    switch_interval: Nanos::from_millis(1),
                    transport: Transport::Shm,
                    chunk: Chunk::Fixed(2),
                    in_flight: Some(7),
                    retries: 5,
                    task_timeout: Some(TASK_TIMEOUT),
                    fault: Some(Fault { kind: FaultKind::Panic, task: Some(1), times: 2 }),
                    ..usual.clone()
                };
                for wish in [usual, unusual] {
                    let configuration = match Configuration::new(wish) {
                        Ok(configuration) => configuration,
                        Err(refused) if refused.flag == "command" => continue,
                        Err(refused) => panic!("{refused}"),
                    };
                    assert_eq!(Configuration::new(configuration.wish()), Ok(configuration));
                }
            }
        }
    }
}
