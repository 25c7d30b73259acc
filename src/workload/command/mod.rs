//! Runs a command of the user's for each line of a list: how programs of others scale, whatever they do.

mod template;
mod written;

use std::collections::BTreeSet;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use self::template::{Template, is_there};
pub use self::written::Written;
use super::list::{Line, lines};
use super::{
    About, Answer, Artifact, Compute, Digest, Io, Job, Kind, NamedFile, NothingToCompute, Output, Parameter,
    ParameterKind, Plan, Refusal, Survey, Task, Values, Workload,
};
use crate::text::scrub;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Command;

static ABOUT: About = About {
    id: "command",
    summary: "runs a command of yours, once for each line of a list",
    kind: Kind::Both,
    gil_model: None,
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "128",
            unit: "runs",
            presets: &["8", "32", "128", "512"],
            help: "how often the command runs, with 1, 2, 3, … for {}; with an input, every line of it is a task",
        },
        Parameter {
            name: "command",
            kind: ParameterKind::Text,
            default: "echo {}",
            unit: "",
            presets: &["echo {}", "true", "sleep 0.01"],
            help: "program and arguments, quoted as for a shell, but no shell runs them: {} is the line, always within \
                   one word; a command without {} gets the line as its last argument, or without an input none",
        },
        Parameter {
            name: "stdout",
            kind: ParameterKind::Text,
            default: "check",
            unit: "",
            presets: &["check", "ignore"],
            help: "check: what commands write is the answer, the same on every backend; ignore: it goes to /dev/null",
        },
    ],
    input: Some("a file with something for {} in each line, such as a path (default: the numbers of the tasks)"),
    output: Some("a folder with what each command wrote to standard output, named by the number of its task, from 1"),
};

impl Workload for Command {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["tasks"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        if !["check", "ignore"].contains(&values.text("stdout")) {
            return Err(Refusal::new("stdout", values.text("stdout"), "allowed is check or ignore"));
        }
        let text = values.text("command");
        let refused = |why: String| Refusal::new("command", scrub(text), why);
        if text.contains('\0') {
            return Err(refused("no argument can have a NUL in it".to_owned()));
        }
        let template = Template::parse(text)
            .ok_or_else(|| refused("allowed is a program and its arguments, quotes closed".to_owned()))?;
        let lines = lines(input, "line")?;
        if let Some(line) = lines.iter().find(|line| line.text.contains('\0')) {
            return Err(line.refused("has a NUL in it, which no argument can have"));
        }
        let firsts = if input.is_empty() { vec!["1"] } else { lines.iter().map(|line| line.text.as_str()).collect() };
        let programs: BTreeSet<_> = firsts.into_iter().map(|line| template.program(line)).collect();
        match programs.iter().find(|program| !is_there(program)) {
            Some(missing) => Err(refused(format!("there is no program {}", scrub(missing)))),
            None => Ok(()),
        }
    }

    fn survey(&self, _values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        let lines = lines(input, "line")?.into_iter().map(|Line { text, .. }| text).collect();
        Ok(Survey { lines, ..Survey::default() })
    }

    fn plan(&self, job: &Job) -> Plan {
        let Some(template) = Template::parse(job.values.text("command")) else { return Plan::default() };
        let is_heard = hears(&job.values);
        let task = |words| Task { io: Some(Box::new(Io::Run { words, is_heard })), cpu: None };
        let tasks = if job.input.is_empty() {
            (1..=job.values.count("tasks")).map(|number| task(template.filled(&number.to_string()))).collect()
        } else {
            let template = template.or_at_the_end();
            job.survey.lines.iter().map(|line| task(template.filled(line))).collect()
        };
        Plan { tasks }
    }

    fn declared_cost(&self, _values: &Values) -> Nanos {
        // What a small program takes to start and to end.
        Nanos::from_millis(1)
    }

    fn waiting_share(&self, _values: &Values) -> f64 {
        // Nobody knows; a prediction that is too long disappoints less than one that is too short.
        0.0
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(NothingToCompute)
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let mut found = Found::default();
        outputs.for_each(|output| found.add(output));
        let sentence =
            if hears(&job.values) { found.sentence() } else { format!("{} runs of the command", grouped(found.runs)) };
        Answer { checksum: found.digest.finish(), sentence, notes: found.notes(), artifact: None }
    }

    fn artifact(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        let outputs: Vec<_> = outputs.collect();
        let width = outputs.len().to_string().len();
        let file = |(number, output): (usize, &&Output)| NamedFile {
            name: PathBuf::from(format!("{number:0width$}")),
            content: written::parts(output).1.to_vec(),
        };
        let files: Vec<NamedFile> = (1..).zip(&outputs).map(file).collect();
        hears(&job.values).then(|| Artifact { content: NamedFile::pack(&files) })
    }

    fn makes_folder(&self) -> bool {
        true
    }
}

/// Whether anybody listens to what commands write.
fn hears(values: &Values) -> bool {
    values.text("stdout") == "check"
}

/// What all commands wrote together.
#[derive(Default)]
struct Found {
    runs: u64,
    bytes: u64,
    cut: u64,
    digest: Digest,
    whole: Sha256,
}

impl Found {
    fn add(&mut self, output: &Output) {
        let (sum, beginning) = written::parts(output);
        self.runs += 1;
        self.bytes += output.number;
        self.cut += u64::from(!written::is_whole(output));
        self.digest.number(output.number).bytes(sum);
        self.whole.update(beginning);
    }

    fn sentence(&self) -> String {
        let sum = match self.cut {
            0 => format!("; sha256 of these in order {}", super::hash::hexadecimal(&self.whole.clone().finalize())),
            _ => String::new(),
        };
        format!("{} runs of the command wrote {} bytes{sum}", grouped(self.runs), grouped(self.bytes))
    }

    fn notes(&self) -> Vec<String> {
        let cut =
            format!("commands that wrote more than 1 MiB, of which --output has the first: {}", grouped(self.cut));
        (self.cut > 0).then_some(cut).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::harness;
    use super::*;

    fn list(text: &[u8]) -> (tempfile::TempDir, [PathBuf; 1]) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list");
        fs::write(&file, text).unwrap();
        (folder, [file])
    }

    fn words(asked: &[(&str, &str)], input: &[PathBuf]) -> Vec<Vec<String>> {
        let job = harness::job(&Command, asked, input).unwrap();
        let words = |task: Task| match task.io.map(|io| *io) {
            Some(Io::Run { words, .. }) => words,
            other => panic!("{other:?}"),
        };
        Command.plan(&job).tasks.into_iter().map(words).collect()
    }

    #[test]
    fn a_line_is_a_task_whatever_is_in_it() {
        let (_folder, input) = list(b"a b.png\n\n  \n-x;$(rm) {}\r\n");
        let expected = [["echo", "a b.png"], ["echo", "-x;$(rm) {}"]];
        assert_eq!(words(&[("command", "echo"), ("tasks", "1")], &input), expected);
        assert_eq!(words(&[("command", "echo {}")], &input), expected);
        assert_eq!(words(&[("command", "echo"), ("tasks", "2")], &[]), [["echo"], ["echo"]]);
        assert_eq!(words(&[("command", "echo <{}>"), ("tasks", "2")], &[]), [["echo", "<1>"], ["echo", "<2>"]]);
    }

    #[test]
    fn what_cannot_run_is_refused_before() {
        let (_folder, nul) = list(b"fine\na\0b\n");
        let (_other, none) = list(b"\n \n");
        let (_third, programs) = list(b"sh\nno-such-program\n");
        for (command, input, expected) in [
            ("no-such-program {}", &[][..], "--command no-such-program {}: there is no program no-such-program"),
            ("{} -c true", &programs, "--command {} -c true: there is no program no-such-program"),
            ("echo 'a", &[], "--command echo 'a: allowed is a program and its arguments, quotes closed"),
            ("", &[], "--command: allowed is a program and its arguments, quotes closed"),
            ("echo", &nul, "line 2 has a NUL in it, which no argument can have"),
            ("echo", &none, "there is no line in it"),
        ] {
            let refused = harness::job(&Command, &[("command", command)], input).unwrap_err().to_string();
            assert!(refused.ends_with(expected), "{refused}");
        }
        let refused = harness::job(&Command, &[("stdout", "keep")], &[]).unwrap_err();
        assert_eq!(refused.to_string(), "--stdout keep: allowed is check or ignore");
    }

    #[test]
    fn the_answer_is_what_sha256sum_says_of_what_was_written() {
        let answer = harness::answer(&Command, &[("tasks", "3")], &[]);
        let sum = super::super::hash::hexadecimal(&Sha256::digest("1\n2\n3\n"));
        assert_eq!(answer.sentence, format!("3 runs of the command wrote 6 bytes; sha256 of these in order {sum}"));
        let files = NamedFile::unpack(&answer.artifact.unwrap().content).unwrap();
        let texts: Vec<_> = files.iter().map(|file| (file.name.to_str().unwrap(), file.content.as_slice())).collect();
        assert_eq!(texts, [("1", &b"1\n"[..]), ("2", b"2\n"), ("3", b"3\n")]);
        let other = harness::answer(&Command, &[("tasks", "3"), ("command", "printf '%s.' {}")], &[]);
        assert_ne!(other.checksum, answer.checksum);
        let ignored = harness::answer(&Command, &[("tasks", "3"), ("stdout", "ignore")], &[]);
        assert_eq!((ignored.sentence.as_str(), ignored.artifact), ("3 runs of the command", None));
    }

    #[test]
    fn much_that_is_written_is_compared_as_a_whole() {
        let wrote = |last: &str| {
            let script = format!("sh -c 'head -c 1100000 /dev/zero; echo {last}'");
            harness::answer(&Command, &[("tasks", "1"), ("command", &script)], &[])
        };
        let (one, other) = (wrote("a"), wrote("b"));
        assert_ne!(one.checksum, other.checksum);
        assert_eq!(one.sentence, "1 runs of the command wrote 1,100,002 bytes");
        assert_eq!(one.notes, ["commands that wrote more than 1 MiB, of which --output has the first: 1"]);
    }
}
