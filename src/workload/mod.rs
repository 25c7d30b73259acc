//! WHAT is computed: the trait, its parts and the registry; one file per workload.
//!
//! A workload is data plus a pure function. It knows no thread, no clock and no backend: it plans tasks, computes one
//! task from its arguments and bytes, and merges the outputs in task order. So every backend runs the same work and
//! must find the same answer.
//!
//! Another crate brings a workload of its own by implementing [`Workload`] and handing it to [`run_with`]. Four of its
//! methods have to be there: [`about`] says what it is called and which parameters it has, [`plan`] makes its tasks,
//! [`computation`] computes one of them, and [`merge`] puts their outputs together. The others have answers that suit most.
//!
//! [`run_with`]: crate::run_with
//! [`about`]: Workload::about
//! [`plan`]: Workload::plan
//! [`computation`]: Workload::computation
//! [`merge`]: Workload::merge

mod answer;
mod cache;
mod command;
mod companion;
mod dataset;
mod echo;
mod etl;
mod files;
mod grid;
mod hash;
mod image;
mod io;
mod list;
mod log;
mod matmul;
mod mixed;
mod nothing;
mod parameter;
pub mod path;
mod primes;
mod query;
mod random;
mod registry;
mod render;
mod scrape;
mod serve;
mod shared;
mod simulate;
mod sleep;
mod task;
mod train;
mod walk;

#[cfg(test)]
pub(crate) mod harness;
#[cfg(test)]
mod laws;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::answer::{Answer, Artifact, Checksum, Digest, NamedFile, Work};
pub use self::command::Written;
pub use self::companion::Companion;
pub use self::dataset::Dataset;
pub use self::io::{Blocks, Data, Io, LOG_LINE, Table, Update};
pub use self::parameter::{Parameter, ParameterError, ParameterKind, Value, Values, written_duration};
pub use self::registry::{RegistryError, WORKLOADS, by_id, install};
pub use self::scrape::{Site, Url, page, page_number};
pub use self::serve::{is_reply, request};
pub use self::task::{Args, Output, Plan, Task, TaskFailure};

use self::nothing::NothingToCompute;
pub use crate::beat::Beat;
pub use crate::units::Nanos;

/// What a workload's time goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Computing only.
    Cpu,
    /// Computing on bytes that are read first.
    CpuAndFile,
    /// Waiting only.
    Io,
    /// Waiting, then computing.
    Both,
}

impl Kind {
    /// The kind as people read it in lists.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::CpuAndFile => "CPU + file",
            Self::Io => "I/O",
            Self::Both => "CPU + I/O",
        }
    }
}

/// How a CPU part behaves towards the lock, after its counterpart in CPython.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GilModel {
    /// Holds the lock and offers it at check points: pure Python.
    Bytecode,
    /// Holds the lock through a long call without check points: `re`, `list.sort`.
    CHeld,
    /// Lets go of the lock during the call: `hashlib`, `zlib`, NumPy.
    CReleased,
}

impl GilModel {
    /// Every model, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Bytecode, Self::CHeld, Self::CReleased];

    /// The model's name in flags and exports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Bytecode => "bytecode",
            Self::CHeld => "c-held",
            Self::CReleased => "c-released",
        }
    }

    /// One line: how such computing treats the lock.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Bytecode => "computing offers the lock regularly to others, as pure Python does",
            Self::CHeld => "computing keeps the lock through a long call, as Python's re and list.sort do",
            Self::CReleased => "computing works without the lock, as hashlib and NumPy do",
        }
    }
}

/// What there is to say about a workload before it runs.
#[derive(Debug)]
pub struct About {
    /// The name in flags, fields and exports.
    pub id: &'static str,
    /// One line: what a task does.
    pub summary: &'static str,
    /// What its time goes into.
    pub kind: Kind,
    /// How its CPU part behaves towards the lock; `None` where it has none.
    pub gil_model: Option<GilModel>,
    /// Its parameters, `tasks` first.
    pub parameters: &'static [Parameter],
    /// What `--input` may name; `None` where it takes no input.
    pub input: Option<&'static str>,
    /// What `--output` holds; `None` where there is nothing to write.
    pub output: Option<&'static str>,
}

impl About {
    /// A workload that computes as pure Python does, and neither takes an input nor writes an output.
    #[must_use]
    pub const fn computing(id: &'static str, summary: &'static str, parameters: &'static [Parameter]) -> Self {
        let (kind, gil_model) = (Kind::Cpu, Some(GilModel::Bytecode));
        Self { id, summary, kind, gil_model, parameters, input: None, output: None }
    }
}

/// One run's work as a person asked for it, with what was found out about it once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// One value for each entry of the workload's parameter table.
    pub values: Values,
    /// The paths given as `--input`; empty means the workload's own default input.
    #[serde(with = "path::list")]
    pub input: Vec<PathBuf>,
    /// What `Workload::survey` found.
    pub survey: Survey,
    /// Steps of the workload's own unit of computing per microsecond on this machine (see [`Workload::probe`]); 1.0
    /// where the workload has none.
    pub steps_per_us: f64,
    /// Where the workload's companion serves, in the companion's own form; `None` where there is none.
    #[serde(default)]
    pub companion: Option<String>,
}

impl Job {
    /// The address of the companion. Where there is none it is one that nobody answers at, so that tasks tell.
    fn server(&self) -> SocketAddr {
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        self.companion.as_deref().and_then(|address| address.parse().ok()).unwrap_or(nobody)
    }
}

/// What was read once per run so that every engine plans from the same facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The input files, in plan order.
    pub files: Vec<SurveyedFile>,
    /// The names of the columns that all files have; empty where the input has none.
    pub columns: Vec<String>,
    /// The lines of an input that is a list.
    pub lines: Vec<String>,
    /// What the answer should say about the input, a sentence each.
    pub notes: Vec<String>,
}

/// One input file as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyedFile {
    /// Where it is.
    #[serde(with = "path")]
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where slices of it start, ascending, where the workload cuts files; the first is past the header.
    pub starts: Vec<SliceStart>,
}

/// Where a slice of a text file starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceStart {
    /// Its first byte, counted from the file's start.
    pub offset: u64,
    /// The line that this byte is on, from 1.
    pub line: u64,
}

/// A request that the workload cannot serve: which setting, its value, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {allowed}", self.subject())]
pub struct Refusal {
    /// The setting's flag, without dashes.
    pub flag: String,
    /// What was given; empty where nothing was.
    pub value: String,
    /// What is allowed instead.
    pub allowed: String,
}

impl Refusal {
    /// The refusal of `value` for a flag without its dashes; `allowed` says what would do.
    #[must_use]
    pub fn new(flag: &str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self { flag: flag.to_owned(), value: value.to_string(), allowed: allowed.into() }
    }

    /// The flag with its value, as it would be given.
    fn subject(&self) -> String {
        let value = if self.value.is_empty() { String::new() } else { format!(" {}", self.value) };
        format!("--{}{value}", self.flag)
    }
}

/// What is computed. See the module's documentation for what it may know.
pub trait Workload: Sync {
    /// What there is to say about it.
    fn about(&self) -> &'static About;

    /// Checks values against each other and against the input, reading no more than folder entries and headers.
    ///
    /// # Errors
    /// The first setting that cannot be served.
    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        let _ = (values, input);
        Ok(())
    }

    /// The parameters that change nothing where there is an input.
    fn moot(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads what planning needs, once per run; makes the default input where none was given.
    ///
    /// # Errors
    /// An input that cannot be read or a default that cannot be written.
    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        let _ = (values, input);
        Ok(Survey::default())
    }

    /// What must serve while tasks of this work run; `None` where nothing has to.
    fn companion(&self, values: &Values, input: &[PathBuf]) -> Option<Companion> {
        let _ = (values, input);
        None
    }

    /// How many connections the tasks may have at a time, where others must be spared; such work is done in one round.
    /// `None` means as many as there are tasks under way.
    fn most_connections(&self, values: &Values, input: &[PathBuf]) -> Option<u32> {
        let _ = (values, input);
        None
    }

    /// The tasks, in order; a pure function of the job.
    fn plan(&self, job: &Job) -> Plan;

    /// What one task costs sequentially before anything was measured, for predictions; more than 0.
    fn declared_cost(&self, values: &Values) -> Nanos {
        let _ = values;
        Nanos::from_millis(1)
    }

    /// The part of a task's cost that is waiting, which needs no core: 0 to 1, for predictions.
    fn waiting_share(&self, values: &Values) -> f64 {
        let _ = values;
        match self.about().kind {
            Kind::Cpu | Kind::CpuAndFile => 0.0,
            Kind::Io => 1.0,
            Kind::Both => 0.5,
        }
    }

    /// The computation that tasks of this job share, such as a closure in a box; built once per process.
    fn computation(&self, job: &Job) -> Box<dyn Compute>;

    /// The numbers that all tasks read and none changes, for [`computation_over`](Self::computation_over); empty where there
    /// are none. They are made once where worker processes share memory.
    fn dataset(&self, job: &Job) -> Vec<f64> {
        let _ = job;
        Vec::new()
    }

    /// The same as [`computation`](Self::computation), over numbers that [`dataset`](Self::dataset) has made, here or in
    /// another process.
    fn computation_over(&self, job: &Job, dataset: Dataset) -> Box<dyn Compute> {
        let _ = dataset;
        self.computation(job)
    }

    /// How many entries the table has that all tasks share, each 0 before a run; `None` where there is none. The answer's
    /// checksum covers what is in it then.
    fn table(&self, values: &Values) -> Option<u64> {
        let _ = values;
        None
    }

    /// How often a loop wants its turn that runs in the foreground while tasks are executed, and whose lateness the answer's
    /// notes tell; `None` where there is none.
    fn foreground(&self, values: &Values) -> Option<Nanos> {
        let _ = values;
        None
    }

    /// Puts the outputs, in task order, together.
    fn merge(&self, job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer;

    /// What `--output` writes, from the same outputs as the answer; `None` where there is nothing to write. Asked for
    /// after the clock has stopped, and only where somebody wants it, so that making it may take its time.
    fn artifact(&self, job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        let _ = (job, plan, outputs);
        None
    }

    /// Whether `--output` names a folder, and the artifact's content is files that [`NamedFile::pack`] has put together.
    fn makes_folder(&self) -> bool {
        false
    }

    /// How much of something that can be counted the whole job is; `None` where nobody counts it.
    fn work(&self, values: &Values) -> Option<Work> {
        let _ = values;
        None
    }

    /// `steps` of the workload's own unit of computing, to be timed once so that `Job::steps_per_us` is known.
    fn probe(&self) -> Option<fn(steps: u64) -> u64> {
        None
    }
}

/// The CPU part of a job's tasks.
pub trait Compute: Send + Sync {
    /// Computes one task from its arguments and the bytes of its I/O part. Calls `beat` at least every 50 µs.
    ///
    /// # Errors
    /// What keeps this task from having an output; other tasks go on.
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure>;

    /// Computes leading tasks without I/O, up to the first that has some or fails, and appends their outputs.
    ///
    /// Compiled once for each computation, so that its tasks cost one dynamic call together instead of one each.
    ///
    /// # Errors
    /// What keeps the task after the last output from having one.
    fn compute_each(&self, tasks: &[Task], beat: &Beat<'_>, outputs: &mut Vec<Output>) -> Result<(), TaskFailure> {
        for task in tasks {
            let Task { io: None, cpu: Some(args) } = task else { break };
            outputs.push(self.compute(args, Data::None, beat)?);
        }
        Ok(())
    }
}

/// A function is a computation.
impl<F> Compute for F
where
    F: Fn(&Args, Data<'_>, &Beat<'_>) -> Result<Output, TaskFailure> + Send + Sync,
{
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        self(args, data, beat)
    }
}
