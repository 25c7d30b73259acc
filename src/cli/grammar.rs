//! The flags as a grammar for the argument parser, and the words of `--help` around them.
//!
//! The parser decides which texts belong to which flag, suggests names and prints help; what a text means is decided
//! behind it, in the same way for flags and for variables.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, PossibleValue, PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;

use super::Section;
use super::flags::{self, Flag, Scope, Takes};
use crate::experiment::EXPERIMENTS;
use crate::text::program_name;

const SUMMARY: &str = "See and measure, on this machine, what processes, threads and a GIL cost a real workload";

const ABOUT: &str = "See and measure, on this machine, what processes, threads and a GIL cost a real workload.\n\n\
    Without a command, partui opens its terminal UI; the flags below choose what it starts with.";

const RUN_ABOUT: &str = "Measure without the terminal UI: every combination of the listed workloads, backends, \
    workers and lock settings, in turns, with warm-up and repetitions. The table of results goes to standard output, all else to \
    standard error.";

const COMPARE_ABOUT: &str = "Measure what textbooks say of processes and threads, row by row, and judge by this machine's own \
    figures. A claim holds, or does not, only where the whole 95 % interval of its figures says so; else it is undecided. The exit \
    status is 0 whatever the verdicts.";

const COMPARE_EXAMPLES: &str = "Examples:
  partui compare --quick  the whole table within a minute on two cores
  partui compare gil      one row, thoroughly
  partui compare --markdown > table.md";

const ADVISE_ABOUT: &str = "Say what saved results mean: for results of the same work on the same machine, which backend to take \
    and with how many workers, what that rests on, how sure it is, when another would be better, and what it is called in Python \
    and in Rust. Reads the files of --export-csv and --export-json.";

const ADVISE_EXAMPLES: &str = "Examples:
  partui run -b all -g both --export-csv r.csv && partui advise r.csv
  partui advise monday.json tuesday.csv --markdown
  partui run --export-csv - | partui advise -";

const DEMO_ABOUT: &str = "Open the terminal UI with a guided tour: five experiments in about a minute on two cores, each \
    watched while it runs and explained by what was measured. Enter goes on at once, Esc ends the tour.";

const SCALE_ABOUT: &str = "Measure one workload with 1, 2, ... workers on each backend: speed-up and efficiency, from where \
    on more workers bring nothing, and the laws of Amdahl and Gunther (Universal Scalability Law) with their constants. What no \
    measurement shows is marked as model. Otherwise as partui run.";

/// The most columns that help is printed in: longer lines are hard to read.
const WIDEST_HELP: usize = 100;

/// The least columns: below that, lines hold no whole phrase any more.
const NARROWEST_HELP: usize = 40;

pub(super) const VALUES: &str = "Values:
  durations carry a unit: 500us, 5ms, 1.5s, 2m
  byte counts may carry one: 4096, 64KiB, 1.5MB
  counts may be written 1000000, 1_000_000, 4M, 10k or 1e6
  every flag can be set by its variable, such as PARTUI_WORKERS=4
    (a flag wins; an empty variable counts as not set)";

pub(super) const ROOT_EXAMPLES: &str = "Examples:
  partui                  look, choose and measure on the screen
  partui demo             a guided tour of a minute
  partui run              one workload on every backend, in a few seconds
  partui run -w primes -b threads,processes -n 1..4 -g both
  partui compare --quick  what textbooks say, measured within a minute
  partui scale            from how many workers on more bring nothing
  partui advise r.csv     what saved results mean
  partui list workloads   what can be computed, with units and defaults
  partui doctor           which cores this process may really use";

pub(super) const RUN_EXAMPLES: &str = "Examples:
  partui run              the first workload on every backend
  partui run -w primes -b threads -n 4 -g both --export-csv gil.csv
  partui run -w hash --input ~/pictures --output digests.txt
  partui run -w sleep -b threads -n 32 --tasks 320 --json-stream";

pub(super) const SCALE_EXAMPLES: &str = "Examples:
  partui scale            the first workload, with up to two workers a core
  partui scale -w primes -b threads -g both
  partui scale -w sleep -b threads,async -n 1..8 --runs 10";

pub(super) const EXIT_STATUS: &str = "Exit status:
  0 all well; 1 a run failed, diverged or could not be exported;
  2 the command line is wrong;
  130 after Ctrl-C, with the finished results printed";

/// The whole grammar, whose help fits a terminal of that many columns; `None` is no terminal.
pub(super) fn grammar(columns: Option<usize>) -> Command {
    let flags = flags::all();
    Command::new(program_name())
        .term_width(columns.map_or(WIDEST_HELP, |columns| columns.clamp(NARROWEST_HELP, WIDEST_HELP)))
        .version(env!("CARGO_PKG_VERSION"))
        .about(SUMMARY)
        .long_about(ABOUT)
        .after_help(format!("{VALUES}\n\n{ROOT_EXAMPLES}"))
        .args_conflicts_with_subcommands(true)
        .args(flags.iter().filter(|flag| flag.scope == Scope::Everywhere).map(argument))
        .subcommand(
            Command::new("run")
                .about("Measure without the terminal UI")
                .long_about(RUN_ABOUT)
                .after_help(format!("{VALUES}\n\n{RUN_EXAMPLES}\n\n{EXIT_STATUS}"))
                .args(flags.iter().map(argument)),
        )
        .subcommand(
            Command::new("demo")
                .about("Show around: five experiments in about a minute, watched and explained")
                .long_about(DEMO_ABOUT)
                .args(appearance().iter().map(argument)),
        )
        .subcommand(
            Command::new("compare")
                .about("Measure what textbooks say of processes and threads, row by row")
                .long_about(COMPARE_ABOUT)
                .after_help(COMPARE_EXAMPLES)
                .arg(row())
                .arg(switch("quick", "Fewer and shorter samples: all rows within a minute on two cores"))
                .arg(json())
                .arg(switch("markdown", "Print Markdown instead of text").conflicts_with("json"))
                .args(appearance().iter().map(argument)),
        )
        .subcommand(
            Command::new("advise")
                .about("Say what saved results mean: what to take, how sure that is, when another would be better")
                .long_about(ADVISE_ABOUT)
                .after_help(ADVISE_EXAMPLES)
                .arg(files())
                .arg(json())
                .arg(switch("markdown", "Print Markdown instead of text").conflicts_with("json"))
                .args(appearance().iter().map(argument)),
        )
        .subcommand(
            Command::new("scale")
                .about("Measure how a workload scales with its workers, and fit the laws of scaling")
                .long_about(SCALE_ABOUT)
                .after_help(format!("{VALUES}\n\n{SCALE_EXAMPLES}\n\n{EXIT_STATUS}"))
                .args(flags.iter().map(argument)),
        )
        .subcommand(
            Command::new("list")
                .about("Say what there is: workloads, backends, transports, faults and columns, with units and defaults; and what words mean")
                .arg(word("section", Section::ALL.map(Section::name), "What to list; all of it where left out"))
                .arg(json()),
        )
        .subcommand(
            Command::new("doctor")
                .about(
                    "Say what this process may use of this machine, what limits it, and what parallel work costs on it",
                )
                .arg(json()),
        )
        .subcommand(
            Command::new("completions").about("Print a script that completes partui's flags in a shell").arg(word(
                "shell",
                SHELLS,
                "Which shell's script",
            )),
        )
        .subcommand(Command::new("man").about("Print the manual page: partui man | man -l -"))
}

/// The names of the shells that there are scripts for.
pub(super) const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

/// The shell of that name.
pub(super) fn shell(name: &str) -> Option<Shell> {
    name.parse().ok()
}

fn word<const N: usize>(name: &'static str, words: [&'static str; N], help: &'static str) -> Arg {
    Arg::new(name).value_parser(PossibleValuesParser::new(words)).help(help)
}

/// The files that advice is asked on.
fn files() -> Arg {
    let help = "Exports of partui run, CSV or JSON; - is standard input";
    let files = Arg::new("file").value_parser(OsStringValueParser::new()).num_args(0..).help(help);
    files.value_hint(ValueHint::FilePath)
}

/// Rows of the textbook's table, by their names or as the table calls them.
fn row() -> Arg {
    let names = EXPERIMENTS.iter().map(|experiment| experiment.about());
    let names = names.map(|about| PossibleValue::new(about.id).alias(about.feature));
    let row = Arg::new("row").help("Which rows; all of them where left out").num_args(0..);
    row.value_parser(PossibleValuesParser::new(names)).ignore_case(true)
}

/// The flags that say how output looks.
pub(super) fn appearance() -> Vec<Flag> {
    flags::all().into_iter().filter(|flag| ["quiet", "color", "ascii"].contains(&flag.name.as_str())).collect()
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn json() -> Arg {
    switch("json", "Print JSON instead of text")
}

fn argument(flag: &Flag) -> Arg {
    let argument = Arg::new(&flag.name).long(&flag.name).help_heading(flag.heading.title());
    let argument = argument.help(in_brief(flag)).long_help(explained(flag));
    let argument = match flag.short {
        Some(short) => argument.short(short),
        None => argument,
    };
    let plain = ValueParser::from(OsStringValueParser::new());
    match flag.takes {
        Takes::Nothing => argument.action(ArgAction::SetTrue),
        Takes::Text(placeholder) => argument.value_name(placeholder).value_parser(plain),
        Takes::File => argument.value_name("path|-").value_parser(plain).value_hint(ValueHint::FilePath),
        // What looks like a flag is taken as a value here, so that its refusal says what is allowed.
        Takes::One(placeholder) => argument.value_name(placeholder).value_parser(plain).allow_hyphen_values(true),
        Takes::Choice(words) => {
            let argument = argument.value_name(words.join("|")).value_parser(PossibleValuesParser::new(words));
            argument.hide_possible_values(true).allow_hyphen_values(true)
        }
        Takes::Paths => {
            let argument = argument.value_name("path").value_parser(plain).value_hint(ValueHint::AnyPath);
            argument.action(ArgAction::Append).num_args(1..)
        }
    }
}

/// The help text with the default and the variable behind it.
fn explained(flag: &Flag) -> String {
    let before = if flag.help.contains('\n') { '\n' } else { ' ' };
    format!("{}{}{before}[env: {}]", flag.help, default_of(flag), flag.variable())
}

/// What `-h` says of a flag: neither its variable nor what it means to each workload.
fn in_brief(flag: &Flag) -> String {
    format!("{}{}", flag.brief.as_ref().unwrap_or(&flag.help), default_of(flag))
}

fn default_of(flag: &Flag) -> String {
    match (flag.default.as_str(), flag.takes) {
        ("", Takes::Nothing) => " [default: off]".to_owned(),
        ("", _) => String::new(),
        (default, _) => format!(" [default: {default}]"),
    }
}

/// The names of all commands.
pub(super) fn commands() -> Vec<String> {
    grammar(None).get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// The flags of the command with that name, without dashes; those of bare `partui` where there is no such command.
pub(super) fn flags_of(command: &str) -> Vec<String> {
    let grammar = grammar(None);
    let command = grammar.find_subcommand(command).unwrap_or(&grammar);
    command.get_arguments().filter_map(Arg::get_long).map(str::to_owned).collect()
}

/// Splits arguments into what each flag was given.
pub(super) fn matches(args: &[OsString], columns: Option<usize>) -> Result<clap::ArgMatches, clap::Error> {
    let program = std::iter::once(OsString::from(program_name()));
    grammar(columns).try_get_matches_from(program.chain(args.iter().cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        grammar(None).debug_assert();
    }

    #[test]
    fn every_shell_that_is_offered_has_a_script() {
        for name in SHELLS {
            assert!(shell(name).is_some(), "{name}");
        }
    }

    fn help(line: &[&str], columns: Option<usize>) -> String {
        let args: Vec<OsString> = line.iter().map(OsString::from).collect();
        matches(&args, columns).unwrap_err().render().to_string()
    }

    /// The words of a text, wherever its lines end.
    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn help_explains_every_flag_with_its_default_and_variable() {
        let help = words(&help(&["run", "--help"], None));
        for flag in flags::all() {
            assert!(help.contains(&format!("--{}", flag.name)), "{}", flag.name);
            let explained = words(&explained(&flag));
            assert!(help.contains(&explained) && explained.contains("[default: "), "{}: {explained}", flag.name);
            assert!(explained.ends_with(&format!("[env: {}]", flag.variable())), "{}: {explained}", flag.name);
        }
    }

    #[test]
    fn help_in_brief_names_every_flag_and_says_whose_settings_are_whose() {
        let brief = help(&["run", "-h"], Some(100));
        for flag in flags::all() {
            assert!(brief.contains(&format!("--{}", flag.name)), "{}", flag.name);
        }
        let brief_words = words(&brief);
        assert!(brief_words.contains("A setting of primes, render, "), "{brief}");
        assert!(!brief_words.contains("[env: "), "{brief}");
        let full = help(&["run", "--help"], Some(100));
        assert!(2 * brief.lines().count() < full.lines().count(), "{}", brief.lines().count());
    }

    #[test]
    fn help_fits_the_terminal_and_is_never_wider_than_can_be_read() {
        for line in [
            &["--help"][..],
            &["-h"],
            &["run", "--help"],
            &["run", "-h"],
            &["compare", "-h"],
            &["scale", "-h"],
            &["list", "-h"],
            &["man", "-h"],
        ] {
            for (columns, widest) in [(None, 100), (Some(300), 100), (Some(100), 100), (Some(80), 80), (Some(60), 60)] {
                let help = help(line, columns);
                let longest = help.lines().max_by_key(|line| line.chars().count()).unwrap();
                assert!(longest.chars().count() <= widest, "{line:?} at {columns:?}: {longest}");
            }
        }
        let lines = |columns| help(&["run", "--help"], Some(columns)).lines().count();
        assert!(lines(100) < lines(80), "lines are as long as the terminal allows");
    }

    #[test]
    fn the_words_around_the_flags_are_not_broken_at_80_columns() {
        for (command, examples) in [("run", RUN_EXAMPLES), ("scale", SCALE_EXAMPLES)] {
            let help = help(&[command, "--help"], Some(80));
            for text in [VALUES, examples, EXIT_STATUS] {
                assert!(help.contains(text), "{help}");
            }
        }
    }
}
