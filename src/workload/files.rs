//! Reading files, and writing them so that they survive a power failure: waiting for the disk, or for the page cache.
//!
//! What is written goes into files without a name, so that nothing is left behind however a run ends.

use std::path::PathBuf;

use super::hash::noise_files;
use super::walk;
use super::{
    About, Answer, Compute, Digest, Io, Job, Kind, NothingToCompute, Output, Parameter, ParameterKind, Plan, Refusal,
    Survey, Task, Values, Workload,
};
use crate::text::scrub_os;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Files;

/// The most bytes that are generated in the user's cache folder.
const LARGEST_DEFAULT: u64 = 4 << 30;

static ABOUT: About = About {
    id: "files",
    summary: "reads files, and writes files and waits until the disk has them",
    kind: Kind::Io,
    gil_model: None,
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 100_000 },
            default: "512",
            unit: "files",
            presets: &["64", "512", "2048"],
            help: "how many files are read or written; with an input, every file of it is read and this changes nothing",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Bytes { min: 0, max: 1 << 30 },
            default: "64KiB",
            unit: "bytes per file",
            presets: &["4KiB", "64KiB", "1MiB", "16MiB"],
            help: "how long a file is; with an input this changes nothing",
        },
        Parameter {
            name: "writes",
            kind: ParameterKind::Count { min: 0, max: 100 },
            default: "10",
            unit: "percent",
            presets: &["0", "10", "50", "100"],
            help: "how many in a hundred tasks write a file and wait for the disk (fsync); none with an input",
        },
        Parameter {
            name: "cache",
            kind: ParameterKind::Text,
            default: "warm",
            unit: "",
            presets: &["warm", "cold"],
            help: "warm reads from the page cache where it can; cold drops each file from it just before",
        },
        Parameter::seed("what generated files hold; with an input this changes nothing"),
    ],
    input: Some(
        "files, or folders with everything below them, only read (default: generated files in the cache folder)",
    ),
    output: None,
};

impl Workload for Files {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["tasks", "size", "writes", "seed"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        if !["warm", "cold"].contains(&values.text("cache")) {
            return Err(Refusal::new("cache", values.text("cache"), "allowed is warm or cold"));
        }
        if !input.is_empty() {
            return walk::has_files(input);
        }
        match values.count("tasks").checked_mul(values.count("size")) {
            Some(0..=LARGEST_DEFAULT) => Ok(()),
            _ => {
                Err(Refusal::new("size", values.count("size"), "tasks × size may be at most 4 GiB of generated files"))
            }
        }
    }

    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        if input.is_empty() {
            return Ok(Survey { files: noise_files(values)?, ..Survey::default() });
        }
        walk::survey(input)
    }

    fn plan(&self, job: &Job) -> Plan {
        let is_cold = job.values.text("cache") == "cold";
        let io = |(number, file): (u64, &super::SurveyedFile)| match file.path.parent() {
            Some(folder) if is_write(job, number) => {
                Io::WriteFile { folder: folder.to_owned(), number, bytes: file.bytes }
            }
            _ => Io::ReadFile { path: file.path.clone(), is_cold },
        };
        let task = |numbered| Task { io: Some(Box::new(io(numbered))), cpu: None };
        Plan { tasks: (0..).zip(&job.survey.files).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 4 GB/s from the page cache after 20 µs to open a file; 2 ms for a disk to say that it has it.
        let read = Nanos(values.count("size") / 4).plus(Nanos::from_micros(20));
        read.plus(Nanos::from_micros(20 * values.count("writes")))
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(NothingToCompute)
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let mut digest = Digest::default();
        let (mut read, mut written, mut changed) = (Tally::default(), Tally::default(), 0_u64);
        for ((number, file), output) in (0..).zip(&job.survey.files).zip(outputs) {
            digest.bytes(file.path.as_os_str().as_encoded_bytes()).number(is_write(job, number).into());
            if is_write(job, number) { &mut written } else { &mut read }.add(output.number);
            changed += u64::from(output.number != file.bytes);
        }
        let cache = job.values.text("cache");
        let written = if written.files > 0 { format!(", {written} written and synced") } else { String::new() };
        let grown = (changed > 0).then(|| format!("files that changed their length: {changed}"));
        Answer {
            checksum: digest.finish(),
            sentence: format!("{read} read with a {cache} page cache{written}"),
            notes: job.survey.notes.iter().cloned().chain(folder_note(job)).chain(grown).collect(),
            artifact: None,
        }
    }
}

/// Whether the task of that number writes: evenly spread over all, and never with an input.
fn is_write(job: &Job, number: u64) -> bool {
    let percent = if job.input.is_empty() { job.values.count("writes") } else { 0 };
    (number + 1) * percent / 100 > number * percent / 100
}

/// Where the files are, since the disk decides.
fn folder_note(job: &Job) -> Option<String> {
    let folder = job.survey.files.first()?.path.parent()?;
    job.input.is_empty().then(|| format!("the files are in {}", scrub_os(folder)))
}

/// Files and their bytes.
#[derive(Debug, Default)]
struct Tally {
    files: u64,
    bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let noun = if self.files == 1 { "file" } else { "files" };
        write!(f, "{} {noun} of together {} bytes", grouped(self.files), grouped(self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::harness;
    use super::*;

    #[test]
    fn as_many_tasks_write_as_were_asked_for() {
        for (writes, expected) in [("0", 0), ("10", 2), ("50", 10), ("100", 20)] {
            let job = harness::job(&Files, &[("tasks", "20"), ("size", "10"), ("writes", writes)], &[]).unwrap();
            let is_write = |task: &&Task| matches!(task.io.as_deref(), Some(Io::WriteFile { .. }));
            assert_eq!(Files.plan(&job).tasks.iter().filter(is_write).count(), expected, "{writes} %");
        }
    }

    #[test]
    fn an_input_is_only_read_and_its_path_decides_the_checksum() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one"), b"1234").unwrap();
        let input = [folder.path().to_owned()];
        let answer = harness::answer(&Files, &[("writes", "100")], &input);
        assert_eq!(answer.sentence, "1 file of together 4 bytes read with a warm page cache");
        let job = harness::job(&Files, &[("writes", "100")], &input).unwrap();
        fs::write(folder.path().join("one"), b"12345").unwrap();
        let changed = harness::answer_of(&Files, &job);
        assert_eq!((changed.checksum, changed.notes.len()), (answer.checksum, 1));
    }

    #[test]
    fn caches_are_warm_or_cold() {
        let refused = harness::job(&Files, &[("cache", "tepid")], &[]).unwrap_err();
        assert_eq!(refused.to_string(), "--cache tepid: allowed is warm or cold");
    }
}
