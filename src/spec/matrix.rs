//! Every combination of the listed values, once each.

use std::path::PathBuf;

use super::{BackendId, Chunk, Configuration, Transport, Wish};
use crate::fault::Fault;
use crate::units::{Bytes, Nanos};
use crate::workload::{About, GilModel, ParameterError, Refusal, Values, WORKLOADS, by_id};

/// Settings of workloads that somebody gave, by parameter name, as written.
pub type Overrides = Vec<(String, String)>;

/// Lists of values; each combination is a configuration.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// Workload ids.
    pub workloads: Vec<String>,
    /// How many bytes are moved to each task and back.
    pub payload: Bytes,
    /// Backends.
    pub backends: Vec<BackendId>,
    /// Numbers of workers.
    pub workers: Vec<u32>,
    /// Lock settings.
    pub gil: Vec<bool>,
    /// Transports.
    pub transports: Vec<Transport>,
    /// The lock's model; `None` means each workload's own.
    pub gil_model: Option<GilModel>,
    /// The switch interval.
    pub switch_interval: Nanos,
    /// The chunk.
    pub chunk: Chunk,
    /// Tasks on their way per worker process.
    pub in_flight: Option<u32>,
    /// Retries after deaths of workers.
    pub retries: u32,
    /// The time limit of a task.
    pub task_timeout: Option<Nanos>,
    /// What is to go wrong on purpose.
    pub fault: Option<Fault>,
    /// Input paths.
    pub input: Vec<PathBuf>,
    /// Workload parameters; each goes to the workloads that have it.
    pub overrides: Overrides,
}

impl Matrix {
    /// All combinations, without those that coincide once meaningless settings are dropped.
    ///
    /// # Errors
    /// The first setting that cannot be served: a value out of range, or a parameter that none of the workloads has.
    pub fn configurations(&self) -> Result<Vec<Configuration>, Refusal> {
        self.every_override_is_known()?;
        let mut found: Vec<Configuration> = Vec::new();
        for workload in &self.workloads {
            let values = self.values_of(workload)?;
            for wish in self.wishes(workload, &values) {
                let configuration = Configuration::new(wish)?;
                if !found.contains(&configuration) {
                    found.push(configuration);
                }
            }
        }
        Ok(found)
    }

    fn wishes<'a>(&'a self, workload: &'a str, values: &'a Values) -> impl Iterator<Item = Wish> + 'a {
        let combinations = self.backends.iter().flat_map(move |&backend| {
            self.workers.iter().flat_map(move |&workers| {
                self.gil.iter().flat_map(move |&gil| {
                    self.transports.iter().map(move |&transport| (backend, workers, gil, transport))
                })
            })
        });
        combinations.map(move |(backend, workers, gil, transport)| Wish {
            workload: workload.to_owned(),
            values: values.clone(),
            input: self.input.clone(),
            payload: self.payload,
            backend,
            workers,
            gil,
            gil_model: self.gil_model,
            switch_interval: self.switch_interval,
            transport,
            chunk: self.chunk,
            in_flight: self.in_flight,
            retries: self.retries,
            task_timeout: self.task_timeout,
            fault: self.fault,
        })
    }

    fn values_of(&self, workload: &str) -> Result<Values, Refusal> {
        let table = by_id(workload).map_or(&[][..], |known| known.about().parameters);
        let mut values = Values::defaults(table);
        for (name, text) in &self.overrides {
            if let Some(parameter) = table.iter().find(|parameter| parameter.name == name) {
                values.set(name, parameter.parse(text)?);
            }
        }
        Ok(values)
    }

    fn every_override_is_known(&self) -> Result<(), Refusal> {
        let known = |name: &str| {
            self.workloads
                .iter()
                .filter_map(|id| by_id(id))
                .any(|workload| workload.about().parameters.iter().any(|parameter| parameter.name == name))
        };
        match self.overrides.iter().find(|(name, _)| !known(name)) {
            None => Ok(()),
            Some((name, value)) => Err(Refusal {
                flag: name.clone(),
                value: value.clone(),
                allowed: format!("{} has no such setting{}", self.workloads.join(", "), owners(name)),
            }),
        }
    }
}

/// Which workloads have a setting, as the end of a sentence that says which has not.
fn owners(setting: &str) -> String {
    let has = |about: &About| about.parameters.iter().any(|parameter| parameter.name == setting);
    let owners: Vec<&str> = WORKLOADS.iter().map(|known| known.about()).filter(|it| has(it)).map(|it| it.id).collect();
    if owners.is_empty() { String::new() } else { format!("; it is one of {}", owners.join(", ")) }
}

impl From<ParameterError> for Refusal {
    fn from(error: ParameterError) -> Self {
        Self { flag: error.name.to_owned(), value: error.value, allowed: format!("allowed is {}", error.allowed) }
    }
}
