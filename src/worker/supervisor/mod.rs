//! Which worker gets which tasks, and what happens when one dies: pure, from event to orders.
//!
//! Invariants: every task that was handed out is assigned to exactly one living worker, waits as a suspect, is done, or
//! is lost. A worker executes what it was given in order, so its answers must name the front of its assignment.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use crate::child::Cause;
use crate::units::{Nanos, WorkerId};

use self::seat::{Phase, Seat};

pub use self::dialogue::{Event, Order, Policy};

mod dialogue;
mod seat;
#[cfg(test)]
mod tests;

/// Deaths in a row in one seat that no task is to blame for, after which starting more workers is pointless. Counted by
/// seat, since workers that are all killed at once while they start say nothing about the next ones.
const BARREN_DEATHS: u32 = 3;

/// The keeper of a pool over its samples.
#[derive(Debug)]
pub struct Supervisor {
    policy: Policy,
    seats: Vec<Seat>,
    sampling: bool,
    next: u64,
    suspects: VecDeque<u64>,
    deaths_with: HashMap<u64, u32>,
    settled: u64,
    /// Workers that died in this sample.
    pub deaths: u64,
    /// Workers started in place of dead ones in this sample.
    pub respawns: u64,
    /// Tasks run again in this sample.
    pub retried: u64,
}

impl Supervisor {
    /// A supervisor whose workers are to be started: see [`Supervisor::boot`].
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            seats: (0..policy.workers).map(|_| Seat::new(&policy)).collect(),
            policy,
            sampling: false,
            next: 0,
            suspects: VecDeque::new(),
            deaths_with: HashMap::new(),
            settled: 0,
            deaths: 0,
            respawns: 0,
            retried: 0,
        }
    }

    /// Starts all workers.
    #[must_use]
    pub fn boot(&self) -> Vec<Order> {
        (0..self.policy.workers).map(|worker| Order::Spawn(WorkerId(worker))).collect()
    }

    /// Whether no worker is still starting.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.seats.iter().all(|seat| seat.phase != Phase::Booting)
    }

    /// Starts a sample at `now`; all workers must be ready.
    #[must_use]
    pub fn begin(&mut self, now: Nanos) -> Vec<Order> {
        self.sampling = true;
        // Of tasks that workers claim by themselves, none is left to hand out.
        (self.next, self.settled) = (if self.policy.claims { self.policy.tasks } else { 0 }, 0);
        (self.deaths, self.respawns, self.retried) = (0, 0, 0);
        self.suspects.clear();
        self.deaths_with.clear();
        let mut orders = Vec::new();
        for worker in 0..self.policy.workers {
            self.join(WorkerId(worker), now, &mut orders);
        }
        self.drain_the_idle(&mut orders);
        orders
    }

    /// Whether the sample is over: every task settled, every worker's account in.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.all_settled() && self.seats.iter().all(|seat| seat.phase == Phase::Waiting)
    }

    /// Whether something is to be heard of a worker: a result, or its account of the sample.
    #[must_use]
    pub fn owes(&self, worker: WorkerId) -> bool {
        let seat = &self.seats[worker.index()];
        seat.phase == Phase::Draining || seat.phase == Phase::Working && !seat.is_idle()
    }

    /// What follows from an event.
    #[must_use]
    pub fn on(&mut self, event: Event, now: Nanos) -> Vec<Order> {
        let mut orders = Vec::new();
        match event {
            Event::Ready(worker) => self.ready(worker, now, &mut orders),
            Event::Done { worker, first, count } => self.done(worker, first, count, now, &mut orders),
            Event::Settled { worker, count } => {
                self.seat(worker).barren = 0;
                self.settled += count;
            }
            Event::Exhausted(worker) => self.exhausted(worker, &mut orders),
            Event::Held { worker, tasks } => tasks.into_iter().for_each(|it| self.seat(worker).assign(it..it + 1)),
            Event::Orphaned(tasks) => {
                self.retried += tasks.len() as u64;
                self.suspects.extend(tasks);
            }
            Event::Reported(worker) => self.reported(worker, &mut orders),
            Event::Died { worker, cause } => self.died(worker, cause, &mut orders),
        }
        if self.sampling {
            self.supply_the_idle(&mut orders);
            self.drain_the_idle(&mut orders);
            self.sampling = !self.is_finished();
        }
        orders
    }

    fn seat(&mut self, worker: WorkerId) -> &mut Seat {
        &mut self.seats[worker.index()]
    }

    fn ready(&mut self, worker: WorkerId, now: Nanos, orders: &mut Vec<Order>) {
        if self.seat(worker).phase != Phase::Booting {
            return orders.push(Order::Kill { worker, why: "was ready twice".to_owned() });
        }
        self.seat(worker).phase = Phase::Waiting;
        if self.sampling {
            self.join(worker, now, orders);
        }
    }

    /// Lets a ready worker take part in the sample.
    fn join(&mut self, worker: WorkerId, now: Nanos, orders: &mut Vec<Order>) {
        orders.push(Order::Begin(worker));
        let claims = self.policy.claims;
        let seat = self.seat(worker);
        seat.phase = Phase::Working;
        seat.since = now;
        seat.claiming = claims;
        if !claims {
            self.supply(worker, orders);
        }
    }

    fn done(&mut self, worker: WorkerId, first: u64, count: u64, now: Nanos, orders: &mut Vec<Order>) {
        if !self.seat(worker).answers(first, count) {
            return orders.push(Order::Kill { worker, why: format!("answered task {first}, which it does not have") });
        }
        let seat = self.seat(worker);
        seat.note_pace(count, now);
        (seat.alone, seat.barren) = (false, 0);
        self.settled += count;
        self.supply(worker, orders);
    }

    fn exhausted(&mut self, worker: WorkerId, orders: &mut Vec<Order>) {
        let seat = self.seat(worker);
        if !std::mem::take(&mut seat.claiming) {
            orders.push(Order::Kill { worker, why: "stopped claiming twice".to_owned() });
        }
    }

    fn reported(&mut self, worker: WorkerId, orders: &mut Vec<Order>) {
        let seat = self.seat(worker);
        if seat.phase == Phase::Draining {
            (seat.phase, seat.barren) = (Phase::Waiting, 0);
        } else {
            orders.push(Order::Kill { worker, why: "reported before it was asked".to_owned() });
        }
    }

    fn died(&mut self, worker: WorkerId, cause: Cause, orders: &mut Vec<Order>) {
        let seat = self.seat(worker);
        let unanswered: Vec<u64> = seat.assigned.drain(..).flatten().collect();
        seat.barren += u32::from(unanswered.is_empty());
        let (alone, barren) = (seat.alone, seat.barren);
        (seat.phase, seat.outstanding, seat.alone, seat.claiming) = (Phase::Booting, 0, false, false);
        self.deaths += 1;
        if barren >= BARREN_DEATHS {
            return orders.push(Order::Fail { deaths: barren, cause });
        }
        let mut retried = 0;
        for task in unanswered {
            if alone && self.is_poison(task) {
                self.settled += 1;
                orders.push(Order::GiveUp { task, cause: cause.clone() });
            } else {
                self.suspects.push_back(task);
                retried += 1;
            }
        }
        self.retried += retried;
        self.respawns += 1;
        orders.push(Order::Tell { worker, cause, retried });
        orders.push(Order::Spawn(worker));
    }

    /// Counts a death that `task` alone is to blame for; whether it has caused too many.
    fn is_poison(&mut self, task: u64) -> bool {
        let deaths = self.deaths_with.entry(task).or_default();
        *deaths += 1;
        *deaths > self.policy.retries
    }

    /// Fills a worker's window. A suspect gets a worker for itself, so that only one task is to blame for a death.
    fn supply(&mut self, worker: WorkerId, orders: &mut Vec<Order>) {
        if self.seat(worker).outstanding == 0
            && let Some(task) = self.suspects.pop_front()
        {
            let seat = self.seat(worker);
            seat.alone = true;
            seat.assign(task..task + 1);
            return orders.push(Order::Send { worker, tasks: task..task + 1 });
        }
        if self.seat(worker).alone {
            return;
        }
        let first = self.next;
        while let Some(claim) = self.next_claim(worker) {
            self.next = claim.end;
            self.seat(worker).assign(claim);
        }
        if self.next > first {
            orders.push(Order::Send { worker, tasks: first..self.next });
        }
    }

    /// The next chunk for a worker, if its window has room for it.
    fn next_claim(&self, worker: WorkerId) -> Option<Range<u64>> {
        let left = self.policy.tasks - self.next;
        let seat = &self.seats[worker.index()];
        let chunk = self.policy.chunk.min(left);
        let fits = seat.outstanding == 0 || seat.outstanding + chunk <= seat.window(&self.policy, left);
        (chunk > 0 && fits).then(|| self.next..self.next + chunk)
    }

    /// Gives workers that have stopped claiming the tasks that dead ones had.
    fn supply_the_idle(&mut self, orders: &mut Vec<Order>) {
        let idle = |seat: &Seat| seat.is_idle();
        while !self.suspects.is_empty()
            && self.policy.claims
            && let Some(worker) = (0..).map(WorkerId).zip(&self.seats).find_map(|(it, seat)| idle(seat).then_some(it))
        {
            self.supply(worker, orders);
        }
    }

    /// Tells workers without tasks that none will come. A suspect that appears later goes to the dead worker's successor;
    /// where workers claim by themselves, nobody may be left to claim, so all wait for the last result.
    fn drain_the_idle(&mut self, orders: &mut Vec<Order>) {
        let exhausted = self.next == self.policy.tasks && self.suspects.is_empty();
        let over = if self.policy.claims { self.all_settled() } else { exhausted };
        for (worker, seat) in (0..).map(WorkerId).zip(&mut self.seats) {
            if over && seat.is_idle() {
                seat.phase = Phase::Draining;
                orders.push(Order::Drain(worker));
            }
        }
    }

    fn all_settled(&self) -> bool {
        self.settled == self.policy.tasks
    }
}
