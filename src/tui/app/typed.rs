//! Taking what was typed into a field.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::fields::Field;
use super::next::NextRun;
use crate::fault::FaultError;
use crate::quantity::{parse_bytes, parse_count, parse_duration};
use crate::spec::{
    BackendId, CHUNKS, Chunk, LONGEST_PAYLOAD, MAX_WORKERS, Order, RUNS, SWITCH_INTERVALS, Transport, WARMUPS,
};
use crate::units::{Bytes, Nanos};
use crate::workload::{GilModel, WORKLOADS, written_duration};

impl NextRun {
    /// Takes what was typed into a field.
    ///
    /// # Errors
    /// What is allowed instead, in a few characters.
    pub(super) fn take(&mut self, field: Field, text: &str) -> Result<(), String> {
        let text = text.trim();
        match field {
            Field::Parameter(place) => return self.take_parameter(place, text),
            Field::Input => {
                self.wish.input = Some(text).filter(|text| !text.is_empty()).map(PathBuf::from).into_iter().collect();
            }
            Field::Workload => {
                let id = chosen(text, WORKLOADS.iter().map(|workload| workload.about().id))?;
                self.choose_workload(id);
            }
            Field::Backend => {
                let id = chosen(text, BackendId::ALL.iter().map(|backend| backend.id()))?;
                self.wish.backend = BackendId::by_id(id).unwrap_or(self.wish.backend);
            }
            Field::Transport => {
                let id = chosen(text, self.wish.backend.facts().transports.iter().map(|transport| transport.id()))?;
                self.wish.transport = Transport::by_id(id).unwrap_or(self.wish.transport);
            }
            Field::Order => {
                let orders = [Order::Interleaved, Order::Sequential];
                let id = chosen(text, orders.iter().map(|order| order.id()))?;
                self.settings.order = if id == orders[0].id() { orders[0] } else { orders[1] };
            }
            Field::Payload => self.wish.payload = payload(text)?,
            Field::Gil => self.wish.switch_interval = interval(text)?,
            Field::GilModel => {
                let id = chosen(text, GilModel::ALL.iter().map(|model| model.id()))?;
                if let Some(model) = GilModel::ALL.into_iter().find(|model| model.id() == id) {
                    self.choose_gil_model(model);
                }
            }
            Field::Workers => self.wish.workers = within(text, &(1..=MAX_WORKERS))?,
            Field::Chunk if text == "auto" => self.wish.chunk = Chunk::Auto,
            Field::Chunk => self.wish.chunk = Chunk::Fixed(within(text, &CHUNKS)?),
            Field::Fault if text.is_empty() || text == "none" => self.wish.fault = None,
            Field::Fault => {
                self.wish.fault =
                    Some(text.parse().map_err(|_: FaultError| "none, kill, kill@7, killx2, …".to_owned())?);
            }
            Field::Runs => self.settings.runs = within(text, &RUNS)?,
            Field::Warmup => self.settings.warmup = within(text, &WARMUPS)?,
            Field::Start => {}
        }
        Ok(())
    }

    fn take_parameter(&mut self, place: usize, text: &str) -> Result<(), String> {
        let Some(parameter) = self.parameter(place) else { return Ok(()) };
        let value = parameter.parse(text).map_err(|error| range(&error.allowed).to_owned())?;
        self.wish.values.set(parameter.name, value);
        Ok(())
    }
}

/// The range at the end of a phrase such as `a whole number, 1…4096`.
fn range(allowed: &str) -> &str {
    allowed.rsplit(", ").next().unwrap_or(allowed)
}

/// The one of `names` that starts with `text`.
fn chosen(text: &str, names: impl Iterator<Item = &'static str>) -> Result<&'static str, String> {
    let names: Vec<_> = names.collect();
    let exact = names.iter().find(|name| **name == text);
    let begun = || names.iter().find(|name| !text.is_empty() && name.starts_with(text));
    exact.or_else(begun).copied().ok_or_else(|| names.join(" "))
}

fn within(text: &str, allowed: &RangeInclusive<u32>) -> Result<u32, String> {
    let count = parse_count(text).ok().and_then(|count| u32::try_from(count).ok());
    count.filter(|count| allowed.contains(count)).ok_or_else(|| format!("{}…{}", allowed.start(), allowed.end()))
}

fn payload(text: &str) -> Result<Bytes, String> {
    let payload = parse_bytes(text).ok().filter(|payload| *payload <= LONGEST_PAYLOAD);
    payload.ok_or_else(|| format!("0…{LONGEST_PAYLOAD}"))
}

fn interval(text: &str) -> Result<Nanos, String> {
    let interval = parse_duration(text).ok().filter(|interval| SWITCH_INTERVALS.contains(interval));
    let [min, max] = [SWITCH_INTERVALS.start(), SWITCH_INTERVALS.end()].map(|end| written_duration(*end));
    interval.ok_or_else(|| format!("{min}…{max}"))
}
