//! Stepping a field's value to the one above or below, with one key.

use super::fields::Field;
use super::next::NextRun;
use crate::fault::{Fault, FaultKind};
use crate::spec::{BackendId, Chunk, LONGEST_PAYLOAD, MAX_WORKERS, Order};
use crate::tui::actions::Step;
use crate::units::{Bytes, Nanos};
use crate::workload::{GilModel, ParameterKind, Value};

/// Steps of the switch interval.
pub(super) const INTERVALS: [Nanos; 4] =
    [Nanos::from_micros(100), Nanos::from_millis(1), Nanos::from_millis(5), Nanos::from_millis(50)];

const PAYLOADS: [Bytes; 6] =
    [Bytes(0), Bytes(4 << 10), Bytes(64 << 10), Bytes(1 << 20), Bytes(16 << 20), LONGEST_PAYLOAD];
const RUNS: [u64; 7] = [1, 3, 5, 10, 20, 50, 100];
const WARMUPS: [u64; 5] = [0, 1, 2, 3, 5];
const CHUNKS: [u64; 8] = [0, 1, 2, 4, 8, 16, 64, 256];

impl NextRun {
    /// Steps a field to the preset above or below; nothing happens past the last.
    pub(super) fn step(&mut self, field: Field, step: Step) {
        match field {
            Field::Workload => self.step_workload(step),
            Field::Parameter(place) => self.step_parameter(place, step),
            Field::Backend => {
                self.wish.backend = neighbour(&BackendId::ALL, &self.wish.backend, step).unwrap_or(self.wish.backend);
            }
            Field::Payload => {
                self.wish.payload = preset(&PAYLOADS, self.wish.payload, step).unwrap_or(self.wish.payload);
            }
            Field::Gil => self.wish.gil = !self.wish.gil,
            Field::GilModel => {
                if let Some(model) = self.gil_model().and_then(|model| neighbour(&GilModel::ALL, &model, step)) {
                    self.choose_gil_model(model);
                }
            }
            Field::Transport => {
                let own = self.wish.backend.facts().transports;
                let next = self.transport().and_then(|transport| neighbour(own, &transport, step));
                self.wish.transport = next.unwrap_or(self.wish.transport);
            }
            Field::Order => {
                self.settings.order = match self.settings.order {
                    Order::Interleaved => Order::Sequential,
                    Order::Sequential => Order::Interleaved,
                };
            }
            Field::Workers | Field::Chunk | Field::Runs | Field::Warmup => self.step_number(field, step),
            Field::Fault => self.step_fault(step),
            Field::Input | Field::Start => {}
        }
    }

    /// Steps the number of workers by one.
    pub(super) fn step_workers(&mut self, step: Step) {
        self.wish.workers = match step {
            Step::Up => (self.wish.workers + 1).min(MAX_WORKERS),
            Step::Down => self.wish.workers.saturating_sub(1).max(1),
        };
    }

    /// Steps to the next larger payload, around the end.
    pub(super) fn step_payload(&mut self) {
        self.wish.payload = preset(&PAYLOADS, self.wish.payload, Step::Up).unwrap_or_default();
    }

    /// Steps the switch interval.
    pub(super) fn step_interval(&mut self, step: Step) {
        self.wish.switch_interval =
            preset(&INTERVALS, self.wish.switch_interval, step).unwrap_or(self.wish.switch_interval);
    }

    /// Goes around the faults that the backend can have, and none.
    fn step_fault(&mut self, step: Step) {
        let home = self.wish.backend.facts().home;
        let possible = FaultKind::ALL.into_iter().filter(|kind| kind.outcome(home).is_some());
        let kinds: Vec<Option<FaultKind>> = std::iter::once(None).chain(possible.map(Some)).collect();
        let kind = neighbour(&kinds, &self.wish.fault.map(|fault| fault.kind), step).flatten();
        self.wish.fault = kind.map(|kind| Fault { kind, task: None, times: 1 });
    }

    fn step_number(&mut self, field: Field, step: Step) {
        let next = match field {
            Field::Workers => preset(&worker_presets(self.usable), u64::from(self.wish.workers), step),
            Field::Runs => preset(&RUNS, u64::from(self.settings.runs), step),
            Field::Warmup => preset(&WARMUPS, u64::from(self.settings.warmup), step),
            _ => preset(&CHUNKS, fixed(self.wish.chunk), step),
        };
        let Some(next) = next.and_then(|next| u32::try_from(next).ok()) else { return };
        match field {
            Field::Workers => self.wish.workers = next,
            Field::Runs => self.settings.runs = next,
            Field::Warmup => self.settings.warmup = next,
            _ => self.wish.chunk = if next == 0 { Chunk::Auto } else { Chunk::Fixed(next) },
        }
    }

    fn step_parameter(&mut self, place: usize, step: Step) {
        let (Some(parameter), Some(current)) = (self.parameter(place), self.value(place)) else { return };
        let presets: Vec<Value> = parameter.presets.iter().filter_map(|text| parameter.parse(text).ok()).collect();
        let next = match (parameter.kind, step) {
            (ParameterKind::Text, _) => text_neighbour(&presets, current, step),
            (_, Step::Up) => presets.iter().find(|preset| number(preset) > number(current)),
            (_, Step::Down) => presets.iter().rfind(|preset| number(preset) < number(current)),
        };
        if let Some(next) = next.cloned() {
            self.wish.values.set(parameter.name, next);
        }
    }
}

/// The entry after `current` or before it, around the ends; the first where `current` is none of them.
pub(super) fn neighbour<T: Copy + PartialEq>(all: &[T], current: &T, step: Step) -> Option<T> {
    let place = all.iter().position(|entry| entry == current);
    let next = place.map_or(0, |place| match step {
        Step::Up => (place + 1) % all.len(),
        Step::Down => (place + all.len() - 1) % all.len(),
    });
    all.get(next).copied()
}

/// The nearest of `presets` above or below `current`; `None` past the last.
fn preset<T: Copy + PartialOrd>(presets: &[T], current: T, step: Step) -> Option<T> {
    match step {
        Step::Up => presets.iter().copied().find(|preset| *preset > current),
        Step::Down => presets.iter().copied().rfind(|preset| *preset < current),
    }
}

/// Powers of two and the number of usable cores.
fn worker_presets(usable: u32) -> Vec<u64> {
    let mut presets: Vec<u64> = (0..=10).map(|power| 1 << power).chain([u64::from(usable)]).collect();
    presets.sort_unstable();
    presets.dedup();
    presets
}

fn fixed(chunk: Chunk) -> u64 {
    match chunk {
        Chunk::Auto => 0,
        Chunk::Fixed(chunk) => u64::from(chunk),
    }
}

/// A value as a number, for comparing it with others of its parameter.
#[expect(clippy::cast_precision_loss, reason = "presets are far apart")]
fn number(value: &Value) -> f64 {
    match value {
        Value::Count(count) => *count as f64,
        Value::Real(real) => *real,
        Value::Duration(span) => span.0 as f64,
        Value::Bytes(bytes) => bytes.0 as f64,
        Value::Text(_) => 0.0,
    }
}

fn text_neighbour<'a>(presets: &'a [Value], current: &Value, step: Step) -> Option<&'a Value> {
    let places: Vec<usize> = (0..presets.len()).collect();
    let place = presets.iter().position(|preset| preset == current).unwrap_or(usize::MAX);
    neighbour(&places, &place, step).map(|place| &presets[place])
}
