//! What a job's work is and costs, found out once before its first round.

use std::sync::Arc;

use super::driven;
use super::protocol::Calibration;
use crate::board::Board;
use crate::machine::clock;
use crate::spec::Configuration;
use crate::task::{PayloadBlock, Results, Runner, RunnerSetup, StripedTable};
use crate::units::{Nanos, WorkerId};
use crate::workload::{GilModel, Job, Refusal};

/// No task is tried any more once tasks were tried for this long, the first one counted: with the probe of a workload that
/// has one, all of it takes at most 100 ms and one task.
const TRIAL: Nanos = Nanos::from_millis(75);

/// How long one timing of a workload's own unit of computing should take at least.
const PROBE: Nanos = Nanos::from_millis(3);

/// Surveys the input and times the work: some tasks, evenly spread over the plan, one after the other without the lock.
/// Timing takes at most 100 ms and one task.
///
/// # Errors
/// When the input cannot be read.
pub fn calibrate(
    configuration: &Configuration,
    companion: Option<String>,
    board: &Arc<Board>,
) -> Result<Calibration, Refusal> {
    let workload = configuration.workload();
    let mut calibration = Calibration {
        survey: workload.survey(&configuration.values, &configuration.input)?,
        tasks: 0,
        task_cost: workload.declared_cost(&configuration.values),
        steps_per_us: workload.probe().map_or(1.0, steps_per_us),
    };
    let job = Job { companion, ..calibration.job(configuration) };
    let plan = workload.plan(&job);
    calibration.tasks = plan.tasks.len() as u64;
    if configuration.is_sparing() || driven::is_driven(configuration) {
        return Ok(calibration);
    }
    let mut runner = Runner::new(
        RunnerSetup {
            board: Arc::clone(board),
            computation: workload.computation(&job).into(),
            gil: None,
            payload: PayloadBlock::new(configuration.payload),
            table: StripedTable::wanted(configuration),
            model: GilModel::Bytecode,
            task_cost: Nanos::ZERO,
            trap: None,
        },
        WorkerId(0),
    );
    let mut results = Results::default();
    let run = |place: usize| {
        runner.run_each(std::slice::from_ref(&plan.tasks[place]), &mut results, |_, _| ());
        // A task that fails here fails again, and is told, in the samples.
        results.clear();
    };
    if let Some(cost) = time_tasks(plan.tasks.len(), run, clock::now) {
        calibration.task_cost = cost;
    }
    Ok(calibration)
}

/// The mean cost of a task, of which there are so many; `None` where there is none to try. The first one warms the caches
/// and counts only where it took so long that no other is tried.
fn time_tasks(tasks: usize, mut run: impl FnMut(usize), now: impl Fn() -> Nanos) -> Option<Nanos> {
    // Coprime to most lengths, so that the tasks tried are spread over the plan, whatever its pattern.
    const STRIDE: usize = 7_919;
    if tasks == 0 {
        return None;
    }
    let begun = now();
    run(0);
    let start = now();
    if start.since(begun) >= TRIAL {
        return Some(start.since(begun));
    }
    let (mut tried, mut end) = (0_usize, start);
    while end.since(begun) < TRIAL && tried < tasks {
        // Reading the clock once in a while keeps it out of the cost of tasks that do nothing.
        let is_tiny = tried > 0 && end.since(start).0 / (tried as u64) < 10_000;
        for _ in 0..if is_tiny { 64 } else { 1 } {
            run(tried.wrapping_mul(STRIDE) % tasks);
            tried += 1;
        }
        end = now();
    }
    Some(Nanos((end.since(start).0 / tried.max(1) as u64).max(1)))
}

/// Times the workload's own unit of computing: the fastest of a few tries, each long enough for the clock.
#[expect(clippy::cast_precision_loss, reason = "a rate needs a few digits")]
fn steps_per_us(probe: fn(u64) -> u64) -> f64 {
    let time = |steps: u64| {
        let start = clock::now();
        std::hint::black_box(probe(std::hint::black_box(steps)));
        clock::now().since(start)
    };
    let mut steps = 1_024;
    while time(steps) < PROBE && steps < 1 << 40 {
        steps *= 2;
    }
    let fastest = (0..5).map(|_| time(steps)).min().unwrap_or(PROBE);
    steps as f64 * 1_000.0 / fastest.0.max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// What is found of tasks that take `cost`, the first `first`; how many were run, and how long that took.
    fn trial(tasks: usize, first: Nanos, cost: Nanos) -> (Option<Nanos>, usize, Nanos) {
        let (clock, run) = (Cell::new(Nanos::ZERO), Cell::new(0));
        let one = |place: usize| {
            assert!(place < tasks);
            clock.set(clock.get().plus(if run.get() == 0 { first } else { cost }));
            run.set(run.get() + 1);
        };
        let found = time_tasks(tasks, one, || clock.get());
        (found, run.get(), clock.get())
    }

    #[test]
    fn timing_takes_a_tenth_of_a_second_and_one_task_at_most() {
        for cost in [1, 50, 1_000, 40_000, 1_000_000, 30_000_000, 74_000_000, 76_000_000, 10_000_000_000].map(Nanos) {
            let (found, run, took) = trial(1_000_000, cost, cost);
            assert_eq!(found, Some(cost), "{run} tasks");
            assert!(took <= TRIAL.plus(cost).plus(Nanos(64 * 10_000)), "{cost} each: {took}");
        }
        let second = Nanos::from_secs(10);
        assert_eq!(trial(8, second, second), (Some(second), 1, second), "a long first task is the only one");
    }

    #[test]
    fn the_first_task_warms_up_where_others_can_be_tried() {
        let (found, run, _) = trial(5, Nanos::from_millis(20), Nanos::from_millis(2));
        assert_eq!((found, run), (Some(Nanos::from_millis(2)), 6));
        assert_eq!(trial(0, Nanos(1), Nanos(1)).0, None);
    }
}
