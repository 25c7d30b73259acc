//! What a job's work is and costs, found out once before its first round.

use std::sync::Arc;

use super::driven;
use super::protocol::Calibration;
use crate::board::Board;
use crate::machine::clock;
use crate::spec::Configuration;
use crate::task::{Runner, RunnerSetup};
use crate::units::{Nanos, WorkerId};
use crate::workload::{GilModel, Job, Refusal, Task};

/// How long tasks are tried for.
const TRIAL: Nanos = Nanos::from_millis(80);

/// How long one timing of a workload's own unit of computing should take at least.
const PROBE: Nanos = Nanos::from_millis(3);

/// Surveys the input and times the work: some tasks, evenly spread over the plan, one after the other without the lock.
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
            model: GilModel::Bytecode,
            task_cost: Nanos::ZERO,
        },
        WorkerId(0),
    );
    if let Some(cost) = time_tasks(&mut runner, &plan.tasks) {
        calibration.task_cost = cost;
    }
    Ok(calibration)
}

/// The mean cost of a task; `None` where there is none to try.
fn time_tasks(runner: &mut Runner, tasks: &[Task]) -> Option<Nanos> {
    // Coprime to most lengths, so that the tasks tried are spread over the plan, whatever its pattern.
    const STRIDE: usize = 7_919;
    runner.run_each(tasks.get(..1)?, |_, _| ());
    let start = clock::now();
    let (mut tried, mut spent) = (0_u64, Nanos::ZERO);
    while spent < TRIAL && tried < tasks.len() as u64 {
        // Reading the clock once in a while keeps it out of the cost of tasks that do nothing.
        let batch = if tried > 0 && spent.0 / tried < 10_000 { 64 } else { 1 };
        for _ in 0..batch {
            // A task that fails here fails again, and is told, in the samples.
            let place = usize::try_from(tried).unwrap_or(0).wrapping_mul(STRIDE) % tasks.len();
            runner.run_each(std::slice::from_ref(&tasks[place]), |_, _| ());
            tried += 1;
        }
        spent = clock::now().since(start);
    }
    Some(Nanos((spent.0 / tried.max(1)).max(1)))
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
