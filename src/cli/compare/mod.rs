//! `partui compare`: the textbook's table, each row measured here and judged by its own figures.

mod print;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use anyhow::Context;

use super::run::bar::Bar;
use super::run::report::{Progress, Report, Step};
use super::run::signals::Signals;
use super::run::{exit_code, stand_still};
use super::{Failure, Look, Purpose, print};
use crate::conductor::{self, Ask, Event, Handle, Setup};
use crate::experiment::{self, EXPERIMENTS, Experiment, Finding, Scope};
use crate::results::ResultRow;

/// What is compared and how it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The names of the rows, in the order of the table.
    pub rows: Vec<&'static str>,
    /// With how many cores and how thoroughly.
    pub scope: Scope,
    /// The form of the text on standard output.
    pub form: Form,
    /// Whether only results and errors are printed.
    pub quiet: bool,
    /// How it looks.
    pub look: Look,
}

/// The form of a comparison in print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table for people, then what each row means.
    Text,
    /// The same in GitHub Flavored Markdown.
    Markdown,
    /// One object per row and line.
    Json,
}

/// Measures and prints row by row. The status is 0 whatever the verdicts, 1 where measuring ended before its time, and
/// 128 + n after signal n.
///
/// # Errors
/// A system that refuses to start, or a standard output that cannot be written.
pub fn compare(comparison: &Comparison) -> Result<ExitCode, Failure> {
    let (handle, events) = conductor::start(Setup::new(comparison.scope.cores)).context("cannot start to measure")?;
    let handle = Arc::new(handle);
    let signals = Signals::watch(Arc::clone(&handle)).context("cannot watch for signals")?;
    let bar = Bar::new(comparison.quiet, comparison.look.ascii);
    let mut found = Vec::new();
    let say = |text: &str| {
        bar.clear();
        print(comparison.form.spelled(text, comparison.look).as_bytes())
    };
    say(&comparison.form.head(comparison.scope))?;
    for experiment in comparison.rows.iter().filter_map(|id| experiment::by_id(id)) {
        let request = experiment::request(experiment, comparison.scope).map_err(anyhow::Error::msg)?;
        handle.ask(Ask::Run(request));
        let Some(rows) = measure(experiment, &events, &handle, &bar) else { break };
        if signals.ended_by().is_some() {
            break;
        }
        let finding = experiment::judge(experiment, &rows);
        say(&comparison.form.row(experiment, &finding))?;
        found.push((experiment, finding));
    }
    say(&comparison.form.foot(&found))?;
    Ok(exit_code(&signals, found.len() == comparison.rows.len()))
}

/// The textbook's table as far as it was measured on the screen; empty where nothing was. Findings come with their places
/// in the textbook.
#[must_use]
pub fn found(findings: &[(usize, Finding)], cores: usize, look: Look) -> String {
    let rows: Vec<String> = findings
        .iter()
        .filter_map(|(place, finding)| Some(Form::Text.row(*EXPERIMENTS.get(*place)?, finding)))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let scope = Scope { cores: u32::try_from(cores).unwrap_or(u32::MAX), quick: true };
    Form::Text.spelled(&(Form::Text.head(scope) + &rows.concat()), look)
}

/// The rows of the run that was asked for last; `None` where the conductor ended before it.
fn measure(
    experiment: &dyn Experiment,
    events: &Receiver<Event>,
    conductor: &Handle,
    bar: &Bar,
) -> Option<Vec<ResultRow>> {
    let mut report = Report::of(Purpose::Results);
    loop {
        for step in report.on(events.recv().ok()?) {
            match step {
                Step::Show(Progress { doing, done, left }) => {
                    let doing = format!("{}: {doing}", experiment.about().feature);
                    bar.show(&Progress { done, left, doing });
                }
                Step::Stop => stand_still(bar, conductor),
                Step::End => return Some(report.rows().to_vec()),
                // What goes wrong is a part of what is found.
                Step::Note(_) | Step::Publish | Step::Write(_) => {}
            }
        }
    }
}

/// A row that was measured, and what was found.
type Found = (&'static dyn Experiment, Finding);
