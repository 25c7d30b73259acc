//! The flags that come from the workloads' own tables.

use super::{Flag, Takes};
use crate::workload::{Parameter, ParameterKind, WORKLOADS};

/// The workload that is measured when none is named.
pub(in crate::cli) fn default_workload() -> &'static str {
    WORKLOADS.first().map_or("", |workload| workload.about().id)
}

/// A flag for each name in the workloads' tables, and `--input`.
pub(super) fn parameters() -> Vec<Flag> {
    let mut flags: Vec<Flag> = parameter_names().into_iter().map(parameter_flag).collect();
    let input = "Your own data instead of generated ones";
    let flag = Flag::new("input", Takes::Paths, format!("{input}\n{}", inputs()));
    flags.push(flag.brief(input).default("generated data"));
    flags
}

/// The names of all workloads' parameters, once each, in the order of the registry.
pub(in crate::cli) fn parameter_names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for parameter in WORKLOADS.iter().flat_map(|workload| workload.about().parameters) {
        if !names.contains(&parameter.name) {
            names.push(parameter.name);
        }
    }
    names
}

fn inputs() -> String {
    let takers = WORKLOADS.iter().filter_map(|workload| {
        let about = workload.about();
        about.input.map(|input| format!("{}: {input}", about.id))
    });
    takers.collect::<Vec<_>>().join("\n")
}

/// The workloads that have a parameter of this name, with what their tables say of it.
fn holders(name: &str) -> Vec<(&'static str, &'static Parameter)> {
    let in_table = |id, table: &'static [Parameter]| {
        table.iter().filter(move |parameter| parameter.name == name).map(move |parameter| (id, parameter))
    };
    WORKLOADS.iter().flat_map(|workload| in_table(workload.about().id, workload.about().parameters)).collect()
}

fn parameter_flag(name: &'static str) -> Flag {
    let holders = holders(name);
    let takes = holders.first().map_or(Takes::Text("text"), |(_, parameter)| takes(&parameter.kind));
    let flag = Flag::new(name, takes, meanings(&holders).join("\n"));
    if holders.len() == 1 {
        return flag;
    }
    let ids: Vec<&str> = holders.iter().map(|(id, _)| *id).collect();
    flag.brief(format!("A setting of {}", ids.join(", ")))
}

const fn takes(kind: &ParameterKind) -> Takes {
    match kind {
        ParameterKind::Count { .. } => Takes::One("n"),
        ParameterKind::Real { .. } => Takes::One("x"),
        ParameterKind::Duration { .. } => Takes::One("duration"),
        ParameterKind::Bytes { .. } => Takes::One("bytes"),
        ParameterKind::Text => Takes::Text("text"),
    }
}

/// What a parameter means to each workload that has it, a line each; said once for those that agree.
fn meanings(holders: &[(&'static str, &'static Parameter)]) -> Vec<String> {
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for (id, parameter) in holders {
        let meaning = meaning(parameter);
        match said.iter_mut().find(|(known, _)| *known == meaning) {
            Some((_, ids)) => ids.push(id),
            None => said.push((meaning, vec![id])),
        }
    }
    said.into_iter().map(|(meaning, ids)| format!("{}: {meaning}", ids.join(", "))).collect()
}

fn meaning(parameter: &Parameter) -> String {
    let default = if parameter.default.is_empty() { "none" } else { parameter.default };
    match (parameter.kind, parameter.unit) {
        // What a text names is said in its help.
        (ParameterKind::Text, _) | (_, "") => format!("{} [default: {default}]", parameter.help),
        (_, unit) => format!("{} [default: {default} {unit}]", parameter.help),
    }
}
