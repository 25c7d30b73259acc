//! Signals from outside, while workers start, work and wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use partui::board::{Board, SlotView, State};
use partui::machine::clock;
use partui::spec::Transport;
use partui::units::Nanos;
use rustix::process::{Pid, Signal, kill_process};

use crate::Effort;
use crate::ground::{Arena, Ground, Told, WORKERS};
use crate::tally::{Latency, Tally, Watchdog, milliseconds};

/// How many workers there are where times are taken: as many as a small machine has cores for.
const FEW: u32 = 2;

/// How often the board is looked at.
const LOOK: Duration = Duration::from_micros(100);

/// Strikes in each phase, a line of the table for each over each transport.
pub(crate) fn strike(ground: &Ground, long: &Ground, effort: Effort, watchdog: &Watchdog, whole: &mut Tally) {
    for transport in Transport::INTO_PROCESSES {
        for (phase, strike) in PHASES {
            let name = format!("{phase} {}", transport.id());
            let mut tally = Tally::default();
            for victims in (0..effort.rounds).flat_map(|_| [1, 2, WORKERS - 1, WORKERS]) {
                tally.add(watchdog.watch(&name, || strike(ground, transport, victims)));
            }
            println!("{}", tally.line(&name));
            whole.add(tally);
        }
        let name = format!("at work {}", transport.id());
        let mut arena = long.arena(transport, FEW, None);
        let mut tally = Tally::default();
        for round in 0..effort.signals / 2 {
            tally.add(watchdog.watch(&name, || at_work(long, &mut arena, round)));
        }
        println!("{}", tally.line(&name));
        whole.add(tally);
    }
}

type Phase = fn(&Ground, Transport, u32) -> Tally;

const PHASES: [(&str, Phase); 2] = [("starting", while_starting), ("waiting", while_waiting)];

/// Kills workers as soon as they show themselves on the board.
fn while_starting(ground: &Ground, transport: Transport, victims: u32) -> Tally {
    let board = Arc::new(Board::create(WORKERS).expect("memory for a board"));
    let told: Arc<Told> = Arc::default();
    let mut arena = std::thread::scope(|scope| {
        let watched = Arc::clone(&board);
        scope.spawn(move || {
            for place in 0..victims as usize {
                kill(wait_for(&watched, place, |slot| slot.process != 0).process);
            }
        });
        ground.arena_on(Arc::clone(&board), Arc::clone(&told), transport, None)
    });
    let run = arena.pool.run().expect("a pool that survives");
    let mut tally = ground.judge(&run, victims.into(), run.deaths, 0);
    // Those who died before the sample are told of, but not in its account.
    tally.seen = told.deaths.lock().expect("nobody panics with it").len() as u64;
    tally.unseen = tally.seen.abs_diff(victims.into());
    tally
}

/// Kills workers between two samples.
fn while_waiting(ground: &Ground, transport: Transport, victims: u32) -> Tally {
    let mut arena = ground.arena(transport, WORKERS, None);
    let _ = arena.sample();
    arena.pool.processes().into_iter().take(victims as usize).for_each(kill);
    let run = arena.sample();
    ground.judge(&run, victims.into(), victims.into(), 0)
}

/// Kills one worker somewhere in the middle of a sample, and watches for the death to be told of and the next one to work.
fn at_work(ground: &Ground, arena: &mut Arena, round: u32) -> Tally {
    let (board, is_over) = (Arc::clone(&arena.board), AtomicBool::new(false));
    let place = (round % FEW) as usize;
    let begun = clock::now();
    let (run, (killed, works)) = std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let enough = u64::from(round % 17) * ground.tasks / 100;
            let is_far = |slot: &SlotView| slot.since >= begun && slot.tasks >= enough && is_at_work(slot);
            let victim = wait_for(&board, place, is_far).process;
            let killed = clock::now();
            kill(victim);
            let is_next = |slot: &SlotView| slot.process != victim && is_at_work(slot);
            let next = wait_for(&board, place, |slot| is_next(slot) || is_over.load(Ordering::Relaxed));
            (killed, is_next(&next).then(clock::now))
        });
        let run = arena.sample();
        is_over.store(true, Ordering::Relaxed);
        (run, killer.join().expect("a killer that does its work"))
    });
    let mut tally = ground.judge(&run, 1, 1, 0);
    let deaths = arena.told.deaths.lock().expect("nobody panics with it");
    tally.latency = Latency {
        seen: deaths.iter().map(|(_, died)| milliseconds(killed, *died)).collect(),
        works: works.map(|works: Nanos| milliseconds(killed, works)).into_iter().collect(),
    };
    tally
}

fn is_at_work(slot: &SlotView) -> bool {
    slot.state == Some(State::Compute)
}

/// Looks at a worker's slot until it is as wanted.
fn wait_for(board: &Board, place: usize, is_wanted: impl Fn(&SlotView) -> bool) -> SlotView {
    loop {
        let slot = board.snapshot(clock::now()).slots.swap_remove(place);
        if is_wanted(&slot) {
            return slot;
        }
        std::thread::sleep(LOOK);
    }
}

fn kill(process: u32) {
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // One that is gone already has been counted as dead by the pool.
        let _ = kill_process(pid, Signal::KILL);
    }
}
