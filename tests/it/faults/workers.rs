//! Workers that die or stand still, one or all, while they start or work.

use std::collections::BTreeMap;
use std::time::Duration;

use partui::spec::{BackendId, Chunk, Configuration, Transport, Wish};
use partui::units::Bytes;
use rustix::process::Signal;

use super::{Dice, ROUNDS, TASKS, Tally, engine_of, engine_over, job, reference, send, stop, strike, values, workload};
use crate::support::census;
use crate::support::engine::Engine;
use crate::support::{PATIENCE, eventually};

#[test]
fn a_worker_that_is_killed_is_replaced_and_its_tasks_run_again() {
    Transport::INTO_PROCESSES.into_iter().for_each(kill_one_after_the_other);
}

fn kill_one_after_the_other(transport: Transport) {
    let mut dice = Dice::new();
    let mut engine = engine_over(transport, 2);
    let mut tally = Tally::default();
    let mut sent = BTreeMap::new();
    for round in 0..ROUNDS {
        engine.begin(round);
        engine.wait_for_tasks(round, dice.below(TASKS * 3 / 4));
        let signal = dice.pick(&[Signal::KILL, Signal::ABORT, Signal::SEGV]);
        strike(&engine, dice.pick(&engine.workers()), signal);
        *sent.entry(signal.as_raw()).or_default() += 1;
        let (sample, faults) = engine.finish();
        tally.add(&sample, faults);
    }
    assert!(tally.retried > 0, "{tally:?}");
    // A worker that was struck after its last answer is missed when the next sample begins.
    let (sample, faults) = engine.sample(ROUNDS);
    tally.add(&sample, faults);
    assert_eq!(tally.seen, u64::from(ROUNDS));
    let names = [(Signal::KILL, "SIGKILL"), (Signal::ABORT, "SIGABRT"), (Signal::SEGV, "SIGSEGV")];
    for (signal, name) in names {
        assert_eq!(tally.causes.get(name), sent.get(&signal.as_raw()), "{tally:?}");
    }
    engine.dismiss();
}

#[test]
fn workers_that_are_all_killed_at_once_are_all_replaced() {
    Transport::INTO_PROCESSES.into_iter().for_each(kill_all);
}

fn kill_all(transport: Transport) {
    let mut dice = Dice::new();
    let mut engine = engine_over(transport, 4);
    let mut tally = Tally::default();
    let mut killed = 0;
    for round in 0..ROUNDS {
        engine.begin(round);
        engine.wait_for_tasks(round, dice.below(TASKS * 3 / 4));
        for worker in engine.workers() {
            send(worker, Signal::KILL);
            killed += 1;
        }
        let (sample, faults) = engine.finish();
        tally.add(&sample, faults);
    }
    let (sample, faults) = engine.sample(ROUNDS);
    tally.add(&sample, faults);
    assert_eq!((tally.seen, tally.causes["SIGKILL"]), (killed, killed));
    assert_eq!(engine.workers().len(), 4);
    engine.dismiss();
}

#[test]
fn workers_that_are_killed_while_they_start_are_replaced() {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut engine = Engine::start(4);
        engine.order_pool(&job(BackendId::Processes, 4), &reference().0);
        let victims = dice.below(4) + 1;
        let enough = || Some(engine.workers()).filter(|workers| workers.len() as u64 >= victims);
        let victims = eventually(PATIENCE, enough).expect("workers that start");
        for worker in &victims {
            send(*worker, Signal::KILL);
        }
        let mut tally = Tally::default();
        let faults = engine.ready();
        let (early, _) = (faults.len() as u64, tally.hear(faults));
        let (sample, faults) = engine.sample(0);
        tally.add(&sample, faults);
        let (sample, faults) = engine.sample(1);
        tally.add(&sample, faults);
        assert_eq!(early + tally.seen, victims.len() as u64, "{tally:?}");
        assert_eq!(tally.causes["SIGKILL"], victims.len() as u64, "{tally:?}");
        assert_eq!(engine.workers().len(), 4);
        engine.dismiss();
    }
}

#[test]
fn a_stopped_worker_holds_the_run_up_until_it_is_continued() {
    let mut dice = Dice::new();
    let mut engine = engine_of(2);
    let mut held_up = 0;
    for round in 0..ROUNDS {
        engine.begin(round);
        engine.wait_for_tasks(round, dice.below(TASKS / 4));
        let victim = dice.pick(&engine.workers());
        stop(victim);
        // On a busy machine, the run may have been over before the signal came.
        if engine.tasks_done() < TASKS / 2 {
            held_up += 1;
            assert!(!engine.speaks(Duration::from_millis(150)), "the run ended without a worker's account");
        }
        send(victim, Signal::CONT);
        let mut tally = Tally::default();
        let (sample, faults) = engine.finish();
        tally.add(&sample, faults);
        assert_eq!(tally.seen, 0, "standing still is no death: {tally:?}");
    }
    assert!(held_up > 0, "no run was long enough to be stopped in");
    engine.dismiss();
}

#[test]
fn workers_that_stand_still_delay_the_end_of_an_engine_but_little() {
    let mut engine = engine_of(8);
    for worker in engine.workers() {
        stop(worker);
    }
    engine.order(&partui::engine::Order::Finish);
    // Eight times the grace of one would be almost a second.
    let ended = eventually(Duration::from_millis(600), || census::group(engine.pid()).is_empty().then_some(()));
    assert!(ended.is_some(), "{:?}", census::group(engine.pid()));
    assert!(engine.child.wait().unwrap().is_success());
}

/// Its payloads are taken away from it, and come and go with the tasks when they run again.
#[test]
fn a_worker_may_die_with_payloads() {
    let mut dice = Dice::new();
    for (transport, chunk) in Transport::INTO_PROCESSES.into_iter().flat_map(|it| [(it, 1), (it, 7)]) {
        let wish = Wish::of(workload(), BackendId::Processes, 2);
        let (payload, chunk) = (Bytes(200_000), Chunk::Fixed(chunk));
        let wish = Wish { transport, payload, chunk, values: values(400, 100), ..wish };
        let configuration = Configuration::new(wish).unwrap();
        let calibration = &reference().0;
        let expected = Engine::once(&configuration.baseline(), calibration).answer.unwrap();
        let mut engine = Engine::start(2);
        engine.configure(&configuration, calibration);
        let mut deaths = 0;
        for round in 0..4 {
            engine.begin(round);
            engine.wait_for_tasks(round, dice.below(200));
            send(dice.pick(&engine.workers()), Signal::KILL);
            let (sample, _) = engine.finish();
            assert_eq!(sample.answer.unwrap(), expected, "{transport:?}");
            deaths += sample.faults_seen;
        }
        let (sample, _) = engine.sample(4);
        assert_eq!((sample.answer.unwrap(), deaths + sample.faults_seen), (expected, 4), "{transport:?}");
        engine.dismiss();
    }
}

#[test]
fn a_worker_may_die_while_much_is_on_its_way_to_it() {
    let mut dice = Dice::new();
    // Far more than a link holds: most of it waits in the engine when the worker dies.
    let in_flight = Some(65_536);
    let wish = Wish { in_flight, values: values(60_000, 1), ..Wish::of(workload(), BackendId::Processes, 2) };
    let configuration = Configuration::new(wish).unwrap();
    let calibration = &reference().0;
    let expected = Engine::once(&configuration.baseline(), calibration).answer.unwrap();
    let mut engine = Engine::start(2);
    engine.configure(&configuration, calibration);
    let mut deaths = 0;
    for round in 0..4 {
        engine.begin(round);
        engine.wait_for_tasks(round, dice.below(2_000));
        send(dice.pick(&engine.workers()), Signal::KILL);
        let (sample, faults) = engine.finish();
        assert_eq!(sample.answer.unwrap(), expected);
        assert_eq!(faults.len() as u64, sample.faults_seen);
        deaths += sample.faults_seen;
    }
    let (sample, _) = engine.sample(4);
    assert_eq!((sample.answer.unwrap(), deaths + sample.faults_seen), (expected, 4));
    engine.dismiss();
}
