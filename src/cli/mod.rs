//! The command line: what somebody asks for, as a value, and the front-ends that need no screen.
//!
//! [`parse`] is pure: it turns arguments and environment into a [`Command`] or into one line that says what is wrong.
//! Nothing in here ends the process.

mod advise;
mod command_line;
mod compare;
mod flags;
mod given;
mod grammar;
pub mod list;
mod manual;
mod measurement;
mod run;
mod scaling;
mod selection;
mod usage;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use clap::ArgMatches;
use clap_complete::Shell;

pub use self::advise::{Advising, advise};
pub use self::command_line::command_line;
pub use self::compare::{Comparison, Form, compare, found};
use self::flags::Scope;
pub use self::given::Environment;
use self::given::Given;
pub use self::list::Section;
pub use self::manual::manual;
pub use self::measurement::{Measurement, Purpose};
pub use self::run::run;
use self::selection::Defaults;
pub use self::usage::UsageError;
use crate::experiment::{self, EXPERIMENTS};
use crate::spec::{BackendId, Configuration, RunSettings};
use crate::text::program_name;

/// What somebody asks the program to do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open the terminal UI.
    Interface(Box<Preset>),
    /// Measure without it.
    Run(Box<Measurement>),
    /// Measure what textbooks say.
    Compare(Comparison),
    /// Say what saved results mean.
    Advise(Advising),
    /// Say what there is.
    List {
        /// Which part of it; `None` means all.
        section: Option<Section>,
        /// JSON instead of text.
        json: bool,
    },
    /// Say what the machine offers.
    Doctor {
        /// JSON instead of text.
        json: bool,
    },
    /// Print a completion script.
    Completions(Shell),
    /// Print the manual page.
    Manual,
    /// Print this text: help or version.
    Print(String),
}

/// Whether a flag can be made of each parameter.
///
/// # Errors
/// A parameter of a workload that is called as another flag.
pub fn check_flags() -> Result<(), UsageError> {
    match flags::clash() {
        Some(name) => Err(UsageError::new(format!("the parameter {name}"), "a flag of partui has this name already")),
        None => Ok(()),
    }
}

/// What the terminal UI starts with.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// What is chosen.
    pub configuration: Configuration,
    /// How it would be measured.
    pub settings: RunSettings,
    /// How it is drawn.
    pub look: Look,
    /// Whether the guided tour begins at once.
    pub tour: bool,
}

/// How output looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colors and bold text: as asked, or `None` to use them on a terminal.
    pub color: Option<bool>,
    /// Whether only ASCII characters may be drawn.
    pub ascii: bool,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It was asked for wrongly.
    #[error("{0}")]
    Usage(#[from] UsageError),
    /// The system did not let us.
    #[error("{0:#}")]
    System(#[from] anyhow::Error),
}

impl Failure {
    /// The exit status: 2 for what was asked wrongly, else 1.
    #[must_use]
    pub const fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::System(_) => 1,
        }
    }
}

/// Whether the terminal UI can be opened.
///
/// # Errors
/// Standard input or output is no terminal, or one that cannot do more than print lines.
pub fn interface_is_possible(
    stdin_is_terminal: bool,
    stdout_is_terminal: bool,
    environment: &Environment,
) -> Result<(), UsageError> {
    let missing = match (stdin_is_terminal, stdout_is_terminal) {
        _ if environment.variable("TERM").is_some_and(|term| term == "dumb") => "TERM=dumb",
        (_, false) => "standard output is no terminal",
        (false, true) => "standard input is no terminal",
        (true, true) => return Ok(()),
    };
    Err(UsageError::new(missing, "the terminal UI needs one that can move its cursor; partui run measures without it"))
}

/// Prints to standard output. A reader that has gone away has heard enough.
///
/// # Errors
/// Anything else that keeps the text from being printed.
pub fn print(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to standard output").into())
        }
        _ => Ok(()),
    }
}

/// The longest argument that is read, in bytes: paths are never longer, lists never need to be.
const LONGEST_ARGUMENT: usize = 8_192;

/// Reads a command line (without the program's name). A flag wins over its variable.
///
/// # Errors
/// The first thing that cannot be served.
pub fn parse(args: &[OsString], environment: &Environment) -> Result<Command, UsageError> {
    if let Some(refusal) = args.iter().find_map(|argument| unreadable(argument)) {
        return Err(refusal);
    }
    let matches = match grammar::matches(args, environment.columns) {
        Ok(matches) => matches,
        // The parser calls everything an error that it answers itself.
        Err(answer) if !answer.use_stderr() => return Ok(Command::Print(answer.render().to_string())),
        Err(error) => return Err(UsageError::of_parser(&error, args)),
    };
    match matches.subcommand() {
        None => interface(&matches, environment, false),
        Some(("demo", matches)) => interface(matches, environment, true),
        Some(("run", matches)) => measurement(matches, environment, Purpose::Results),
        Some(("compare", matches)) => comparison(matches, environment),
        Some(("advise", matches)) => advising(matches, environment),
        Some(("scale", matches)) => measurement(matches, environment, Purpose::Scale),
        Some(("list", matches)) => {
            Ok(Command::List { section: word(matches, "section").and_then(Section::by_name), json: json(matches) })
        }
        Some(("doctor", matches)) => Ok(Command::Doctor { json: json(matches) }),
        Some(("completions", matches)) => completions(matches),
        Some(("man", _)) => Ok(Command::Manual),
        Some((name, _)) => Err(UsageError::new(name, "not a command")),
    }
}

/// Prints the script that completes partui's flags in a shell.
#[must_use]
pub fn completion_script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut grammar::grammar(None), program_name(), &mut script);
    script
}

/// An argument that the parser is spared.
fn unreadable(argument: &OsStr) -> Option<UsageError> {
    if argument.len() > LONGEST_ARGUMENT {
        return Some(UsageError::new(
            usage::shown(argument),
            format!("allowed are {LONGEST_ARGUMENT} bytes an argument"),
        ));
    }
    (argument == "--").then(|| UsageError::new("--", "not allowed: every argument of partui is a flag or a command"))
}

fn interface(matches: &ArgMatches, environment: &Environment, tour: bool) -> Result<Command, UsageError> {
    let everywhere = || flags::all().into_iter().filter(|flag| flag.scope == Scope::Everywhere).collect();
    let flags: Vec<_> = if tour { grammar::appearance() } else { everywhere() };
    let given = Given::read(matches, &flags, environment)?;
    let defaults = Defaults { backends: &[BackendId::Threads], workers: None };
    let configurations = selection::configurations(&given, environment, &defaults)?;
    let [configuration] = configurations.as_slice() else { return Err(several(&given)) };
    Ok(Command::Interface(Box::new(Preset {
        configuration: configuration.clone(),
        settings: selection::settings(&given)?,
        look: look(&given, environment),
        tour,
    })))
}

/// The refusal of a list where one value is wanted.
fn several(given: &Given) -> UsageError {
    let listed = |flag: &&str| given.raw(flag).iter().any(|text| text != "on" && text != "off" && is_list(text));
    let flag = ["workload", "backend", "workers", "gil"].into_iter().find(listed).unwrap_or("workload");
    let value = given.raw(flag).first().cloned().unwrap_or_default();
    given.refuse(flag, &value, "the terminal UI starts with one value; partui run measures several")
}

fn is_list(text: &OsStr) -> bool {
    let text = text.to_string_lossy();
    text.contains([',', '.']) || text == "all" || text == "both"
}

fn measurement(matches: &ArgMatches, environment: &Environment, purpose: Purpose) -> Result<Command, UsageError> {
    let given = Given::read(matches, &flags::all(), environment)?;
    let configurations = match purpose {
        Purpose::Results => {
            let defaults = Defaults { backends: &BackendId::ALL, workers: None };
            selection::configurations(&given, environment, &defaults)?
        }
        Purpose::Scale => scaling::configurations(&given, environment)?,
    };
    let settings = selection::settings(&given)?;
    let look = look(&given, environment);
    let measurement = Measurement::new(&given, purpose, configurations, settings, look)?;
    Ok(Command::Run(Box::new(measurement)))
}

fn comparison(matches: &ArgMatches, environment: &Environment) -> Result<Command, UsageError> {
    let given = Given::read(matches, &grammar::appearance(), environment)?;
    let rows = matches.get_many::<String>("row").into_iter().flatten();
    let rows: Vec<&str> = rows.filter_map(|word| experiment::called(word)).collect();
    let about = EXPERIMENTS.iter().map(|experiment| experiment.about().id);
    Ok(Command::Compare(Comparison {
        rows: about.filter(|id| rows.is_empty() || rows.contains(id)).collect(),
        scope: experiment::Scope { cores: environment.usable_cores, quick: matches.get_flag("quick") },
        form: form(matches),
        quiet: given.has("quiet"),
        look: look(&given, environment),
    }))
}

fn advising(matches: &ArgMatches, environment: &Environment) -> Result<Command, UsageError> {
    let given = Given::read(matches, &grammar::appearance(), environment)?;
    let files: Vec<OsString> = matches.get_many::<OsString>("file").into_iter().flatten().cloned().collect();
    if files.is_empty() {
        return Err(UsageError::new(
            "advise",
            "a file is missing: exports of partui run, CSV or JSON; - is standard input",
        ));
    }
    if files.iter().filter(|file| *file == "-").count() > 1 {
        return Err(UsageError::new("-", "standard input can be read once"));
    }
    Ok(Command::Advise(Advising { files, form: form(matches), look: look(&given, environment) }))
}

fn form(matches: &ArgMatches) -> Form {
    match () {
        () if json(matches) => Form::Json,
        () if matches.get_flag("markdown") => Form::Markdown,
        () => Form::Text,
    }
}

fn completions(matches: &ArgMatches) -> Result<Command, UsageError> {
    let shell = word(matches, "shell").and_then(grammar::shell).map(Command::Completions);
    shell.ok_or_else(|| UsageError::new("completions", format!("a shell is missing: {}", grammar::SHELLS.join(", "))))
}

fn word<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a str> {
    matches.get_one::<String>(name).map(String::as_str)
}

fn json(matches: &ArgMatches) -> bool {
    matches.get_flag("json")
}

/// `--color` decides; `auto` leaves it to the terminal unless `NO_COLOR` (no-color.org) is set.
fn look(given: &Given, environment: &Environment) -> Look {
    let asked = given.raw("color").first().and_then(|text| text.to_str());
    let color = match asked {
        Some("always") => Some(true),
        Some("never") => Some(false),
        _ => environment.variable("NO_COLOR").map(|_| false),
    };
    Look { color, ascii: given.has("ascii") }
}

#[cfg(test)]
mod tests;
