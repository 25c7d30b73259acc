//! Engines that die, stopped or busy, young or old: nothing of them is left after a second.

use std::time::{Duration, Instant};

use partui::child::Cause;
use partui::spec::BackendId;
use rustix::net::{Shutdown, shutdown};
use rustix::process::Signal;

use super::{Dice, ROUNDS, SECOND, endless, job, reference, send, set_to_work, stop};
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

    fn cause(self) -> Cause {
        let signal = if self == Self::Aborted { Signal::ABORT } else { Signal::KILL };
        Cause::Signal(signal.as_raw())
    }
}

/// An engine that is busy, at one moment or another.
fn busy_engine(backend: BackendId, dice: &mut Dice) -> Engine {
    let configuration = endless(backend, 3);
    let mut engine = Engine::start(configuration.workers);
    set_to_work(&mut engine, &configuration);
    // Not waited for anything: the moment itself is what is tried.
    std::thread::sleep(Duration::from_micros(dice.below(10_000)));
    engine
}

fn dies_with_busy_workers(death: Death) {
    let mut dice = Dice::new();
    for _ in 0..ROUNDS {
        let mut engine = busy_engine(BackendId::Processes, &mut dice);
        let stopped = dice.pick(&[0, 1, 2, 3]);
        for worker in engine.workers().into_iter().take(stopped) {
            stop(worker);
        }
        death.strike(&engine);
        // Only then is it waited for, since that ends its group.
        engine.assert_gone(SECOND);
        assert_eq!(engine.child.wait().expect("a child of ours"), death.cause());
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
fn cut_off_while_its_own_threads_compute() {
    let mut dice = Dice::new();
    for round in 0..ROUNDS {
        let backend = [BackendId::Sequential, BackendId::Threads, BackendId::Rayon][round as usize % 3];
        let mut engine = busy_engine(backend, &mut dice);
        Death::CutOff.strike(&engine);
        engine.assert_gone(SECOND);
        assert_eq!(engine.child.wait().unwrap(), Death::CutOff.cause());
    }
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
        std::thread::sleep(moment.saturating_sub(started.elapsed()));
        death.strike(&engine);
        engine.assert_gone(SECOND);
        let cause = engine.child.wait().unwrap();
        // One that has nothing to do notices by itself that it is cut off.
        let by_itself = death == Death::CutOff && matches!(cause, Cause::Exit(_));
        assert!(cause == death.cause() || by_itself, "{death:?}: {cause}");
    }
}
