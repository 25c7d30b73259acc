//! Every flag of the program: one table, to which the workloads' own parameters are added. Grammar, help, environment
//! variables and completions are made from it.

mod fixed;
mod parameters;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

pub(super) use self::fixed::{TRACE_FLAG, export_flag};
pub(super) use self::parameters::{default_workload, parameter_names};
use crate::units::Nanos;
use crate::workload::written_duration;

/// Under which heading of `--help` a flag stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    Selection,
    Work,
    Lock,
    Feeding,
    Measuring,
    Exports,
    Display,
}

impl Heading {
    /// The heading's text.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Selection => "What to compare",
            Self::Work => "The work (settings of workloads)",
            Self::Lock => "The emulated lock (GIL)",
            Self::Feeding => "How workers get their tasks",
            Self::Measuring => "How to measure",
            Self::Exports => "Where results go",
            Self::Display => "What is printed",
        }
    }
}

/// What follows a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing: it is given or not.
    Nothing,
    /// One value, with its placeholder.
    One(&'static str),
    /// One value that may be any text, with its placeholder.
    Text(&'static str),
    /// The path of one file, or `-`.
    File,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One or more paths; the flag may be repeated.
    Paths,
}

/// Which commands know a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// `partui run`, `partui scale`, and `partui` alone, which it presets.
    Everywhere,
    /// `partui run` and `partui scale` only.
    Run,
}

/// One flag.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    /// The long form without dashes.
    pub(super) name: String,
    /// The short form.
    pub(super) short: Option<char>,
    /// What follows it.
    pub(super) takes: Takes,
    /// Its place in `--help`.
    pub(super) heading: Heading,
    /// Which commands know it.
    pub(super) scope: Scope,
    /// What it does, with the unit of its value.
    pub(super) help: String,
    /// The same in brief, for `-h`, where `help` has more than one line.
    pub(super) brief: Option<String>,
    /// What happens without it; empty where nothing happens.
    pub(super) default: String,
}

impl Flag {
    /// A flag that every command knows, without short form and default.
    fn new(name: impl Into<String>, takes: Takes, help: impl Into<String>) -> Self {
        let (heading, scope, default) = (Heading::Display, Scope::Everywhere, String::new());
        Self { name: name.into(), short: None, takes, heading, scope, help: help.into(), brief: None, default }
    }

    fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }

    fn brief(self, brief: impl Into<String>) -> Self {
        Self { brief: Some(brief.into()), ..self }
    }

    /// With a word on what happens where it is not given.
    fn default(self, default: impl Into<String>) -> Self {
        Self { default: default.into(), ..self }
    }

    fn only_run(self) -> Self {
        Self { scope: Scope::Run, ..self }
    }

    /// The variable that gives the flag's value where the command line does not.
    pub(super) fn variable(&self) -> String {
        variable_of(&self.name)
    }
}

/// The environment variable of a flag: `PARTUI_MIN_TIME` of `min-time`.
pub(super) fn variable_of(name: &str) -> String {
    format!("PARTUI_{}", name.replace('-', "_").to_uppercase())
}

/// A range of numbers, as people read it: `1…1024`.
pub(super) fn counts(range: &RangeInclusive<u32>) -> String {
    format!("{}…{}", range.start(), range.end())
}

/// A range of durations, as people read it: `1us…10s`.
pub(super) fn durations(range: &RangeInclusive<Nanos>) -> String {
    format!("{}…{}", written_duration(*range.start()), written_duration(*range.end()))
}

/// Every flag, in the order of `--help`.
pub(super) fn all() -> Vec<Flag> {
    let groups = [
        (Heading::Selection, fixed::selection()),
        (Heading::Work, parameters::parameters()),
        (Heading::Lock, fixed::lock()),
        (Heading::Feeding, fixed::feeding()),
        (Heading::Measuring, fixed::measuring()),
        (Heading::Exports, fixed::exports()),
        (Heading::Display, fixed::display()),
    ];
    let under = |(heading, flags): (Heading, Vec<Flag>)| flags.into_iter().map(move |flag| Flag { heading, ..flag });
    groups.into_iter().flat_map(under).collect()
}

/// The first name that two flags have, such as a parameter's that every workload shares already.
pub(super) fn clash() -> Option<String> {
    let parser = ["help", "version"].map(str::to_owned);
    twice(parser.into_iter().chain(all().into_iter().map(|flag| flag.name)))
}

/// The first of `names` that came before.
fn twice(names: impl IntoIterator<Item = String>) -> Option<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::WORKLOADS;

    #[test]
    fn names_and_short_forms_are_unique_and_everything_is_explained() {
        let flags = all();
        for (place, flag) in flags.iter().enumerate() {
            assert!(!flag.help.is_empty(), "{}", flag.name);
            for other in &flags[..place] {
                assert_ne!(flag.name, other.name);
                assert!(flag.short.is_none() || flag.short != other.short, "{}", flag.name);
            }
        }
    }

    #[test]
    fn every_parameter_of_every_workload_has_its_flag() {
        let flags = all();
        for parameter in WORKLOADS.iter().flat_map(|workload| workload.about().parameters) {
            let flag = flags.iter().find(|flag| flag.name == parameter.name).unwrap();
            assert_eq!(flag.heading, Heading::Work);
            assert!(flag.help.contains(parameter.help), "{}", parameter.name);
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_found() {
        let among = |names: &[&str]| twice(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(among(&["help", "workers", "size", "workers", "size"]).as_deref(), Some("workers"));
        assert_eq!((among(&["help", "workers"]), clash()), (None, None));
    }
}
