//! What was computed, and where: only results that agree in all of it are compared.

use super::cells::{Cells, Unreadable};
use crate::results::Cell;
use crate::text::scrub;
use crate::units::Bytes;

/// What was computed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The workload's id.
    pub workload: String,
    /// Input paths, as exports join them; empty means the default input.
    pub input: String,
    /// Tasks of the plan; `None` where nobody has planned.
    pub tasks: Option<u64>,
    /// Work of one task; empty where the workload has no such setting.
    pub size: String,
    /// What a task carried.
    pub payload: Bytes,
    /// Start value of everything generated; empty where the workload has no such setting.
    pub seed: String,
    /// All other settings, `key=value;…`, without what is measured anew in each run.
    pub parameters: String,
    /// The machine.
    pub place: Place,
}

/// A machine, as far as exports tell one from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub host: String,
    /// What its processor calls itself.
    pub cpu_model: String,
    /// Cores that could be used.
    pub cores: u64,
}

/// Settings in `parameters` that are measured, not asked for.
const MEASURED_SETTING: &str = "steps_per_us=";

impl Work {
    pub(super) fn read<F: Fn(&str) -> Option<Cell>>(cells: &Cells<F>) -> Result<Self, Unreadable> {
        let parameters = cells.text("parameters")?;
        let asked: Vec<&str> = parameters.split(';').filter(|one| !one.starts_with(MEASURED_SETTING)).collect();
        Ok(Self {
            workload: cells.text("workload")?,
            input: cells.text("input")?,
            tasks: cells.count("tasks")?,
            size: cells.text("size")?,
            payload: Bytes(cells.count("payload_bytes")?.unwrap_or(0)),
            seed: cells.text("seed")?,
            parameters: asked.join(";"),
            place: Place {
                host: cells.text("host")?,
                cpu_model: cells.text("cpu_model")?,
                cores: cells.count("cores_usable")?.ok_or_else(|| Unreadable::new("cores_usable", "is empty"))?,
            },
        })
    }

    /// What was computed, in a few words: `primes  tasks 1000  size 1000000  seed 42`.
    #[must_use]
    pub fn name(&self) -> String {
        let tasks = self.tasks.map(|tasks| tasks.to_string()).unwrap_or_default();
        let payload = if self.payload > Bytes(0) { self.payload.to_string() } else { String::new() };
        let own = [("tasks", &tasks), ("size", &self.size), ("seed", &self.seed), ("payload", &payload)];
        let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name} {value}"));
        let others = self.parameters.split(';').filter(|one| !one.is_empty()).map(|one| one.replacen('=', " ", 1));
        let input = Some(self.input.clone()).filter(|input| !input.is_empty());
        let all = std::iter::once(self.workload.clone()).chain(own).chain(others).chain(input);
        scrub(&all.collect::<Vec<_>>().join("  ")).into_owned()
    }
}

impl Place {
    /// The machine in a few words: `ana, Intel Xeon, 2 cores`.
    #[must_use]
    pub fn name(&self) -> String {
        let cores = format!("{} {}", self.cores, if self.cores == 1 { "core" } else { "cores" });
        let known = [&self.host, &self.cpu_model, &cores].into_iter().filter(|part| !part.is_empty());
        scrub(&known.map(String::as_str).collect::<Vec<_>>().join(", ")).into_owned()
    }
}
