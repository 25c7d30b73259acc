//! The fields of the workload pane: how each is called and shown.
//!
//! One enum names them; the workload's own come from its parameter table.

use super::next::NextRun;
use super::shown::{shown_duration, shown_input, shown_value, shown_workers};
use crate::spec::{Chunk, Transport};
use crate::workload::{About, GilModel, Parameter, Value, written_duration};

/// A field of the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Which workload.
    Workload,
    /// The workload's parameter in this place of its table.
    Parameter(usize),
    /// The workload's input.
    Input,
    /// How many bytes are moved to each task and back.
    Payload,
    /// Which backend.
    Backend,
    /// How many workers.
    Workers,
    /// The lock; what is typed is its switch interval.
    Gil,
    /// How the computing part behaves towards the lock.
    GilModel,
    /// How tasks reach worker processes.
    Transport,
    /// How many tasks are claimed at a time.
    Chunk,
    /// What goes wrong on purpose; there only while something does.
    Fault,
    /// How many samples are kept.
    Runs,
    /// How many samples are thrown away first.
    Warmup,
    /// Whether rounds interleave the configurations.
    Order,
    /// The button that runs it.
    Start,
}

/// The fields of a workload, top to bottom; `is_struck` where something is to go wrong on purpose.
pub(super) fn of(about: Option<&About>, is_struck: bool) -> Vec<Field> {
    let parameters = about.map_or(0, |about| about.parameters.len());
    let input = about.and_then(|about| about.input).map(|_| Field::Input);
    std::iter::once(Field::Workload)
        .chain((0..parameters).map(Field::Parameter))
        .chain(input)
        .chain([Field::Payload])
        .chain([Field::Backend, Field::Workers, Field::Gil, Field::GilModel, Field::Transport, Field::Chunk])
        .chain(is_struck.then_some(Field::Fault))
        .chain([Field::Runs, Field::Warmup, Field::Order, Field::Start])
        .collect()
}

impl NextRun {
    /// What a field is called.
    #[must_use]
    pub fn name(&self, field: Field) -> &'static str {
        match field {
            Field::Workload => "workload",
            Field::Parameter(place) => self.parameter(place).map_or("", |parameter| parameter.name),
            Field::Input => "input",
            Field::Payload => "payload",
            Field::Backend => "backend",
            Field::Workers => "workers",
            Field::Gil => "GIL",
            Field::GilModel => "GIL model",
            Field::Transport => "transport",
            Field::Chunk => "chunk",
            Field::Fault => "fault",
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
            Field::Payload => self.wish.payload.to_string(),
            Field::GilModel => self.gil_model().map_or("–", GilModel::id).to_owned(),
            Field::Gil => {
                let switch = if self.wish.gil { "ON " } else { "off" };
                format!("{switch} {}", shown_duration(self.wish.switch_interval))
            }
            Field::Workers if !facts.scales => "1".to_owned(),
            Field::Workers => shown_workers(self.wish.workers, self.usable),
            Field::Transport => self.transport().map_or("–", Transport::id).to_owned(),
            Field::Chunk if !facts.chunks => "–".to_owned(),
            Field::Fault if !facts.scales => "–".to_owned(),
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
            Field::Payload => Value::Bytes(self.wish.payload).to_string(),
            Field::Backend => self.wish.backend.id().to_owned(),
            Field::Workers => self.wish.workers.to_string(),
            Field::Gil => written_duration(self.wish.switch_interval),
            Field::GilModel => self.gil_model().map_or_else(String::new, |model| model.id().to_owned()),
            Field::Transport => self.transport().map_or_else(String::new, |transport| transport.id().to_owned()),
            Field::Chunk => match self.wish.chunk {
                Chunk::Auto => "auto".to_owned(),
                Chunk::Fixed(chunk) => chunk.to_string(),
            },
            Field::Fault => self.wish.fault.map(|fault| fault.to_string()).unwrap_or_default(),
            Field::Runs => self.settings.runs.to_string(),
            Field::Warmup => self.settings.warmup.to_string(),
            Field::Order => self.settings.order.id().to_owned(),
            Field::Start => String::new(),
        }
    }

    pub(super) fn parameter(&self, place: usize) -> Option<&'static Parameter> {
        self.about()?.parameters.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{BackendId, RunSettings, Wish};
    use crate::tui::actions::Step;
    use crate::units::Bytes;
    use crate::workload::ParameterKind;
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
        check(Field::Transport, "+", "channel");
        check(Field::Transport, "++", "reference");
        check(Field::Payload, "+", "4.00 KiB");
        check(Field::Payload, &"+".repeat(20), "64.0 MiB");
        check(Field::Payload, "+-", "0 B");
        check(Field::GilModel, "+", "c-held");
        check(Field::GilModel, "-", "c-released");
        check(Field::GilModel, "+++", "bytecode");
        check(Field::Fault, "+", "panic");
        check(Field::Fault, "-", "scribble");
        check(Field::Fault, "+-", "");
    }

    #[test]
    fn every_parameter_of_every_workload_can_be_stepped_and_typed() {
        for workload in WORKLOADS.iter() {
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
            (Field::Workers, "16", Ok("16 (2 usable)")),
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
            (Field::Fault, "kill@7x3", Ok("kill@7x3")),
            (Field::Fault, "none", Ok("")),
            (Field::Fault, "kil", Err("none, kill, kill@7, killx2, …")),
            (Field::Payload, "1MiB", Ok("1.00 MiB")),
            (Field::Payload, "0", Ok("0 B")),
            (Field::Payload, "65MiB", Err("0…64.0 MiB")),
            (Field::Payload, "-1", Err("0…64.0 MiB")),
            (Field::Payload, "much", Err("0…64.0 MiB")),
            (Field::GilModel, "c-r", Ok("c-released")),
            (Field::GilModel, "none", Err("bytecode c-held c-released")),
            (Field::GilModel, "", Err("bytecode c-held c-released")),
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
    fn a_model_holds_for_every_workload_that_computes() {
        let mut next = next();
        next.step(Field::GilModel, Step::Up);
        assert_eq!(next.wish().gil_model, Some(GilModel::CHeld));
        next.take(Field::Workload, "sleep").unwrap();
        assert_eq!((next.shown(Field::GilModel).as_str(), next.written(Field::GilModel).as_str()), ("–", ""));
        next.take(Field::Workload, "hash").unwrap();
        assert_eq!(next.shown(Field::GilModel), "c-held");
        next.take(Field::GilModel, "c-released").unwrap();
        assert_eq!(next.wish().gil_model, None, "the workload's own is not asked for");
    }

    #[test]
    fn payload_and_model_take_effect_in_the_run() {
        let mut next = next();
        next.take(Field::Payload, "4KiB").unwrap();
        next.take(Field::GilModel, "c-held").unwrap();
        next.step(Field::Gil, Step::Up);
        let request = next.request().unwrap();
        let chosen = &request.configurations[0];
        assert_eq!((chosen.payload, chosen.gil_model), (Bytes(4 << 10), Some(GilModel::CHeld)));
        next.take(Field::Payload, "64MiB").unwrap();
        next.take(Field::Workers, "1024").unwrap();
        let refused = next.request().unwrap_err().to_string();
        assert!(refused.starts_with("--payload") && !refused.contains('\n'), "{refused}");
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
