//! The command that measures a configuration again: exactly this one, with nothing in it that is so anyway.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

use crate::spec::{Baseline, Chunk, Configuration, RETRIES, RunSettings, SWITCH_INTERVAL};
use crate::text::{program_name, quoted};
use crate::workload::written_duration;

/// `partui run …` with the settings that differ from the defaults, quoted for a POSIX shell.
///
/// Workload, backend and workers always stand in it, since their defaults may be others on another machine.
#[must_use]
pub fn command_line(configuration: &Configuration, settings: &RunSettings) -> String {
    let mut line = Line(format!("{} run", program_name()));
    line.flag("workload", &configuration.workload);
    line.flag("backend", &configuration.backend.id());
    if configuration.backend.facts().scales {
        line.flag("workers", &configuration.workers);
    }
    line.lock(configuration);
    line.work(configuration);
    line.feeding(configuration);
    line.settings(settings);
    line.0
}

/// A command in the making.
struct Line(String);

impl Line {
    fn flag(&mut self, name: &str, value: &impl ToString) {
        self.word(name, OsStr::new(&value.to_string()));
    }

    fn word(&mut self, name: &str, value: &OsStr) {
        // A value that looks like a flag has to be tied to its own.
        let between = if value.as_bytes().starts_with(b"-") { '=' } else { ' ' };
        // Writing to a string cannot fail.
        let _ = write!(self.0, " --{name}{between}{}", quoted(value));
    }

    /// Adds a flag whose value is not the default.
    fn unless<T: PartialEq + ToString>(&mut self, name: &str, value: &T, default: &T) {
        if value != default {
            self.flag(name, value);
        }
    }

    fn lock(&mut self, configuration: &Configuration) {
        if !configuration.gil {
            return;
        }
        self.flag("gil", &"on");
        let own = configuration.workload().about().gil_model;
        if let Some(model) = configuration.gil_model.filter(|model| Some(*model) != own) {
            self.flag("gil-model", &model.id());
        }
        if let Some(interval) = configuration.switch_interval {
            self.unless("switch-interval", &written_duration(interval), &written_duration(SWITCH_INTERVAL));
        }
    }

    fn work(&mut self, configuration: &Configuration) {
        for parameter in configuration.workload().about().parameters {
            if let Some(value) = configuration.values.get(parameter.name) {
                self.unless(parameter.name, &value.to_string(), &parameter.default_value().to_string());
            }
        }
        self.unless("payload", &configuration.payload.0, &0);
        for path in &configuration.input {
            self.word("input", path.as_os_str());
        }
    }

    fn feeding(&mut self, configuration: &Configuration) {
        if let Some(transport) = configuration.unusual_transport() {
            self.flag("transport", &transport.id());
        }
        if let Some(in_flight) = configuration.in_flight {
            self.flag("in-flight", &in_flight);
        }
        if let Some(Chunk::Fixed(chunk)) = configuration.chunk {
            self.flag("chunk", &chunk);
        }
        if let Some(retries) = configuration.retries {
            self.unless("retries", &retries, &RETRIES);
        }
        if let Some(limit) = configuration.task_timeout {
            self.flag("task-timeout", &written_duration(limit));
        }
        if let Some(fault) = configuration.fault {
            self.flag("fault", &fault);
        }
    }

    fn settings(&mut self, settings: &RunSettings) {
        let default = RunSettings::default();
        self.unless("runs", &settings.runs, &default.runs);
        self.unless("warmup", &settings.warmup, &default.warmup);
        if let Some(min_time) = settings.min_time {
            self.flag("min-time", &written_duration(min_time));
        }
        self.unless("order", &settings.order.id(), &default.order.id());
        self.unless("baseline", &settings.baseline.id(), &Baseline::Auto.id());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;
    use crate::cli::{Command, Environment, parse};
    use crate::spec::{BackendId, Order, Wish};
    use crate::units::Nanos;
    use crate::workload::{GilModel, WORKLOADS};

    /// The words that a shell makes of a line, as far as such lines go.
    fn words(line: &str) -> Vec<OsString> {
        let mut words = vec![Vec::new()];
        let mut rest = line.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            let last = words.last_mut().unwrap();
            rest = match first {
                b' ' => {
                    words.push(Vec::new());
                    tail
                }
                b'$' => escapes(tail.strip_prefix(b"'").unwrap(), last),
                b'\'' => {
                    let end = tail.iter().position(|byte| *byte == b'\'').unwrap();
                    last.extend(&tail[..end]);
                    &tail[end + 1..]
                }
                b'\\' => {
                    last.push(tail[0]);
                    &tail[1..]
                }
                plain => {
                    last.push(plain);
                    tail
                }
            };
        }
        words.into_iter().map(OsString::from_vec).collect()
    }

    fn escapes<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> &'a [u8] {
        loop {
            match rest {
                [b'\'', tail @ ..] => return tail,
                [b'\\', a @ b'0'..=b'7', b, c, tail @ ..] => {
                    word.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                    rest = tail;
                }
                [b'\\', quoted, tail @ ..] | [quoted, tail @ ..] => {
                    word.push(*quoted);
                    rest = tail;
                }
                [] => panic!("an open quote"),
            }
        }
    }

    /// Checks that the command of a configuration measures that configuration.
    fn check(configuration: &Configuration, settings: &RunSettings) {
        let line = command_line(configuration, settings);
        assert!(!line.chars().any(char::is_control), "{line:?}");
        let environment = Environment { variables: BTreeMap::new(), usable_cores: 5, columns: None };
        let parsed = parse(&words(&line)[1..], &environment).unwrap_or_else(|error| panic!("{line}: {error}"));
        let Command::Run(measured) = parsed else { panic!("{line}: {parsed:?}") };
        assert_eq!(measured.configurations, std::slice::from_ref(configuration), "{line}");
        assert_eq!(measured.settings, *settings, "{line}");
    }

    fn wishes() -> impl Iterator<Item = Wish> {
        let matrix = WORKLOADS.iter().flat_map(|workload| BackendId::ALL.map(|backend| (*workload, backend)));
        matrix.flat_map(|(workload, backend)| {
            [1, 5, 1024]
                .into_iter()
                .flat_map(move |workers| [false, true].map(|gil| Wish { gil, ..Wish::of(workload, backend, workers) }))
        })
    }

    #[test]
    fn the_command_of_a_configuration_measures_it_again() {
        let defaults = RunSettings::default();
        let others = RunSettings {
            runs: 7,
            warmup: 0,
            min_time: Some(Nanos(1_500_000)),
            order: Order::Sequential,
            baseline: Baseline::None,
        };
        for wish in wishes() {
            check(&Configuration::new(wish.clone()).unwrap(), &defaults);
            let other = Wish {
                gil_model: Some(GilModel::CHeld),
                switch_interval: Nanos(50_000_001),
                chunk: Chunk::Fixed(3),
                in_flight: Some(9),
                retries: 0,
                task_timeout: Some(Nanos(1_500_000_000)),
                fault: Some("kill@7x3".parse().unwrap()),
                ..wish
            };
            check(&Configuration::new(other).unwrap(), &others);
        }
    }

    #[test]
    fn every_parameter_is_carried_over() {
        for workload in WORKLOADS.iter() {
            for parameter in workload.about().parameters {
                for preset in parameter.presets {
                    let mut wish = Wish::of(*workload, BackendId::Threads, 2);
                    wish.values.set(parameter.name, parameter.parse(preset).unwrap());
                    // Presets that do not go with the other defaults are no configuration.
                    if let Ok(configuration) = Configuration::new(wish) {
                        check(&configuration, &RunSettings::default());
                    }
                }
            }
        }
    }

    #[test]
    fn strange_texts_and_paths_survive_the_shell() {
        for text in
            [&b"plain"[..], b"two words", b"it's", b"-x", b"", b"\x1b[2J\n'\\7", b"caf\xc3\xa9", b"\xff1", b"~", b"=a"]
        {
            let text = OsString::from_vec(text.to_vec());
            let line = format!("a --flag={} b", quoted(&text));
            assert_eq!(words(&line)[1].as_encoded_bytes(), [b"--flag=", text.as_encoded_bytes()].concat(), "{line}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }

    #[test]
    fn only_what_differs_is_said() {
        let configuration = Configuration::new(Wish::of(WORKLOADS[0], BackendId::Sequential, 1)).unwrap();
        let line = command_line(&configuration, &RunSettings::default());
        assert_eq!(line, "partui run --workload primes --backend sequential");
    }
}
