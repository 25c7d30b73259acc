//! Everything that is known of the results, as one JSON document.
//!
//! A result has the columns of the CSV file as its keys, with numbers as numbers and null for what is unknown; beside
//! them stand the parts that a line of text has no room for. Units are in the names; the machine reads as in
//! `partui doctor --json`.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::SAMPLE_COLUMNS;
use crate::engine::{self, Sample};
use crate::machine::Machine;
use crate::results::{COLUMNS, Cell, Record, ResultRow, Warning, why};
use crate::spec::Baseline;
use crate::units::Nanos;

/// Grows with each change that could break a reader; new keys do not.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// Columns that hold a list, and so have a list's form here.
const LISTS: [&str; 3] = ["input", "parameters", "warnings"];

/// The document.
///
/// # Panics
/// Never: all keys are texts, all paths are written as texts.
pub(super) fn document(records: &[Record<'_>], machine: &Machine) -> Vec<u8> {
    let results = records.iter().map(Entry::of).collect();
    let document = Document { schema_version: SCHEMA_VERSION, machine, results };
    let mut bytes = serde_json::to_vec_pretty(&document).expect("texts and numbers can be written as JSON");
    bytes.push(b'\n');
    bytes
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    machine: &'a Machine,
    results: Vec<Entry<'a>>,
}

/// A result: its columns, then what a line of text has no room for.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    columns: Cells,
    input: Vec<String>,
    parameters: BTreeMap<&'a str, Cell>,
    settings: Settings,
    calibration: Option<Calibration>,
    startups_s: Vec<f64>,
    speedup_method: Option<String>,
    failure: Option<&'a str>,
    why: String,
    warnings: &'a [Warning],
    answer_notes: &'a [String],
    samples: Vec<SampleEntry<'a>>,
}

/// How the result was measured, as far as no column says it.
#[derive(Serialize)]
struct Settings {
    runs: u32,
    min_time_s: Option<f64>,
    baseline: Baseline,
    retries: Option<u32>,
    suspended: u32,
}

/// What was known of the work beforehand.
#[derive(Serialize)]
struct Calibration {
    tasks: u64,
    task_cost_s: f64,
    steps_per_us: f64,
}

/// A sample: its columns, then its histogram as pairs of nanoseconds and count.
#[derive(Serialize)]
struct SampleEntry<'a> {
    #[serde(flatten)]
    columns: Cells,
    latency_ns: &'a [(u64, u64)],
    failures: &'a [String],
}

/// Cells by the names of their columns, in the columns' order.
struct Cells(Vec<(&'static str, Cell)>);

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, cell)| (name, cell)))
    }
}

impl<'a> Entry<'a> {
    fn of(record: &'a Record<'_>) -> Self {
        let row = record.row;
        let configuration = &row.configuration;
        let columns = COLUMNS.iter().filter(|column| !LISTS.contains(&column.name));
        Self {
            columns: Cells(columns.map(|column| (column.name, (column.cell)(record))).collect()),
            input: configuration.input.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
            parameters: configuration.values.iter().map(|(name, value)| (name, value.into())).collect(),
            settings: Settings::of(row),
            calibration: row.calibration.as_ref().map(Calibration::of),
            startups_s: row.startups.iter().map(|startup| startup.seconds()).collect(),
            speedup_method: row.speedup.and_then(|ratio| ratio.method).map(|method| method.to_string()),
            failure: row.failure.as_deref(),
            why: why(row, &record.summary),
            warnings: &record.warnings,
            answer_notes: row.answer().map_or(&[], |answer| &answer.notes),
            samples: row.samples.iter().map(|sample| SampleEntry::of(row, sample)).collect(),
        }
    }
}

impl Settings {
    fn of(row: &ResultRow) -> Self {
        Self {
            runs: row.settings.runs,
            min_time_s: row.settings.min_time.map(Nanos::seconds),
            baseline: row.settings.baseline,
            retries: row.configuration.retries,
            suspended: row.suspended,
        }
    }
}

impl Calibration {
    fn of(found: &engine::Calibration) -> Self {
        Self { tasks: found.tasks, task_cost_s: found.task_cost.seconds(), steps_per_us: found.steps_per_us }
    }
}

impl<'a> SampleEntry<'a> {
    fn of(row: &ResultRow, sample: &'a Sample) -> Self {
        let columns = SAMPLE_COLUMNS.iter().filter(|column| column.name != "run");
        Self {
            columns: Cells(columns.map(|column| (column.name, (column.cell)(row, sample))).collect()),
            latency_ns: &sample.latency,
            failures: &sample.failures,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use serde_json::{Value, json};

    use super::*;
    use crate::results::fixture::{machine, row, sample};
    use crate::spec::BackendId::Threads;
    use crate::workload::Artifact;

    fn parsed(row: &ResultRow) -> Value {
        let machine = machine();
        serde_json::from_slice(&document(&[Record::of(row, &machine)], &machine)).unwrap()
    }

    #[test]
    fn a_result_has_its_columns_and_its_parts() {
        let row = row(Threads, 4).gil().walls(&[0.5, 1.0, 1.5, 9.0]).done();
        let document = parsed(&row);
        assert_eq!((&document["schema_version"], &document["machine"]["cores"]["usable"]), (&json!(1), &json!(2)));
        let result = &document["results"][0];
        for column in COLUMNS {
            assert!(result.get(column.name).is_some(), "{}", column.name);
        }
        assert_eq!(result["run"], json!(row.run.0));
        assert_eq!((&result["wall_median_s"], &result["switch_interval_s"]), (&json!(1.25), &json!(0.005)));
        assert_eq!(result["parameters"], json!({"seed": 42, "size": 1_000_000, "tasks": 1_000}));
        assert_eq!(result["warnings"][0]["kind"], json!("noisy"));
        assert_eq!(result["why"], json!("workers computed 100 % of the time: it scales as far as the cores go"));
        assert_eq!(
            result["settings"],
            json!({"runs": 5, "min_time_s": null, "baseline": "auto", "retries": null, "suspended": 0})
        );
        let samples = result["samples"].as_array().unwrap();
        assert_eq!((samples.len(), &samples[1]["wall_s"], &samples[1]["sample"]), (4, &json!(1.0), &json!(1)));
        assert_eq!(samples[0]["latency_ns"][0], json!([1_000_000, 980]));
    }

    #[test]
    fn what_is_no_number_is_null() {
        let mut row = row(Threads, 2).walls(&[0.0]).done();
        row.calibration.as_mut().unwrap().steps_per_us = f64::NAN;
        let result = &parsed(&row)["results"][0];
        assert_eq!(result["calibration"]["steps_per_us"], Value::Null);
        assert_eq!((&result["tasks_per_s"], &result["cores_used"]), (&Value::Null, &Value::Null));
        assert_eq!((&result["fault"], &result["speedup"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn paths_that_are_no_text_are_written_nevertheless() {
        let path = OsStr::from_bytes(b"/data/\xff.csv").into();
        let row = row(Threads, 2).with(|row| row.configuration.input = vec![path]).done();
        assert_eq!(parsed(&row)["results"][0]["input"], json!(["/data/\u{fffd}.csv"]));
    }

    #[test]
    fn artifacts_stay_out() {
        let artifact = Some(Artifact { content: vec![7; 1_000] });
        let heavy = sample(1.0).with(|sample| {
            if let Some(answer) = &mut sample.answer {
                answer.artifact = artifact;
                answer.notes = vec!["a note".to_owned()];
            }
        });
        let document = parsed(&row(Threads, 2).samples(vec![heavy.done()]).done());
        assert_eq!(document["results"][0]["answer_notes"], json!(["a note"]));
        assert!(!document.to_string().contains("7,7"));
    }
}
