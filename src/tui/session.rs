//! The UI from its start to its end: what it starts with, and what is left when it is over.

use std::io;

use rustix::stdio::stdout;
use rustix::termios::tcgetwinsize;

use super::app::{App, Setup};
use super::outside::Outside;
use super::terminal::{End, Signals, show};
use super::theme::{Palette, Theme};
use crate::cli::{Look, Preset};
use crate::experiment::{EXPERIMENTS, Finding};
use crate::machine::Machine;
use crate::results::{ResultRow, Status};
use crate::spec::{Chunk, Configuration, Overrides, RETRIES, SWITCH_INTERVAL, Transport, Wish};
use crate::workload::{Value, Values, by_id};

/// What is left of the UI.
#[derive(Debug)]
pub struct Left {
    /// How it ended.
    pub end: End,
    /// All results that were not deleted, each with the number that it had on the screen, ascending.
    pub rows: Vec<(u32, ResultRow)>,
    /// What was found on the page that compares, in the order of the textbook, each with its place there.
    pub findings: Vec<(usize, Finding)>,
    /// How many columns the terminal has; 80 where it does not say.
    pub width: usize,
}

/// Opens the UI and returns when it is over, with the terminal as it was and all engines ended.
///
/// Call it while the process has no other thread. A signal that comes after it has returned ends the process at once.
///
/// # Errors
/// There is no terminal, it is gone, or the system has no thread or descriptor to give.
pub fn run(preset: &Preset, machine: &Machine, variable: impl Fn(&str) -> Option<String>) -> io::Result<Left> {
    let signals = Signals::hold();
    let mut app = App::new(Setup {
        machine: machine.clone(),
        wish: wish(&preset.configuration),
        settings: preset.settings,
        overrides: overrides(&preset.configuration),
        theme: theme(preset.look, variable),
        tour: preset.tour,
        size: (0, 0),
    });
    let end = show(signals, &mut app, |bell| Outside::connect(machine.clone(), bell))?;
    let width = tcgetwinsize(stdout()).ok().filter(|size| size.ws_col > 0).map_or(80, |size| size.ws_col.into());
    let rows = app.table().kept().map(|(number, row)| (number, ended(row.clone()))).collect();
    let found = |place| Some((place, app.textbook().finding(place)?.clone()));
    Ok(Left { end, rows, findings: (0..EXPERIMENTS.len()).filter_map(found).collect(), width })
}

/// A row as it is once nobody measures any more: what was going on is cancelled by the end.
fn ended(row: ResultRow) -> ResultRow {
    let status = if row.is_finished() { row.status } else { Status::Cancelled };
    ResultRow { status, ..row }
}

/// What would become `configuration`, with the usual values where it has none.
fn wish(configuration: &Configuration) -> Wish {
    let given = configuration.clone();
    Wish {
        workload: given.workload,
        values: given.values,
        input: given.input,
        payload: given.payload,
        backend: given.backend,
        workers: given.workers,
        gil: given.gil,
        gil_model: given.gil_model,
        switch_interval: given.switch_interval.unwrap_or(SWITCH_INTERVAL),
        transport: given.transport.unwrap_or(Transport::Pipe),
        chunk: given.chunk.unwrap_or(Chunk::Auto),
        in_flight: given.in_flight,
        retries: given.retries.unwrap_or(RETRIES),
        task_timeout: given.task_timeout,
        fault: given.fault,
    }
}

/// What was chosen for the first workload differently from its defaults: other workloads that have such a setting get the
/// same, as they do when one command line measures several.
fn overrides(configuration: &Configuration) -> Overrides {
    let usual = by_id(&configuration.workload).map(|workload| Values::defaults(workload.about().parameters));
    let is_usual = |name: &str, value: &Value| usual.as_ref().and_then(|usual| usual.get(name)) == Some(value);
    let chosen = configuration.values.iter().filter(|(name, value)| !is_usual(name, value));
    chosen.map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

/// How things look at first, from what was asked for and what the terminal says of itself in the environment. It is never
/// queried, since its answer would arrive as keys.
fn theme(look: Look, variable: impl Fn(&str) -> Option<String>) -> Theme {
    let is_light = variable("COLORFGBG").is_some_and(|colors| is_light(&colors));
    let palette = match (look.color, is_light) {
        (Some(false), _) => Palette::Mono,
        (_, true) => Palette::Light,
        (_, false) => Palette::Dark,
    };
    let true_color = variable("COLORTERM").is_some_and(|depth| depth == "truecolor" || depth == "24bit");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|locale| !locale.is_empty());
    Theme { palette, true_color, ascii: look.ascii || locale.is_some_and(|locale| !is_utf8(&locale)) }
}

/// The background is the last of the numbers: 7 and the bright colours from 9 on are light.
fn is_light(colors: &str) -> bool {
    colors.rsplit(';').next().is_some_and(|background| matches!(background.parse(), Ok(7 | 9..=15_u8)))
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::BackendId;
    use crate::workload::WORKLOADS;

    #[test]
    fn a_preset_is_taken_as_it_is() {
        for backend in BackendId::ALL {
            let mut asked = Wish::of(WORKLOADS[0], backend, 1);
            (asked.gil, asked.switch_interval) = (true, crate::units::Nanos::from_millis(50));
            let configuration = Configuration::new(asked).unwrap();
            assert_eq!(Configuration::new(wish(&configuration)).as_ref(), Ok(&configuration), "{backend:?}");
        }
    }

    #[test]
    fn what_was_chosen_at_the_start_holds_for_every_workload_that_has_it() {
        let mut asked = Wish::of(by_id("primes").unwrap(), BackendId::Threads, 2);
        assert_eq!(overrides(&Configuration::new(asked.clone()).unwrap()), []);
        asked.values.set("tasks", Value::Count(77));
        let overrides = overrides(&Configuration::new(asked).unwrap());
        assert_eq!(overrides, [("tasks".to_owned(), "77".to_owned())]);
    }

    #[test]
    fn what_was_going_on_at_the_end_is_cancelled() {
        use crate::results::fixture::row;
        for (before, after) in
            [(Status::Running, Status::Cancelled), (Status::Ok, Status::Ok), (Status::Failed, Status::Failed)]
        {
            let left = ended(row(BackendId::Threads, 2).walls(&[1.0]).status(before).done());
            assert_eq!((left.status, left.samples.len()), (after, 1));
        }
    }

    #[test]
    fn looks_follow_the_environment_and_what_was_asked_for() {
        let check = |color, ascii, variables: &[(&str, &str)], expected: (Palette, bool, bool)| {
            let variable =
                |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            let Theme { palette, true_color, ascii } = theme(Look { color, ascii }, variable);
            assert_eq!((palette, true_color, ascii), expected, "{color:?} {variables:?}");
        };
        check(None, false, &[], (Palette::Dark, false, false));
        check(None, true, &[("LANG", "C.UTF-8")], (Palette::Dark, false, true));
        check(Some(false), false, &[("COLORFGBG", "0;15")], (Palette::Mono, false, false));
        check(None, false, &[("COLORFGBG", "0;15")], (Palette::Light, false, false));
        check(None, false, &[("COLORFGBG", "15;default;0")], (Palette::Dark, false, false));
        check(None, false, &[("COLORFGBG", "junk")], (Palette::Dark, false, false));
        check(None, false, &[("COLORTERM", "truecolor")], (Palette::Dark, true, false));
        check(None, false, &[("LANG", "C")], (Palette::Dark, false, true));
        check(None, false, &[("LC_ALL", ""), ("LANG", "de_DE.utf8")], (Palette::Dark, false, false));
        check(None, false, &[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")], (Palette::Dark, false, true));
    }
}
