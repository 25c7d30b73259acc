//! Which workloads there are: those of partui, and before them those that another program brings.
//!
//! The list is settled when it is first read. A program that brings its own says so first of all, in each of its processes.

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use super::{About, Parameter, ParameterKind, Workload};
use super::{
    command, echo, etl, files, hash, image, log, matmul, mixed, primes, query, render, scrape, serve, shared, simulate,
    sleep, train,
};

/// The workloads of partui, in the order in which people see them.
const BUILT_IN: &[&dyn Workload] = &[
    &primes::Primes,
    &render::Render,
    &simulate::Simulate,
    &matmul::Matmul,
    &train::Train,
    &etl::Etl,
    &hash::Hash,
    &image::Image,
    &shared::Shared,
    &sleep::Sleep,
    &mixed::Mixed,
    &echo::Echo,
    &files::Files,
    &query::Query,
    &scrape::Scrape,
    &serve::Serve,
    &log::Log,
    &command::Command,
];

/// What was brought; settled by the first look at [`WORKLOADS`] at the latest.
static BROUGHT: OnceLock<Vec<&'static dyn Workload>> = OnceLock::new();

/// Every workload, in the order in which people see them: those that were brought first, so that one of them is what is
/// measured where nothing else was asked for.
pub static WORKLOADS: LazyLock<Vec<&'static dyn Workload>> =
    LazyLock::new(|| BROUGHT.get_or_init(Vec::new).iter().chain(BUILT_IN).copied().collect());

/// The workload with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Workload> {
    WORKLOADS.iter().copied().find(|workload| workload.about().id == id)
}

/// What is wrong with a workload that a program brings, for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// An id that is no name.
    #[error("the workload id {0:?} is no name: allowed are lower-case letters, with single - between words")]
    Id(&'static str),
    /// An id that another workload has.
    #[error("the workload {0} has a namesake: ids must be unique")]
    Namesake(&'static str),
    /// Nothing, or more than a line, says what it does.
    #[error("the workload {0} needs a summary of one line")]
    Summary(&'static str),
    /// Tasks are not counted by the first parameter.
    #[error("the workload {0} needs a whole number named tasks as its first parameter")]
    Tasks(&'static str),
    /// A parameter that cannot be a flag.
    #[error("the parameter {name:?} of the workload {workload} {wrong}")]
    Parameter {
        /// The workload's id.
        workload: &'static str,
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        wrong: String,
    },
    /// The list has been settled.
    #[error("workloads can be brought once only, before anything else is done")]
    TooLate,
}

/// Puts workloads before those of partui.
///
/// # Errors
/// The first thing that is wrong with them; nothing is brought then.
pub fn install(own: &[&'static dyn Workload]) -> Result<(), RegistryError> {
    let mut ids: BTreeSet<&str> = BUILT_IN.iter().map(|workload| workload.about().id).collect();
    for about in own.iter().map(|workload| workload.about()) {
        check(about)?;
        if !ids.insert(about.id) {
            return Err(RegistryError::Namesake(about.id));
        }
    }
    BROUGHT.set(own.to_vec()).map_err(|_| RegistryError::TooLate)
}

/// Whether flags, fields, lists and exports can be made of what a workload says of itself.
fn check(about: &'static About) -> Result<(), RegistryError> {
    if !is_name(about.id) {
        return Err(RegistryError::Id(about.id));
    }
    if !is_line(about.summary) {
        return Err(RegistryError::Summary(about.id));
    }
    let first = about.parameters.first().map(|first| (first.name, first.kind));
    if !matches!(first, Some(("tasks", ParameterKind::Count { .. }))) {
        return Err(RegistryError::Tasks(about.id));
    }
    for (place, parameter) in about.parameters.iter().enumerate() {
        let is_taken = about.parameters[..place].iter().any(|other| other.name == parameter.name);
        if let Some(wrong) = fault(parameter).or(is_taken.then(|| "has a namesake: names must be unique".to_owned())) {
            return Err(RegistryError::Parameter { workload: about.id, name: parameter.name, wrong });
        }
    }
    Ok(())
}

/// What is wrong with a parameter by itself; `None` where nothing is.
fn fault(parameter: &Parameter) -> Option<String> {
    if !is_name(parameter.name) {
        return Some("is no name: allowed are lower-case letters, with single - between words".to_owned());
    }
    if !is_line(parameter.help) {
        return Some("needs a help text of one line".to_owned());
    }
    let values = std::iter::once(&parameter.default).chain(parameter.presets);
    let wrong = values.copied().find(|text| parameter.parse(text).is_err())?;
    Some(format!("has the default or preset {wrong:?}: allowed is {}", parameter.kind.allowed()))
}

/// Whether it is made of lower-case words with single dashes between.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Compute, Job, NothingToCompute, Output, Plan};
    use super::*;

    /// A workload that is nothing but what it says of itself.
    struct Words(&'static About);

    impl Workload for Words {
        fn about(&self) -> &'static About {
            self.0
        }

        fn plan(&self, _job: &Job) -> Plan {
            Plan::default()
        }

        fn computation(&self, _job: &Job) -> Box<dyn Compute> {
            Box::new(NothingToCompute)
        }

        fn merge(&self, _job: &Job, _plan: &Plan, _outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
            unreachable!("nothing is run")
        }
    }

    const TASKS: Parameter = Parameter::count("tasks", 9, "4", "how many");

    fn about(id: &'static str, summary: &'static str, parameters: &'static [Parameter]) -> &'static About {
        let sleep = by_id("sleep").unwrap().about();
        Box::leak(Box::new(About {
            id,
            summary,
            parameters,
            kind: sleep.kind,
            gil_model: None,
            input: None,
            output: None,
        }))
    }

    /// What is said of workloads that cannot be brought; each one that could comes too late, since the list is settled.
    fn check(own: &[&'static About], expected: &str) {
        let _settled = WORKLOADS.len();
        let own: Vec<&'static dyn Workload> =
            own.iter().map(|about| &*Box::leak(Box::new(Words(about))) as &dyn Workload).collect();
        assert_eq!(install(&own).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_cannot_be_listed_or_asked_for_is_refused() {
        const SUMMARY: &str = "does something";
        const TWICE: &[Parameter] = &[TASKS, TASKS];
        const HELPLESS: &[Parameter] = &[TASKS, Parameter::count("size", 9, "4", " ")];
        const TOO_MANY: &[Parameter] = &[TASKS, Parameter::count("size", 9, "10", "how much")];
        const NAMELESS: &[Parameter] = &[TASKS, Parameter::count("My Size", 9, "4", "how much")];
        let ids = "allowed are lower-case letters, with single - between words";
        check(&[about("My_Own", SUMMARY, &[TASKS])], &format!("the workload id \"My_Own\" is no name: {ids}"));
        check(&[about("primes", SUMMARY, &[TASKS])], "the workload primes has a namesake: ids must be unique");
        check(
            &[about("own", SUMMARY, &[TASKS]), about("own", SUMMARY, &[TASKS])],
            "the workload own has a namesake: ids must be unique",
        );
        check(&[about("own", "two\nlines", &[TASKS])], "the workload own needs a summary of one line");
        check(
            &[about("own", SUMMARY, &[])],
            "the workload own needs a whole number named tasks as its first parameter",
        );
        for (parameters, expected) in [
            (TWICE, "\"tasks\" of the workload own has a namesake: names must be unique".to_owned()),
            (HELPLESS, "\"size\" of the workload own needs a help text of one line".to_owned()),
            (
                TOO_MANY,
                "\"size\" of the workload own has the default or preset \"10\": allowed is a whole number, 1…9"
                    .to_owned(),
            ),
            (NAMELESS, format!("\"My Size\" of the workload own is no name: {ids}")),
        ] {
            check(&[about("own", SUMMARY, parameters)], &format!("the parameter {expected}"));
        }
        check(&[about("own", SUMMARY, &[TASKS])], "workloads can be brought once only, before anything else is done");
    }
}
