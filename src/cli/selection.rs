//! From flags to what will be measured: the matrix of combinations and how each is sampled.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::flags::{counts, default_workload, durations, parameter_names};
use super::given::{Environment, Given};
use super::usage::UsageError;
use crate::fault::{Fault, FaultError};
use crate::quantity::{parse_bytes, parse_count, parse_duration};
use crate::spec::{
    BackendId, Baseline, CHUNKS, Chunk, Configuration, IN_FLIGHT, LONGEST_PAYLOAD, MAX_WORKERS, MIN_TIMES, Matrix,
    Order, Overrides, RETRIES, RETRY_COUNTS, RUNS, RunSettings, SWITCH_INTERVAL, SWITCH_INTERVALS, TASK_TIMEOUTS,
    Transport, WARMUPS,
};
use crate::units::{Bytes, Nanos};
use crate::workload::{About, GilModel, WORKLOADS, Workload, by_id};

/// The most combinations that one command may ask for.
const MOST_COMBINATIONS: usize = 2_048;

/// What is measured where nothing else was asked for.
#[derive(Debug, Clone)]
pub(super) struct Defaults<'a> {
    /// The backends.
    pub(super) backends: &'a [BackendId],
    /// The numbers of workers; `None` means as many as there are usable cores.
    pub(super) workers: Option<Vec<u32>>,
}

/// All combinations of what was asked, in the order of the lists.
pub(super) fn configurations(
    given: &Given,
    environment: &Environment,
    defaults: &Defaults<'_>,
) -> Result<Vec<Configuration>, UsageError> {
    let matrix = matrix(given, environment, defaults)?;
    let combinations = [matrix.workloads.len(), matrix.backends.len(), matrix.workers.len(), matrix.gil.len()];
    let combinations: usize = combinations.iter().product();
    if combinations > MOST_COMBINATIONS {
        let asked = given.raw("workers").first().cloned().unwrap_or_default();
        return Err(given.refuse(
            "workers",
            &asked,
            format!("this makes {combinations} combinations, at most {MOST_COMBINATIONS} are allowed"),
        ));
    }
    matrix.configurations().map_err(|refusal| given.refused(&refusal))
}

fn matrix(given: &Given, environment: &Environment, defaults: &Defaults<'_>) -> Result<Matrix, UsageError> {
    let workloads = workloads(given)?;
    let usable = environment.usable_cores.clamp(1, MAX_WORKERS);
    Ok(Matrix {
        backends: backends(given)?.unwrap_or_else(|| defaults.backends.to_vec()),
        workers: workers(given, usable)?.or_else(|| defaults.workers.clone()).unwrap_or_else(|| vec![usable]),
        gil: gil(given)?,
        payload: payload(given)?,
        transports: transports(given)?,
        gil_model: gil_model(given)?,
        switch_interval: switch_interval(given)?,
        chunk: chunk(given)?,
        in_flight: count(given, "in-flight", &IN_FLIGHT)?,
        retries: count(given, "retries", &RETRY_COUNTS)?.unwrap_or(RETRIES),
        task_timeout: duration(given, "task-timeout", &TASK_TIMEOUTS)?,
        fault: fault(given)?,
        input: input(given, &workloads)?,
        overrides: overrides(given, &workloads)?,
        workloads,
    })
}

/// How each combination is sampled.
pub(super) fn settings(given: &Given) -> Result<RunSettings, UsageError> {
    let default = RunSettings::default();
    let order = given.value("order", "interleaved or sequential", |text| {
        [Order::Interleaved, Order::Sequential].into_iter().find(|order| order.id() == text)
    })?;
    let baseline = given.value("baseline", "auto or none", |text| {
        [Baseline::Auto, Baseline::None].into_iter().find(|baseline| baseline.id() == text)
    })?;
    Ok(RunSettings {
        runs: count(given, "runs", &RUNS)?.unwrap_or(default.runs),
        warmup: count(given, "warmup", &WARMUPS)?.unwrap_or(default.warmup),
        min_time: duration(given, "min-time", &MIN_TIMES)?,
        order: order.unwrap_or(default.order),
        baseline: baseline.unwrap_or(default.baseline),
    })
}

fn payload(given: &Given) -> Result<Bytes, UsageError> {
    let allowed = format!("0…{LONGEST_PAYLOAD}");
    let found = given.value("payload", &allowed, |text| parse_bytes(text).ok().filter(|it| *it <= LONGEST_PAYLOAD))?;
    Ok(found.unwrap_or_default())
}

/// Reads a whole number of that range.
fn count_within(text: &str, range: &RangeInclusive<u32>) -> Option<u32> {
    u32::try_from(parse_count(text).ok()?).ok().filter(|count| range.contains(count))
}

fn count(given: &Given, flag: &str, range: &RangeInclusive<u32>) -> Result<Option<u32>, UsageError> {
    given.value(flag, &counts(range), |text| count_within(text, range))
}

fn duration(given: &Given, flag: &str, range: &RangeInclusive<Nanos>) -> Result<Option<Nanos>, UsageError> {
    let allowed = format!("{} with the unit, such as 5ms or 1.5s", durations(range));
    given.value(flag, &allowed, |text| parse_duration(text).ok().filter(|span| range.contains(span)))
}

/// A list of names, or `all` of them.
fn names<T: Copy>(text: &str, all: &[T], by_id: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if text == "all" { Some(all.to_vec()) } else { text.split(',').map(by_id).collect() }
}

fn workloads(given: &Given) -> Result<Vec<String>, UsageError> {
    let ids: Vec<&str> = WORKLOADS.iter().map(|workload| workload.about().id).collect();
    let allowed = format!("{} or all, several with commas between", ids.join(", "));
    let known = |id: &str| by_id(id).map(|workload| workload.about().id);
    let found = given.value("workload", &allowed, |text| names(text, &ids, known))?;
    Ok(found.unwrap_or_else(|| vec![default_workload()]).into_iter().map(str::to_owned).collect())
}

fn backends(given: &Given) -> Result<Option<Vec<BackendId>>, UsageError> {
    let ids = BackendId::ALL.map(BackendId::id).join(", ");
    let allowed = format!("{ids} or all, several with commas between");
    given.value("backend", &allowed, |text| names(text, &BackendId::ALL, BackendId::by_id))
}

fn transports(given: &Given) -> Result<Vec<Transport>, UsageError> {
    let allowed = Transport::ALL.map(Transport::id).join(", ");
    let found = given.value("transport", &allowed, |text| text.split(',').map(Transport::by_id).collect())?;
    Ok(found.unwrap_or_else(|| vec![Transport::Pipe]))
}

fn workers(given: &Given, usable: u32) -> Result<Option<Vec<u32>>, UsageError> {
    let allowed = format!("1…{MAX_WORKERS}, such as 4 or 2,4 or 1..8 (the smaller first), or auto");
    given.value("workers", &allowed, |text| worker_counts(text, usable))
}

/// Reads `2,4`, `1..8` (both included), `auto` and mixtures of them.
fn worker_counts(text: &str, usable: u32) -> Option<Vec<u32>> {
    let one = |text: &str| count_within(text, &(1..=MAX_WORKERS));
    let mut counts = Vec::new();
    for part in text.split(',') {
        match part.split_once("..") {
            Some((first, last)) => {
                let (first, last) = (one(first)?, one(last)?);
                counts.extend((first <= last).then_some(first..=last)?);
            }
            None if part == "auto" => counts.push(usable),
            None => counts.push(one(part)?),
        }
    }
    counts.dedup();
    Some(counts)
}

fn gil(given: &Given) -> Result<Vec<bool>, UsageError> {
    let found = given.value("gil", "off, on or both", |text| match text {
        "off" => Some(vec![false]),
        "on" => Some(vec![true]),
        "both" => Some(vec![false, true]),
        _ => None,
    })?;
    Ok(found.unwrap_or_else(|| vec![false]))
}

fn gil_model(given: &Given) -> Result<Option<GilModel>, UsageError> {
    let allowed = GilModel::ALL.map(GilModel::id).join(", ");
    given.value("gil-model", &allowed, |text| GilModel::ALL.into_iter().find(|model| model.id() == text))
}

fn switch_interval(given: &Given) -> Result<Nanos, UsageError> {
    Ok(duration(given, "switch-interval", &SWITCH_INTERVALS)?.unwrap_or(SWITCH_INTERVAL))
}

fn chunk(given: &Given) -> Result<Chunk, UsageError> {
    let found = given.value("chunk", &format!("{} or auto", counts(&CHUNKS)), |text| match text {
        "auto" => Some(Chunk::Auto),
        _ => count_within(text, &CHUNKS).map(Chunk::Fixed),
    })?;
    Ok(found.unwrap_or(Chunk::Auto))
}

fn fault(given: &Given) -> Result<Option<Fault>, UsageError> {
    let Some(text) = given.value("fault", "text in UTF-8", |text| Some(text.to_owned()))? else { return Ok(None) };
    let refused = |error: FaultError| given.refuse("fault", text.as_ref(), format!("allowed is {error}"));
    text.parse().map(Some).map_err(refused)
}

fn about(id: &str) -> Option<&'static About> {
    by_id(id).map(Workload::about)
}

/// The input paths. Those of the variable are meant for the workloads that take some, and left alone by others.
fn input(given: &Given, workloads: &[String]) -> Result<Vec<PathBuf>, UsageError> {
    let all_take_some = workloads.iter().filter_map(|id| about(id)).all(|about| about.input.is_some());
    if given.is_from_variable("input") && !all_take_some {
        return Ok(Vec::new());
    }
    match given.raw("input").iter().find(|path| path.is_empty()) {
        Some(empty) => Err(given.refuse("input", empty, "allowed is the path of a file or folder")),
        None => Ok(given.raw("input").iter().map(PathBuf::from).collect()),
    }
}

/// The settings of workloads. Those of variables are meant for the workloads that have them, and left alone by others.
fn overrides(given: &Given, workloads: &[String]) -> Result<Overrides, UsageError> {
    let applies = |name: &str| {
        let mut tables = workloads.iter().filter_map(|id| about(id));
        tables.any(|about| about.parameters.iter().any(|parameter| parameter.name == name))
    };
    let mut overrides = Overrides::new();
    for name in parameter_names() {
        if given.has(name) && (applies(name) || !given.is_from_variable(name)) {
            let text = given.value(name, "text in UTF-8", |text| Some(text.to_owned()))?;
            overrides.extend(text.map(|text| (name.to_owned(), text)));
        }
    }
    Ok(overrides)
}
