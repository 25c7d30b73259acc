//! SHA-256 of files, one per task: computing on bytes that are read first, and an answer that `sha256sum` confirms.

mod listing;
mod noise;

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::walk;
use super::{
    About, Answer, Args, Artifact, Compute, Data, Digest, GilModel, Io, Job, Kind, Output, Parameter, ParameterKind,
    Plan, Refusal, Survey, SurveyedFile, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::text::scrub_os;
use crate::units::{Bytes, Nanos, grouped};

pub(super) use self::listing::hexadecimal;
pub(super) use self::noise::files as noise_files;

/// The workload.
pub(super) struct Hash;

/// The most bytes that are generated in the user's cache folder.
const LARGEST_DEFAULT: u64 = 4 << 30;

/// Bytes hashed between two beats: about 10 µs with the processor's SHA instructions, 40 µs without.
const PIECE: usize = 16 << 10;

static ABOUT: About = About {
    id: "hash",
    summary: "computes the SHA-256 of files, one per task",
    kind: Kind::CpuAndFile,
    gil_model: Some(GilModel::CReleased),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 100_000 },
            default: "96",
            unit: "files",
            presets: &["16", "96", "256", "1000"],
            help: "how many files are generated; with an input, every file of it is a task and this changes nothing",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Bytes { min: 0, max: 1 << 30 },
            default: "4MiB",
            unit: "bytes per file",
            presets: &["64KiB", "1MiB", "4MiB", "16MiB"],
            help: "how long a generated file is; with an input this changes nothing",
        },
        Parameter::seed("what generated files hold; with an input this changes nothing"),
    ],
    input: Some("files, or folders with everything below them (default: generated files in the cache folder)"),
    output: Some("the lines of sha256sum, for sha256sum -c"),
};

impl Workload for Hash {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["tasks", "size", "seed"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        if !input.is_empty() {
            return walk::has_files(input);
        }
        let size = values.count("size");
        match values.count("tasks").checked_mul(size) {
            Some(0..=LARGEST_DEFAULT) => Ok(()),
            _ => Err(Refusal::new(
                "size",
                Bytes(size),
                format!("tasks × size may be at most {} of generated files", Bytes(LARGEST_DEFAULT)),
            )),
        }
    }

    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        if input.is_empty() {
            return Ok(Survey { files: noise::files(values)?, ..Survey::default() });
        }
        walk::survey(input)
    }

    fn plan(&self, job: &Job) -> Plan {
        let task = |(index, file): (u64, &SurveyedFile)| Task {
            io: Some(Box::new(Io::ReadBlocks { path: file.path.clone() })),
            cpu: Some([index, file.bytes, 0]),
        };
        Plan { tasks: (0..).zip(&job.survey.files).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 1.4 GB/s with the processor's SHA instructions, and 20 µs to open a file.
        Nanos(values.count("size") * 7 / 10).plus(Nanos::from_micros(20))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        Box::new(Hasher { files: job.survey.files.clone() })
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (mut digest, mut list) = (Digest::default(), Vec::new());
        let (mut files, mut bytes, mut changed) = (0, 0_u64, 0_u64);
        for (file, output) in job.survey.files.iter().zip(outputs) {
            let line = listing::line(&file.path, &output.bytes);
            digest.bytes(&line);
            list.extend_from_slice(&line);
            files += 1;
            bytes += output.number;
            changed += u64::from(output.number != file.bytes);
        }
        Answer {
            checksum: digest.finish(),
            sentence: sentence(files, bytes, &list),
            notes: notes(job, changed),
            artifact: None,
        }
    }

    fn artifact(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        let lines = job.survey.files.iter().zip(outputs).map(|(file, output)| listing::line(&file.path, &output.bytes));
        Some(Artifact { content: lines.flatten().collect() })
    }
}

fn sentence(files: u64, bytes: u64, list: &[u8]) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    let digest = hexadecimal(&Sha256::digest(list));
    format!("{} {noun}, {} bytes; sha256 of the sorted sha256sum lines {digest}", grouped(files), grouped(bytes))
}

fn notes(job: &Job, changed: u64) -> Vec<String> {
    let lengths =
        (changed > 0).then(|| format!("files that changed their length, hashed as they were read: {changed}"));
    job.survey.notes.iter().cloned().chain(lengths).collect()
}

/// The computation; an output is the digest and the number of bytes that it covers.
struct Hasher {
    files: Vec<SurveyedFile>,
}

impl Compute for Hasher {
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let Data::Blocks(blocks) = data else {
            return Err(TaskFailure(format!("{}: nothing was read", self.name(args))));
        };
        let (mut hasher, mut number) = (Sha256::new(), 0);
        loop {
            let block = blocks.next_block().map_err(|error| TaskFailure(format!("{}: {error}", self.name(args))))?;
            if block.is_empty() {
                return Ok(Output { number, bytes: hasher.finalize().as_slice().into() });
            }
            number += block.len() as u64;
            for piece in block.chunks(PIECE) {
                hasher.update(piece);
                beat.beat();
            }
        }
    }
}

impl Hasher {
    /// The path of the task with these arguments, for people.
    fn name(&self, args: &Args) -> String {
        let file = usize::try_from(args[0]).ok().and_then(|index| self.files.get(index));
        file.map_or_else(|| format!("file {}", args[0]), |file| scrub_os(&file.path))
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::process::Command;

    use super::super::harness;
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        // The vectors of FIPS 180-4's examples.
        fs::write(folder.path().join("abc"), "abc").unwrap();
        fs::write(folder.path().join("empty"), "").unwrap();
        let answer = harness::answer(&Hash, &[], &[folder.path().to_owned()]);
        let expected = format!(
            "{}  {path}/abc\n{}  {path}/empty\n",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            path = folder.path().display()
        );
        assert_eq!(String::from_utf8(answer.artifact.unwrap().content).unwrap(), expected);
        assert!(answer.sentence.starts_with("2 files, 3 bytes; sha256 of "), "{}", answer.sentence);
    }

    #[test]
    fn a_file_that_goes_away_fails_its_task_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a\nb");
        fs::write(&file, "x").unwrap();
        let job = harness::job(&Hash, &[], &[folder.path().to_owned()]).unwrap();
        fs::remove_file(&file).unwrap();
        let failure = harness::outputs(&Hash, &job).unwrap_err();
        assert!(failure.0.contains(r"a\nb: "), "{failure}");
    }

    #[test]
    fn a_file_that_grows_is_a_note() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), "x").unwrap();
        let job = harness::job(&Hash, &[], &[folder.path().to_owned()]).unwrap();
        fs::write(folder.path().join("log"), "xy").unwrap();
        let answer = harness::answer_of(&Hash, &job);
        assert_eq!(answer.notes, ["files that changed their length, hashed as they were read: 1"]);
    }

    /// Names that need no escape, an escape, and that are no text.
    fn odd_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let names: [&[u8]; 7] = [b"plain", b"with space", b"back\\slash", b"new\nline", b" lead", b"-dash", b"caf\xe9"];
        for name in names {
            fs::write(folder.path().join(OsStr::from_bytes(name)), name).unwrap();
        }
        fs::create_dir(folder.path().join("below")).unwrap();
        fs::write(folder.path().join("below/empty"), "").unwrap();
        folder
    }

    #[test]
    fn sha256sum_accepts_the_output_and_writes_the_same() {
        let folder = odd_folder();
        let answer = harness::answer(&Hash, &[], &[PathBuf::from(folder.path())]);
        let content = answer.artifact.unwrap().content;
        assert_eq!(content.split(|byte| *byte == b'\n').count(), 8 + 1);
        let list = folder.path().join("list");
        fs::write(&list, &content).unwrap();
        let Some(checked) = sha256sum(&["-c".as_ref(), list.as_os_str()]) else { return };
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
        let job = harness::job(&Hash, &[], &[folder.path().to_owned()]).unwrap();
        let paths = job.survey.files.iter().filter(|file| file.path != list);
        let written = sha256sum(&paths.map(|file| file.path.as_os_str()).collect::<Vec<_>>()).unwrap();
        assert_eq!(written.stdout, content);
        let of_list = sha256sum(&[list.as_os_str()]).unwrap().stdout;
        assert!(answer.sentence.ends_with(&*String::from_utf8_lossy(&of_list[..64])), "{}", answer.sentence);
    }

    /// What GNU `sha256sum` says; `None`, said aloud, where there is none.
    fn sha256sum(arguments: &[&OsStr]) -> Option<std::process::Output> {
        let found = Command::new("sha256sum").args(arguments).output();
        if found.is_err() {
            eprintln!("skipped: there is no sha256sum here to compare with");
        }
        found.ok()
    }

    #[test]
    fn a_job_with_paths_that_are_no_text_survives_json() {
        let folder = odd_folder();
        let job = harness::job(&Hash, &[], &[folder.path().join(Path::new(OsStr::from_bytes(b"caf\xe9")))]).unwrap();
        let text = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<Job>(&text).unwrap(), job);
    }
}
