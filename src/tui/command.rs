//! The command line that measures a row again: every setting that differs from its default, quoted for a shell.
//!
//! Pure; the flags are those of `partui run`.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::results::ResultRow;
use crate::spec::{Baseline, Chunk, Configuration, Order, RETRIES, RunSettings, SWITCH_INTERVAL, Transport};
use crate::workload::written_duration;

/// The `partui run …` that measures this row's configuration as it was measured.
#[must_use]
pub fn of_row(row: &ResultRow) -> String {
    of(&row.configuration, row.settings)
}

/// The `partui run …` for a configuration and its settings.
#[must_use]
pub fn of(configuration: &Configuration, settings: RunSettings) -> String {
    let mut line = Line("partui run".to_owned());
    line.flag("workload", &configuration.workload);
    line.flag("backend", configuration.backend.id());
    line.flag("workers", &configuration.workers.to_string());
    line.flag("gil", if configuration.gil { "on" } else { "off" });
    how(configuration, &mut line);
    what(configuration, &mut line);
    measure(settings, &mut line);
    line.0
}

/// How the work is executed, beyond backend, workers and lock.
fn how(configuration: &Configuration, line: &mut Line) {
    let own_model = configuration.workload().about().gil_model;
    if let Some(model) = configuration.gil_model.filter(|model| Some(*model) != own_model) {
        line.flag("gil-model", model.id());
    }
    if let Some(interval) = configuration.switch_interval.filter(|interval| *interval != SWITCH_INTERVAL) {
        line.flag("switch-interval", &written_duration(interval));
    }
    if let Some(transport) = configuration.transport.filter(|transport| *transport != Transport::ALL[0]) {
        line.flag("transport", transport.id());
    }
    if let Some(Chunk::Fixed(chunk)) = configuration.chunk {
        line.flag("chunk", &chunk.to_string());
    }
    if let Some(in_flight) = configuration.in_flight {
        line.flag("in-flight", &in_flight.to_string());
    }
    if let Some(retries) = configuration.retries.filter(|retries| *retries != RETRIES) {
        line.flag("retries", &retries.to_string());
    }
}

/// The work itself.
fn what(configuration: &Configuration, line: &mut Line) {
    for parameter in configuration.workload().about().parameters {
        let value = configuration.values.get(parameter.name);
        if let Some(value) = value.filter(|value| **value != parameter.default_value()) {
            line.flag(parameter.name, &value.to_string());
        }
    }
    for path in &configuration.input {
        line.flag_os("input", path.as_os_str());
    }
}

/// How often and in which order it is sampled.
fn measure(settings: RunSettings, line: &mut Line) {
    let default = RunSettings::default();
    if settings.runs != default.runs {
        line.flag("runs", &settings.runs.to_string());
    }
    if settings.warmup != default.warmup {
        line.flag("warmup", &settings.warmup.to_string());
    }
    if let Some(min_time) = settings.min_time {
        line.flag("min-time", &written_duration(min_time));
    }
    if settings.order != Order::Interleaved {
        line.flag("order", settings.order.id());
    }
    if settings.baseline == Baseline::None {
        line.flag("baseline", "none");
    }
}

/// A command line in the making.
struct Line(String);

impl Line {
    fn flag(&mut self, name: &str, value: &str) {
        self.flag_os(name, OsStr::new(value));
    }

    /// A value that starts with a dash is tied to its flag, or it would be taken for one.
    fn flag_os(&mut self, name: &str, value: &OsStr) {
        let tie = if value.as_bytes().starts_with(b"-") { "=" } else { " " };
        for piece in [" --", name, tie, &quoted(value)] {
            self.0.push_str(piece);
        }
    }
}

/// `text` as one word of a POSIX shell; what is not printable UTF-8 as `$'…'`, which bash, zsh and ksh read.
fn quoted(text: &OsStr) -> Cow<'_, str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./=:,+@%".contains(byte);
    match text.to_str() {
        Some(text) if !text.is_empty() && text.bytes().all(|byte| plain(&byte)) => Cow::Borrowed(text),
        Some(text) if !text.chars().any(char::is_control) => Cow::Owned(format!("'{}'", text.replace('\'', r"'\''"))),
        _ => Cow::Owned(escaped(text.as_bytes())),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut word = "$'".to_owned();
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => word.extend(["\\", &char::from(*byte).to_string()]),
            b' '..=b'~' => word.push(char::from(*byte)),
            _ => word.extend(["\\x", &format!("{byte:02x}")]),
        }
    }
    word + "'"
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::spec::{BackendId, Wish};
    use crate::units::Nanos;
    use crate::workload::{GilModel, ParameterKind, Value, WORKLOADS, by_id};

    fn wish(backend: BackendId) -> Wish {
        Wish::of(by_id("primes").unwrap(), backend, 4)
    }

    fn check(wish: Wish, settings: RunSettings, expected: &str) {
        let line = of(&Configuration::new(wish).unwrap(), settings);
        assert_eq!(line, format!("partui run --workload primes --backend {expected}"));
    }

    #[test]
    fn defaults_are_left_out() {
        let settings = RunSettings::default();
        check(wish(BackendId::Threads), settings, "threads --workers 4 --gil off");
        check(wish(BackendId::Sequential), settings, "sequential --workers 1 --gil off");
        check(wish(BackendId::Processes), settings, "processes --workers 4 --gil off");
    }

    #[test]
    fn every_setting_that_is_not_the_default_appears() {
        let mut threads = Wish {
            gil: true,
            gil_model: Some(GilModel::CHeld),
            switch_interval: Nanos::from_micros(100),
            chunk: Chunk::Fixed(8),
            ..wish(BackendId::Threads)
        };
        threads.values.set("tasks", Value::Count(10));
        check(
            threads,
            RunSettings {
                runs: 7,
                warmup: 0,
                min_time: Some(Nanos::from_millis(1_500)),
                order: Order::Sequential,
                baseline: Baseline::None,
            },
            "threads --workers 4 --gil on --gil-model c-held --switch-interval 100us --chunk 8 --tasks 10 --runs 7 \
             --warmup 0 --min-time 1500ms --order sequential --baseline none",
        );
        check(
            Wish { in_flight: Some(32), retries: 0, ..wish(BackendId::Processes) },
            RunSettings::default(),
            "processes --workers 4 --gil off --in-flight 32 --retries 0",
        );
    }

    #[test]
    fn every_parameter_of_every_workload_appears_when_it_is_changed() {
        for workload in WORKLOADS {
            for parameter in workload.about().parameters {
                let mut wish = Wish::of(*workload, BackendId::Threads, 1);
                let differs = |text: &&&str| parameter.parse(text).unwrap() != parameter.default_value();
                let other = if parameter.kind == ParameterKind::Text {
                    Value::Text("it's".to_owned())
                } else {
                    parameter.parse(parameter.presets.iter().find(differs).unwrap()).unwrap()
                };
                wish.values.set(parameter.name, other.clone());
                // A forged configuration: whether the values fit each other is not asked here.
                let mut configuration = Configuration::new(Wish::of(*workload, BackendId::Threads, 1)).unwrap();
                configuration.values = wish.values;
                let line = of(&configuration, RunSettings::default());
                let expected = format!(" --{} {}", parameter.name, quoted(OsStr::new(&other.to_string())));
                assert!(line.contains(&expected), "{line} lacks {expected}");
            }
        }
    }

    #[test]
    fn paths_are_quoted_for_a_shell() {
        let cases: [(&[u8], &str); 6] = [
            (b"data/a.csv", " --input data/a.csv"),
            (b"my file", " --input 'my file'"),
            (b"it's $HOME", r" --input 'it'\''s $HOME'"),
            (b"-x", " --input=-x"),
            (b"", " --input ''"),
            (b"a\n'\xff", r" --input $'a\x0a\'\xff'"),
        ];
        for (path, expected) in cases {
            let mut line = Line(String::new());
            line.flag_os("input", PathBuf::from(OsStr::from_bytes(path)).as_os_str());
            assert_eq!(line.0, expected);
        }
    }
}
