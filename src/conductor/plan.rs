//! What a run will measure: the configurations asked for, the baselines they need, and which engines stay alive.

use super::{Costs, predicted_sample, predicted_start};
use crate::spec::{Baseline, Configuration, Order, RunSettings};
use crate::units::Nanos;

/// A baseline that takes longer than this per sample is left out.
pub const LONGEST_BASELINE: Nanos = Nanos::from_secs(30);

/// Up to this many engines wait for their next turn alive …
const MOST_ENGINES: usize = 8;

/// … with up to this many workers together.
const MOST_WORKERS: u32 = 64;

/// Said of runs that ask hosts of others.
const SPARED: &str = "hosts of others are asked in one round, over two connections at most; --own-hosts yes lifts that";

/// One row of a run to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// What is measured.
    pub(super) configuration: Configuration,
    /// How long one sample should take.
    pub(super) sample: Nanos,
    /// How long its engine and its pool should take to start.
    pub(super) start: Nanos,
}

/// A run to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// Its rows, each baseline before the first that needs it unless it was asked for later on.
    pub(super) places: Vec<Place>,
    /// Whether engines live through all rounds; otherwise each starts anew for each of its turns, and warms up again.
    pub(super) stays: bool,
    /// How long all samples should take, and all starts.
    pub(super) predicted: Nanos,
    /// What is missing and why, a sentence each.
    pub(super) notes: Vec<String>,
}

impl Plan {
    /// Plans a run of `configurations` from what is known of their costs.
    pub(super) fn new(configurations: &[Configuration], settings: RunSettings, costs: &Costs, usable: u32) -> Self {
        let (listed, mut notes) = with_baselines(configurations, settings.baseline, costs, usable);
        let spares = configurations.iter().any(Configuration::is_sparing);
        notes.extend(spares.then(|| SPARED.to_owned()));
        let place = |configuration: &Configuration| Place {
            configuration: configuration.clone(),
            sample: predicted_sample(configuration, costs, usable),
            start: predicted_start(configuration, costs),
        };
        let places: Vec<Place> = listed.iter().map(place).collect();
        // An engine that waits for its next turn would keep its connections.
        let stays = !spares && engines_stay(&places, settings);
        let predicted = places.iter().map(|place| time_of(place, settings, stays)).fold(Nanos::ZERO, Nanos::plus);
        Self { places, stays, predicted, notes }
    }
}

/// The configurations with the baselines that they lack, and a sentence for each that is left out.
fn with_baselines(
    configurations: &[Configuration],
    wanted: Baseline,
    costs: &Costs,
    usable: u32,
) -> (Vec<Configuration>, Vec<String>) {
    let (mut listed, mut notes): (Vec<Configuration>, Vec<String>) = (Vec::new(), Vec::new());
    for (place, configuration) in configurations.iter().enumerate() {
        let same_work = |other: &Configuration| other.same_work(configuration);
        let is_covered = configurations.iter().any(|other| other.is_baseline() && same_work(other));
        let is_first = !configurations[..place].iter().any(same_work);
        if wanted == Baseline::Auto && !is_covered && is_first {
            let baseline = configuration.baseline();
            let sample = predicted_sample(&baseline, costs, usable);
            if sample > LONGEST_BASELINE {
                notes.push(left_out(&baseline, sample));
            } else {
                listed.push(baseline);
            }
        }
        listed.push(configuration.clone());
    }
    (listed, notes)
}

fn left_out(baseline: &Configuration, sample: Nanos) -> String {
    let workload = &baseline.workload;
    format!("no speed-up for {workload}: its sequential baseline would take about {sample} a sample, more than 30 s")
}

/// Whether all engines may wait alive for their turns. One configuration after the other needs one engine at a time,
/// unless a minimum time may bring turns back to earlier ones.
fn engines_stay(places: &[Place], settings: RunSettings) -> bool {
    let workers: u32 = places.iter().map(|place| place.configuration.workers).sum();
    let few = places.len() <= MOST_ENGINES && workers <= MOST_WORKERS;
    few || (settings.order == Order::Sequential && settings.min_time.is_none())
}

/// How long all samples of a place take, those that are thrown away included, and the starts of its engine.
fn time_of(place: &Place, settings: RunSettings, stays: bool) -> Nanos {
    let enough = settings.min_time.map_or(0, |least| least.0.div_ceil(place.sample.0.max(1)));
    let kept = u64::from(settings.runs).max(enough);
    let warmup = u64::from(settings.warmup);
    let samples = if stays { kept.saturating_add(warmup) } else { kept.saturating_mul(1 + warmup) };
    let starts = if stays { 1 } else { kept };
    Nanos(place.sample.0.saturating_mul(samples)).plus(Nanos(place.start.0.saturating_mul(starts)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::rehearsal::configuration;
    use super::*;
    use crate::engine::Calibration;
    use crate::spec::BackendId::{Rayon, Sequential, Threads};
    use crate::workload::Survey;

    /// What is known when each of 1,000 tasks of every default job takes that long.
    fn costs(task: Nanos) -> Costs {
        let mut costs = Costs::default();
        for workload in ["primes", "sleep"] {
            let calibration =
                Calibration { survey: Survey::default(), tasks: 1_000, task_cost: task, steps_per_us: 1.0 };
            costs.learn(&configuration(workload, Threads, 1), Arc::new(calibration));
        }
        costs
    }

    fn check(asked: &[Configuration], baseline: Baseline, task: Nanos, expected: &[&str], notes: usize) {
        let settings = RunSettings { baseline, ..RunSettings::default() };
        let plan = Plan::new(asked, settings, &costs(task), 2);
        let name = |place: &Place| format!("{} {}", place.configuration.workload, place.configuration.backend.id());
        assert_eq!(plan.places.iter().map(name).collect::<Vec<_>>(), expected);
        assert_eq!(plan.notes.len(), notes, "{:?}", plan.notes);
    }

    #[test]
    fn each_distinct_work_gets_one_baseline() {
        let fast = Nanos::from_millis(1);
        let (threads, rayon) = (configuration("primes", Threads, 2), configuration("primes", Rayon, 2));
        let (own, other) = (configuration("primes", Sequential, 1), configuration("sleep", Threads, 2));
        let both = [threads.clone(), rayon.clone()];
        check(&both, Baseline::Auto, fast, &["primes sequential", "primes threads", "primes rayon"], 0);
        check(&both, Baseline::None, fast, &["primes threads", "primes rayon"], 0);
        check(&[threads.clone(), own], Baseline::Auto, fast, &["primes threads", "primes sequential"], 0);
        let with_lock = Configuration { gil: true, ..configuration("primes", Sequential, 1) };
        check(&[with_lock], Baseline::Auto, fast, &["primes sequential", "primes sequential"], 0);
        let two = ["primes sequential", "primes threads", "sleep sequential", "sleep threads"];
        check(&[threads, other], Baseline::Auto, fast, &two, 0);
    }

    #[test]
    fn a_baseline_that_takes_too_long_is_left_out_and_that_is_said() {
        let both = [configuration("primes", Threads, 2), configuration("primes", Rayon, 2)];
        check(&both, Baseline::Auto, Nanos::from_millis(31), &["primes threads", "primes rayon"], 1);
        check(&both, Baseline::None, Nanos::from_millis(31), &["primes threads", "primes rayon"], 0);
        let asked_for = configuration("primes", Sequential, 1);
        check(&[asked_for], Baseline::Auto, Nanos::from_millis(31), &["primes sequential"], 0);
    }

    #[test]
    fn engines_stay_while_they_are_few_and_small() {
        let of = |workers: &[u32]| -> Vec<Configuration> {
            workers.iter().map(|workers| configuration("primes", Threads, *workers)).collect()
        };
        let sequential = |min_time| RunSettings { order: Order::Sequential, min_time, ..RunSettings::default() };
        let cases = [
            (vec![1; 7], RunSettings::default(), true),
            (vec![1; 8], RunSettings::default(), false),
            (vec![63], RunSettings::default(), true),
            (vec![64], RunSettings::default(), false),
            (vec![64, 64], sequential(None), true),
            (vec![64, 64], sequential(Some(Nanos(1))), false),
        ];
        for (workers, settings, stays) in cases {
            // The baseline makes one more engine with one worker.
            let plan = Plan::new(&of(&workers), settings, &costs(Nanos(1)), 2);
            assert_eq!(plan.stays, stays, "{workers:?} {settings:?}");
        }
    }

    #[test]
    fn the_prediction_counts_every_sample_and_every_start() {
        let one = [configuration("primes", Sequential, 1)];
        let start = predicted_start(&one[0], &Costs::default());
        let settings = RunSettings { runs: 5, warmup: 1, ..RunSettings::default() };
        let least = |seconds| RunSettings { min_time: Some(Nanos::from_secs(seconds)), ..settings };
        for (settings, expected) in [(settings, 6), (least(2), 6), (least(8), 9)] {
            let plan = Plan::new(&one, settings, &costs(Nanos::from_millis(1)), 2);
            assert_eq!(plan.predicted, Nanos::from_secs(expected).plus(start), "{settings:?}");
        }
        // Nine engines are too many to stay: each of them starts, and warms up, for each of its samples.
        let nine = vec![one[0].clone(); 9];
        let plan = Plan::new(&nine, settings, &costs(Nanos::from_millis(1)), 2);
        assert_eq!(plan.predicted, Nanos(9 * 5 * (Nanos::from_secs(2).0 + start.0)));
    }
}
