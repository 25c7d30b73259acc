//! Which worker gets which tasks, and what happens when one dies: pure, from event to orders.
//!
//! Invariants: every task that was handed out is assigned to exactly one living worker, waits as a suspect, is done, or
//! is lost. A worker executes what it was given in order, so its answers must name the front of its assignment.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use crate::child::Cause;
use crate::units::{Nanos, WorkerId};

/// The most tasks on their way to one worker.
const LARGEST_WINDOW: u64 = 256;

/// How much recent work should be on its way to a worker.
const WINDOW_TIME: Nanos = Nanos::from_millis(1);

/// Deaths in a row before any worker got ready, after which starting more of them is pointless.
const BOOT_DEATHS: u32 = 3;

/// How tasks are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many workers there are.
    pub workers: u32,
    /// How many tasks there are.
    pub tasks: u64,
    /// How many are claimed at a time.
    pub chunk: u64,
    /// Tasks on their way per worker; `None` means by recent speed.
    pub in_flight: Option<u64>,
    /// Deaths that one task may cause, beyond the first, before it is given up.
    pub retries: u32,
    /// What a task takes, before anything else is known.
    pub task_cost: Nanos,
}

/// What the pool has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A worker has started and can begin.
    Ready(WorkerId),
    /// A worker has answered `count` tasks from `first` on.
    Done {
        /// Who answered.
        worker: WorkerId,
        /// The first task answered.
        first: u64,
        /// How many.
        count: u64,
    },
    /// A worker has given its account of the sample.
    Reported(WorkerId),
    /// A worker is gone, its socket drained.
    Died {
        /// Which one.
        worker: WorkerId,
        /// How.
        cause: Cause,
    },
}

/// What the pool is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Start a worker in this seat.
    Spawn(WorkerId),
    /// Tell a worker that the sample has begun.
    Begin(WorkerId),
    /// Send these tasks.
    Send {
        /// To whom.
        worker: WorkerId,
        /// Which, consecutive.
        tasks: Range<u64>,
    },
    /// Tell a worker that nothing is left.
    Drain(WorkerId),
    /// End a worker that answers what it was not asked; its death is then to be reported.
    Kill {
        /// Which one.
        worker: WorkerId,
        /// What it did.
        why: String,
    },
    /// A death was dealt with.
    Tell {
        /// Who died.
        worker: WorkerId,
        /// How.
        cause: Cause,
        /// How many tasks run again.
        retried: u64,
    },
    /// A task is given up.
    GiveUp {
        /// Which one.
        task: u64,
        /// How the last worker that had it ended.
        cause: Cause,
    },
    /// No worker can be started: the pool is to fail.
    Fail {
        /// Deaths in a row.
        deaths: u32,
        /// How the last one ended.
        cause: Cause,
    },
}

/// How far a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Started, not ready.
    Booting,
    /// Ready, between samples.
    Waiting,
    /// Gets tasks.
    Working,
    /// Was told that nothing is left.
    Draining,
}

/// One worker as the supervisor knows it.
#[derive(Debug)]
struct Seat {
    phase: Phase,
    assigned: VecDeque<Range<u64>>,
    outstanding: u64,
    /// Whether its only task is one that a dead worker had.
    alone: bool,
    pace: Nanos,
    since: Nanos,
}

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
    boot_deaths: u32,
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
        let seat = || Seat {
            phase: Phase::Booting,
            assigned: VecDeque::new(),
            outstanding: 0,
            alone: false,
            pace: policy.task_cost,
            since: Nanos::ZERO,
        };
        Self {
            seats: (0..policy.workers).map(|_| seat()).collect(),
            policy,
            sampling: false,
            next: 0,
            suspects: VecDeque::new(),
            deaths_with: HashMap::new(),
            settled: 0,
            boot_deaths: 0,
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
        (self.next, self.settled) = (0, 0);
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

    /// What follows from an event.
    #[must_use]
    pub fn on(&mut self, event: Event, now: Nanos) -> Vec<Order> {
        let mut orders = Vec::new();
        match event {
            Event::Ready(worker) => self.ready(worker, now, &mut orders),
            Event::Done { worker, first, count } => self.done(worker, first, count, now, &mut orders),
            Event::Reported(worker) => self.reported(worker, &mut orders),
            Event::Died { worker, cause } => self.died(worker, cause, &mut orders),
        }
        if self.sampling {
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
        self.boot_deaths = 0;
        self.seat(worker).phase = Phase::Waiting;
        if self.sampling {
            self.join(worker, now, orders);
        }
    }

    /// Lets a ready worker take part in the sample.
    fn join(&mut self, worker: WorkerId, now: Nanos, orders: &mut Vec<Order>) {
        orders.push(Order::Begin(worker));
        let seat = self.seat(worker);
        seat.phase = Phase::Working;
        seat.since = now;
        self.supply(worker, orders);
    }

    fn done(&mut self, worker: WorkerId, first: u64, count: u64, now: Nanos, orders: &mut Vec<Order>) {
        if !self.seat(worker).answers(first, count) {
            return orders.push(Order::Kill { worker, why: format!("answered task {first}, which it does not have") });
        }
        let seat = self.seat(worker);
        seat.note_pace(count, now);
        seat.alone = false;
        self.settled += count;
        self.supply(worker, orders);
    }

    fn reported(&mut self, worker: WorkerId, orders: &mut Vec<Order>) {
        let seat = self.seat(worker);
        if seat.phase == Phase::Draining {
            seat.phase = Phase::Waiting;
        } else {
            orders.push(Order::Kill { worker, why: "reported before it was asked".to_owned() });
        }
    }

    fn died(&mut self, worker: WorkerId, cause: Cause, orders: &mut Vec<Order>) {
        let seat = self.seat(worker);
        let was_booting = seat.phase == Phase::Booting;
        let alone = seat.alone;
        let unanswered: Vec<u64> = seat.assigned.drain(..).flatten().collect();
        (seat.phase, seat.outstanding, seat.alone) = (Phase::Booting, 0, false);
        self.deaths += 1;
        self.boot_deaths = if was_booting { self.boot_deaths + 1 } else { 0 };
        if self.boot_deaths >= BOOT_DEATHS {
            return orders.push(Order::Fail { deaths: self.boot_deaths, cause });
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
        let fits = seat.outstanding == 0 || seat.outstanding + chunk <= self.window(seat, left);
        (chunk > 0 && fits).then(|| self.next..self.next + chunk)
    }

    /// How many tasks may be on their way to a worker: two chunks or a millisecond's work, but no more than a fair share
    /// of half of what is left, so that the last tasks spread over all workers.
    fn window(&self, seat: &Seat, left: u64) -> u64 {
        if let Some(fixed) = self.policy.in_flight {
            return fixed;
        }
        let recent = WINDOW_TIME.0 / seat.pace.0.max(1);
        let share = (left + seat.outstanding) / (2 * u64::from(self.policy.workers));
        (2 * self.policy.chunk).max(recent).min(share).min(LARGEST_WINDOW)
    }

    /// Tells workers without tasks that none will come. A suspect that appears later goes to the dead worker's successor.
    fn drain_the_idle(&mut self, orders: &mut Vec<Order>) {
        let exhausted = self.next == self.policy.tasks && self.suspects.is_empty();
        for (worker, seat) in (0..).map(WorkerId).zip(&mut self.seats) {
            if exhausted && seat.phase == Phase::Working && seat.outstanding == 0 {
                seat.phase = Phase::Draining;
                orders.push(Order::Drain(worker));
            }
        }
    }

    fn all_settled(&self) -> bool {
        self.settled == self.policy.tasks
    }
}

impl Seat {
    fn assign(&mut self, tasks: Range<u64>) {
        self.outstanding += tasks.end - tasks.start;
        match self.assigned.back_mut() {
            Some(last) if last.end == tasks.start => last.end = tasks.end,
            _ => self.assigned.push_back(tasks),
        }
    }

    /// Takes answered tasks off the assignment; whether they were its front.
    fn answers(&mut self, first: u64, count: u64) -> bool {
        let Some(front) = self.assigned.front_mut() else { return false };
        let fits =
            self.phase == Phase::Working && count > 0 && front.start == first && count <= front.end - front.start;
        if fits {
            front.start += count;
            self.outstanding -= count;
            if front.is_empty() {
                self.assigned.pop_front();
            }
        }
        fits
    }

    /// Learns what a task takes: the newest answer weighs a quarter.
    fn note_pace(&mut self, count: u64, now: Nanos) {
        let newest = now.since(self.since).0 / count;
        self.pace = Nanos((self.pace.0 * 3 + newest) / 4);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    const W0: WorkerId = WorkerId(0);
    const W1: WorkerId = WorkerId(1);

    fn policy(tasks: u64, chunk: u64) -> Policy {
        Policy { workers: 2, tasks, chunk, in_flight: None, retries: 2, task_cost: Nanos::from_millis(1) }
    }

    fn started(policy: Policy) -> (Supervisor, Vec<Order>) {
        let mut supervisor = Supervisor::new(policy);
        for worker in 0..policy.workers {
            assert_eq!(supervisor.on(Event::Ready(WorkerId(worker)), Nanos(0)), []);
        }
        assert!(supervisor.is_ready());
        let orders = supervisor.begin(Nanos(0));
        (supervisor, orders)
    }

    fn killed(worker: WorkerId) -> Event {
        Event::Died { worker, cause: Cause::Signal(9) }
    }

    #[test]
    fn a_fault_free_sample_hands_out_every_task_once() {
        let (mut supervisor, orders) = started(policy(8, 1));
        assert_eq!(orders[0], Order::Begin(W0));
        assert_eq!(orders[1], Order::Send { worker: W0, tasks: 0..2 });
        assert_eq!(orders[3], Order::Send { worker: W1, tasks: 2..3 });
        let more = supervisor.on(Event::Done { worker: W0, first: 0, count: 2 }, Nanos(2_000_000));
        assert_eq!(more, [Order::Send { worker: W0, tasks: 3..4 }]);
    }

    #[test]
    fn a_dead_workers_tasks_run_again_one_at_a_time() {
        let (mut supervisor, _) = started(Policy { in_flight: Some(3), ..policy(6, 1) });
        let orders = supervisor.on(killed(W0), Nanos(1));
        let told = Order::Tell { worker: W0, cause: Cause::Signal(9), retried: 3 };
        assert_eq!(orders, [told, Order::Spawn(W0)]);
        let orders = supervisor.on(Event::Ready(W0), Nanos(2));
        assert_eq!(orders, [Order::Begin(W0), Order::Send { worker: W0, tasks: 0..1 }]);
        let orders = supervisor.on(Event::Done { worker: W1, first: 3, count: 3 }, Nanos(3));
        assert_eq!(orders, [Order::Send { worker: W1, tasks: 1..2 }]);
    }

    #[test]
    fn a_poison_task_is_given_up_and_the_rest_completes() {
        let mut supervisor = Supervisor::new(Policy { workers: 1, in_flight: Some(8), ..policy(1, 1) });
        let _ = supervisor.on(Event::Ready(W0), Nanos(0));
        let _ = supervisor.begin(Nanos(0));
        let mut given_up = 0;
        // The first death is nobody's fault in particular; then the task alone has three.
        for _ in 0..4 {
            assert_eq!(given_up, 0);
            let orders = supervisor.on(killed(W0), Nanos(1));
            given_up += orders.iter().filter(|order| matches!(order, Order::GiveUp { task: 0, .. })).count();
            let _ = supervisor.on(Event::Ready(W0), Nanos(2));
        }
        assert_eq!(given_up, 1);
        let _ = supervisor.on(Event::Reported(W0), Nanos(3));
        assert!(supervisor.is_finished());
        assert_eq!((supervisor.deaths, supervisor.respawns, supervisor.retried), (4, 4, 3));
    }

    #[test]
    fn workers_that_never_get_ready_fail_the_pool() {
        let mut supervisor = Supervisor::new(policy(4, 1));
        assert!(matches!(supervisor.on(killed(W0), Nanos(0))[..], [Order::Tell { .. }, Order::Spawn(W0)]));
        assert!(matches!(supervisor.on(killed(W1), Nanos(0))[..], [Order::Tell { .. }, Order::Spawn(W1)]));
        assert!(matches!(supervisor.on(killed(W0), Nanos(0))[..], [Order::Fail { deaths: 3, .. }]));
    }

    #[test]
    fn answers_that_were_not_asked_for_are_a_protocol_error() {
        for (first, count) in [(1, 1), (0, 9), (5, 1), (0, 0)] {
            let (mut supervisor, _) = started(policy(8, 1));
            let orders = supervisor.on(Event::Done { worker: W0, first, count }, Nanos(1));
            assert!(matches!(orders[..], [Order::Kill { worker: W0, .. }]), "{first} × {count}: {orders:?}");
        }
        let (mut supervisor, _) = started(policy(8, 1));
        assert!(matches!(supervisor.on(Event::Reported(W0), Nanos(1))[..], [Order::Kill { .. }]));
        assert!(matches!(supervisor.on(Event::Ready(W0), Nanos(1))[..], [Order::Kill { .. }]));
    }

    #[test]
    fn small_tasks_travel_in_crowds_and_the_last_ones_spread() {
        let cheap = Policy { task_cost: Nanos(100), ..policy(10_000, 1) };
        let (_, orders) = started(cheap);
        assert!(orders.contains(&Order::Send { worker: W0, tasks: 0..LARGEST_WINDOW }));
        let (_, orders) = started(Policy { tasks: 8, ..cheap });
        assert!(orders.contains(&Order::Send { worker: W0, tasks: 0..2 }), "{orders:?}");
    }

    proptest! {
        /// Whatever dies whenever: every task is settled exactly once, and the sample ends.
        #[test]
        fn every_task_is_settled_exactly_once(
            tasks in 0_u64..60,
            chunk in 1_u64..9,
            workers in 1_u32..5,
            choices in prop::collection::vec(any::<(u8, u8)>(), 0..400),
        ) {
            let policy = Policy { workers, tasks, chunk, in_flight: None, retries: 1, task_cost: Nanos(50_000) };
            let mut world = World::new(policy);
            for (what, who) in choices {
                world.step(what, who);
            }
            world.run_out();
            assert!(world.supervisor.is_finished());
            assert!(world.settled.iter().all(|times| *times == 1), "{:?}", world.settled);
        }
    }

    /// Workers as the supervisor sees them: each has tasks in order, and may be starting, working or drained.
    struct World {
        supervisor: Supervisor,
        booting: Vec<bool>,
        draining: Vec<bool>,
        given: Vec<VecDeque<u64>>,
        settled: Vec<u32>,
        now: u64,
    }

    impl World {
        fn new(policy: Policy) -> Self {
            let count = policy.workers as usize;
            let (supervisor, orders) = started(policy);
            let mut world = Self {
                supervisor,
                booting: vec![false; count],
                draining: vec![false; count],
                given: vec![VecDeque::new(); count],
                settled: vec![0; usize::try_from(policy.tasks).unwrap()],
                now: 0,
            };
            world.follow(orders);
            world
        }

        fn say(&mut self, event: Event) {
            self.now += 1_000;
            let orders = self.supervisor.on(event, Nanos(self.now));
            self.follow(orders);
        }

        fn follow(&mut self, orders: Vec<Order>) {
            for order in orders {
                match order {
                    Order::Spawn(worker) => self.booting[worker.index()] = true,
                    Order::Send { worker, tasks } => self.given[worker.index()].extend(tasks),
                    Order::Drain(worker) => self.draining[worker.index()] = true,
                    Order::GiveUp { task, .. } => self.settled[usize::try_from(task).unwrap()] += 1,
                    Order::Kill { why, .. } => panic!("{why}"),
                    Order::Begin(_) | Order::Tell { .. } => {}
                    Order::Fail { .. } => unreachable!("no worker dies while it starts"),
                }
            }
        }

        fn step(&mut self, what: u8, who: u8) {
            let place = usize::from(who) % self.given.len();
            let worker = WorkerId(u32::try_from(place).unwrap());
            if self.supervisor.is_finished() {
            } else if self.booting[place] {
                self.booting[place] = false;
                self.say(Event::Ready(worker));
            } else if what < 60 {
                self.given[place].clear();
                self.draining[place] = false;
                self.say(killed(worker));
            } else if let Some(task) = self.given[place].pop_front() {
                self.settled[usize::try_from(task).unwrap()] += 1;
                self.say(Event::Done { worker, first: task, count: 1 });
            } else if self.draining[place] {
                self.draining[place] = false;
                self.say(Event::Reported(worker));
            }
        }

        fn run_out(&mut self) {
            for round in 0..10_000_usize {
                self.step(255, u8::try_from(round % self.given.len()).unwrap());
            }
        }
    }
}
