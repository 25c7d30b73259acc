//! The supervisor alone: events in, orders out, and a world in which workers die at random.

use proptest::prelude::{any, prop, proptest};

use super::seat::LARGEST_WINDOW;
use super::*;

const W0: WorkerId = WorkerId(0);
const W1: WorkerId = WorkerId(1);

fn policy(tasks: u64, chunk: u64) -> Policy {
    Policy { workers: 2, tasks, chunk, in_flight: None, retries: 2, task_cost: Nanos::from_millis(1), claims: false }
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
    assert!(matches!(supervisor.on(killed(W0), Nanos(0))[..], [Order::Tell { .. }, Order::Spawn(W0)]));
    assert_eq!(supervisor.on(Event::Ready(W1), Nanos(0)), []);
    assert!(matches!(supervisor.on(killed(W0), Nanos(0))[..], [Order::Fail { deaths: 3, .. }]));
}

#[test]
fn workers_that_get_ready_but_never_do_anything_fail_the_pool() {
    let (mut supervisor, _) = started(policy(0, 1));
    for _ in 0..2 {
        assert!(matches!(supervisor.on(killed(W0), Nanos(1))[..], [Order::Tell { .. }, Order::Spawn(W0)]));
        assert_eq!(supervisor.on(Event::Ready(W0), Nanos(2)), [Order::Begin(W0), Order::Drain(W0)]);
    }
    assert!(matches!(supervisor.on(killed(W0), Nanos(3))[..], [Order::Fail { deaths: 3, .. }]));
}

#[test]
fn workers_that_are_all_killed_while_they_start_are_replaced() {
    let mut supervisor = Supervisor::new(Policy { workers: 8, ..policy(4, 1) });
    for worker in (0..8).map(WorkerId) {
        assert!(matches!(supervisor.on(killed(worker), Nanos(0))[..], [Order::Tell { .. }, Order::Spawn(_)]));
    }
    for worker in (0..8).map(WorkerId) {
        assert_eq!(supervisor.on(Event::Ready(worker), Nanos(0)), []);
    }
    assert!(supervisor.is_ready());
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

fn claiming(workers: u32, tasks: u64) -> Supervisor {
    let (supervisor, orders) = started(Policy { workers, claims: true, ..policy(tasks, 1) });
    assert_eq!(orders, (0..workers).map(|worker| Order::Begin(WorkerId(worker))).collect::<Vec<_>>());
    supervisor
}

#[test]
fn workers_that_claim_are_drained_after_the_last_result() {
    let mut supervisor = claiming(2, 8);
    assert_eq!(supervisor.on(Event::Exhausted(W0), Nanos(1)), []);
    assert_eq!(supervisor.on(Event::Settled { worker: W0, count: 5 }, Nanos(1)), []);
    assert_eq!(supervisor.on(Event::Settled { worker: W1, count: 3 }, Nanos(1)), [Order::Drain(W0)]);
    assert_eq!(supervisor.on(Event::Exhausted(W1), Nanos(1)), [Order::Drain(W1)]);
    let _ = supervisor.on(Event::Reported(W0), Nanos(2));
    let _ = supervisor.on(Event::Reported(W1), Nanos(2));
    assert!(supervisor.is_finished());
    assert!(matches!(supervisor.on(Event::Exhausted(W1), Nanos(3))[..], [Order::Kill { .. }]));
}

#[test]
fn what_a_dead_worker_had_claimed_runs_again_one_at_a_time() {
    let mut supervisor = claiming(2, 8);
    assert_eq!(supervisor.on(Event::Held { worker: W0, tasks: vec![2, 5] }, Nanos(1)), []);
    let told = Order::Tell { worker: W0, cause: Cause::Signal(9), retried: 2 };
    assert_eq!(supervisor.on(killed(W0), Nanos(1)), [told, Order::Spawn(W0)]);
    let send = |worker, task: u64| Order::Send { worker, tasks: task..task + 1 };
    assert_eq!(supervisor.on(Event::Exhausted(W1), Nanos(1)), [send(W1, 2)]);
    assert_eq!(supervisor.on(Event::Ready(W0), Nanos(1)), [Order::Begin(W0)]);
    assert_eq!(supervisor.on(Event::Exhausted(W0), Nanos(1)), [send(W0, 5)]);
    let done = |worker, first| Event::Done { worker, first, count: 1 };
    assert_eq!(supervisor.on(done(W0, 5), Nanos(2)), []);
    assert_eq!(supervisor.on(Event::Orphaned(vec![7]), Nanos(2)), [send(W0, 7)]);
    assert_eq!(supervisor.on(done(W0, 7), Nanos(2)), []);
    assert_eq!(supervisor.on(done(W1, 2), Nanos(2)), []);
    let orders = supervisor.on(Event::Settled { worker: W1, count: 5 }, Nanos(3));
    assert_eq!(orders, [Order::Drain(W0), Order::Drain(W1)]);
    assert_eq!((supervisor.respawns, supervisor.retried), (1, 3));
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
        let policy = Policy { workers, tasks, chunk, in_flight: None, retries: 1, task_cost: Nanos(50_000), claims: false };
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
    barren: Vec<u32>,
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
            barren: vec![0; count],
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
                Order::Fail { .. } => unreachable!("no three in a row die without a task"),
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
        } else if what < 60 && (self.barren[place] < BARREN_DEATHS - 1 || !self.given[place].is_empty()) {
            self.barren[place] += u32::from(self.given[place].is_empty());
            self.given[place].clear();
            self.draining[place] = false;
            self.say(killed(worker));
        } else if let Some(task) = self.given[place].pop_front() {
            self.settled[usize::try_from(task).unwrap()] += 1;
            self.barren[place] = 0;
            self.say(Event::Done { worker, first: task, count: 1 });
        } else if self.draining[place] {
            (self.draining[place], self.barren[place]) = (false, 0);
            self.say(Event::Reported(worker));
        }
    }

    fn run_out(&mut self) {
        for round in 0..10_000_usize {
            self.step(255, u8::try_from(round % self.given.len()).unwrap());
        }
    }
}
