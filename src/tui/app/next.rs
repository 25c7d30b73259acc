//! The next run: what a person has chosen so far, field by field.
//!
//! Steps are applied at once; what is typed is checked against the field's own range before it is taken. Whether the
//! values fit each other is asked when a run starts.

use std::path::PathBuf;

use super::fields::{self, Field};
use super::stepping;
use crate::conductor::Request;
use crate::results::ResultRow;
use crate::spec::{Configuration, LockScope, Overrides, RunSettings, Transport, Wish};
use crate::tui::actions::Step;
use crate::workload::{About, GilModel, Refusal, Value, Values, WORKLOADS, Workload, by_id};

/// The choices for the next run.
#[derive(Debug, Clone)]
pub struct NextRun {
    /// What to measure.
    pub(super) wish: Wish,
    /// How to measure it.
    pub(super) settings: RunSettings,
    /// How many cores a process may use.
    pub(super) usable: u32,
    /// Settings given at the start, for every workload that has them.
    overrides: Overrides,
    /// Choices for workloads that were left, so that they are there again on return.
    left: Vec<(String, Values, Vec<PathBuf>)>,
}

impl NextRun {
    /// The choices at the start.
    #[must_use]
    pub fn new(wish: Wish, settings: RunSettings, overrides: Overrides, usable: u32) -> Self {
        Self { wish, settings, usable, overrides, left: Vec::new() }
    }

    /// The choices that make a row.
    #[must_use]
    pub fn of(row: &ResultRow) -> Self {
        Self::new(row.configuration.wish(), row.settings, Vec::new(), row.cores_usable)
    }

    /// What was chosen so far.
    #[must_use]
    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    /// How it will be measured.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        self.settings
    }

    /// How many cores a process may use.
    #[must_use]
    pub const fn usable(&self) -> u32 {
        self.usable
    }

    /// What there is to say about the chosen workload; `None` where the registry does not have it.
    #[must_use]
    pub fn about(&self) -> Option<&'static About> {
        by_id(&self.wish.workload).map(Workload::about)
    }

    /// The fields of the chosen workload, top to bottom, the button last.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        fields::of(self.about(), self.wish.fault.is_some())
    }

    /// How tasks reach workers; `None` where there is no choice.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.wish.backend.facts().transport(self.wish.transport)
    }

    /// How the computing part behaves towards the lock; `None` where the workload has none.
    #[must_use]
    pub fn gil_model(&self) -> Option<GilModel> {
        let own = self.about()?.gil_model?;
        Some(self.wish.gil_model.unwrap_or(own))
    }

    /// Chooses how the computing part behaves; the workload's own way is what is usual and not asked for.
    pub(super) fn choose_gil_model(&mut self, model: GilModel) {
        let own = self.about().and_then(|about| about.gil_model);
        self.wish.gil_model = Some(model).filter(|model| Some(*model) != own);
    }

    /// Whether somebody can wait for the lock.
    #[must_use]
    pub fn contends(&self) -> bool {
        self.wish.gil && self.wish.backend.facts().lock == LockScope::Shared
    }

    /// The run as it would be started now.
    ///
    /// # Errors
    /// The first choice that cannot be served.
    pub fn request(&self) -> Result<Request, Refusal> {
        Ok(Request {
            configurations: vec![Configuration::new(self.wish.clone())?],
            settings: self.settings,
            artifact: false,
        })
    }

    /// The run on every backend.
    ///
    /// # Errors
    /// The first choice that cannot be served.
    pub fn request_all(&self) -> Result<Request, Refusal> {
        let on = |backend| Configuration::new(Wish { backend, ..self.wish.clone() });
        let configurations = crate::spec::BackendId::ALL.into_iter().map(on).collect::<Result<_, _>>()?;
        Ok(Request { configurations, settings: self.settings, artifact: false })
    }

    /// What the bottom line calls it: `processes n 2 GIL kill`.
    #[must_use]
    pub fn label(&self) -> String {
        let scales = self.wish.backend.facts().scales;
        let lock = if self.wish.gil { " GIL" } else { "" };
        let fault = self.wish.fault.filter(|_| scales).map(|fault| format!(" {fault}")).unwrap_or_default();
        format!("{} n {}{lock}{fault}", self.wish.backend.id(), if scales { self.wish.workers } else { 1 })
    }

    /// Chooses the workload after this one, or before it; its values are those it had when it was left.
    pub(super) fn step_workload(&mut self, step: Step) {
        let ids: Vec<&str> = WORKLOADS.iter().map(|workload| workload.about().id).collect();
        let next = stepping::neighbour(&ids, &self.wish.workload.as_str(), step).map(str::to_owned);
        if let Some(id) = next {
            self.choose_workload(&id);
        }
    }

    /// Chooses a workload of the registry.
    pub(super) fn choose_workload(&mut self, id: &str) {
        let Some(workload) = by_id(id).filter(|_| id != self.wish.workload) else { return };
        let first = self.first_values(workload.about());
        let values = std::mem::replace(&mut self.wish.values, first);
        let input = std::mem::take(&mut self.wish.input);
        let old = std::mem::replace(&mut self.wish.workload, id.to_owned());
        self.left.push((old, values, input));
        if let Some(place) = self.left.iter().position(|(left, ..)| left == id) {
            (_, self.wish.values, self.wish.input) = self.left.swap_remove(place);
        }
    }

    /// A workload's defaults with the settings that were given at the start.
    fn first_values(&self, about: &About) -> Values {
        let mut values = Values::defaults(about.parameters);
        for (name, text) in &self.overrides {
            let parameter = about.parameters.iter().find(|parameter| parameter.name == name);
            if let Some(value) = parameter.and_then(|parameter| parameter.parse(text).ok()) {
                values.set(name, value);
            }
        }
        values
    }

    /// The value of the workload's parameter in this place.
    #[must_use]
    pub fn value(&self, place: usize) -> Option<&Value> {
        self.wish.values.get(self.about()?.parameters.get(place)?.name)
    }
}
