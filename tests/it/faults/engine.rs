//! Engines that die, stopped or busy, young or old: nothing of them is left after a second.

use std::time::{Duration, Instant};

use partui::child::Cause;
use partui::spec::BackendId;
use rustix::net::{Shutdown, shutdown};
use rustix::process::Signal;

use super::{Dice, ROUNDS, SECOND, TASKS, engine_of, job, reference, send, stop};
use crate::support::engine::Engine;

/// How an engine comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    Killed,
    Aborted,
    KilledWhileStopped,
    /// As the conductor cancels: the whole group at once.
    Cancelled,
    CancelledWhileStopped,
    /// The conductor is gone, as far as the link tells.
    CutOff,
}

impl Death {
    const ALL: [Self; 6] = [
        Self::Killed,
        Self::Aborted,
        Self::KilledWhileStopped,
        Self::Cancelled,
        Self::CancelledWhileStopped,
        Self::CutOff,
    ];

    fn strike(self, engine: &Engine) {
        if matches!(self, Self::KilledWhileStopped | Self::CancelledWhileStopped) {
            stop(engine.pid());
        }
        match self {
            Self::Killed | Self::KilledWhileStopped => send(engine.pid(), Signal::KILL),
            Self::Aborted => send(engine.pid(), Signal::ABORT),
            Self::Cancelled | Self::CancelledWhileStopped => engine.child.kill(),
            Self::CutOff => shutdown(&engine.child.link, Shutdown::Both).expect("a link can be shut"),
        }
    }

    /// Whether it may end like that. One that has nothing to do notices by itself that it is cut off.
    fn allows(self, cause: &Cause) -> bool {
        let signal = if self == Self::Aborted { Signal::ABORT } else { Signal::KILL };
        *cause == Cause::Signal(signal.as_raw()) || (self == Self::CutOff && matches!(cause, Cause::Exit(_)))
    }
}

/// Only then is the engine waited for, since that ends its group.
fn assert_dead(mut engine: Engine, death: Death) {
    engine.assert_gone(SECOND);
    let cause = engine.child.wait().unwrap();
    assert!(death.allows(&cause), "{death:?}: {cause}");
}

fn dies_with_busy_workers(death: Death) {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut engine = engine_of(3);
        engine.begin(0);
        engine.wait_for_tasks(0, dice.below(TASKS / 2));
        let stopped = usize::try_from(dice.below(4)).unwrap();
        for worker in engine.workers().into_iter().take(stopped) {
            stop(worker);
        }
        death.strike(&engine);
        assert_dead(engine, death);
    }
}

#[test]
fn killed_with_busy_and_stopped_workers() {
    dies_with_busy_workers(Death::Killed);
}

#[test]
fn aborted_with_busy_and_stopped_workers() {
    dies_with_busy_workers(Death::Aborted);
}

#[test]
fn killed_while_stopped_with_busy_and_stopped_workers() {
    dies_with_busy_workers(Death::KilledWhileStopped);
}

#[test]
fn cancelled_with_busy_and_stopped_workers() {
    dies_with_busy_workers(Death::Cancelled);
    dies_with_busy_workers(Death::CancelledWhileStopped);
}

#[test]
fn cut_off_with_busy_and_stopped_workers() {
    dies_with_busy_workers(Death::CutOff);
}

#[test]
fn struck_while_it_and_its_workers_start() {
    let mut dice = Dice::new();
    let calibration = &reference().0;
    for round in 0..5 * ROUNDS {
        let death = Death::ALL[round as usize % Death::ALL.len()];
        let (started, moment) = (Instant::now(), Duration::from_micros(dice.below(12_000)));
        let mut engine = Engine::start(3);
        engine.order_pool(&job(BackendId::Processes, 3), calibration);
        // Not waited for anything: the moment itself is what is tried.
        std::thread::sleep(moment.saturating_sub(started.elapsed()));
        death.strike(&engine);
        assert_dead(engine, death);
    }
}

#[test]
fn cut_off_while_its_own_threads_compute() {
    let mut dice = Dice::new();
    for round in 0..ROUNDS {
        let backend = [BackendId::Sequential, BackendId::Threads, BackendId::Rayon][round as usize % 3];
        let workers = job(backend, 2).workers;
        let mut engine = Engine::start(workers);
        engine.configure(&job(backend, workers), &reference().0);
        engine.begin(0);
        engine.wait_for_tasks(0, dice.below(TASKS / 2));
        Death::CutOff.strike(&engine);
        assert_dead(engine, Death::CutOff);
    }
}
