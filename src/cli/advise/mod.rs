//! `partui advise`: what saved results mean.

mod print;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::process::ExitCode;

use super::{Failure, Form, Look, UsageError, print};
use crate::advisor::{Fact, advise as advice_on};
use crate::export::reading::{LONGEST_EXPORT, results};
use crate::text::scrub_os;

/// What is read and how the advice is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advising {
    /// The exports; `-` is standard input.
    pub files: Vec<OsString>,
    /// The form of the text on standard output.
    pub form: Form,
    /// How it looks.
    pub look: Look,
}

/// Reads the exports and prints what they mean.
///
/// # Errors
/// A file that cannot be read or is no export, or a standard output that cannot be written.
pub fn advise(asked: &Advising) -> Result<ExitCode, Failure> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut sources = Vec::new();
    for file in &asked.files {
        let known = facts.len();
        for fact in read(file)? {
            // The CSV and the JSON file of one run hold the same results.
            if facts.iter().all(|other| other.run != fact.run) {
                let number = facts.len() + 1;
                facts.push(Fact { number, ..fact });
            }
        }
        sources.push((scrub_os(file), known + 1..=facts.len()));
    }
    print(asked.form.spelled(&asked.form.advice(&advice_on(&facts), &sources), asked.look).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The results of one export.
fn read(file: &OsStr) -> Result<Vec<Fact>, UsageError> {
    let refusal = |why: String| UsageError::new(scrub_os(file), why);
    let content = content(file).map_err(|error| refusal(format!("cannot be read: {error}")))?;
    results(&content).map_err(|error| refusal(error.to_string()))
}

/// At most a byte more than may be, so that what is too long is known without reading all of it.
fn content(file: &OsStr) -> io::Result<Vec<u8>> {
    let limit = LONGEST_EXPORT as u64 + 1;
    let mut content = Vec::new();
    if file == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut content)?;
    } else {
        File::open(file)?.take(limit).read_to_end(&mut content)?;
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, Environment, parse};
    use crate::results::fixture::{machine, row};
    use crate::results::{Record, settle};
    use crate::spec::BackendId::Threads;
    use crate::spec::{Configuration, Wish};
    use crate::workload::WORKLOADS;

    #[test]
    fn what_is_to_be_measured_next_can_be_typed_and_is_the_same_work() {
        let environment = Environment { usable_cores: 2, ..Environment::default() };
        let mut typed = 0;
        for workload in WORKLOADS.iter() {
            for gil in [false, true] {
                let wish = |backend, workers| Wish { gil, ..Wish::of(*workload, backend, workers) };
                let Ok(configuration) = Configuration::new(wish(Threads, 2)) else { continue };
                let measured = |configuration: &Configuration, walls: &[f64]| {
                    let row = row(configuration.backend, configuration.workers).walls(walls);
                    row.with(|row| (row.configuration, row.calibration) = (configuration.clone(), None)).done()
                };
                let mut rows = vec![
                    measured(&configuration.baseline(), &[1.0, 1.1, 1.0]),
                    measured(&configuration, &[0.6, 0.5, 0.6]),
                ];
                settle(&mut rows);
                let machine = machine();
                let facts = (1..).zip(&rows).map(|(number, row)| Fact::of(number, &Record::of(row, &machine)));
                let advice = advice_on(&facts.collect::<Vec<_>>());
                assert!(!advice[0].next.is_empty(), "processes are unmeasured");
                for command in advice.iter().flat_map(|advice| &advice.next) {
                    let words: Vec<OsString> = command.split_whitespace().skip(1).map(OsString::from).collect();
                    let Ok(Command::Run(asked)) = parse(&words, &environment) else { panic!("{command}") };
                    assert!(asked.configurations.iter().any(|it| it.same_work(&configuration)), "{command}");
                    typed += 1;
                }
            }
        }
        assert!(typed >= WORKLOADS.len(), "{typed}");
    }
}
