//! The fields of the workload pane: how each is called, shown, stepped and typed.
//!
//! One enum names them; the workload's own come from its parameter table.

use super::next::NextRun;
use super::shown::{shown_duration, shown_input, shown_value, shown_workers};
use crate::spec::{BackendId, Chunk, MAX_WORKERS, Order, Transport};
use crate::tui::actions::Step;
use crate::units::Nanos;
use crate::workload::{About, Parameter, ParameterKind, Value, written_duration};

/// Steps of the switch interval.
pub(super) const INTERVALS: [Nanos; 4] =
    [Nanos::from_micros(100), Nanos::from_millis(1), Nanos::from_millis(5), Nanos::from_millis(50)];

const RUNS: [u64; 7] = [1, 3, 5, 10, 20, 50, 100];
const WARMUPS: [u64; 5] = [0, 1, 2, 3, 5];
const CHUNKS: [u64; 8] = [0, 1, 2, 4, 8, 16, 64, 256];

/// A field of the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Which workload.
    Workload,
    /// The workload's parameter in this place of its table.
    Parameter(usize),
    /// The workload's input.
    Input,
    /// Which backend.
    Backend,
    /// How many workers.
    Workers,
    /// The lock; what is typed is its switch interval.
    Gil,
    /// How tasks reach worker processes.
    Transport,
    /// How many tasks are claimed at a time.
    Chunk,
    /// How many samples are kept.
    Runs,
    /// How many samples are thrown away first.
    Warmup,
    /// Whether rounds interleave the configurations.
    Order,
    /// The button that runs it.
    Start,
}

/// The fields of a workload, top to bottom.
pub(super) fn of(about: Option<&About>) -> Vec<Field> {
    let parameters = about.map_or(0, |about| about.parameters.len());
    let input = about.and_then(|about| about.input).map(|_| Field::Input);
    std::iter::once(Field::Workload)
        .chain((0..parameters).map(Field::Parameter))
        .chain(input)
        .chain([Field::Backend, Field::Workers, Field::Gil, Field::Transport, Field::Chunk])
        .chain([Field::Runs, Field::Warmup, Field::Order, Field::Start])
        .collect()
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

impl NextRun {
    /// What a field is called.
    #[must_use]
    pub fn name(&self, field: Field) -> &'static str {
        match field {
            Field::Workload => "workload",
            Field::Parameter(place) => self.parameter(place).map_or("", |parameter| parameter.name),
            Field::Input => "input",
            Field::Backend => "backend",
            Field::Workers => "workers",
            Field::Gil => "GIL",
            Field::Transport => "transport",
            Field::Chunk => "chunk",
            Field::Runs => "runs",
            Field::Warmup => "warm-up",
            Field::Order => "order",
            Field::Start => "run",
        }
    }

    /// A field's value as the pane shows it; `–` where it means nothing to the backend.
    #[must_use]
    pub fn shown(&self, field: Field) -> String {
        let facts = self.wish.backend.facts();
        match field {
            Field::Parameter(place) => self.value(place).map_or_else(String::new, shown_value),
            Field::Input => shown_input(&self.wish.input),
            Field::Gil => {
                let switch = if self.wish.gil { "ON " } else { "off" };
                format!("{switch} {}", shown_duration(self.wish.switch_interval))
            }
            Field::Workers if !facts.scales => "1".to_owned(),
            Field::Workers => shown_workers(self.wish.workers, self.usable),
            Field::Transport if facts.transports.is_empty() => "–".to_owned(),
            Field::Chunk if !facts.chunks => "–".to_owned(),
            _ => self.written(field),
        }
    }

    /// A field's value as it would be typed.
    #[must_use]
    pub fn written(&self, field: Field) -> String {
        match field {
            Field::Workload => self.wish.workload.clone(),
            Field::Parameter(place) => self.value(place).map(ToString::to_string).unwrap_or_default(),
            Field::Input => self.wish.input.first().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            Field::Backend => self.wish.backend.id().to_owned(),
            Field::Workers => self.wish.workers.to_string(),
            Field::Gil => written_duration(self.wish.switch_interval),
            Field::Transport => self.wish.transport.id().to_owned(),
            Field::Chunk => match self.wish.chunk {
                Chunk::Auto => "auto".to_owned(),
                Chunk::Fixed(chunk) => chunk.to_string(),
            },
            Field::Runs => self.settings.runs.to_string(),
            Field::Warmup => self.settings.warmup.to_string(),
            Field::Order => self.settings.order.id().to_owned(),
            Field::Start => String::new(),
        }
    }

    /// Steps a field to the preset above or below; nothing happens past the last.
    pub(super) fn step(&mut self, field: Field, step: Step) {
        match field {
            Field::Workload => self.step_workload(step),
            Field::Parameter(place) => self.step_parameter(place, step),
            Field::Backend => {
                self.wish.backend = neighbour(&BackendId::ALL, &self.wish.backend, step).unwrap_or(self.wish.backend);
            }
            Field::Gil => self.wish.gil = !self.wish.gil,
            Field::Transport => {
                self.wish.transport =
                    neighbour(&Transport::ALL, &self.wish.transport, step).unwrap_or(self.wish.transport);
            }
            Field::Order => {
                self.settings.order = match self.settings.order {
                    Order::Interleaved => Order::Sequential,
                    Order::Sequential => Order::Interleaved,
                };
            }
            Field::Workers | Field::Chunk | Field::Runs | Field::Warmup => self.step_number(field, step),
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

    /// Steps the switch interval.
    pub(super) fn step_interval(&mut self, step: Step) {
        self.wish.switch_interval =
            preset(&INTERVALS, self.wish.switch_interval, step).unwrap_or(self.wish.switch_interval);
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

    pub(super) fn parameter(&self, place: usize) -> Option<&'static Parameter> {
        self.about()?.parameters.get(place)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{RunSettings, Wish};
    use crate::workload::WORKLOADS;
    use crate::workload::by_id;

    fn next() -> NextRun {
        let wish = Wish::of(by_id("primes").unwrap(), BackendId::Threads, 4);
        NextRun::new(wish, RunSettings::default(), Vec::new(), 2)
    }

    /// What a field shows after steps up (`+`) and down (`-`).
    fn check(field: Field, steps: &str, expected: &str) {
        let mut next = next();
        for step in steps.chars() {
            next.step(field, if step == '+' { Step::Up } else { Step::Down });
        }
        assert_eq!(next.shown(field), expected, "{field:?} {steps}");
    }

    #[test]
    fn steps_go_through_presets() {
        check(Field::Backend, "+", "rayon");
        check(Field::Backend, &"+".repeat(BackendId::ALL.len()), "threads");
        check(Field::Backend, "-", "sequential");
        check(Field::Workers, "+", "8  (2 usable)");
        check(Field::Workers, "----", "1  (2 usable)");
        check(Field::Gil, "+", "ON  5 ms");
        check(Field::Gil, "+-", "off 5 ms");
        check(Field::Chunk, "++", "2");
        check(Field::Chunk, "+-", "auto");
        check(Field::Runs, "+++++++++", "100");
        check(Field::Runs, "----", "1");
        check(Field::Warmup, "--", "0");
        check(Field::Order, "+", "sequential");
        check(Field::Transport, "+", "–");
    }

    #[test]
    fn every_parameter_of_every_workload_can_be_stepped_and_typed() {
        for workload in WORKLOADS {
            let wish = Wish::of(*workload, BackendId::Threads, 2);
            let first = NextRun::new(wish, RunSettings::default(), Vec::new(), 2);
            for (place, parameter) in workload.about().parameters.iter().enumerate() {
                let field = Field::Parameter(place);
                for preset in parameter.presets {
                    let mut next = first.clone();
                    assert_eq!(next.take(field, preset), Ok(()), "{} {preset}", parameter.name);
                    assert_eq!(next.value(place), parameter.parse(preset).ok().as_ref());
                    next.step(field, Step::Up);
                    next.step(field, Step::Down);
                    assert!(next.value(place).is_some());
                }
                if parameter.kind != ParameterKind::Text {
                    assert!(first.clone().take(field, "?").is_err_and(|allowed| allowed.contains('…')));
                }
            }
        }
    }

    #[test]
    fn what_is_typed_is_taken_or_refused_with_its_range() {
        let cases = [
            (Field::Workers, "16", Ok("16 of 2")),
            (Field::Workers, "0", Err("1…1024")),
            (Field::Workers, "99999999999", Err("1…1024")),
            (Field::Workers, "", Err("1…1024")),
            (Field::Gil, "100us", Ok("off 100 µs")),
            (Field::Gil, "5", Err("1us…10s")),
            (Field::Backend, "p", Ok("processes")),
            (Field::Backend, "forks", Err("sequential threads rayon processes async")),
            (Field::Chunk, "64", Ok("64")),
            (Field::Chunk, "auto", Ok("auto")),
            (Field::Chunk, "0", Err("1…1000000")),
            (Field::Runs, "0", Err("1…10000")),
            (Field::Order, "seq", Ok("sequential")),
            (Field::Warmup, " 0 ", Ok("0")),
        ];
        for (field, text, expected) in cases {
            let mut next = next();
            let found = next.take(field, text).map(|()| next.shown(field));
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{field:?} {text}");
        }
    }

    #[test]
    fn a_workload_keeps_its_values_while_others_are_looked_at() {
        let mut next = next();
        let before = next.shown(Field::Parameter(0));
        next.take(Field::Parameter(0), "777").unwrap();
        next.step(Field::Workload, Step::Up);
        assert_ne!(next.shown(Field::Workload), "primes");
        next.step(Field::Workload, Step::Down);
        assert_eq!((next.shown(Field::Parameter(0)).as_str(), before == "777"), ("777", false));
    }

    #[test]
    fn settings_given_at_the_start_hold_for_every_workload_that_has_them() {
        let wish = Wish::of(by_id("primes").unwrap(), BackendId::Threads, 4);
        let mut next = NextRun::new(wish, RunSettings::default(), vec![("tasks".to_owned(), "9".to_owned())], 2);
        next.step(Field::Workload, Step::Up);
        assert_eq!(next.shown(Field::Parameter(0)), "9");
    }
}
