//! How long a measurement will take, as far as that can be told from the cost of a task.

use super::Costs;
use super::plan::Plan;
use crate::fault::Home;
use crate::spec::{AWAITED_PER_WORKER, BackendId, Configuration, RunSettings};
use crate::units::Nanos;
use crate::workload::GilModel;

/// How long the process of an engine takes to start and to end, its pool not counted. Never measured: a few milliseconds
/// on any machine, which matters only to runs that are as short.
const ENGINE: Nanos = Nanos::from_millis(4);

/// How long a worker process takes to start, before that was measured.
const WORKER_PROCESS: Nanos = Nanos::from_micros(1_500);

/// How long a worker thread takes to start, before that was measured.
const WORKER_THREAD: Nanos = Nanos::from_micros(60);

/// How long a run of `configurations` takes, from the first engine to the last, the baselines that it adds included.
#[must_use]
pub fn predicted(configurations: &[Configuration], settings: RunSettings, costs: &Costs, usable: u32) -> Nanos {
    Plan::new(configurations, settings, costs, usable).predicted
}

/// How long one sample takes where a process may use `usable` cores: tasks × cost ÷ what runs at a time.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a prediction of far less precision")]
pub fn predicted_sample(configuration: &Configuration, costs: &Costs, usable: u32) -> Nanos {
    let tasks = costs.tasks(configuration);
    let alone = costs.task_cost(configuration).seconds() * tasks as f64;
    Nanos::from_seconds(alone / parallelism(configuration, tasks, usable))
}

/// How long an engine and its pool take to start: as measured, or a stated time for each worker.
#[must_use]
pub fn predicted_start(configuration: &Configuration, costs: &Costs) -> Nanos {
    let worker = if configuration.backend.facts().home == Home::Shared { WORKER_THREAD } else { WORKER_PROCESS };
    let declared = Nanos(worker.0.saturating_mul(u64::from(configuration.workers)));
    ENGINE.plus(costs.startup(configuration).unwrap_or(declared))
}

/// How many tasks make progress at a time. Waiting needs no core, computing does, and under a shared lock one computes.
/// Of tasks that do both, one waits while another computes.
fn parallelism(configuration: &Configuration, tasks: u64, usable: u32) -> f64 {
    let at_most = |count: u32| u32::try_from(tasks).map_or(count, |tasks| count.min(tasks)).max(1);
    let workers = at_most(configuration.workers);
    // Of awaited tasks as many are under way as may be.
    let under_way = match configuration.backend {
        BackendId::Async => at_most(configuration.in_flight.unwrap_or(AWAITED_PER_WORKER)),
        _ => workers,
    };
    let one_at_a_time = configuration.contends() && configuration.gil_model != Some(GilModel::CReleased);
    let computing = if one_at_a_time { 1 } else { workers.min(usable.max(1)) };
    let computing_share = 1.0 - configuration.workload().waiting_share(&configuration.values);
    // Without computing the quotient is infinite, and what is under way is the only limit.
    f64::from(under_way).min(f64::from(computing) / computing_share)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::rehearsal::configuration;
    use super::*;
    use crate::engine::Calibration;
    use crate::spec::BackendId::{Async, Processes, Rayon, Sequential, Threads};
    use crate::spec::Wish;
    use crate::workload::GilModel::{Bytecode, CHeld, CReleased};
    use crate::workload::{Survey, Value, by_id};

    /// `tasks` tasks of 1 ms on four cores, with the lock on where a model is given: how many ms a sample takes.
    fn check(workload: &str, tasks: u64, backend: BackendId, workers: u32, lock: Option<GilModel>, expected: u64) {
        let wish = Wish::of(by_id(workload).unwrap(), backend, workers);
        let wish = Wish { gil: lock.is_some(), gil_model: lock, ..wish };
        let configuration = Configuration::new(wish).unwrap();
        let mut costs = Costs::default();
        let task_cost = Nanos::from_millis(1);
        let known = Calibration { survey: Survey::default(), tasks, task_cost, steps_per_us: 1.0 };
        costs.learn(&configuration, Arc::new(known));
        let predicted = predicted_sample(&configuration, &costs, 4);
        assert_eq!(predicted, Nanos::from_millis(expected), "{configuration:?}");
    }

    #[test]
    fn computing_needs_cores_and_waiting_does_not() {
        check("primes", 240, Sequential, 1, None, 240);
        check("primes", 240, Threads, 2, None, 120);
        check("primes", 240, Threads, 8, None, 60);
        check("primes", 240, Threads, 8, Some(Bytecode), 240);
        check("primes", 240, Rayon, 8, Some(Bytecode), 240);
        check("primes", 240, Processes, 8, Some(Bytecode), 60);
        check("primes", 2, Threads, 8, None, 1);
        check("primes", 240, Threads, 4, Some(CReleased), 60);
        check("primes", 240, Threads, 4, Some(CHeld), 240);
        check("sleep", 240, Threads, 8, Some(Bytecode), 30);
        check("sleep", 240, Async, 8, Some(Bytecode), 1);
        check("primes", 240, Async, 2, None, 120);
        // 0.2 ms of computing, 0.8 ms of waiting.
        check("mixed", 240, Threads, 3, Some(Bytecode), 80);
        check("mixed", 240, Threads, 8, Some(Bytecode), 48);
        check("mixed", 240, Threads, 8, None, 30);
    }

    #[test]
    fn the_dials_of_a_workload_decide_how_much_of_it_can_overlap() {
        for (cpu, io, expected) in [(1_000.0, 0.0, 240), (900.0, 100.0, 216), (0.0, 1_000.0, 60)] {
            let mut wish = Wish { gil: true, ..Wish::of(by_id("mixed").unwrap(), Threads, 4) };
            wish.values.set("cpu-us", Value::Real(cpu));
            wish.values.set("io-us", Value::Real(io));
            let configuration = Configuration::new(wish).unwrap();
            let mut costs = Costs::default();
            let known = Calibration {
                survey: Survey::default(),
                tasks: 240,
                task_cost: Nanos::from_millis(1),
                steps_per_us: 1.0,
            };
            costs.learn(&configuration, Arc::new(known));
            let predicted = predicted_sample(&configuration, &costs, 2);
            assert!(predicted.0.abs_diff(Nanos::from_millis(expected).0) < 1_000, "{cpu} {io}: {predicted}");
        }
    }

    #[test]
    fn starting_is_stated_until_it_was_measured() {
        let mut costs = Costs::default();
        let start =
            |costs: &Costs, backend, workers| predicted_start(&configuration("primes", backend, workers), costs);
        assert_eq!(start(&costs, Processes, 32), ENGINE.plus(Nanos::from_millis(48)));
        assert_eq!(start(&costs, Threads, 2), ENGINE.plus(Nanos::from_micros(120)));
        costs.learn_startup(&configuration("sleep", Processes, 32), Nanos::from_millis(90));
        assert_eq!(start(&costs, Processes, 32), ENGINE.plus(Nanos::from_millis(90)));
        assert_eq!(start(&costs, Processes, 16), ENGINE.plus(Nanos::from_millis(45)), "a part of the time for a part");
        assert_eq!(start(&costs, Threads, 2), ENGINE.plus(Nanos::from_micros(120)));
        costs.learn_startup(&configuration("primes", Processes, 16), Nanos::from_millis(20));
        assert_eq!(start(&costs, Processes, 16), ENGINE.plus(Nanos::from_millis(20)));
        assert_eq!(start(&costs, Processes, 32), ENGINE.plus(Nanos::from_millis(90)), "the same number is known best");
    }

    #[test]
    fn what_was_measured_corrects_what_is_declared() {
        let known = configuration("primes", Sequential, 1);
        let mut other = known.clone();
        other.values.set("tasks", Value::Count(known.tasks() * 2));
        let mut costs = Costs::default();
        let declared = predicted_sample(&other, &costs, 1);
        assert!(declared > Nanos::ZERO);
        let task_cost = Nanos(costs.task_cost(&known).0 * 3);
        let calibration = Calibration { survey: Survey::default(), tasks: known.tasks(), task_cost, steps_per_us: 1.0 };
        costs.learn(&known, Arc::new(calibration));
        let ratio = predicted_sample(&other, &costs, 1).seconds() / declared.seconds();
        assert!((ratio - 3.0).abs() < 0.01, "{ratio}");
    }
}
