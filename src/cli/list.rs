//! `partui list`: what there is to choose from, made from the tables that everything else is made from.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::fault::{FaultKind, Home, Outcome};
use crate::results::{COLUMNS, ColumnKind, ResultColumn, WORDS, Word};
use crate::spec::{BackendId, LockScope, Transport};
use crate::workload::{About, GilModel, WORKLOADS};

/// A part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What can be computed.
    Workloads,
    /// How tasks can be executed.
    Backends,
    /// How tasks can travel to worker processes.
    Transports,
    /// What can go wrong on purpose.
    Faults,
    /// What exports say of each result.
    Columns,
    /// What the words of screen, table and flags mean.
    Words,
}

impl Section {
    /// Every section, in the order of the list.
    pub const ALL: [Self; 6] =
        [Self::Workloads, Self::Backends, Self::Transports, Self::Faults, Self::Columns, Self::Words];

    /// The section's name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workloads => "workloads",
            Self::Backends => "backends",
            Self::Transports => "transports",
            Self::Faults => "faults",
            Self::Columns => "columns",
            Self::Words => "words",
        }
    }

    /// The section of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }

    fn text(self) -> String {
        match self {
            Self::Workloads => workloads_text(),
            Self::Backends => aligned(&BackendId::ALL.map(backend_cells)),
            Self::Transports => aligned(&Transport::ALL.map(|it| [it.id(), it.summary()].map(str::to_owned))),
            Self::Faults => faults_text(),
            Self::Columns => columns_text(),
            Self::Words => words_text(),
        }
    }
}

/// One section, or all of them, for people: aligned, with a heading each where there are several.
#[must_use]
pub fn text(section: Option<Section>) -> String {
    let titled = |section: Section| format!("{}\n\n{}", section.name(), section.text());
    section.map_or_else(|| Section::ALL.map(titled).join("\n"), Section::text)
}

/// One section, or all of them, as a JSON object with a list for each.
///
/// # Panics
/// Never: no part of it can fail to be written.
#[must_use]
pub fn json(section: Option<Section>) -> String {
    let wanted = |one| section.is_none_or(|section| section == one);
    let there_is = ThereIs {
        workloads: wanted(Section::Workloads).then(|| WORKLOADS.iter().map(|it| it.about().into()).collect()),
        backends: wanted(Section::Backends).then(|| BackendId::ALL.map(Into::into).into()),
        transports: wanted(Section::Transports).then(|| Transport::ALL.map(Into::into).into()),
        faults: wanted(Section::Faults).then(|| FaultKind::ALL.map(Into::into).into()),
        columns: wanted(Section::Columns).then(|| COLUMNS.iter().map(Into::into).collect()),
        words: wanted(Section::Words).then_some(WORDS),
    };
    serde_json::to_string_pretty(&there_is).expect("strings and numbers can be written") + "\n"
}

fn workloads_text() -> String {
    let blocks = WORKLOADS.iter().map(|workload| {
        let about = workload.about();
        let model = about.gil_model.map_or("no computing", |model| model.id());
        let head = format!("{}  {} ({}, GIL model: {model})", about.id, about.summary, about.kind.label());
        let body = aligned(&setting_cells(about));
        body.lines().fold(head + "\n", |mut block, line| {
            // Writing to a string cannot fail.
            let _ = writeln!(block, "  {line}");
            block
        })
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// A row for each setting, with its default, what it takes, its unit and what it does; then input and output.
fn setting_cells(about: &About) -> Vec<[String; 4]> {
    let settings = about.parameters.iter().map(|parameter| {
        let default = if parameter.default.is_empty() { "–" } else { parameter.default };
        let help = match parameter.unit {
            "" => parameter.help.to_owned(),
            unit => format!("{unit}: {}", parameter.help),
        };
        [format!("--{}", parameter.name), default.to_owned(), parameter.kind.allowed(), help]
    });
    let place = |flag: &str, what: &str| [flag.to_owned(), "–".to_owned(), "a path".to_owned(), what.to_owned()];
    let places = [about.input.map(|what| place("--input", what)), about.output.map(|what| place("--output", what))];
    settings.chain(places.into_iter().flatten()).collect()
}

fn backend_cells(backend: BackendId) -> [String; 3] {
    let facts = backend.facts();
    let lock = match (facts.lock, facts.scales) {
        (LockScope::Shared, _) => "workers share one lock",
        (LockScope::Own, true) => "each worker has a lock of its own",
        (LockScope::Own, false) => "one worker, nobody to share with",
    };
    [facts.id.to_owned(), facts.summary.to_owned(), lock.to_owned()]
}

fn faults_text() -> String {
    let rows = FaultKind::ALL.map(|kind| {
        let shared = kind.outcome(Home::Shared).map_or("n/a", Outcome::label);
        let own = kind.outcome(Home::Own).map_or("n/a", Outcome::label);
        [kind.id().to_owned(), kind.summary().to_owned(), format!("processes: {own}"), format!("others: {shared}")]
    });
    aligned(&rows)
}

fn columns_text() -> String {
    let rows: Vec<_> = COLUMNS.iter().map(|column| [column.name, column.help].map(str::to_owned)).collect();
    aligned(&rows)
}

fn words_text() -> String {
    let rows: Vec<_> = WORDS.iter().map(|word| [word.word, word.meaning].map(str::to_owned)).collect();
    aligned(&rows)
}

/// Rows of cells as lines, each column as wide as its widest cell.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut lines = String::new();
    for row in rows {
        let padded = row.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    }
    lines
}

#[derive(Serialize)]
struct ThereIs {
    #[serde(skip_serializing_if = "Option::is_none")]
    workloads: Option<Vec<WorkloadEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backends: Option<Vec<BackendEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transports: Option<Vec<TransportEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<Vec<FaultEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<ColumnEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'static [Word]>,
}

#[derive(Serialize)]
struct WorkloadEntry {
    id: &'static str,
    summary: &'static str,
    kind: &'static str,
    gil_model: Option<&'static str>,
    input: Option<&'static str>,
    output: Option<&'static str>,
    parameters: Vec<ParameterEntry>,
}

#[derive(Serialize)]
struct ParameterEntry {
    name: &'static str,
    unit: &'static str,
    default: &'static str,
    allowed: String,
    help: &'static str,
}

#[derive(Serialize)]
struct BackendEntry {
    id: &'static str,
    summary: &'static str,
    shares_lock: bool,
    scales: bool,
    transports: Vec<&'static str>,
}

#[derive(Serialize)]
struct TransportEntry {
    id: &'static str,
    summary: &'static str,
}

#[derive(Serialize)]
struct FaultEntry {
    id: &'static str,
    summary: &'static str,
    /// What follows in a worker process.
    in_processes: Option<&'static str>,
    /// What follows where workers share the engine's memory.
    in_others: Option<&'static str>,
}

#[derive(Serialize)]
struct ColumnEntry {
    name: &'static str,
    kind: ColumnKind,
    help: &'static str,
}

impl From<&'static About> for WorkloadEntry {
    fn from(about: &'static About) -> Self {
        let parameters = about.parameters.iter().map(|parameter| ParameterEntry {
            name: parameter.name,
            unit: parameter.unit,
            default: parameter.default,
            allowed: parameter.kind.allowed(),
            help: parameter.help,
        });
        Self {
            id: about.id,
            summary: about.summary,
            kind: about.kind.label(),
            gil_model: about.gil_model.map(GilModel::id),
            input: about.input,
            output: about.output,
            parameters: parameters.collect(),
        }
    }
}

impl From<BackendId> for BackendEntry {
    fn from(backend: BackendId) -> Self {
        let facts = backend.facts();
        Self {
            id: facts.id,
            summary: facts.summary,
            shares_lock: facts.lock == LockScope::Shared,
            scales: facts.scales,
            transports: facts.transports.iter().map(|transport| transport.id()).collect(),
        }
    }
}

impl From<Transport> for TransportEntry {
    fn from(transport: Transport) -> Self {
        Self { id: transport.id(), summary: transport.summary() }
    }
}

impl From<FaultKind> for FaultEntry {
    fn from(kind: FaultKind) -> Self {
        let outcome = |home| kind.outcome(home).map(Outcome::label);
        let (in_processes, in_others) = (outcome(Home::Own), outcome(Home::Shared));
        Self { id: kind.id(), summary: kind.summary(), in_processes, in_others }
    }
}

impl From<&ResultColumn> for ColumnEntry {
    fn from(column: &ResultColumn) -> Self {
        Self { name: column.name, kind: column.kind, help: column.help }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other() {
        let rows = [["a", "bb"], ["ccc", "µ"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "a    bb\nccc  µ\n");
    }

    #[test]
    fn every_workload_and_each_of_its_settings_is_listed() {
        let listed = text(None);
        for about in WORKLOADS.iter().map(|workload| workload.about()) {
            assert!(listed.contains(about.summary), "{}", about.id);
            for parameter in about.parameters {
                assert!(listed.contains(&format!("--{}", parameter.name)) && listed.contains(parameter.help));
            }
        }
        for column in COLUMNS {
            assert!(listed.contains(&format!("\n{} ", column.name)) && listed.contains(column.help), "{}", column.name);
        }
        for backend in BackendId::ALL {
            assert!(listed.contains(backend.facts().summary), "{}", backend.id());
        }
    }

    #[test]
    fn json_holds_what_is_asked_for() {
        for section in Section::ALL {
            let value: serde_json::Value = serde_json::from_str(&json(Some(section))).unwrap();
            let object = value.as_object().unwrap();
            assert_eq!(object.keys().collect::<Vec<_>>(), [section.name()]);
            assert!(!object[section.name()].as_array().unwrap().is_empty());
        }
        let all: serde_json::Value = serde_json::from_str(&json(None)).unwrap();
        assert_eq!(all.as_object().unwrap().len(), Section::ALL.len());
    }
}
