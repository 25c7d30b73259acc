//! Looking at the work before the first sample: a scout surveys its input and times a task. Pure.

use std::collections::VecDeque;
use std::sync::Arc;

use super::order::{Do, Ending, EngineId};
use super::{Costs, Event};
use crate::engine;
use crate::spec::Configuration;

/// The works of a run that nothing is known of, one after the other.
#[derive(Debug)]
pub(super) struct Scouting {
    /// Sequential configurations, one for each distinct work; the first is being looked at.
    waiting: VecDeque<Configuration>,
    scout: Scout,
    failures: Vec<(Configuration, String)>,
}

/// What the scout does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scout {
    Absent,
    Idle,
    Working { disturbed: bool },
    Leaving,
}

impl Scouting {
    /// The distinct works among `configurations` that engines cannot plan from `costs` alone.
    pub(super) fn new(configurations: &[Configuration], costs: &Costs) -> Self {
        let mut waiting: VecDeque<Configuration> = VecDeque::new();
        for configuration in configurations {
            let is_listed = waiting.iter().any(|work| work.same_work(configuration));
            if !is_listed && !costs.holds(configuration) {
                waiting.push_back(configuration.baseline());
            }
        }
        Self { waiting, scout: Scout::Absent, failures: Vec::new() }
    }

    /// Whether all is known that can be, and the scout is gone.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.scout == Scout::Absent
    }

    /// Why this work cannot be measured; `None` where it can.
    pub(super) fn failure(&self, configuration: &Configuration) -> Option<&str> {
        let failed = self.failures.iter().find(|(work, _)| work.same_work(configuration));
        failed.map(|(_, why)| why.as_str())
    }

    /// The next thing to do, if nothing is going on.
    #[must_use]
    pub(super) fn step(&mut self) -> Vec<Do> {
        let (spawn, work) = match (self.scout, self.waiting.front()) {
            (Scout::Absent, Some(work)) => (Some(Do::Spawn(EngineId::Scout, 1)), work),
            (Scout::Idle, Some(work)) => (None, work),
            (Scout::Idle, None) => {
                self.scout = Scout::Leaving;
                return vec![Do::Finish(EngineId::Scout)];
            }
            _ => return Vec::new(),
        };
        let order = engine::Order::Calibrate { configuration: Box::new(work.clone()), companion: None };
        self.scout = Scout::Working { disturbed: false };
        spawn.into_iter().chain([Do::Send(EngineId::Scout, order)]).collect()
    }

    /// Takes what the scout says.
    #[must_use]
    pub(super) fn said(&mut self, event: engine::Event, costs: &mut Costs) -> Vec<Do> {
        match (self.scout, event) {
            (Scout::Working { disturbed: true }, engine::Event::Calibrated(_)) => {
                self.scout = Scout::Idle;
                Vec::new()
            }
            (Scout::Working { disturbed: false }, engine::Event::Calibrated(found)) => {
                self.scout = Scout::Idle;
                self.learned(Arc::from(found), costs)
            }
            (Scout::Working { .. } | Scout::Idle, engine::Event::Failed { message }) => self.give_up(message),
            (Scout::Leaving | Scout::Absent, _) => Vec::new(),
            _ => self.give_up("protocol error: an answer that nobody had asked for".to_owned()),
        }
    }

    fn learned(&mut self, calibration: Arc<engine::Calibration>, costs: &mut Costs) -> Vec<Do> {
        let Some(work) = self.waiting.pop_front() else { return Vec::new() };
        costs.learn(&work, Arc::clone(&calibration));
        vec![Do::Tell(Event::Calibrated { configuration: Box::new(work), calibration })]
    }

    /// This work cannot be measured; the scout that found that out is not trusted with the next.
    fn give_up(&mut self, why: String) -> Vec<Do> {
        self.failures.extend(self.waiting.pop_front().map(|work| (work, why)));
        self.scout = Scout::Leaving;
        vec![Do::Kill(EngineId::Scout)]
    }

    /// The scout is gone.
    pub(super) fn ended(&mut self, ending: &Ending) {
        if matches!(self.scout, Scout::Working { .. }) {
            let why = format!("the engine died while it timed a task ({ending})");
            self.failures.extend(self.waiting.pop_front().map(|work| (work, why)));
        }
        self.scout = Scout::Absent;
    }

    /// The scout was stopped: what it times now is worth nothing.
    pub(super) fn disturbed(&mut self) {
        if let Scout::Working { disturbed } = &mut self.scout {
            *disturbed = true;
        }
    }

    /// Leaves everything where it is.
    #[must_use]
    pub(super) fn cancel(&mut self) -> Vec<Do> {
        self.waiting.clear();
        if self.scout == Scout::Absent {
            return Vec::new();
        }
        self.scout = Scout::Leaving;
        vec![Do::Kill(EngineId::Scout)]
    }
}
