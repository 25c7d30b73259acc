//! What engines and workers hold open, exactly, and that deaths leave nothing of it behind.

use std::collections::BTreeMap;

use partui::spec::BackendId;
use rustix::process::Signal;

use super::{Dice, TASKS, Tally, engine_of, job, reference, send};
use crate::support::census;
use crate::support::engine::Engine;

/// Descriptors by what they are; the numbers in the names are left out.
type Inventory = BTreeMap<String, usize>;

/// What a process holds, apart from what whoever runs the tests has left open for every program.
fn inventory(pid: i32) -> Inventory {
    let ours = std::process::id().cast_signed();
    let given: Vec<(u32, String)> = census::descriptors(ours).into_iter().filter(|(number, _)| *number > 2).collect();
    let is_given = |held: &(u32, String)| given.contains(held) && !closes_on_exec(ours, held.0);
    let mut inventory = Inventory::new();
    for held in census::descriptors(pid).iter().filter(|held| !is_given(held)) {
        let kind = held.1.split([':', ' ']).filter(|part| !part.starts_with('[')).collect::<Vec<_>>().join(" ");
        let kind = if kind == "anon_inode" { held.1.clone() } else { kind };
        *inventory.entry(kind).or_default() += 1;
    }
    inventory
}

fn closes_on_exec(pid: i32, number: u32) -> bool {
    const O_CLOEXEC: u32 = 0o2_000_000;
    let text = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.is_none_or(|flags| u32::from_str_radix(flags.trim(), 8).expect("an octal number") & O_CLOEXEC != 0)
}

fn expected(counts: &[(&str, usize)]) -> Inventory {
    counts.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

/// Its link (as standard input, as held, and as watched), its output and its complaints, the board; two per worker.
fn of_engine(workers: usize) -> Inventory {
    let board = "/memfd partui-board (deleted)";
    expected(&[("socket", 3 + workers), ("pipe", 2), (board, 1), ("anon_inode:[pidfd]", workers)])
}

#[test]
fn engines_and_workers_hold_what_they_need_and_nothing_else() {
    let mut engine = engine_of(3);
    let (sample, faults) = engine.sample(0);
    Tally::default().add(&sample, faults);
    assert_eq!(inventory(engine.pid()), of_engine(3), "{:?}", census::descriptors(engine.pid()));
    assert_eq!(census::threads(engine.pid()), 2, "the one that works, and the one that watches the link");
    for worker in engine.workers() {
        let board = "/memfd partui-board (deleted)";
        let own = expected(&[("socket", 3), ("pipe", 1), ("/dev/null", 1), (board, 1)]);
        assert_eq!(inventory(worker), own, "{:?}", census::descriptors(worker));
        assert_eq!(census::threads(worker), 2);
    }
    engine.dismiss();
}

#[test]
fn engines_without_worker_processes_hold_no_more_while_they_run() {
    for backend in [BackendId::Sequential, BackendId::Threads, BackendId::Rayon] {
        let configuration = job(backend, 2);
        let mut engine = Engine::start(configuration.workers);
        engine.configure(&configuration, &reference().0);
        let (sample, faults) = engine.sample(0);
        Tally::default().add(&sample, faults);
        assert_eq!(inventory(engine.pid()), of_engine(0), "{:?}", census::descriptors(engine.pid()));
        engine.dismiss();
    }
}

#[test]
fn fifty_deaths_leave_nothing_open() {
    let mut dice = Dice::new();
    let mut engine = engine_of(2);
    let mut tally = Tally::default();
    let mut sample = 0;
    while tally.seen < 50 {
        engine.begin(sample);
        for blow in 0..4 {
            engine.wait_for_tasks(sample, dice.below(TASKS / 16) + blow * TASKS / 8);
            for worker in engine.workers() {
                send(worker, Signal::KILL);
            }
        }
        let (taken, faults) = engine.finish();
        tally.add(&taken, faults);
        sample += 1;
    }
    let (taken, faults) = engine.sample(sample);
    tally.add(&taken, faults);
    assert_eq!(inventory(engine.pid()), of_engine(2), "{:?}", census::descriptors(engine.pid()));
    assert_eq!(census::threads(engine.pid()), 2);
    assert_eq!(census::group(engine.pid()).len(), 3, "an engine and its workers, no zombie");
    engine.dismiss();
}
