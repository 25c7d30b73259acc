//! The samples of a run: whose turn it is, what its engine is told, what becomes of the answer. Pure.
//!
//! Invariant: one engine works at a time; the others wait for their turn, are gone or are going, and nothing new begins
//! while one is going, so that no sample is disturbed by another configuration.

use std::collections::VecDeque;

use super::losses::{Moment, death, lost_tasks, lost_worker};
use super::order::{Beginning, Do, Ending, EngineId};
use super::pace::{Pace, done};
use super::plan::Plan;
use super::seats::{Presence, Seats};
use super::table::Table;
use super::{Costs, Event};
use crate::engine;
use crate::results::Status;
use crate::spec::{Rounds, RunSettings, Turn};
use crate::units::Nanos;

/// A minimum time does not ask for more samples than this of one configuration: its figures would not get any better.
const MOST_SAMPLES: usize = 1_000;

/// When a run has reported more faults than this, the engine that goes on with it is flooding.
const MOST_FAULTS: u32 = 10_000;

/// The samples of a run.
#[derive(Debug)]
pub(super) struct Sampling {
    settings: RunSettings,
    stays: bool,
    table: Table,
    seats: Seats,
    faults: u32,
    /// Strikes in the sample that is being taken. One that is taken again takes them along.
    struck: u64,
    rounds: Rounds,
    /// The samples to take before the next turn, the first of them now: a turn, and before it the warm-ups of an engine
    /// that does not stay.
    visit: VecDeque<Turn>,
    activity: Activity,
    pace: Pace,
    /// How long the engine of each place should take to start.
    starts: Vec<Nanos>,
    is_cancelled: bool,
    is_over: bool,
}

/// What the engine whose turn it is does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Nothing,
    Starting { disturbed: bool },
    Sampling { disturbed: bool },
}

impl Sampling {
    /// The samples of a plan whose rows are in `table`.
    pub(super) fn new(plan: &Plan, settings: RunSettings, table: Table) -> Self {
        let in_rounds = RunSettings { warmup: if plan.stays { settings.warmup } else { 0 }, ..settings };
        Self {
            settings,
            stays: plan.stays,
            table,
            seats: Seats::new(plan.places.iter().map(|place| place.configuration.workers)),
            faults: 0,
            struck: 0,
            rounds: Rounds::new(plan.places.len(), in_rounds),
            visit: VecDeque::new(),
            activity: Activity::Nothing,
            pace: Pace::new(plan.places.iter().map(|place| place.sample).collect()),
            starts: plan.places.iter().map(|place| place.start).collect(),
            is_cancelled: false,
            is_over: false,
        }
    }

    /// Whether the views know how it ended and no engine is left.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Passes on how long the pools took to start.
    pub(super) fn teach(&self, costs: &mut Costs) {
        (0..self.table.len()).for_each(|place| costs.learn_start_of(self.table.row(place)));
    }

    /// Ends a configuration that cannot be measured.
    #[must_use]
    pub(super) fn fail(&mut self, place: usize, why: String) -> Vec<Do> {
        let row = self.table.row(place).run.clone();
        let mut orders = vec![Do::Tell(Event::Fault { row, text: why.clone() })];
        self.table.fail(place, why);
        self.drop_place(place);
        orders.extend(self.table.changes());
        orders
    }

    /// The next thing to do, if nothing is going on.
    #[must_use]
    pub(super) fn step(&mut self) -> Vec<Do> {
        if self.activity != Activity::Nothing || self.seats.any(Presence::Leaving) || self.is_over {
            return Vec::new();
        }
        match self.next_turn() {
            Some(turn) if self.seats.presence(turn.configuration) == Presence::Absent => self.start(turn),
            Some(turn) => self.sample(turn),
            None => self.wind_up(),
        }
    }

    fn next_turn(&mut self) -> Option<Turn> {
        if self.visit.is_empty() {
            let turn = self.rounds.next_turn()?;
            let warmups = if self.stays { 0 } else { self.settings.warmup };
            self.visit.extend((0..warmups).map(|sample| Turn { sample, warmup: true, ..turn }));
            self.visit.push_back(turn);
        }
        self.visit.front().copied()
    }

    fn start(&mut self, turn: Turn) -> Vec<Do> {
        let place = turn.configuration;
        let Some(calibration) = self.table.calibration(place) else {
            return self.fail(place, "nothing is known of its work".to_owned());
        };
        let order = engine::Order::Configure {
            configuration: Box::new(self.table.row(place).configuration.clone()),
            calibration: Box::new(calibration.clone()),
            companion: None,
            artifact: self.table.lacks_artifact(place),
        };
        self.activity = Activity::Starting { disturbed: false };
        vec![self.seats.fill(place), Do::Send(EngineId::Row(place), order)]
    }

    fn sample(&mut self, turn: Turn) -> Vec<Do> {
        self.activity = Activity::Sampling { disturbed: false };
        self.struck = 0;
        let engine = EngineId::Row(turn.configuration);
        let planned = if turn.warmup { self.settings.warmup } else { self.settings.runs };
        let beginning = Beginning {
            engine,
            row: self.table.row(turn.configuration).run.clone(),
            sample: turn.sample + 1,
            of: planned.max(turn.sample + 1),
            warmup: turn.warmup,
        };
        let order = engine::Order::Sample { sample: turn.sample, warmup: turn.warmup };
        vec![Do::TellSampling(beginning), Do::Send(engine, order)]
    }

    /// No turn is left: engines that still wait are sent home, then the run is over.
    fn wind_up(&mut self) -> Vec<Do> {
        let mut orders = self.seats.send_all_home();
        if orders.is_empty() {
            self.is_over = true;
            orders.push(Do::Tell(Event::Finished { cancelled: self.is_cancelled }));
        }
        orders
    }

    /// Takes what an engine says.
    #[must_use]
    pub(super) fn said(&mut self, place: usize, event: engine::Event) -> Vec<Do> {
        if self.seats.presence(place) != Presence::Alive {
            return Vec::new();
        }
        let turn = self.visit.front().copied().filter(|turn| turn.configuration == place);
        match (self.activity, turn, event) {
            (_, _, engine::Event::Fault { worker, cause, retried }) => {
                self.fault(place, lost_worker(worker, &cause, retried))
            }
            (_, _, engine::Event::Struck { .. }) => {
                self.struck += 1;
                Vec::new()
            }
            (_, _, engine::Event::Failed { message }) => self.give_up(place, message),
            (Activity::Starting { disturbed }, Some(_), engine::Event::Ready { startup, .. }) => {
                self.ready(place, startup, disturbed)
            }
            (Activity::Sampling { disturbed }, Some(turn), engine::Event::Sample(sample))
                if (sample.sample, sample.warmup) == (turn.sample, turn.warmup) =>
            {
                if disturbed || sample.surroundings.suspended {
                    self.take_again(place)
                } else {
                    self.take(turn, *sample)
                }
            }
            _ => self.give_up(place, "protocol error: an answer that nobody had asked for".to_owned()),
        }
    }

    fn fault(&mut self, place: usize, text: String) -> Vec<Do> {
        self.faults += 1;
        if self.faults > MOST_FAULTS {
            return self.give_up(place, format!("protocol error: more than {MOST_FAULTS} faults"));
        }
        vec![Do::Tell(Event::Fault { row: self.table.row(place).run.clone(), text })]
    }

    fn ready(&mut self, place: usize, startup: Nanos, disturbed: bool) -> Vec<Do> {
        self.activity = Activity::Nothing;
        if !disturbed {
            self.table.started(place, startup);
        }
        self.table.changes()
    }

    /// The sample was stopped on its way: the same turn comes again.
    fn take_again(&mut self, place: usize) -> Vec<Do> {
        self.activity = Activity::Nothing;
        self.table.disturbed(place);
        self.table.changes()
    }

    fn take(&mut self, turn: Turn, sample: engine::Sample) -> Vec<Do> {
        let place = turn.configuration;
        let lost = lost_tasks(&sample);
        self.activity = Activity::Nothing;
        self.visit.pop_front();
        self.rounds.sampled(turn, sample.wall);
        self.pace.sampled(place, sample.wall);
        self.table.struck(place, std::mem::take(&mut self.struck));
        self.table.take(place, sample);
        let mut orders = match lost {
            Some(why) if turn.warmup => self.fault(place, why),
            Some(why) => self.give_up(place, why),
            None => Vec::new(),
        };
        orders.extend(self.after_sample(place));
        orders
    }

    /// Ends the row that has all it needs, sends the engine home that is not needed again, and tells how far the run is.
    fn after_sample(&mut self, place: usize) -> Vec<Do> {
        let is_complete = self.is_complete(place);
        if is_complete {
            self.table.complete(place);
            self.rounds.drop_configuration(place);
        }
        let mut orders = self.table.changes();
        let is_alive = self.seats.presence(place) == Presence::Alive;
        if is_alive && self.visit.is_empty() && (is_complete || !self.stays) {
            orders.push(self.seats.send_home(place));
        }
        orders.extend(self.progress());
        orders
    }

    /// Whether a configuration has no turn left, nor gets one because it was sampled too short.
    fn is_complete(&self, place: usize) -> bool {
        let mut turns = self.rounds.remaining().chain(&self.visit);
        let is_often_enough = self.table.row(place).samples.len() >= MOST_SAMPLES;
        let is_long_enough = self.settings.min_time.is_none_or(|least| self.table.sampled(place) >= least);
        (is_long_enough || is_often_enough) && turns.all(|turn| turn.configuration != place)
    }

    fn progress(&self) -> Option<Do> {
        let spent = self.pace.spent()?;
        let left = (0..self.table.len()).map(|place| self.time_left(place)).fold(Nanos::ZERO, Nanos::plus);
        Some(Do::Tell(Event::Progress { done: done(spent, left), left: Some(left) }))
    }

    fn time_left(&self, place: usize) -> Nanos {
        if self.table.row(place).status != Status::Running {
            return Nanos::ZERO;
        }
        let is_own = |turn: &&Turn| turn.configuration == place;
        let turns = self.rounds.remaining().filter(is_own).count() as u64;
        let per_turn = if self.stays { 1 } else { 1 + u64::from(self.settings.warmup) };
        let visit = self.visit.iter().filter(is_own).count() as u64;
        let sample = self.pace.sample(place);
        let planned = Nanos(sample.0.saturating_mul(turns.saturating_mul(per_turn) + visit));
        let planned = planned.plus(Nanos(self.starts[place].0.saturating_mul(self.starts_left(place, turns))));
        let short = self.settings.min_time.map_or(Nanos::ZERO, |least| least.since(self.table.sampled(place)));
        planned.max(short)
    }

    /// How often the engine of a place that has so many turns after this visit will start.
    fn starts_left(&self, place: usize, turns: u64) -> u64 {
        match (self.stays, self.seats.presence(place)) {
            (true, Presence::Alive) => 0,
            (true, _) => 1,
            (false, _) => turns,
        }
    }

    /// A configuration whose engine is alive cannot go on.
    fn give_up(&mut self, place: usize, why: String) -> Vec<Do> {
        let mut orders = vec![self.seats.kill(place)];
        orders.extend(self.fail(place, why));
        orders
    }

    fn drop_place(&mut self, place: usize) {
        self.rounds.drop_configuration(place);
        if self.visit.front().is_some_and(|turn| turn.configuration == place) {
            self.visit.clear();
            self.activity = Activity::Nothing;
        }
    }

    /// An engine is gone, as it should be or not.
    #[must_use]
    pub(super) fn ended(&mut self, place: usize, ending: &Ending) -> Vec<Do> {
        if self.seats.vacate(place) != Presence::Alive {
            return Vec::new();
        }
        let moment = self.moment(place);
        let why = death(moment, ending);
        self.table.struck(place, std::mem::take(&mut self.struck));
        self.table.engine_died(place, moment.tasks_lost());
        let mut orders = self.fail(place, why);
        orders.extend(self.progress());
        orders
    }

    /// When an engine died that nobody had sent away.
    fn moment(&self, place: usize) -> Moment {
        let is_its_turn = self.visit.front().is_some_and(|turn| turn.configuration == place);
        let tasks = self.table.calibration(place).map_or(0, |known| known.tasks);
        match self.activity {
            Activity::Starting { .. } if is_its_turn => Moment::Starting,
            Activity::Sampling { .. } if is_its_turn => Moment::Sampling { tasks },
            _ => Moment::Waiting,
        }
    }

    /// All engines were stopped: what is measured now is worth nothing.
    pub(super) fn disturbed(&mut self) {
        if let Activity::Starting { disturbed } | Activity::Sampling { disturbed } = &mut self.activity {
            *disturbed = true;
        }
    }

    /// Stops here, keeping the samples that are in.
    #[must_use]
    pub(super) fn cancel(&mut self) -> Vec<Do> {
        self.is_cancelled = true;
        self.table.cancel();
        (0..self.table.len()).for_each(|place| self.drop_place(place));
        let mut orders = self.seats.kill_all();
        orders.extend(self.table.changes());
        orders
    }
}
