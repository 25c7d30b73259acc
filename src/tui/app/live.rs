//! What the workers of one configuration do just now, and whether they stand in each other's way: pure.
//!
//! Fed with snapshots of the board. Counters begin anew with each sample, so time is only counted between two snapshots
//! of the same sample, or from the sample's start.

use std::collections::VecDeque;

use crate::board::{Phase, SlotView, Snapshot, State};
use crate::units::{CoreId, Nanos, WorkerId};

/// How much time of sampling the picture covers at most.
const WINDOW: Nanos = Nanos::from_secs(1);

/// How much of it there must be before contention is judged.
const ENOUGH: Nanos = Nanos::from_millis(100);

/// The share of waiting for the lock from which on it counts as contended.
const ON: f64 = 0.10;

/// The share of waiting below which it no longer does.
const OFF: f64 = 0.05;

/// How long a holder is shown at least: a person cannot read faster.
const SHOWN: Nanos = Nanos::from_millis(250);

/// Time per state, by the states' index.
type Times = [Nanos; State::ALL.len()];

/// A stretch of sampling between two snapshots.
#[derive(Debug, Clone)]
struct Slice {
    length: Nanos,
    times: Vec<Times>,
    switches: u64,
}

/// A worker as it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worker {
    /// Which one.
    pub id: WorkerId,
    /// What it does; `None` when its slot says nonsense.
    pub state: Option<State>,
    /// Its process; 0 before it started.
    pub process: u32,
    /// Whether it is shown as the lock's holder; at most one is.
    pub holds: bool,
    /// Whether its process is stopped: then its state is what it was doing.
    pub stopped: bool,
    /// The core it last ran on.
    pub core: CoreId,
    /// Tasks done in this sample.
    pub tasks: u64,
    /// Share of its time in each state over the window, by the states' index; all 0 before there is any.
    pub shares: [f64; State::ALL.len()],
}

/// The picture of one configuration.
#[derive(Debug, Clone, Default)]
pub struct Live {
    slices: VecDeque<Slice>,
    last: Option<Snapshot>,
    contended: bool,
    workers: Vec<Worker>,
    /// When the holder that is shown was first shown.
    holder_since: Option<Nanos>,
    /// Processes that are stopped.
    stopped: Vec<u32>,
}

impl Live {
    /// Takes the board's newest snapshot in.
    pub fn push(&mut self, snapshot: Snapshot) {
        if let Some(slice) = slice(self.last.as_ref(), &snapshot) {
            self.slices.push_back(slice);
            while self.covered().since(self.slices[0].length) >= WINDOW {
                self.slices.pop_front();
            }
        }
        self.judge();
        self.show(&snapshot);
        self.last = Some(snapshot);
    }

    /// Notes which processes are stopped; all others go on.
    pub fn stop(&mut self, processes: &[u32]) {
        self.stopped = processes.to_vec();
        for worker in &mut self.workers {
            worker.stopped = processes.contains(&worker.process);
        }
    }

    /// Notes that nothing runs any more: shares stay, states do not.
    pub fn rest(&mut self) {
        self.contended = false;
        self.holder_since = None;
        for worker in &mut self.workers {
            worker.holds = false;
            worker.state = worker.state.filter(|state| *state == State::Dead).or(Some(State::Idle));
        }
    }

    /// The workers, in the order of their ids.
    #[must_use]
    pub fn workers(&self) -> &[Worker] {
        &self.workers
    }

    /// Whether workers wait for the lock so much that a person should see it.
    #[must_use]
    pub const fn is_contended(&self) -> bool {
        self.contended
    }

    /// The worker that is shown as the lock's holder.
    #[must_use]
    pub fn holder(&self) -> Option<&Worker> {
        self.workers.iter().find(|worker| worker.holds)
    }

    /// How many workers wait for the lock, on average over the window.
    #[must_use]
    pub fn waiting(&self) -> f64 {
        self.workers.iter().map(|worker| worker.shares[State::Gil.index()]).sum()
    }

    /// Cores that could work and do not because of the lock, of `usable` ones of which `busy` are busy.
    #[must_use]
    pub fn lost(&self, busy: f64, usable: f64) -> f64 {
        if self.contended { self.waiting().min(usable - busy).max(0.0) } else { 0.0 }
    }

    /// How often the lock changed hands per second over the window; `None` before there is any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    pub fn switches_per_second(&self) -> Option<f64> {
        let switches: u64 = self.slices.iter().map(|slice| slice.switches).sum();
        (self.covered() > Nanos::ZERO).then(|| switches as f64 / self.covered().seconds())
    }

    fn covered(&self) -> Nanos {
        self.slices.iter().fold(Nanos::ZERO, |sum, slice| sum.plus(slice.length))
    }

    /// Contention with hysteresis, so that it does not flicker around one threshold.
    fn judge(&mut self) {
        if self.covered() < ENOUGH {
            return;
        }
        let all = self.slices.iter().flat_map(|slice| &slice.times);
        let (waiting, total) = all.fold((0.0, 0.0), |(waiting, total), times| {
            (waiting + times[State::Gil.index()].seconds(), total + sum(times).seconds())
        });
        let share = if total > 0.0 { waiting / total } else { 0.0 };
        self.contended = share >= if self.contended { OFF } else { ON };
    }

    fn show(&mut self, snapshot: &Snapshot) {
        let keep = self.keeps_holder(snapshot) || self.is_last_picture(snapshot);
        if !keep {
            self.holder_since = snapshot.slots.iter().any(|slot| slot.holds_gil).then_some(snapshot.taken_at);
        }
        let before = std::mem::take(&mut self.workers);
        let shown = |place: usize| before.get(place).filter(|_| keep);
        let holder = snapshot.slots.iter().position(|slot| slot.holds_gil);
        self.workers = snapshot
            .slots
            .iter()
            .enumerate()
            .map(|(place, slot)| Worker {
                state: state(shown(place).map_or(slot.state, |worker| worker.state), snapshot.phase),
                holds: shown(place).map_or(self.contended && holder == Some(place), |worker| worker.holds),
                ..self.worker(place, slot)
            })
            .collect();
    }

    fn worker(&self, place: usize, slot: &SlotView) -> Worker {
        Worker {
            id: WorkerId(u32::try_from(place).unwrap_or(u32::MAX)),
            process: slot.process,
            state: slot.state,
            holds: false,
            stopped: self.stopped.contains(&slot.process),
            core: slot.core,
            tasks: slot.tasks,
            shares: self.shares(place),
        }
    }

    /// While the lock is contended, holder and states change together, at a pace that can be read.
    fn keeps_holder(&self, snapshot: &Snapshot) -> bool {
        let nobody_new = snapshot.slots.iter().all(|slot| !slot.holds_gil);
        let shown_for = self.holder_since.map(|since| snapshot.taken_at.since(since));
        self.contended
            && self.holder().is_some()
            && self.workers.len() == snapshot.slots.len()
            && shown_for.is_some_and(|time| nobody_new || time < SHOWN)
    }

    /// What was going on until a sample ended says more than that it has ended: it stays until something else goes on.
    fn is_last_picture(&self, snapshot: &Snapshot) -> bool {
        snapshot.phase == Some(Phase::Done) && self.workers.len() == snapshot.slots.len()
    }

    fn shares(&self, place: usize) -> [f64; State::ALL.len()] {
        let mut times = [Nanos::ZERO; State::ALL.len()];
        for worker in self.slices.iter().filter_map(|slice| slice.times.get(place)) {
            for (time, more) in times.iter_mut().zip(worker) {
                *time = time.plus(*more);
            }
        }
        let total = sum(&times).seconds();
        times.map(|time| if total > 0.0 { time.seconds() / total } else { 0.0 })
    }
}

/// A worker that leaves when its work is done says `dead` as well; that is no death to show.
fn state(seen: Option<State>, phase: Option<Phase>) -> Option<State> {
    let is_over = phase == Some(Phase::Done);
    seen.map(|state| if is_over && state == State::Dead { State::Idle } else { state })
}

fn sum(times: &Times) -> Nanos {
    times.iter().fold(Nanos::ZERO, |sum, time| sum.plus(*time))
}

/// What happened since `before`; `None` between samples and where the board says nonsense.
fn slice(before: Option<&Snapshot>, now: &Snapshot) -> Option<Slice> {
    if !matches!(now.phase, Some(Phase::WarmUp | Phase::Sampling)) {
        return None;
    }
    let same = |before: &&Snapshot| {
        before.sample_start == now.sample_start && before.phase == now.phase && before.slots.len() == now.slots.len()
    };
    let before = before.filter(same);
    let start = before.map_or(now.sample_start, |before| before.taken_at);
    let length = now.taken_at.since(start);
    let earlier = |place: usize| before.and_then(|before| before.slots.get(place));
    // Counters that went back belong to a worker that was started anew.
    let gone_by = |(place, slot): (usize, &SlotView)| {
        std::array::from_fn(|state| slot.times[state].since(earlier(place).map_or(Nanos::ZERO, |was| was.times[state])))
    };
    let switches =
        now.slots.iter().enumerate().map(|(place, slot)| {
            slot.gil_switches.saturating_sub(earlier(place).map_or(0, |before| before.gil_switches))
        });
    (length > Nanos::ZERO).then(|| Slice {
        length: Nanos(length.0.min(WINDOW.0)),
        times: now.slots.iter().enumerate().map(gone_by).collect(),
        switches: switches.fold(0, u64::saturating_add),
    })
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
