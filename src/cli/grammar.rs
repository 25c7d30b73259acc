//! The flags as a grammar for the argument parser, and the words of `--help` around them.
//!
//! The parser decides which texts belong to which flag, suggests names and prints help; what a text means is decided
//! behind it, in the same way for flags and for variables.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;

use super::Section;
use super::flags::{self, Flag, Scope, Takes};

const ABOUT: &str = "See and measure, on this machine, what processes, threads and a GIL cost a real workload.\n\n\
    Without a command, partui opens its terminal UI; the flags below choose what it starts with.";

const RUN_ABOUT: &str = "Measure without the terminal UI: every combination of the listed workloads, backends, \
    workers and lock settings, in turns, with warm-up and repetitions. The table of results goes to standard output, all else to \
    standard error.";

const VALUES: &str = "Values:
  durations carry a unit: 500us, 5ms, 1.5s, 2m; byte counts may: 4096, 64KiB, 1.5MB; counts may be written 1_000_000
  every flag can be set by its variable, such as PARTUI_WORKERS=4; a flag wins, an empty variable counts as not set";

const ROOT_EXAMPLES: &str = "Examples:
  partui                                  look, choose and measure on the screen
  partui run                              one workload on every backend, in a few seconds
  partui run -w primes -b threads,processes -n 1..4 -g both
  partui list workloads                   what can be computed, with units and defaults
  partui doctor                           which cores this process may really use";

const RUN_EXAMPLES: &str = "Examples:
  partui run                              the first workload on every backend
  partui run -w primes -b threads -n 4 -g both --export-csv gil.csv
  partui run -w hash --input ~/pictures --output digests.txt
  partui run -w sleep -b threads -n 32 --tasks 320 --json-stream

Exit status: 0 all well; 1 a run failed, diverged or could not be exported; 2 the command line is wrong;
  130 after Ctrl-C, with the finished results printed";

/// The whole grammar.
pub(super) fn grammar() -> Command {
    let flags = flags::all();
    Command::new("partui")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(format!("{VALUES}\n\n{ROOT_EXAMPLES}"))
        .args_conflicts_with_subcommands(true)
        .args(flags.iter().filter(|flag| flag.scope == Scope::Everywhere).map(argument))
        .subcommand(
            Command::new("run")
                .about("Measure without the terminal UI")
                .long_about(RUN_ABOUT)
                .after_help(format!("{VALUES}\n\n{RUN_EXAMPLES}"))
                .args(flags.iter().map(argument)),
        )
        .subcommand(
            Command::new("list")
                .about("Say what there is: workloads, backends, transports and columns, with units and defaults")
                .arg(word("section", Section::ALL.map(Section::name), "What to list; all of it where left out"))
                .arg(json()),
        )
        .subcommand(
            Command::new("doctor")
                .about("Say what this process may use of this machine, and what limits it")
                .arg(json()),
        )
        .subcommand(
            Command::new("completions").about("Print a script that completes partui's flags in a shell").arg(word(
                "shell",
                SHELLS,
                "Which shell's script",
            )),
        )
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

fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON instead of text")
}

fn argument(flag: &Flag) -> Arg {
    let argument = Arg::new(&flag.name).long(&flag.name).help(explained(flag)).help_heading(flag.heading.title());
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
    let default = if flag.default.is_empty() { String::new() } else { format!(" [default: {}]", flag.default) };
    let before = if flag.help.contains('\n') { '\n' } else { ' ' };
    format!("{}{default}{before}[env: {}]", flag.help, flag.variable())
}

/// Splits arguments into what each flag was given.
pub(super) fn matches(args: &[OsString]) -> Result<clap::ArgMatches, clap::Error> {
    let program = std::iter::once(OsString::from("partui"));
    grammar().try_get_matches_from(program.chain(args.iter().cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }

    #[test]
    fn every_shell_that_is_offered_has_a_script() {
        for name in SHELLS {
            assert!(shell(name).is_some(), "{name}");
        }
    }

    #[test]
    fn help_explains_every_flag_with_its_variable() {
        let help = matches(&["run".into(), "--help".into()]).unwrap_err().render().to_string();
        for flag in flags::all() {
            assert!(help.contains(&format!("--{}", flag.name)), "{}", flag.name);
            assert!(help.contains(&format!("[env: {}]", flag.variable())), "{}", flag.name);
        }
    }
}
