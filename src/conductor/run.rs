//! One run from the first look at its work to its last sample: a state machine that knows no process and no clock.

use jiff::Timestamp;

use super::order::{Do, EngineId, Happening};
use super::plan::Plan;
use super::sampling::Sampling;
use super::scouting::Scouting;
use super::table::Table;
use super::{Costs, Event, Request};
use crate::results::{ResultRow, RunId, Status, started_at};
use crate::spec::{Baseline, Configuration, RunSettings};

/// A run that goes on.
#[derive(Debug)]
pub(super) struct Run {
    request: Request,
    usable: u32,
    asked_at: Timestamp,
    costs: Costs,
    stage: Stage,
    is_suspended: bool,
    is_cancelled: bool,
}

#[derive(Debug)]
enum Stage {
    Scouting(Scouting),
    Sampling(Box<Sampling>),
}

impl Run {
    /// Takes a run up, on a machine where a process may use `usable` cores; `costs` is what is known of its work.
    #[must_use]
    pub(super) fn begin(mut request: Request, usable: u32, costs: Costs, now: Timestamp) -> (Self, Vec<Do>) {
        if request.configurations.iter().any(Configuration::is_sparing) {
            let once = RunSettings { runs: 1, warmup: 0, min_time: None, baseline: Baseline::None, ..request.settings };
            request.settings = once;
        }
        let scouting = Scouting::new(&request.configurations, &costs);
        let stage = Stage::Scouting(scouting);
        let mut run = Self { request, usable, asked_at: now, costs, stage, is_suspended: false, is_cancelled: false };
        let mut orders = vec![Do::Tell(Event::Preparing)];
        orders.extend(run.go_on());
        (run, orders)
    }

    /// Whether the views know how it ended and no engine is left.
    pub(super) fn is_over(&self) -> bool {
        matches!(&self.stage, Stage::Sampling(sampling) if sampling.is_over())
    }

    /// What is known of work and of starting workers now.
    pub(super) fn into_costs(mut self) -> Costs {
        if let Stage::Sampling(sampling) = &self.stage {
            sampling.teach(&mut self.costs);
        }
        self.costs
    }

    /// Takes what an engine did.
    #[must_use]
    pub(super) fn on(&mut self, happening: Happening) -> Vec<Do> {
        let mut orders = match (&mut self.stage, happening) {
            (Stage::Scouting(scouting), Happening::Said(EngineId::Scout, event)) => {
                scouting.said(event, &mut self.costs)
            }
            (Stage::Scouting(scouting), Happening::Ended(EngineId::Scout, ending)) => {
                scouting.ended(&ending);
                Vec::new()
            }
            (Stage::Sampling(sampling), Happening::Said(EngineId::Row(place), event)) => sampling.said(place, event),
            (Stage::Sampling(sampling), Happening::Ended(EngineId::Row(place), ending)) => {
                sampling.ended(place, &ending)
            }
            // What an engine of another stage had to say came too late.
            _ => Vec::new(),
        };
        orders.extend(self.go_on());
        orders
    }

    /// Ends the run here; finished samples are kept.
    #[must_use]
    pub(super) fn cancel(&mut self) -> Vec<Do> {
        self.is_cancelled = true;
        let mut orders = match &mut self.stage {
            Stage::Scouting(scouting) => scouting.cancel(),
            Stage::Sampling(sampling) => sampling.cancel(),
        };
        orders.extend(self.go_on());
        orders
    }

    /// All engines were stopped.
    pub(super) fn suspend(&mut self) {
        self.is_suspended = true;
        match &mut self.stage {
            Stage::Scouting(scouting) => scouting.disturbed(),
            Stage::Sampling(sampling) => sampling.disturbed(),
        }
    }

    /// All engines go on.
    #[must_use]
    pub(super) fn resume(&mut self) -> Vec<Do> {
        self.is_suspended = false;
        self.go_on()
    }

    /// Begins what comes next wherever nothing goes on.
    fn go_on(&mut self) -> Vec<Do> {
        let mut orders = Vec::new();
        // A cancelled run ends also while its engines are stopped: there is nothing left that would begin.
        while (!self.is_suspended || self.is_cancelled) && !self.is_over() {
            if matches!(&self.stage, Stage::Scouting(scouting) if scouting.is_over()) {
                orders.extend(self.begin_sampling());
            }
            let next = match &mut self.stage {
                Stage::Scouting(scouting) => scouting.step(),
                Stage::Sampling(sampling) => sampling.step(),
            };
            if next.is_empty() {
                break;
            }
            orders.extend(next);
        }
        orders
    }

    fn begin_sampling(&mut self) -> Vec<Do> {
        let Stage::Scouting(scouting) = &self.stage else { return Vec::new() };
        let settings = self.request.settings;
        let plan = Plan::new(&self.request.configurations, settings, &self.costs, self.usable);
        let configurations = plan.places.iter().map(|place| &place.configuration);
        let failures: Vec<Option<String>> =
            configurations.clone().map(|place| scouting.failure(place).map(str::to_owned)).collect();
        let rows = configurations.map(|configuration| self.row(configuration)).collect();
        let mut table = Table::new(rows, self.request.artifact);
        let rows = table.names();
        let started = Event::Started { rows, predicted: plan.predicted, notes: plan.notes.clone() };
        let mut orders = vec![Do::Tell(started)];
        orders.extend(table.changes());
        let mut sampling = Box::new(Sampling::new(&plan, settings, table));
        for (place, failure) in failures.into_iter().enumerate() {
            orders.extend(failure.map(|why| sampling.fail(place, why)).into_iter().flatten());
        }
        if self.is_cancelled {
            orders.extend(sampling.cancel());
        }
        self.stage = Stage::Sampling(sampling);
        orders
    }

    fn row(&self, configuration: &Configuration) -> ResultRow {
        ResultRow {
            run: RunId::unique(self.asked_at),
            started_at: started_at(self.asked_at),
            configuration: configuration.clone(),
            cores_usable: self.usable,
            settings: self.request.settings,
            calibration: self.costs.calibration(configuration).map(|known| (**known).clone()),
            samples: Vec::new(),
            startups: Vec::new(),
            status: Status::Running,
            failure: None,
            lost_with_engine: 0,
            faults_injected: 0,
            engine_died: false,
            suspended: 0,
            baseline_run: None,
            speedup: None,
        }
    }
}
