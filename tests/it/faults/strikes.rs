//! Faults done on purpose at every place of a plan, to any number of workers, and over and over, in engines driven order
//! by order.

use std::fs::DirEntry;
use std::path::Path;
use std::time::Duration;

use partui::engine::Event;
use partui::fault::{Fault, FaultKind, Home, Outcome};
use partui::spec::{BackendId, Chunk, Configuration, Transport, Wish};
use partui::units::Nanos;
use partui::workload::Checksum;

use super::{Scripts, reference, values, workload};
use crate::support::census;
use crate::support::engine::Engine;

/// Tasks of a plan here, of a tenth of a millisecond each.
const FEW: u64 = 60;

const WORKERS: u32 = 3;

/// Worker processes of whose tasks some are struck.
fn struck(fault: Fault, transport: Transport, tasks: u64) -> Configuration {
    Configuration::new(Wish {
        transport,
        values: values(tasks, 100),
        fault: Some(fault),
        task_timeout: is_slow(fault.kind).then_some(Nanos::from_millis(400)),
        ..Wish::of(workload(), BackendId::Processes, WORKERS)
    })
    .expect("an allowed configuration")
}

/// What comes out of so many tasks where nothing goes wrong.
fn unharmed(tasks: u64) -> Checksum {
    let configuration = struck("kill".parse().expect("a fault"), Transport::Pipe, tasks).baseline();
    Engine::once(&configuration, &reference().0).answer.expect("nothing goes wrong").checksum
}

/// The tasks that were said to be struck, and how many workers were said to have died.
fn told(events: &[Event]) -> (Vec<u64>, u64) {
    let mut struck = Vec::new();
    for event in events {
        struck.extend(if let Event::Struck { task } = event { Some(*task) } else { None });
    }
    struck.sort_unstable();
    let deaths = events.len() - struck.len();
    (struck, deaths as u64)
}

/// Takes a sample that is struck at these tasks, and demands what the table says of it.
#[track_caller]
fn check(engine: &mut Engine, number: u32, fault: Fault, tasks: &[u64], expected: Checksum) {
    let (sample, events) = engine.sample(number);
    let (struck, deaths) = told(&events);
    assert_eq!(struck, tasks, "{fault}");
    let times = tasks.len() as u64;
    let (dead, failed) = match fault.kind.outcome(Home::Own) {
        Some(Outcome::TaskFails) => (0, times),
        Some(Outcome::Harmless) => (0, 0),
        _ => (times, 0),
    };
    assert_eq!((deaths, sample.respawns, sample.tasks_lost), (dead, dead, failed), "{fault}: {events:?}");
    assert_eq!(
        (sample.faults_seen, sample.tasks + sample.tasks_lost),
        (dead + failed, sample.tasks + failed),
        "{fault}"
    );
    assert_eq!(sample.answer.map(|answer| answer.checksum), (failed == 0).then_some(expected), "{fault}");
}

/// The first, a middle and the last task; two of them, and as many as there are workers.
const PLACES: [(&str, &[u64]); 5] =
    [("@0", &[0]), ("@30", &[30]), ("@59", &[59]), ("x2", &[15, 45]), ("x3", &[10, 30, 50])];

fn strike_at(places: &[(&str, &[u64])], kinds: impl Iterator<Item = FaultKind>) {
    let expected = unharmed(FEW);
    for (kind, transport) in kinds.flat_map(|kind| Transport::INTO_PROCESSES.map(|transport| (kind, transport))) {
        for (place, tasks) in places {
            let fault = format!("{}{place}", kind.id()).parse().expect("a fault");
            let mut engine = Engine::start(WORKERS);
            engine.configure(&struck(fault, transport, FEW), &reference().0);
            check(&mut engine, 0, fault, tasks, expected);
            engine.dismiss();
        }
    }
}

/// Whether somebody has to wait until it is noticed.
fn is_slow(kind: FaultKind) -> bool {
    kind.outcome(Home::Own) == Some(Outcome::TimedOut)
}

#[test]
fn any_task_may_be_struck_and_any_number_of_workers() {
    strike_at(&PLACES, FaultKind::ALL.into_iter().filter(|kind| !is_slow(*kind)));
}

#[test]
fn any_worker_may_stand_still_and_all_at_once() {
    strike_at(&[PLACES[2], PLACES[4]], FaultKind::ALL.into_iter().filter(|kind| is_slow(*kind)));
}

#[test]
fn warm_ups_are_not_struck() {
    let fault: Fault = "killx2".parse().expect("a fault");
    let expected = unharmed(FEW);
    let mut engine = Engine::start(WORKERS);
    engine.configure(&struck(fault, Transport::Pipe, FEW), &reference().0);
    for round in 0..2 {
        engine.order(&partui::engine::Order::Sample { sample: round, warmup: true });
        let (sample, events) = engine.finish();
        assert_eq!((sample.faults_seen, events), (0, Vec::new()));
        check(&mut engine, round, fault, &[15, 45], expected);
    }
    engine.dismiss();
}

/// A payload waits in the way of those behind it until its task is done.
#[test]
fn who_waits_for_a_payload_is_not_late() {
    let fault: Fault = "stop@3".parse().expect("a fault");
    for transport in Transport::INTO_PROCESSES {
        let payload = partui::units::Bytes(100_000);
        let wish = struck(fault, transport, FEW);
        let wish = Wish {
            payload,
            transport,
            chunk: Chunk::Fixed(1),
            fault: Some(fault),
            task_timeout: wish.task_timeout,
            values: wish.values,
            ..Wish::of(workload(), BackendId::Processes, WORKERS)
        };
        let configuration = Configuration::new(wish).expect("an allowed configuration");
        let expected = Engine::once(&configuration.baseline(), &reference().0).answer.expect("nothing goes wrong");
        let mut engine = Engine::start(WORKERS);
        engine.configure(&configuration, &reference().0);
        check(&mut engine, 0, fault, &[3], expected.checksum);
        engine.dismiss();
    }
}

/// Ctrl-Z stops engine and workers alike. The limit is one that no worker reaches because others have the cores.
#[test]
fn a_stop_of_all_counts_against_no_worker() {
    let limit = Nanos::from_secs(3);
    for transport in Transport::INTO_PROCESSES {
        let wish = Wish::of(workload(), BackendId::Processes, WORKERS);
        let wish = Wish { transport, task_timeout: Some(limit), values: values(2_000, 500), ..wish };
        let configuration = Configuration::new(wish).expect("an allowed configuration");
        let mut engine = Engine::start(WORKERS);
        engine.configure(&configuration, &reference().0);
        engine.begin(0);
        engine.wait_for_tasks(0, 1);
        engine.child.stop();
        assert!(!engine.speaks(Duration::from(Nanos(limit.0 * 4 / 3))), "{transport:?}: it stands still");
        engine.child.resume();
        let (sample, events) = engine.finish();
        assert_eq!((events, sample.faults_seen, sample.tasks_lost), (Vec::new(), 0, 0), "{transport:?}");
        engine.dismiss();
    }
}

/// A task that takes longer than is allowed is given up like one that kills its worker.
#[test]
fn tasks_that_take_too_long_are_ended_without_any_fault() {
    let wish = Wish::of(workload(), BackendId::Processes, 1);
    let wish = Wish { task_timeout: Some(Nanos::from_millis(100)), retries: 0, values: values(1, 10_000_000), ..wish };
    let configuration = Configuration::new(wish).expect("an allowed configuration");
    let mut engine = Engine::start(1);
    engine.configure(&configuration, &reference().0);
    let (sample, events) = engine.sample(0);
    assert_eq!((sample.tasks_lost, sample.faults_seen, events.len()), (1, 2, 2), "{events:?}");
    assert!(sample.failures[0].contains("no answer for 100 ms"), "{:?}", sample.failures);
    engine.dismiss();
}

#[test]
fn awaited_tasks_are_struck_when_they_arrive() {
    for (fault, lost) in [("panicx2", 2), ("scribblex2", 0)] {
        let mut wish = Wish { values: values(FEW, 100), ..Wish::of(workload(), BackendId::Async, 2) };
        let waits = workload().about().parameters.iter().find(|parameter| parameter.name == "io-us");
        wish.values.set("io-us", waits.expect("a dial").parse("200").expect("an allowed value"));
        wish.fault = Some(fault.parse().expect("a fault"));
        let configuration = Configuration::new(wish).expect("an allowed configuration");
        let mut engine = Engine::start(2);
        engine.configure(&configuration, &reference().0);
        let (sample, events) = engine.sample(0);
        assert_eq!((told(&events), sample.tasks_lost), ((vec![15, 45], 0), lost), "{fault}");
        engine.dismiss();
    }
}

/// What an engine holds that could be left behind; `places` are the folders that it may leave files in.
fn holdings(engine: &Engine, places: &Path) -> [usize; 6] {
    let pid = engine.pid();
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("a living engine");
    let shared = maps.lines().filter(|line| line.contains("memfd")).count();
    let files = [places, Path::new("/dev/shm")].map(files_below);
    [census::descriptors(pid).len(), census::threads(pid), engine.workers().len(), shared, files[0], files[1]]
}

/// Files and folders below a folder.
fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let within = |entry: &DirEntry| {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) { files_below(&entry.path()) } else { 0 }
    };
    entries.iter().map(|entry| 1 + within(entry)).sum()
}

/// Strikes that each engine lives through, and how many there are in each of its samples.
const STRIKES: [u32; 2] = [1_000, 125];

#[test]
fn a_thousand_faults_leave_nothing_behind() {
    let [all, together] = STRIKES;
    let fault: Fault = format!("killx{together}").parse().expect("a fault");
    let tasks: Vec<u64> = (0..u64::from(together)).map(|part| (2 * part + 1) * 2).collect();
    let expected = unharmed(500);
    for transport in Transport::INTO_PROCESSES {
        let scripts = Scripts::new();
        let places = scripts.folder.path().join("places");
        let mut engine = Engine::start_from(&scripts.named("confined"), WORKERS);
        engine.configure(&struck(fault, transport, 500), &reference().0);
        let current = std::fs::read_link(format!("/proc/{}/cwd", engine.pid())).expect("a living engine");
        assert_eq!(current.file_name(), places.file_name(), "files would be looked for in vain");
        let first = holdings(&engine, &places);
        for round in 0..all / together {
            check(&mut engine, round, fault, &tasks, expected);
        }
        assert_eq!(holdings(&engine, &places), first, "{transport:?}");
        engine.dismiss();
        assert_eq!(files_below(&places), first[4], "{transport:?}");
    }
}
