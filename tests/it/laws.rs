//! Laws that hold for every backend × workload, whatever is added to the registries.

use partui::machine::Machine;
use partui::spec::{BackendId, Configuration, Wish};
use partui::units::Nanos;
use partui::workload::{Value, WORKLOADS, Workload};

use crate::support::engine::Engine;

/// A job of the workload's that takes some tens of milliseconds.
fn small(workload: &'static dyn Workload, backend: BackendId, gil: bool) -> Configuration {
    let mut wish = Wish { gil, ..Wish::of(workload, backend, 2) };
    for parameter in workload.about().parameters {
        let smaller = match parameter.name {
            "tasks" => "40",
            "size" if workload.about().id == "primes" => "50000",
            "size" => "16KiB",
            _ => continue,
        };
        wish.values.set(parameter.name, parameter.parse(smaller).expect("a small value is allowed"));
    }
    Configuration::new(wish).expect("a small job is allowed")
}

#[test]
fn every_backend_finds_the_same_answer_and_accounts_for_all_of_its_time() {
    for workload in WORKLOADS {
        let id = workload.about().id;
        let sequential = small(*workload, BackendId::Sequential, false);
        let calibration = Engine::start(1).calibrate(&sequential);
        let expected = Engine::once(&sequential, &calibration).answer.unwrap();
        for backend in BackendId::ALL {
            for gil in [false, true] {
                let configuration = small(*workload, backend, gil);
                let sample = Engine::once(&configuration, &calibration);
                let name = format!("{id} on {} with the lock {gil}", backend.id());
                let answer = sample.answer.unwrap_or_else(|| panic!("{name}: {:?}", sample.failures));
                assert_eq!(answer.checksum, expected.checksum, "{name}");
                assert_eq!(answer.sentence, expected.sentence, "{name}");
                let total = Nanos(u64::from(configuration.workers) * sample.wall.0);
                let off = sample.budget.total().0.abs_diff(total.0);
                assert!(off <= total.0 / 100, "{name}: {:?} of {total}", sample.budget);
                assert_eq!(sample.faults_seen, 0, "{name}");
            }
        }
    }
}

/// What the workers show of the lock while they run adds up to what the sample says of it.
#[test]
fn the_lock_changes_hands_on_the_board_as_in_the_sample() {
    let workload = partui::workload::by_id("primes").expect("primes is a workload");
    let mut wish =
        Wish { gil: true, switch_interval: Nanos::from_micros(100), ..Wish::of(workload, BackendId::Threads, 2) };
    wish.values.set("tasks", Value::Count(100));
    let configuration = Configuration::new(wish).expect("a valid wish");
    let mut engine = Engine::start(2);
    let calibration = engine.calibrate(&configuration);
    engine.configure(&configuration, &calibration);
    let (sample, _) = engine.sample(0);
    let shown: u64 = engine.snapshot().slots.iter().map(|slot| slot.gil_switches).sum();
    assert!(shown > 0, "two workers and one lock");
    assert_eq!(Some(shown), sample.gil_switches);
}

/// The wall time in `compute` without `ready` is what the workers' CPU clocks say, within 5 % of the wall time.
#[test]
fn computing_time_agrees_with_the_cpu_clocks() {
    let workload = partui::workload::by_id("primes").unwrap();
    // Long enough that starting and stopping do not show.
    let job = |backend| {
        let mut wish = Wish::of(workload, backend, 2);
        wish.values.set("tasks", Value::Count(300));
        Configuration::new(wish).expect("a valid wish")
    };
    let calibration = Engine::start(1).calibrate(&job(BackendId::Sequential));
    for backend in BackendId::ALL {
        let sample = Engine::once(&job(backend), &calibration);
        let total = sample.budget.total().0;
        let off = sample.budget.compute.0.abs_diff(sample.cpu.0);
        assert!(off <= total / 20, "{}: {:?} against {} of CPU", backend.id(), sample.budget, sample.cpu);
    }
}

/// Who is faster does not depend on the machine, only by how much does: measured side by side, and again where other
/// programs have disturbed that.
#[test]
fn computing_gets_faster_by_threads_without_the_lock_and_by_processes_with_it() {
    const TRIES: usize = 8;
    const ROUNDS: u32 = 5;
    if Machine::discover().cores.usable < 2 {
        println!("not tried: two workers need two cores to be faster than one");
        return;
    }
    let job = |backend, gil| {
        let mut wish = Wish { gil, ..Wish::of(partui::workload::by_id("primes").expect("primes"), backend, 2) };
        wish.values.set("tasks", Value::Count(60));
        Configuration::new(wish).expect("a valid wish")
    };
    let locked = job(BackendId::Threads, true);
    let calibration = Engine::start(1).calibrate(&locked.baseline());
    let mut slow = Engine::start(2);
    slow.configure(&locked, &calibration);
    for fast in [job(BackendId::Threads, false), job(BackendId::Processes, true)] {
        let mut engine = Engine::start(2);
        engine.configure(&fast, &calibration);
        let mut ratio = |sample| slow.sample(sample).0.wall.seconds() / engine.sample(sample).0.wall.seconds();
        let mut median = || {
            let mut ratios: Vec<f64> = (0..ROUNDS).map(&mut ratio).collect();
            ratios.sort_by(f64::total_cmp);
            ratios[ratios.len() / 2]
        };
        let found: Vec<f64> =
            std::iter::repeat_with(&mut median).take(TRIES).take_while(|ratio| *ratio <= 1.0).collect();
        assert!(found.len() < TRIES, "{}, lock {}: never faster: {found:?}", fast.backend.id(), fast.gil);
    }
}
