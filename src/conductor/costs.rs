//! What is known about the cost of work: as declared by the workloads, until an engine has measured it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Calibration;
use crate::results::ResultRow;
use crate::spec::{BackendId, Configuration};
use crate::units::Nanos;

/// What engines have found out about work since the program started, and what follows for work they have not seen.
#[derive(Debug, Clone, Default)]
pub struct Costs {
    measured: Vec<(Configuration, Arc<Calibration>)>,
    /// How long pools of so many workers took to start.
    startups: BTreeMap<(BackendId, u32), Nanos>,
}

impl Costs {
    /// Keeps what an engine found; replaces what was known of the same work.
    pub fn learn(&mut self, configuration: &Configuration, calibration: Arc<Calibration>) {
        self.measured.retain(|(known, _)| !known.same_work(configuration));
        self.measured.push((configuration.baseline(), calibration));
    }

    /// Keeps how long the pool of a configuration took to start.
    pub fn learn_startup(&mut self, configuration: &Configuration, startup: Nanos) {
        self.startups.insert((configuration.backend, configuration.workers), startup);
    }

    /// Keeps how long the latest pool of a row took to start, where it has started.
    pub fn learn_start_of(&mut self, row: &ResultRow) {
        if let Some(startup) = row.startups.last() {
            self.learn_startup(&row.configuration, *startup);
        }
    }

    /// How long the pool of a configuration takes to start: as measured, or in proportion to the measured pool of the
    /// same backend whose number of workers is nearest; `None` before there is one.
    #[must_use]
    pub fn startup(&self, configuration: &Configuration) -> Option<Nanos> {
        let of_backend = self.startups.iter().filter(|((backend, _), _)| *backend == configuration.backend);
        let nearest = of_backend.min_by_key(|((_, workers), _)| workers.abs_diff(configuration.workers));
        nearest.map(|((_, workers), startup)| {
            Nanos::from_seconds(startup.seconds() * f64::from(configuration.workers) / f64::from(*workers))
        })
    }

    /// What an engine found of this work; `None` before one has looked.
    #[must_use]
    pub fn calibration(&self, configuration: &Configuration) -> Option<&Arc<Calibration>> {
        self.measured.iter().find(|(known, _)| known.same_work(configuration)).map(|(_, calibration)| calibration)
    }

    /// Whether engines can plan from what is known. Files may have changed since they were read, so work that reads any
    /// is looked at again in each run.
    #[must_use]
    pub fn holds(&self, configuration: &Configuration) -> bool {
        self.calibration(configuration)
            .is_some_and(|known| known.survey.files.is_empty() && known.survey.lines.is_empty())
    }

    /// How many tasks the work has: as planned, or as asked before it was planned.
    #[must_use]
    pub fn tasks(&self, configuration: &Configuration) -> u64 {
        self.calibration(configuration).map_or_else(|| configuration.tasks(), |known| known.tasks)
    }

    /// What one task takes alone: as measured, or as declared, corrected by how far off the declaration was for other
    /// work of the same workload.
    #[must_use]
    pub fn task_cost(&self, configuration: &Configuration) -> Nanos {
        if let Some(known) = self.calibration(configuration) {
            return known.task_cost;
        }
        let declared = declared(configuration);
        let kin = self.measured.iter().rev().find(|(known, _)| known.workload == configuration.workload);
        kin.map_or(declared, |(known, calibration)| scaled(declared, calibration.task_cost, self::declared(known)))
    }
}

fn declared(configuration: &Configuration) -> Nanos {
    configuration.workload().declared_cost(&configuration.values)
}

/// `span` × `by` / `per`; `span` itself where `per` is nothing.
fn scaled(span: Nanos, by: Nanos, per: Nanos) -> Nanos {
    if per == Nanos::ZERO { span } else { Nanos::from_seconds(span.seconds() * by.seconds() / per.seconds()) }
}
