//! `--json-stream`: what happens, as one JSON value a line.
//!
//! The shape is public: the kinds of lines and their fields are only added to, results carry the columns of the CSV
//! under the same names, durations are seconds, and what is unknown is `null`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::conductor::Event;
use crate::machine::Machine;
use crate::results::{COLUMNS, Cell, Record, ResultRow, RunId};
use crate::units::Nanos;

/// The kinds of lines.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line<'a> {
    Preparing,
    Started { rows: &'a [RunId], predicted_s: f64, notes: &'a [String] },
    Calibrated { workload: &'a str, tasks: u64, task_cost_s: f64, steps_per_us: f64 },
    Sampling { row: &'a RunId, sample: u32, of: u32, warmup: bool },
    Row { row: BTreeMap<&'static str, Cell> },
    Progress { done: f64, left_s: Option<f64> },
    Fault { row: &'a RunId, text: &'a str },
    Artifact { bytes: usize },
    Suspended { suspended: bool },
    Finished { cancelled: bool },
}

/// The line of an event, with its newline; `None` where it means nothing to a run without a screen.
///
/// # Panics
/// Never: no part of it can fail to be written.
pub(super) fn line(event: &Event, machine: &Machine) -> Option<String> {
    let line = match event {
        Event::Queue { .. } => return None,
        Event::Preparing => Line::Preparing,
        Event::Started { rows, predicted, notes } => Line::Started { rows, predicted_s: predicted.seconds(), notes },
        Event::Calibrated { configuration, calibration } => Line::Calibrated {
            workload: &configuration.workload,
            tasks: calibration.tasks,
            task_cost_s: calibration.task_cost.seconds(),
            steps_per_us: calibration.steps_per_us,
        },
        Event::Sampling { row, sample, of, warmup, .. } => {
            Line::Sampling { row, sample: *sample, of: *of, warmup: *warmup }
        }
        Event::Row(row) => Line::Row { row: cells(row, machine) },
        Event::Progress { done, left } => Line::Progress { done: *done, left_s: left.map(Nanos::seconds) },
        Event::Fault { row, text } => Line::Fault { row, text },
        Event::Artifact(content) => Line::Artifact { bytes: content.len() },
        Event::Suspended(suspended) => Line::Suspended { suspended: *suspended },
        Event::Finished { cancelled } => Line::Finished { cancelled: *cancelled },
    };
    Some(serde_json::to_string(&line).expect("texts and finite numbers can be written") + "\n")
}

fn cells(row: &ResultRow, machine: &Machine) -> BTreeMap<&'static str, Cell> {
    let record = Record::of(row, machine);
    COLUMNS.iter().map(|column| (column.name, (column.cell)(&record))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::results::fixture::{machine, row};
    use crate::spec::BackendId::Threads;

    fn check(event: &Event, expected: &str) {
        assert_eq!(line(event, &machine()).unwrap(), format!("{expected}\n"));
    }

    #[test]
    fn each_kind_of_line() {
        let run = || RunId("r-1".to_owned());
        check(&Event::Preparing, r#"{"event":"preparing"}"#);
        check(
            &Event::Started { rows: vec![run()], predicted: Nanos::from_millis(1_500), notes: Vec::new() },
            r#"{"event":"started","rows":["r-1"],"predicted_s":1.5,"notes":[]}"#,
        );
        check(&Event::Progress { done: 0.5, left: None }, r#"{"event":"progress","done":0.5,"left_s":null}"#);
        check(
            &Event::Fault { row: run(), text: "w1 died".to_owned() },
            r#"{"event":"fault","row":"r-1","text":"w1 died"}"#,
        );
        check(&Event::Artifact(Arc::new(vec![1, 2])), r#"{"event":"artifact","bytes":2}"#);
        check(&Event::Suspended(true), r#"{"event":"suspended","suspended":true}"#);
        check(&Event::Finished { cancelled: true }, r#"{"event":"finished","cancelled":true}"#);
        assert!(line(&Event::Queue { waiting: 1, refused: false }, &machine()).is_none());
    }

    #[test]
    fn a_result_carries_every_column() {
        let row = row(Threads, 2).walls(&[0.5, 1.0]).done();
        let text = line(&Event::Row(Box::new(row.clone())), &machine()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["event"], "row");
        assert_eq!(value["row"].as_object().unwrap().len(), COLUMNS.len());
        assert_eq!(value["row"]["run"], row.run.0.as_str());
        assert_eq!(value["row"]["wall_median_s"], 0.75);
        assert!(value["row"]["speedup"].is_null());
    }
}
