//! Extract, transform, load: slices of CSV files are parsed, filtered, grouped and aggregated, the daily bread of data
//! work.
//!
//! Rules that other tools agree with: the first record names the columns; keys are taken verbatim; an empty cell is a
//! missing value, counted and not aggregated; a cell that is no finite number and a record with another number of fields
//! than the header are left out and reported with their line; a group all of whose values are missing is left out.

mod boundaries;
mod input;
mod query;
mod sales;
mod slice;
mod tally;

use std::path::PathBuf;

pub(super) use self::input::columns;
use self::query::Query;
pub(super) use self::query::column;
pub(super) use self::slice::{number, records};
use self::tally::{Complaint, Group, KEPT, Tally};
use super::{
    About, Answer, Args, Artifact, Compute, Data, Digest, GilModel, Io, Job, Kind, Output, Parameter, ParameterKind,
    Plan, Refusal, Survey, SurveyedFile, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::text::{scrub, scrub_bytes, scrub_os};
use crate::units::{Bytes, Nanos, grouped};

/// The workload.
pub(super) struct Etl;

/// The most bytes that are generated in the user's cache folder.
const LARGEST_DEFAULT: u64 = 4 << 30;

static ABOUT: About = About {
    id: "etl",
    summary: "parses, filters, groups and aggregates slices of CSV files",
    kind: Kind::CpuAndFile,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "64",
            unit: "slices",
            presets: &["16", "64", "256", "1000"],
            help: "slices of the generated file; with an input, its length and size decide and this changes nothing",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Bytes { min: 4 << 10, max: 64 << 20 },
            default: "1MiB",
            unit: "bytes per slice",
            presets: &["64KiB", "256KiB", "1MiB", "4MiB", "16MiB"],
            help: "about how much of a file one task reads; slices end where records do",
        },
        Parameter {
            name: "group-by",
            kind: ParameterKind::Text,
            default: "",
            unit: "column",
            presets: &[],
            help: "the column whose cells name the groups (generated file: region)",
        },
        Parameter {
            name: "value",
            kind: ParameterKind::Text,
            default: "",
            unit: "column",
            presets: &[],
            help: "the column whose numbers are aggregated (generated file: amount)",
        },
        Parameter {
            name: "where",
            kind: ParameterKind::Text,
            default: "",
            unit: "condition",
            presets: &[],
            help: "keeps records that meet '<column> <op> <value>'; = != < <= > >=, on numbers by value, else on text",
        },
        Parameter::seed("what the generated file holds; with an input this changes nothing"),
    ],
    input: Some("CSV files with the same header (default: generated sales in the cache folder)"),
    output: Some("CSV with key, count, sum, mean, min and max of each group, sorted by key"),
};

impl Workload for Etl {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["tasks", "seed"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        if !input.is_empty() {
            return query(values, &columns(input)?, false).map(|_| ());
        }
        query(values, &sales::COLUMNS.map(str::to_owned), true)?;
        let size = values.count("size");
        match values.count("tasks").checked_mul(size) {
            Some(1..=LARGEST_DEFAULT) => Ok(()),
            _ => Err(Refusal::new(
                "size",
                Bytes(size),
                format!("tasks × size may be at most {} of a generated file", Bytes(LARGEST_DEFAULT)),
            )),
        }
    }

    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        let size = values.count("size");
        if input.is_empty() { input::survey(&[sales::file(values)?], size) } else { input::survey(input, size) }
    }

    fn plan(&self, job: &Job) -> Plan {
        Plan { tasks: (0..).zip(&job.survey.files).flat_map(|(index, file)| tasks_of(index, file)).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 250 MB/s.
        Nanos(values.count("size") * 4)
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        Box::new(Slices {
            query: query(&job.values, &job.survey.columns, job.input.is_empty()),
            files: job.survey.files.iter().map(|file| file.path.clone()).collect(),
        })
    }

    fn merge(&self, job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (all, complaints) = tally(job, plan, outputs);
        answer(job, &all, complaints)
    }

    fn artifact(&self, job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        Some(Artifact { content: table(&tally(job, plan, outputs).0) })
    }
}

/// All slices put together, and the first complaints about them.
fn tally(job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> (Tally, Vec<String>) {
    let mut all = Tally::default();
    let mut complaints = Vec::new();
    for (task, output) in plan.tasks.iter().zip(outputs) {
        match postcard::from_bytes::<Tally>(&output.bytes) {
            Ok(tally) => {
                complaints.extend(tally.first_complaints.iter().map(|said| complaint(job, task, said)));
                complaints.truncate(KEPT);
                all.absorb(&tally);
            }
            Err(error) => complaints.push(format!("a slice has no readable result: {error}")),
        }
    }
    (all, complaints)
}

/// The question that the values ask; the generated file is grouped by region where nothing else is asked.
fn query(values: &Values, columns: &[String], generated: bool) -> Result<Query, Refusal> {
    let (group, value) = asked(values, generated);
    Query::new(group, value, values.text("where"), columns)
}

/// The names of the columns to group by and to aggregate.
fn asked(values: &Values, generated: bool) -> (&str, &str) {
    let or = |name, default| match values.text(name) {
        "" if generated => default,
        given => given,
    };
    (or("group-by", sales::GROUP_BY), or("value", sales::VALUE))
}

fn tasks_of(index: u64, file: &SurveyedFile) -> impl Iterator<Item = Task> {
    let ends = file.starts.iter().skip(1).map(|start| start.offset).chain([file.bytes]);
    file.starts.iter().zip(ends).map(move |(start, end)| Task {
        io: Some(Box::new(Io::ReadRange { path: file.path.clone(), offset: start.offset, length: end - start.offset })),
        cpu: Some([index, start.line, end - start.offset]),
    })
}

/// The computation: file, first line and length in, a tally out.
struct Slices {
    query: Result<Query, Refusal>,
    files: Vec<PathBuf>,
}

impl Compute for Slices {
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let [file, first_line, length] = *args;
        let query = self.query.as_ref().map_err(|refusal| TaskFailure(refusal.to_string()))?;
        let failed = |error: &dyn std::fmt::Display| {
            TaskFailure(format!("{} from line {first_line} on: {error}", self.name(file)))
        };
        let Data::Bytes(bytes) = data else { return Err(failed(&"nothing was read")) };
        if bytes.len() as u64 != length {
            return Err(failed(&"the file has become shorter since it was cut"));
        }
        let tally = slice::aggregate(bytes, first_line, query, beat).map_err(|error| failed(&error))?;
        let encoded = tally.encoded(beat).map_err(|error| failed(&error))?;
        Ok(Output { number: length, bytes: encoded.into() })
    }
}

impl Slices {
    /// The path of a file, for people.
    fn name(&self, file: u64) -> String {
        usize::try_from(file).ok().and_then(|index| self.files.get(index)).map_or_else(String::new, scrub_os)
    }
}

fn complaint(job: &Job, task: &Task, (line, what): &(u64, Complaint)) -> String {
    let file = task.cpu.and_then(|[index, ..]| job.survey.files.get(usize::try_from(index).ok()?));
    let name = file.map_or_else(String::new, |file| scrub_os(&file.path));
    match what {
        Complaint::Fields(fields) => {
            format!("{name} line {line}: {fields} fields, the header has {}; skipped", job.survey.columns.len())
        }
        Complaint::NoNumber(cell) => format!("{name} line {line}: '{}' is no number; left out", scrub_bytes(cell)),
    }
}

fn answer(job: &Job, all: &Tally, mut notes: Vec<String>) -> Answer {
    if all.complaints > notes.len() as u64 {
        notes.push(format!("{} records left out or skipped in all", grouped(all.complaints)));
    }
    let mut digest = Digest::default();
    for (key, group) in all.groups() {
        digest.bytes(key).number(group.count);
        for number in [group.total(), group.min, group.max] {
            digest.number(number.to_bits());
        }
    }
    digest.number(all.missing).number(all.complaints);
    Answer { checksum: digest.finish(), sentence: sentence(job, all), notes, artifact: None }
}

fn sentence(job: &Job, all: &Tally) -> String {
    let (group, value) = asked(&job.values, job.input.is_empty());
    let (group, value) = (scrub(group), scrub(value));
    let found = match all.overall() {
        None => format!("no {value} in any {group}"),
        Some(overall) => format!(
            "{} {value} in {} {group} groups: sum {}, mean {}, min {}, max {}",
            grouped(overall.count),
            grouped(all.groups().len() as u64),
            overall.total(),
            overall.mean(),
            overall.min,
            overall.max
        ),
    };
    let missing = if all.missing > 0 { format!("; {} missing", grouped(all.missing)) } else { String::new() };
    found + &missing
}

/// The groups as CSV.
fn table(all: &Tally) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory with as many fields in each record as in the first cannot fail.
    let _ = writer.write_record(["key", "count", "sum", "mean", "min", "max"]);
    for (key, group) in all.groups() {
        let numbers = numbers(group);
        let _ = writer.write_record([key].into_iter().chain(numbers.iter().map(String::as_bytes)));
    }
    writer.into_inner().unwrap_or_default()
}

fn numbers(group: &Group) -> [String; 5] {
    let [sum, mean, min, max] = [group.total(), group.mean(), group.min, group.max].map(|number| number.to_string());
    [group.count.to_string(), sum, mean, min, max]
}

#[cfg(test)]
mod tests;
