//! What must hold for every workload of the registry, also for those that are added later.

use std::collections::BTreeSet;

use super::harness;
use super::registry::is_name;
use super::{Dataset, Job, Output, Parameter, ParameterKind, Value, Values, WORKLOADS, Workload, by_id};
use crate::units::Nanos;

/// A small job: few tasks, each as little as makes sense.
fn small(workload: &dyn Workload) -> Job {
    let asked: Vec<(&str, &str)> = workload
        .about()
        .parameters
        .iter()
        .filter_map(|parameter| match (parameter.name, &parameter.kind) {
            ("tasks", _) => Some(("tasks", "5")),
            ("size", ParameterKind::Bytes { .. }) => Some(("size", "4KiB")),
            ("size", _) => Some(("size", parameter.presets[0])),
            ("latency", _) => Some(("latency", "10us")),
            ("cpu-us" | "io-us", _) => Some((parameter.name, "10")),
            _ => None,
        })
        .collect();
    harness::job(workload, &asked, &[]).unwrap()
}

/// The value as a number, so that presets can be put in order.
#[expect(clippy::cast_precision_loss, reason = "presets are far below 2^53")]
fn size(value: &Value) -> f64 {
    match value {
        Value::Count(count) => *count as f64,
        Value::Real(real) => *real,
        Value::Duration(span) => span.seconds(),
        Value::Bytes(bytes) => bytes.0 as f64,
        Value::Text(_) => 0.0,
    }
}

#[test]
fn ids_are_unique_names() {
    let ids: BTreeSet<&str> = WORKLOADS.iter().map(|workload| workload.about().id).collect();
    assert_eq!(ids.len(), WORKLOADS.len());
    assert!(ids.iter().all(|id| is_name(id) && by_id(id).is_some()), "{ids:?}");
}

#[test]
fn tables_start_with_tasks_and_explain_themselves() {
    for workload in WORKLOADS.iter() {
        let about = workload.about();
        assert_eq!(about.parameters[0].name, "tasks", "{}", about.id);
        let names: BTreeSet<&str> = about.parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names.len(), about.parameters.len(), "{}", about.id);
        assert!(names.iter().all(|name| is_name(name)), "{names:?}");
        for line in about.parameters.iter().map(|parameter| parameter.help).chain([about.summary]) {
            assert!(!line.is_empty() && !line.contains('\n') && !line.ends_with('.'), "{}: {line:?}", about.id);
        }
    }
}

#[test]
fn what_an_input_makes_moot_is_told_in_its_help() {
    for workload in WORKLOADS.iter() {
        let (about, moot) = (workload.about(), workload.moot());
        let named = |name: &&str| about.parameters.iter().any(|parameter| parameter.name == *name);
        assert!(moot.iter().all(named) && (moot.is_empty() || about.input.is_some()), "{}: {moot:?}", about.id);
        for Parameter { name, help, .. } in about.parameters {
            let (is_told, is_moot) = (help.contains("with an input"), moot.contains(name));
            assert!(is_told || !is_moot, "{}: --{name}", about.id);
            assert!(is_moot || !(is_told && help.contains("changes nothing")), "{}: --{name}", about.id);
        }
    }
}

#[test]
fn defaults_and_presets_are_values_and_presets_ascend() {
    let all = WORKLOADS.iter().flat_map(|workload| workload.about().parameters);
    for Parameter { name, default, presets, .. } in all.clone() {
        let parameter = all.clone().find(|parameter| parameter.name == *name && parameter.default == *default).unwrap();
        assert!(parameter.parse(default).is_ok(), "--{name} {default}");
        let sizes: Vec<f64> = presets.iter().map(|preset| size(&parameter.parse(preset).unwrap())).collect();
        // Texts have no order.
        let ascend = sizes.windows(2).all(|pair| pair[0] < pair[1]) || parameter.kind == ParameterKind::Text;
        assert!(ascend, "--{name} {presets:?}");
    }
}

#[test]
fn the_largest_values_are_refused_or_served_but_never_overflow() {
    for workload in WORKLOADS.iter() {
        let table = workload.about().parameters;
        let mut values = Values::defaults(table);
        for parameter in table {
            match parameter.kind {
                ParameterKind::Count { max, .. } => values.set(parameter.name, Value::Count(max)),
                ParameterKind::Bytes { max, .. } => {
                    values.set(parameter.name, parameter.parse(&max.to_string()).unwrap());
                }
                ParameterKind::Real { max, .. } => values.set(parameter.name, Value::Real(max)),
                ParameterKind::Duration { max, .. } => values.set(parameter.name, Value::Duration(max)),
                ParameterKind::Text => {}
            }
        }
        let sized = table.iter().any(|parameter| parameter.name == "size");
        assert_eq!(workload.check(&values, &[]).is_err(), sized, "{}", workload.about().id);
        assert!(workload.declared_cost(&values) > Nanos::ZERO);
        assert!(workload.declared_cost(&Values::defaults(table)) > Nanos::ZERO);
    }
}

#[test]
fn a_plan_follows_from_its_job_also_in_another_process() {
    for workload in WORKLOADS.iter() {
        let job = small(*workload);
        let there: Job = serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap();
        let plan = workload.plan(&job);
        assert_eq!(plan, workload.plan(&there), "{}", workload.about().id);
        assert_eq!(plan.tasks.len(), 5, "{}", workload.about().id);
        for task in plan.tasks {
            let frame = postcard::to_allocvec(&task).unwrap();
            assert_eq!(postcard::from_bytes::<super::Task>(&frame).unwrap(), task);
        }
    }
}

#[test]
fn the_answer_does_not_depend_on_who_computed_what_when() {
    for workload in WORKLOADS.iter() {
        let job = small(*workload);
        let (plan, outputs) = harness::outputs(*workload, &job).unwrap();
        let answer = workload.merge(&job, &plan, &mut outputs.iter());
        // Backwards, by several computations over data that was made before, over frames.
        let dataset = Dataset::new(workload.dataset(&job));
        let mut again: Vec<Output> = plan
            .tasks
            .iter()
            .rev()
            .map(|task| harness::output(&*workload.computation_over(&job, dataset.clone()), task).unwrap())
            .map(|output| postcard::from_bytes(&postcard::to_allocvec(&output).unwrap()).unwrap())
            .collect();
        again.reverse();
        assert_eq!(workload.merge(&job, &plan, &mut again.iter()), answer, "{}", workload.about().id);
        let lost = workload.merge(&job, &plan, &mut outputs[1..].iter());
        assert_ne!(lost.checksum, answer.checksum, "{}", workload.about().id);
        assert!(!answer.sentence.is_empty() && !answer.sentence.contains(char::is_control));
        let artifact = workload.artifact(&job, &plan, &mut outputs.iter());
        assert_eq!(artifact.is_some(), workload.about().output.is_some());
        assert_eq!(workload.artifact(&job, &plan, &mut again.iter()), artifact);
    }
}
