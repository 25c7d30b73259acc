//! Runs a whole job in the test's own thread, the simplest way there is: what the real executors are compared with.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::thread;

use super::{
    Answer, Blocks, Compute, Data, Io, Job, Output, Plan, Refusal, Table, Task, TaskFailure, Update, Values, Workload,
    Written,
};
use crate::beat::Beat;

/// A job with some parameters other than their defaults, checked and surveyed.
pub(crate) fn job(workload: &dyn Workload, asked: &[(&str, &str)], input: &[PathBuf]) -> Result<Job, Refusal> {
    let table = workload.about().parameters;
    let mut values = Values::defaults(table);
    for (name, text) in asked {
        let parameter = table.iter().find(|parameter| parameter.name == *name).expect("a parameter of the workload");
        values.set(name, parameter.parse(text).expect("a value of the parameter"));
    }
    workload.check(&values, input)?;
    let survey = workload.survey(&values, input)?;
    Ok(Job { values, input: input.to_vec(), survey, steps_per_us: 100.0, companion: None })
}

/// All outputs of a job in task order, or the first failure.
pub(crate) fn outputs(workload: &dyn Workload, job: &Job) -> Result<(Plan, Vec<Output>), TaskFailure> {
    let (plan, computation) = (workload.plan(job), workload.computation(job));
    let outputs = plan.tasks.iter().map(|task| output(&*computation, task)).collect::<Result<_, _>>()?;
    Ok((plan, outputs))
}

/// One task's output.
pub(crate) fn output(computation: &dyn Compute, task: &Task) -> Result<Output, TaskFailure> {
    let failed = |error: io::Error| TaskFailure(error.to_string());
    let compute = |data: Data<'_>, alone: u64| match &task.cpu {
        Some(args) => computation.compute(args, data, &Beat::idle()),
        None => Ok(alone.into()),
    };
    match task.io.as_deref() {
        None => compute(Data::Table(&mut TableOfOne::default()), 0),
        Some(Io::Blocking) => compute(Data::None, 0),
        Some(Io::Sleep(span)) => {
            thread::sleep((*span).into());
            compute(Data::None, span.0)
        }
        Some(Io::ReadFile { path, .. }) => {
            let bytes = std::fs::read(path).map_err(failed)?;
            compute(Data::Bytes(&bytes), bytes.len() as u64)
        }
        // As the embedded site would have it.
        Some(Io::Get { url }) => {
            let body = super::page_number(&url.target).map(super::page).unwrap_or_default();
            compute(Data::Reply { status: 200, body: body.as_bytes() }, 200)
        }
        // As the load generator would have it.
        Some(Io::Exchange { .. }) => {
            let number = task.cpu.map_or(0, |[number, ..]| number);
            let request = super::request(number);
            Ok(compute(Data::Bytes(request.as_bytes()), 0)?.number.into())
        }
        Some(Io::Run { words, is_heard }) => {
            let ran = std::process::Command::new(&words[0]).args(&words[1..]).output().map_err(failed)?;
            let mut written = Written::default();
            written.add(&ran.stdout);
            Ok(if *is_heard { written.into_output() } else { Output::default() })
        }
        // As the log would have it.
        Some(Io::Log { lines, .. }) => compute(Data::None, lines * super::LOG_LINE as u64),
        // As the echo server and a disk would have it.
        Some(Io::Echo { bytes, .. } | Io::WriteFile { bytes, .. }) => compute(Data::None, *bytes),
        Some(Io::ReadRange { path, offset, length }) => {
            let mut bytes = Vec::new();
            let mut file = File::open(path).map_err(failed)?;
            file.seek(SeekFrom::Start(*offset)).map_err(failed)?;
            file.take(*length).read_to_end(&mut bytes).map_err(failed)?;
            compute(Data::Bytes(&bytes), bytes.len() as u64)
        }
        Some(Io::ReadBlocks { path }) => compute(Data::Blocks(&mut OpenedLate(Err(path.clone()), Vec::new())), 0),
    }
}

/// A table that nobody else changes, of any size; a computation that wants none takes no notice of it.
#[derive(Default)]
struct TableOfOne(HashMap<u64, u64>);

impl Table for TableOfOne {
    fn add(&mut self, updates: &mut [Update]) -> Result<(), TaskFailure> {
        for Update { key, value } in updates {
            let entry = self.0.entry(*key).or_default();
            *entry += *value;
            *value = *entry;
        }
        Ok(())
    }
}

/// A file in small blocks, opened at the first of them so that its absence is the computation's to report.
struct OpenedLate(Result<File, PathBuf>, Vec<u8>);

impl Blocks for OpenedLate {
    fn next_block(&mut self) -> io::Result<&[u8]> {
        if let Err(path) = &self.0 {
            self.0 = Ok(File::open(path)?);
        }
        self.1.resize(1_000, 0);
        let length = self.0.as_mut().map_or(Ok(0), |file| file.read(&mut self.1))?;
        Ok(&self.1[..length])
    }
}

/// The answer of a job, with what `--output` writes.
pub(crate) fn answer_of(workload: &dyn Workload, job: &Job) -> Answer {
    let (plan, outputs) = outputs(workload, job).expect("tasks that have outputs");
    let artifact = workload.artifact(job, &plan, &mut outputs.iter());
    Answer { artifact, ..workload.merge(job, &plan, &mut outputs.iter()) }
}

/// The answer of a job that is asked for like [`job`].
pub(crate) fn answer(workload: &dyn Workload, asked: &[(&str, &str)], input: &[PathBuf]) -> Answer {
    answer_of(workload, &job(workload, asked, input).expect("a job that can be served"))
}
