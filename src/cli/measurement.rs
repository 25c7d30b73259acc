//! What `partui run` and `partui scale` measure and where the results go; refused here where destinations contradict each other.

use std::ffi::{OsStr, OsString};

use super::Look;
use super::flags::{TRACE_FLAG, export_flag};
use super::given::Given;
use super::usage::UsageError;
use crate::export::{Destination, EXPORTERS};
use crate::spec::{Configuration, RunSettings};
use crate::workload::WORKLOADS;

/// What a run without the terminal UI is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Each result, why it is as it is, and what was found.
    Results,
    /// How results change with the number of workers.
    Scale,
}

/// A run without the terminal UI.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// What it is to show.
    pub purpose: Purpose,
    /// What is measured; at least one.
    pub configurations: Vec<Configuration>,
    /// How.
    pub settings: RunSettings,
    /// The files of results, at most one of a format.
    pub exports: Vec<Destination>,
    /// Where a trace of what the workers do goes; `None` means nowhere.
    pub trace: Option<OsString>,
    /// Where the workload's own output goes; `None` means nowhere.
    pub output: Option<OsString>,
    /// Whether existing files may be replaced.
    pub force: bool,
    /// Whether events are printed in place of the table.
    pub json_stream: bool,
    /// Whether only results and errors are printed.
    pub quiet: bool,
    /// How the table looks.
    pub look: Look,
}

impl Measurement {
    /// Puts a run together.
    ///
    /// # Errors
    /// Two things that would go to one place, or an output where there is none or more than one.
    pub(super) fn new(
        given: &Given,
        purpose: Purpose,
        configurations: Vec<Configuration>,
        settings: RunSettings,
        look: Look,
    ) -> Result<Self, UsageError> {
        destinations_differ(given)?;
        let path = |flag: &str| given.raw(flag).first().cloned();
        let (output, trace) = (path("output"), path(TRACE_FLAG));
        if let Some(output) = &output {
            has_one_output(given, output, &configurations)?;
        }
        let exports = EXPORTERS
            .iter()
            .filter_map(|exporter| path(&export_flag(exporter)).map(|path| Destination { exporter, path }))
            .collect();
        let [force, json_stream, quiet] = ["force", "json-stream", "quiet"].map(|flag| given.has(flag));
        Ok(Self { purpose, configurations, settings, exports, trace, output, force, json_stream, quiet, look })
    }
}

/// Each file, and standard output, takes one thing only.
fn destinations_differ(given: &Given) -> Result<(), UsageError> {
    let mut taken: Vec<(String, &OsStr)> = Vec::new();
    if given.has("json-stream") {
        taken.push(("json-stream".to_owned(), OsStr::new("-")));
    }
    for flag in EXPORTERS.iter().map(export_flag).chain([TRACE_FLAG, "output"].map(str::to_owned)) {
        let Some(path) = given.raw(&flag).first() else { continue };
        if let Some((other, _)) = taken.iter().find(|(_, other)| other == path) {
            return Err(given.refuse(&flag, path, format!("allowed is another place than that of --{other}")));
        }
        taken.push((flag, path));
    }
    Ok(())
}

fn has_one_output(given: &Given, path: &OsStr, configurations: &[Configuration]) -> Result<(), UsageError> {
    let mut workloads: Vec<&str> = configurations.iter().map(|measured| measured.workload.as_str()).collect();
    workloads.dedup();
    let writers = WORKLOADS.iter().map(|workload| workload.about()).filter(|about| about.output.is_some());
    let writers: Vec<&str> = writers.map(|about| about.id).collect();
    let allowed = match workloads.as_slice() {
        [one] if writers.contains(one) => return Ok(()),
        [one] => format!("{one} has nothing to write; allowed with {}", writers.join(", ")),
        several => format!("allowed with one workload, not with {}", several.join(", ")),
    };
    Err(given.refuse("output", path, allowed))
}
