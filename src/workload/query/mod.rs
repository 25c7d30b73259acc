//! SQL on SQLite: look-ups and an aggregate on a generated database, or a question of the user's own, read-only.
//!
//! A call into SQLite computes without the lock, as in CPython, and blocks whoever makes it: see `Io::Blocking`.

mod database;
mod generated;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use self::database::{Database, check_question};
use super::hash::hexadecimal;
use super::{
    About, Answer, Args, Artifact, Compute, Data, Digest, GilModel, Io, Job, Kind, Output, Parameter, ParameterKind,
    Plan, Refusal, Survey, SurveyedFile, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::text::scrub_os;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Query;

/// The most orders that all tasks together may be about.
const MOST: u64 = 100_000_000_000;

/// Look-ups in one task.
const LOOKUPS: u64 = 100;

/// One task in this many aggregates the whole table, the first among them.
const AGGREGATES: u64 = 10;

/// What the aggregating tasks ask of the generated database.
const AGGREGATE: &str = "SELECT region, count(*), sum(amount) FROM orders GROUP BY region ORDER BY region";

/// What a task does, as the first of its arguments.
const LOOK_UP: u64 = 0;
const ASK: u64 = 1;
/// As [`ASK`], and keeps the rows for `--output`.
const ASK_AND_KEEP: u64 = 2;

static ABOUT: About = About {
    id: "query",
    summary: "asks an SQLite database: look-ups and an aggregate, or your own SQL",
    kind: Kind::CpuAndFile,
    gil_model: Some(GilModel::CReleased),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "500",
            unit: "tasks",
            presets: &["50", "500", "5000"],
            help: "how many tasks: 1 in 10 aggregates all orders, the others look up 100 each; with --sql all ask that",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 10_000_000 },
            default: "5000",
            unit: "orders in the generated database",
            presets: &["1000", "5000", "50000"],
            help: "how many orders there are; with an input this changes nothing",
        },
        Parameter {
            name: "sql",
            kind: ParameterKind::Text,
            default: "",
            unit: "",
            presets: &[],
            help: "the question that every task asks, which returns rows and writes nothing; --input needs one",
        },
        Parameter::seed("what the generated database holds; with an input this changes nothing"),
    ],
    input: Some("one SQLite database, opened read-only, for --sql (default: a generated one in the cache folder)"),
    output: Some("the rows of the question, as sqlite3 prints them"),
};

impl Workload for Query {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["size", "seed"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        match (input, values.text("sql")) {
            ([], _) => match values.count("tasks").checked_mul(values.count("size")) {
                Some(0..=MOST) => Ok(()),
                _ => Err(Refusal::new("size", values.count("size"), "tasks × size may be at most 100,000,000,000")),
            },
            ([_], "") => Err(Refusal::new("sql", "''", "with --input it says what to ask")),
            ([file], sql) => check_question(file, sql),
            ([_, second, ..], _) => Err(Refusal::new("input", scrub_os(second), "one database at a time")),
        }
    }

    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        let path = match input {
            [file, ..] => file.clone(),
            [] => generated::file(values.count("size"), values.count("seed"))?,
        };
        if !values.text("sql").is_empty() {
            check_question(&path, values.text("sql"))?;
        }
        let bytes = path.metadata().map_or(0, |facts| facts.len());
        Ok(Survey { files: vec![SurveyedFile { path, bytes, starts: Vec::new() }], ..Survey::default() })
    }

    fn plan(&self, job: &Job) -> Plan {
        let rows = job.values.count("size");
        let is_own = !job.values.text("sql").is_empty();
        let task = |number: u64| Task {
            io: Some(Box::new(Io::Blocking)),
            cpu: Some(match number {
                0 => [ASK_AND_KEEP, 0, 0],
                _ if is_own || number.is_multiple_of(AGGREGATES) => [ASK, 0, 0],
                _ => [LOOK_UP, number, rows],
            }),
        };
        Plan { tasks: (0..job.values.count("tasks")).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 3 µs for a look-up, 150 ns for an order that is aggregated.
        Nanos::from_micros(3 * LOOKUPS).plus(Nanos(values.count("size").saturating_mul(150) / AGGREGATES))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        let path = job.survey.files.first().map(|file| file.path.clone()).unwrap_or_default();
        let sql = Some(job.values.text("sql").to_owned()).filter(|sql| !sql.is_empty());
        Box::new(Asker { path, sql: sql.unwrap_or_else(|| AGGREGATE.to_owned()), idle: Mutex::default() })
    }

    fn merge(&self, job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let found = Found::by(plan, outputs);
        let sql = job.values.text("sql");
        let path = job.survey.files.first().map(|file| scrub_os(&file.path)).unwrap_or_default();
        let asked = if sql.is_empty() { AGGREGATE } else { sql };
        Answer {
            checksum: found.digest.finish(),
            sentence: found.sentence(),
            notes: vec![format!("the rows are those of sqlite3 '{path}' \"{asked}\"")],
            artifact: None,
        }
    }

    fn artifact(&self, _job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        Some(Artifact { content: Found::by(plan, outputs).rows })
    }
}

/// What the tasks found.
#[derive(Default)]
struct Found {
    digest: Digest,
    asked: u64,
    different: u64,
    first: Option<u64>,
    rows: Vec<u8>,
    lookups: u64,
    sum: u64,
}

impl Found {
    fn by(plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Self {
        let mut found = Self::default();
        for (task, output) in plan.tasks.iter().zip(outputs) {
            found.add(task.cpu.map_or(ASK, |[what, ..]| what), output);
        }
        found
    }

    fn add(&mut self, what: u64, output: &Output) {
        self.digest.number(what).number(output.number);
        if what == LOOK_UP {
            self.lookups += LOOKUPS;
            self.sum = self.sum.wrapping_add(output.number);
            return;
        }
        self.asked += 1;
        self.different += u64::from(*self.first.get_or_insert(output.number) != output.number);
        if what == ASK_AND_KEEP {
            self.rows = output.bytes.to_vec();
        }
    }

    fn sentence(&self) -> String {
        let rows = self.rows.split(|byte| *byte == b'\n').count() as u64 - 1;
        let hash = hexadecimal(&Sha256::digest(&self.rows));
        let mut sentence =
            format!("{} times the same question: {} rows, sha256 {hash}", grouped(self.asked), grouped(rows));
        if self.different > 0 {
            sentence = format!("{sentence}; {} times the rows were others", grouped(self.different));
        }
        if self.lookups > 0 {
            let (lookups, sum) = (grouped(self.lookups), grouped(self.sum));
            sentence = format!("{sentence}; {lookups} look-ups of amounts that add up to {sum}");
        }
        sentence
    }
}

/// The computation. Each thread has a connection while it asks.
struct Asker {
    path: PathBuf,
    sql: String,
    idle: Mutex<Vec<Database>>,
}

impl Asker {
    fn with_database<R>(&self, ask: impl FnOnce(&Database) -> Result<R, rusqlite::Error>) -> Result<R, TaskFailure> {
        // A panic leaves the list whole.
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let failed = |error: rusqlite::Error| TaskFailure(database::told(&error));
        let database = kept.map_or_else(|| Database::open(&self.path), Ok).map_err(failed)?;
        let answer = ask(&database).map_err(failed)?;
        idle().push(database);
        Ok(answer)
    }
}

impl Compute for Asker {
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        self.with_database(|database| match *args {
            [LOOK_UP, number, rows] => {
                let ids = (0..LOOKUPS).map(|place| (number * LOOKUPS + place).wrapping_mul(7_919) % rows + 1);
                Ok(Output::from(database.amounts(ids.inspect(|_| beat.beat()))?))
            }
            [what, ..] => {
                let rows = database.rows(&self.sql, || beat.beat())?;
                let number = Digest::default().bytes(&rows).finish().0;
                let bytes = if what == ASK_AND_KEEP { rows.into_boxed_slice() } else { Box::default() };
                Ok(Output { number, bytes })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::harness;
    use super::*;

    const PYTHON: &str = "
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print('|'.join('' if cell is None else str(cell) for cell in row))
";

    #[test]
    fn the_rows_are_those_of_another_programs_sqlite() {
        let own = "SELECT id, region, amount, NULL, amount / 4.0 FROM orders WHERE id % 97 = 3 ORDER BY amount, id";
        for sql in ["", own] {
            let job = harness::job(&Query, &[("tasks", "3"), ("size", "500"), ("sql", sql)], &[]).unwrap();
            let ours = harness::answer_of(&Query, &job).artifact.unwrap().content;
            let asked = if sql.is_empty() { AGGREGATE } else { sql };
            let path = &job.survey.files[0].path;
            // Where Python is missing there is nothing to compare with.
            let Ok(python) = Command::new("python3").args(["-c", PYTHON]).arg(path).arg(asked).output() else { return };
            assert_eq!(String::from_utf8(ours).unwrap(), String::from_utf8(python.stdout).unwrap(), "{asked}");
        }
    }

    #[test]
    fn an_input_wants_one_question_that_reads() {
        let job = harness::job(&Query, &[("size", "10")], &[]).unwrap();
        let file = job.survey.files[0].path.clone();
        for (sql, expected) in [
            ("", "--sql '': with --input it says what to ask"),
            ("DELETE FROM orders", "--sql DELETE FROM orders: it must not write"),
            ("SELECT 1; SELECT 2", "--sql SELECT 1; SELECT 2: one question at a time"),
            ("SELEC 1", "--sql SELEC 1: near \"SELEC\": syntax error"),
            ("ATTACH 'x' AS y", "--sql ATTACH 'x' AS y: it must return rows"),
        ] {
            let refused = harness::job(&Query, &[("sql", sql)], std::slice::from_ref(&file)).unwrap_err().to_string();
            assert!(refused.starts_with(expected), "{refused}");
        }
        let answer = harness::answer(&Query, &[("sql", "SELECT count(*) FROM orders"), ("tasks", "2")], &[file]);
        assert_eq!(answer.artifact.unwrap().content, b"10\n");
    }

    #[test]
    fn the_look_ups_find_what_is_there() {
        let answer = harness::answer(&Query, &[("tasks", "2"), ("size", "1")], &[]);
        let all = harness::answer(&Query, &[("tasks", "1"), ("size", "1"), ("sql", "SELECT amount FROM orders")], &[]);
        let amount: u64 = String::from_utf8(all.artifact.unwrap().content).unwrap().trim().parse().unwrap();
        let expected = format!("100 look-ups of amounts that add up to {}", grouped(100 * amount));
        assert!(answer.sentence.ends_with(&expected), "{}", answer.sentence);
    }
}
