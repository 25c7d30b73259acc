//! Laws that hold for every backend × workload, whatever is added to the registries.

use partui::board::Phase;
use partui::engine::Sample;
use partui::machine::{Machine, clock};
use partui::spec::{BackendId, Configuration, Transport, Wish};
use partui::units::{Bytes, Nanos};
use partui::workload::{GilModel, Value, WORKLOADS, Workload};

use crate::support::engine::Engine;

/// A backend and, where there are several, one of its transports.
type Way = (BackendId, Option<Transport>);

/// Every way to run tasks.
fn ways() -> impl Iterator<Item = Way> {
    BackendId::ALL.into_iter().flat_map(|backend| {
        let transports = backend.facts().transports.iter().map(move |transport| (backend, Some(*transport)));
        let shared = backend.facts().transports.is_empty().then_some((backend, None));
        transports.chain(shared)
    })
}

/// A job of the workload's that takes some tens of milliseconds.
fn small(workload: &'static dyn Workload, way: Way, gil: bool, payload: Bytes) -> Configuration {
    let mut wish = Wish { gil, payload, ..Wish::of(workload, way.0, 2) };
    wish.transport = way.1.unwrap_or(wish.transport);
    for parameter in workload.about().parameters {
        let smaller = match parameter.name {
            "tasks" => "40",
            "size" if workload.about().id == "primes" => "50000",
            "latency" => "1ms",
            "size" => parameter.presets[0],
            _ => continue,
        };
        wish.values.set(parameter.name, parameter.parse(smaller).expect("a small value is allowed"));
    }
    Configuration::new(wish).expect("a small job is allowed")
}

#[test]
fn every_backend_finds_the_same_answer_and_accounts_for_all_of_its_time() {
    for (workload, payload) in WORKLOADS.iter().flat_map(|it| [(it, Bytes(0)), (it, Bytes(100_003))]) {
        let id = workload.about().id;
        let sequential = small(*workload, (BackendId::Sequential, None), false, payload);
        let calibration = Engine::start(1).calibrate(&sequential);
        let expected = Engine::once(&sequential, &calibration).answer.unwrap();
        assert_eq!(expected.sentence.contains("to each task and back"), payload.0 > 0, "{}", expected.sentence);
        for (way, gil) in ways().flat_map(|way| [(way, false), (way, true)]) {
            let configuration = small(*workload, way, gil, payload);
            let name = format!("{id} with {payload} on {way:?} with the lock {gil}");
            // Shown where an engine does not answer.
            println!("{name}");
            let sample = Engine::once(&configuration, &calibration);
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

/// Where workers share memory they share what all tasks read: there is one copy, however many they are.
#[test]
fn data_that_all_tasks_read_is_there_once_in_shared_memory() {
    let workload = partui::workload::by_id("matmul").expect("matmul is a workload");
    let memory = |transport| {
        let wish = Wish { transport, ..Wish::of(workload, BackendId::Processes, 4) };
        let configuration = Configuration::new(wish).expect("a valid wish");
        let calibration = Engine::start(1).calibrate(&configuration);
        Engine::once(&configuration, &calibration).pss.expect("the system tells of memory").0
    };
    // Two matrices of 8 MiB each: four workers have four copies or one.
    let (copies, one) = (memory(Transport::Pipe), memory(Transport::Shm));
    assert!(one + (40 << 20) < copies, "{} with copies, {} with one", Bytes(copies), Bytes(one));
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

/// Whoever looks at a sample that is over must know since when its times count.
#[test]
fn a_sample_that_is_over_still_says_when_it_began() {
    let workload = partui::workload::by_id("primes").expect("primes is a workload");
    let configuration = Configuration::new(Wish::of(workload, BackendId::Threads, 2)).expect("a valid wish");
    let mut engine = Engine::start(2);
    let calibration = engine.calibrate(&configuration);
    engine.configure(&configuration, &calibration);
    let before = clock::now();
    engine.sample(0);
    let after = engine.snapshot();
    assert_eq!(after.phase, Some(Phase::Done));
    assert!((before..clock::now()).contains(&after.sample_start), "{before} {after:?}");
}

/// A lock that is let go while they compute leaves both workers a core; one that they hold through a call is passed on less
/// often than one with check points.
#[test]
fn the_model_decides_what_the_lock_costs() {
    let sample = |model| {
        let workload = partui::workload::by_id("simulate").expect("simulate is a workload");
        let mut wish = Wish { gil: true, gil_model: Some(model), ..Wish::of(workload, BackendId::Threads, 2) };
        wish.switch_interval = Nanos::from_micros(500);
        wish.values.set("tasks", Value::Count(4));
        wish.values.set("size", Value::Count(50_000));
        let configuration = Configuration::new(wish).expect("a valid wish");
        assert_eq!(configuration.gil_model, Some(model));
        let calibration = Engine::start(1).calibrate(&configuration);
        Engine::once(&configuration, &calibration)
    };
    let [released, held, bytecode] = [GilModel::CReleased, GilModel::CHeld, GilModel::Bytecode].map(sample);
    let waiting = |sample: &Sample| sample.budget.gil.seconds() / sample.budget.total().seconds();
    assert!(waiting(&released) < 0.1 && waiting(&held) > 0.2 && waiting(&bytecode) > 0.2, "{released:?} {bytecode:?}");
    assert!(held.gil_switches.is_some_and(|switches| switches <= 8), "{held:?}");
    assert!(bytecode.gil_switches > held.gil_switches.map(|switches| 2 * switches), "{bytecode:?}");
    // Cores used, and those that other programs had while a worker could have used them.
    let wanted = |sample: &Sample| sample.budget.compute.plus(sample.budget.ready).seconds() / sample.wall.seconds();
    assert!(wanted(&bytecode) < 1.1 && wanted(&held) < 1.1, "one at a time: {bytecode:?} {held:?}");
    assert!(wanted(&released) > 1.2 * wanted(&bytecode), "{released:?} {bytecode:?}");
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

/// How much better `fast` uses two workers than `slow`: by the time that both took. Where other programs had the cores,
/// they decided about that, about who was done first and about how long a message took; then by the part of the workers'
/// time that the lock left them, computing or waiting for a core.
fn gain(slow: &Sample, fast: &Sample) -> f64 {
    let is_disturbed = |sample: &Sample| {
        let around = &sample.surroundings;
        around.foreign_cpu.is_none_or(|foreign| foreign.seconds() > 0.2 * around.core_time.seconds())
    };
    let able = |sample: &Sample| {
        let budget = &sample.budget;
        let left = budget.compute.plus(budget.ready);
        left.seconds() / left.plus(budget.gil).seconds()
    };
    if is_disturbed(slow) || is_disturbed(fast) {
        able(fast) / able(slow)
    } else {
        slow.wall.seconds() / fast.wall.seconds()
    }
}

/// Who is faster does not depend on the machine, only by how much does: measured side by side, and again where that was
/// not to be seen.
#[test]
fn computing_gets_faster_by_threads_without_the_lock_and_by_processes_with_it() {
    const TRIES: usize = 4;
    const ROUNDS: u32 = 5;
    // More than two equals differ by in the median of five rounds.
    const CLEARLY: f64 = 1.2;
    if Machine::discover().cores.usable < 2 {
        println!("not tried: two workers need two cores to be faster than one");
        return;
    }
    let job = |backend, gil| {
        let mut wish = Wish { gil, ..Wish::of(partui::workload::by_id("primes").expect("primes"), backend, 2) };
        wish.values.set("tasks", Value::Count(100));
        // Each worker has its half of the tasks at once: on a machine with other work to do, waiting for more would decide.
        wish.in_flight = Some(50);
        Configuration::new(wish).expect("a valid wish")
    };
    let locked = job(BackendId::Threads, true);
    let calibration = Engine::start(1).calibrate(&locked.baseline());
    let mut slow = Engine::start(2);
    slow.configure(&locked, &calibration);
    for fast in [job(BackendId::Threads, false), job(BackendId::Processes, true)] {
        let mut engine = Engine::start(2);
        engine.configure(&fast, &calibration);
        let mut ratio = |sample| gain(&slow.sample(sample).0, &engine.sample(sample).0);
        let mut median = || {
            let mut ratios: Vec<f64> = (0..ROUNDS).map(&mut ratio).collect();
            ratios.sort_by(f64::total_cmp);
            ratios[ratios.len() / 2]
        };
        let found: Vec<f64> =
            std::iter::repeat_with(&mut median).take(TRIES).take_while(|ratio| *ratio <= CLEARLY).collect();
        assert!(found.len() < TRIES, "{}, lock {}: never faster: {found:?}", fast.backend.id(), fast.gil);
    }
}

/// Workers that share a process come together before each run, however often.
#[test]
fn pools_of_threads_run_again_and_again() {
    for backend in [BackendId::Threads, BackendId::Rayon, BackendId::Async] {
        let workload = partui::workload::by_id("primes").expect("primes is a workload");
        let mut wish = Wish::of(workload, backend, 3);
        wish.values.set("tasks", Value::Count(3));
        wish.values.set("size", Value::Count(1_000));
        let configuration = Configuration::new(wish).expect("a valid wish");
        let mut engine = Engine::start(3);
        let calibration = engine.calibrate(&configuration);
        engine.configure(&configuration, &calibration);
        for sample in 0..300 {
            assert_eq!(engine.sample(sample).0.tasks, 3, "{} {sample}", backend.id());
        }
    }
}
