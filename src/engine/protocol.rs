//! What conductor and engine say to each other: JSON Lines, one value a line.

use serde::{Deserialize, Serialize};

use crate::spec::Configuration;
use crate::task::Budget;
use crate::units::{Bytes, Nanos, WorkerId};
use crate::workload::{Answer, Companion, Job, Survey};

/// The longest line that either side accepts, in bytes; a longer one ends the engine.
pub const LINE_LIMIT: usize = 256 << 20;

/// What the conductor orders. The end of the engine's standard input means "die".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Survey the input and measure what a task costs; answered by [`Event::Calibrated`]. No writes; timing takes at most
    /// 100 ms and one task.
    Calibrate {
        /// Whose work it is.
        configuration: Box<Configuration>,
        /// Where its companion serves; `None` where it needs none.
        companion: Option<String>,
    },
    /// Plan, start the pool; answered by [`Event::Ready`].
    Configure {
        /// What to run.
        configuration: Box<Configuration>,
        /// What was found out about its work once, for all configurations of the run.
        calibration: Box<Calibration>,
        /// Where its companion serves; `None` where it needs none.
        companion: Option<String>,
        /// Whether the first sample's answer carries the artifact that `--output` writes.
        artifact: bool,
    },
    /// Run the plan once; answered by [`Event::Sample`].
    Sample {
        /// Which sample, from 0.
        sample: u32,
        /// Whether it will be thrown away.
        warmup: bool,
    },
    /// End the pool, then the process.
    Finish,
}

/// What is known of a job's work once an engine has looked at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What was read of the input.
    pub survey: Survey,
    /// How many tasks the plan has.
    pub tasks: u64,
    /// What one task takes alone, sequentially, on this machine.
    pub task_cost: Nanos,
    /// Steps of the workload's own unit of computing per microsecond; 1.0 where it has none.
    pub steps_per_us: f64,
}

impl Order {
    /// What must serve before this order can be followed, and where to say where it does.
    pub fn wanted_companion(&mut self) -> Option<(Companion, &mut Option<String>)> {
        match self {
            Self::Calibrate { configuration, companion } | Self::Configure { configuration, companion, .. } => {
                let wanted = configuration.workload().companion(&configuration.values, &configuration.input)?;
                Some((wanted, companion))
            }
            Self::Sample { .. } | Self::Finish => None,
        }
    }
}

impl Calibration {
    /// The work of a configuration that this was found out for, without a companion.
    #[must_use]
    pub fn job(&self, configuration: &Configuration) -> Job {
        Job {
            values: configuration.values.clone(),
            input: configuration.input.clone(),
            survey: self.survey.clone(),
            steps_per_us: self.steps_per_us,
            companion: None,
        }
    }
}

/// What an engine says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The work is surveyed and timed.
    Calibrated(Box<Calibration>),
    /// The pool stands, all workers ready.
    Ready {
        /// How many tasks the plan has.
        tasks: u64,
        /// From the engine's order to all workers ready.
        startup: Nanos,
    },
    /// One sample is in.
    Sample(Box<Sample>),
    /// A task is about to be struck by the fault that was asked for.
    Struck {
        /// Which task, from 0.
        task: u64,
    },
    /// A worker died or misbehaved, and what was done about it.
    Fault {
        /// Which worker.
        worker: WorkerId,
        /// What happened to it, such as `SIGKILL` or `exited with code 0 before it had answered`.
        cause: String,
        /// How many tasks run again because of it.
        retried: u64,
    },
    /// The configuration cannot go on.
    Failed {
        /// Why, as a sentence for a person.
        message: String,
    },
}

/// The raw figures of one repetition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Which sample, from 0.
    pub sample: u32,
    /// Whether it is thrown away.
    pub warmup: bool,
    /// From the release of the barrier to the last result merged.
    pub wall: Nanos,
    /// Tasks that have an output.
    pub tasks: u64,
    /// Where the workers' time went; sums to workers × wall.
    pub budget: Budget,
    /// The workers' own CPU clocks over the sample, and what programs used that tasks ran.
    pub cpu: Nanos,
    /// The part of it that programs used.
    #[serde(default)]
    pub programs: Nanos,
    /// Context switches in which a worker gave its core up; `None` where the system does not tell.
    pub ctx_voluntary: Option<u64>,
    /// Context switches in which a worker's core was taken from it.
    pub ctx_involuntary: Option<u64>,
    /// Latencies of the tasks timed, as (value in ns, count) pairs, ascending.
    pub latency: Vec<(u64, u64)>,
    /// One task in this many was timed: 1 unless tasks are shorter than a clock read allows.
    pub latency_every: u32,
    /// Proportional share of memory of the engine and its workers at the sample's end, working sets still held.
    pub pss: Option<Bytes>,
    /// Sum of these processes' high-water marks; counts shared pages more than once.
    pub peak_rss: Option<Bytes>,
    /// How often the lock changed hands; `None` where nobody can wait for it.
    pub gil_switches: Option<u64>,
    /// Bytes that crossed between engine and workers, both ways; `None` where they share memory.
    pub ipc_bytes: Option<u64>,
    /// Workers that died or misbehaved, and tasks that failed by themselves.
    pub faults_seen: u64,
    /// Workers started in place of dead ones.
    pub respawns: u64,
    /// Tasks run again after a worker's death.
    pub tasks_retried: u64,
    /// Tasks without an output in the end.
    pub tasks_lost: u64,
    /// Why tasks were lost, the first few.
    pub failures: Vec<String>,
    /// What the job found; `None` when tasks were lost.
    pub answer: Option<Answer>,
    /// What disturbed it from outside.
    #[serde(default)]
    pub surroundings: Surroundings,
    /// How late the turns of the loop in the foreground came; `None` where there is no such loop or it had no turn.
    #[serde(default)]
    pub foreground: Option<Lateness>,
}

/// How much later than it was due something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lateness {
    /// How often it came.
    pub turns: u64,
    /// Half of the times it came at most this late.
    pub p50: Nanos,
    /// 99 of 100 times it did.
    pub p99: Nanos,
    /// The latest.
    pub max: Nanos,
}

/// What disturbed a sample from outside, as far as the system tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// How often the CPU quota of a control group stopped the workers; `None` without a quota.
    pub throttles: Option<u64>,
    /// For how long, counted once for each core that had something to run.
    pub throttled: Option<Nanos>,
    /// CPU time that others used meanwhile on the cores that the engine may use, counted in ticks of 10 ms; `None` where
    /// the system does not tell, and where workers died.
    pub foreign_cpu: Option<Nanos>,
    /// What it is a part of: these cores × the time that was looked at.
    pub core_time: Nanos,
    /// Whether the engine was stopped or the computer asleep, so that the times say nothing.
    pub suspended: bool,
}

impl Surroundings {
    /// The CPU time that others used in all of these, and which fraction of the core time that is; samples that do not
    /// know are left out, and 0 where none does.
    #[expect(clippy::cast_precision_loss, reason = "a fraction")]
    pub fn foreign_load<'a>(all: impl IntoIterator<Item = &'a Self>) -> (Nanos, f64) {
        let known = all.into_iter().filter_map(|around| Some((around.foreign_cpu?, around.core_time)));
        let (foreign, whole) = known.fold((0, 0), |sum, (foreign, whole)| (sum.0 + foreign.0, sum.1 + whole.0));
        // Ticks are coarse: in short samples they may count more than there is.
        (Nanos(foreign), (foreign as f64 / whole.max(1) as f64).min(1.0))
    }
}
