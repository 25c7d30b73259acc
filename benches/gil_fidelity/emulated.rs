//! The scenes on partui's lock; figures and their order are those of the script for CPython.

use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use partui::beat::Beat;
use partui::gil::{Attached, Gil};
use partui::units::{Nanos, WorkerId};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use sha2::{Digest, Sha256};

use super::calls::{BlockingCalls, Sleep, durations, hold, median, named, turn, without_lock};

/// Turns in a scene, about a fifth of a second on one thread.
const TURNS: u64 = 4_000_000;

/// Parts of a section at which a sleep ends.
const PHASES: u32 = 24;

/// A lock with a thread that may take it: this one.
struct Stage {
    gil: Arc<Gil>,
    main: Attached,
}

impl Stage {
    fn new(interval: Nanos) -> Self {
        let gil = Arc::new(Gil::new(interval));
        Self { main: Attached::new(Some(Arc::clone(&gil)), WorkerId(0)), gil }
    }

    /// Runs `act` on this thread beside `count` threads that call `work` until it ends.
    fn beside<T>(&self, count: u32, work: impl Fn(&Beat<'_>, u32) + Sync, act: impl FnOnce() -> T) -> T {
        let finished = AtomicBool::new(false);
        let started = Barrier::new(count as usize + 1);
        let gil = &self.gil;
        let run = |worker| {
            hold(Some(gil), worker, |beat, attached| {
                without_lock(attached, || started.wait());
                while !finished.load(Ordering::Relaxed) {
                    work(beat, worker);
                }
            });
        };
        thread::scope(|scope| {
            for worker in 1..=count {
                let run = &run;
                scope.spawn(move || run(worker));
            }
            started.wait();
            self.main.take(|| ());
            let value = act();
            finished.store(true, Ordering::Relaxed);
            self.main.release();
            value
        })
    }

    /// How long `name` takes on this thread, alone or beside others: whoever calls this holds the lock.
    fn calls(&self, name: &str, count: usize) -> Vec<f64> {
        let mut calls = named(name);
        durations(count, || calls.run(&self.main))
    }

    /// How late this thread comes back from sleeps that end at every part of a section of that length, which another one
    /// begins when this one lets go: in a fixed order, as in the script for CPython.
    fn lateness(&self, section: Duration) -> Vec<f64> {
        let late = |place: u32| {
            let asked = Duration::from_millis(1) + section * (place * 7 % PHASES) / PHASES;
            let took = durations(1, || Sleep(asked).run(&self.main));
            took[0] - asked.as_secs_f64()
        };
        (0..PHASES).map(late).collect()
    }

    fn alone(&self, name: &str, count: usize) -> Vec<f64> {
        self.main.take(|| ());
        let found = self.calls(name, count);
        self.main.release();
        found
    }
}

/// The scene of this name.
///
/// # Panics
/// When there is none.
pub(crate) fn play(scene: &str, interval: Nanos, arguments: &[&str]) -> Vec<f64> {
    let number = |index: usize| arguments[index].parse::<f64>().expect("a number");
    match scene {
        "convoy" => convoy(interval, arguments[0], arguments[1].parse().expect("a count")),
        "serial" => serial(interval, arguments[0].parse().expect("a count")),
        "unlocked" => unlocked(),
        "sleepers" => sleepers(interval),
        "released" => released(interval),
        "sections" => sections(interval, Duration::from_secs_f64(number(0))),
        "turns" => turns(interval),
        "outside" => outside(interval),
        "alone" => alone(interval),
        "crowd" => crowd(interval),
        "forced" => forced(interval),
        other => panic!("no scene is called {other}"),
    }
}

fn convoy(interval: Nanos, name: &str, count: usize) -> Vec<f64> {
    let stage = Stage::new(interval);
    let alone = median(stage.alone(name, count));
    let work = |beat: &Beat<'_>, _| compute(&AtomicU64::new(1), beat, 1);
    let beside = stage.beside(1, work, || median(stage.calls(name, count)));
    vec![alone, beside]
}

/// Some turns of a computation whose state is read and written by others, as far as the compiler knows.
fn compute(state: &AtomicU64, beat: &Beat<'_>, turns: u64) {
    let mut own = state.load(Ordering::Relaxed);
    for _ in 0..turns {
        turn(&mut own, beat);
    }
    state.store(own, Ordering::Relaxed);
}

/// Seconds from a barrier on until `threads` threads have done `work` each.
fn timed(gil: Option<&Arc<Gil>>, threads: u32, work: impl Fn(&Beat<'_>, &Attached) + Sync) -> f64 {
    let barrier = Barrier::new(threads as usize + 1);
    let run = |worker| {
        barrier.wait();
        hold(gil, worker, |beat, attached| work(beat, attached));
    };
    let mut start = Instant::now();
    thread::scope(|scope| {
        for worker in 1..=threads {
            let run = &run;
            scope.spawn(move || run(worker));
        }
        barrier.wait();
        start = Instant::now();
    });
    start.elapsed().as_secs_f64()
}

fn count_down(turns: u64) -> impl Fn(&Beat<'_>, &Attached) + Sync {
    move |beat, _| compute(&AtomicU64::new(1), beat, turns)
}

fn serial(interval: Nanos, threads: u32) -> Vec<f64> {
    let gil = Arc::new(Gil::new(interval));
    let alone = timed(Some(&gil), 1, count_down(TURNS));
    vec![timed(Some(&gil), threads, count_down(TURNS / u64::from(threads))) / alone]
}

fn unlocked() -> Vec<f64> {
    let alone = timed(None, 1, count_down(TURNS));
    vec![alone / timed(None, 2, count_down(TURNS / 2))]
}

fn sleepers(interval: Nanos) -> Vec<f64> {
    let gil = Arc::new(Gil::new(interval));
    let sleep = |_: &Beat<'_>, attached: &Attached| {
        without_lock(attached, || thread::sleep(Duration::from_millis(100)));
    };
    vec![timed(Some(&gil), 8, sleep) / 0.1]
}

fn released(interval: Nanos) -> Vec<f64> {
    let gil = Arc::new(Gil::new(interval));
    let block = vec![0_u8; 1 << 20];
    let digest = |count: u32| {
        let block = &block;
        move |_: &Beat<'_>, attached: &Attached| {
            for _ in 0..count {
                black_box(without_lock(attached, || Sha256::digest(block)));
            }
        }
    };
    let alone = timed(Some(&gil), 1, digest(64));
    vec![alone / timed(Some(&gil), 2, digest(32))]
}

fn sections(interval: Nanos, length: Duration) -> Vec<f64> {
    let stage = Stage::new(interval);
    stage.main.take(|| ());
    let alone = median(stage.lateness(length));
    stage.main.release();
    let section = |beat: &Beat<'_>, _| {
        let start = Instant::now();
        while start.elapsed() < length {}
        beat.beat();
    };
    vec![stage.beside(1, section, || median(stage.lateness(length))) - alone]
}

fn turns(interval: Nanos) -> Vec<f64> {
    let stage = Stage::new(interval);
    let counts = [AtomicU64::new(0), AtomicU64::new(0)];
    let work = |beat: &Beat<'_>, worker: u32| {
        compute(&AtomicU64::new(1), beat, 1);
        counts[worker as usize - 1].fetch_add(1, Ordering::Relaxed);
    };
    let act = || {
        let (before, start) = (stage.gil.stats(), Instant::now());
        without_lock(&stage.main, || thread::sleep(Duration::from_secs(1)));
        number(stage.gil.stats().since(before).switches) / start.elapsed().as_secs_f64()
    };
    let switches = stage.beside(2, work, act);
    let [first, second] = counts.map(|count| number(count.into_inner()));
    vec![switches, first / (first + second)]
}

fn outside(interval: Nanos) -> Vec<f64> {
    let (stage, all) = (Stage::new(interval), sched_getaffinity(None).expect("it is known where this thread may run"));
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect();
    // Children run where their parent may when it starts them.
    stay_on(cores[0]);
    let alone = median(stage.alone("echo", 201));
    stay_on(cores[cores.len() - 1]);
    let mut hog = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("a shell");
    stay_on(cores[0]);
    thread::sleep(Duration::from_millis(10));
    let beside = median(stage.alone("echo", 201));
    hog.kill().expect("it runs until now");
    hog.wait().expect("a killed child can be waited for");
    sched_setaffinity(None, &all).expect("it was so before");
    vec![beside / alone]
}

/// Keeps this thread on one core.
fn stay_on(core: usize) {
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(None, &one).expect("a core that it may use");
}

fn alone(interval: Nanos) -> Vec<f64> {
    let wall = |interval| timed(Some(&Arc::new(Gil::new(interval))), 1, count_down(TURNS));
    vec![wall(interval) / wall(Nanos::from_millis(5))]
}

fn crowd(interval: Nanos) -> Vec<f64> {
    let stage = Stage::new(interval);
    let work = |beat: &Beat<'_>, _| compute(&AtomicU64::new(1), beat, 1);
    let slept = stage.beside(2, work, || stage.calls("sleep", 11));
    vec![slept.iter().sum::<f64>() / number(slept.len() as u64)]
}

/// Two computing threads for a second: the check points that were asked to let go and came back without a switch.
fn forced(interval: Nanos) -> Vec<f64> {
    let gil = Arc::new(Gil::new(interval));
    let end = Instant::now() + Duration::from_secs(1);
    let followed_itself = AtomicU64::new(0);
    timed(Some(&gil), 2, |_, attached| {
        while Instant::now() < end {
            let asked = attached.is_requested();
            if asked && !attached.check_point(|| ()) {
                followed_itself.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    vec![number(followed_itself.into_inner())]
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).expect("a scene lasts seconds"))
}
