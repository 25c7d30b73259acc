//! partui measures, on the machine it runs on, what it costs to run a workload in processes, in threads or in neither.
//!
//! The rooms below are listed in the order in which data flows: a room uses only rooms that stand above it, and a test
//! holds that.
//!
//! # Workloads of your own
//!
//! A program of yours brings its own work: implement [`workload::Workload`] and let `main` be nothing but
//! [`run_with`]. Every backend, page, flag and export is there for it, beside the workloads of partui. All that is needed
//! is in [`workload`]; `examples/own_workload.rs` is a whole one.

pub mod units;
pub mod quantity;
pub mod text;
pub mod publish;
pub mod stats;
pub mod machine;
pub mod beat;
pub mod workload;
pub mod fault;
pub mod spec;
pub mod board;
pub mod gil;
pub mod child;
pub mod task;
pub mod companion;
pub mod worker;
pub mod backend;
pub mod engine;
pub mod results;
pub mod conductor;
pub mod experiment;
pub mod advisor;
pub mod export;
pub mod doctor;
pub mod cli;
pub mod tui;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use child::Role;
use cli::{Command, Environment, Failure, Preset, UsageError};
use machine::Machine;
use tui::End;
use workload::Workload;

/// A whole program that measures `own` workloads, and partui's: the end of a `main` that does nothing before. `args` are
/// those of the process, its name first.
///
/// Engines and workers are processes of the same program, which find their role in `args` too. So whatever else `main`
/// did, it would do in each of them.
#[must_use]
pub fn run_with(args: impl IntoIterator<Item = OsString>, own: &[&'static dyn Workload]) -> ExitCode {
    let mut args = args.into_iter();
    let name = args.next().unwrap_or_default();
    let args: Vec<OsString> = args.collect();
    if let Err(error) = workload::install(own) {
        return failed(&UsageError::new("a workload of this program", error.to_string()).into());
    }
    let role = args.first().and_then(|first| first.to_str());
    match role.and_then(Role::by_argument) {
        Some(Role::Engine) => engine::main(&texts(&args[1..])),
        Some(Role::Worker) => worker::main(&texts(&args[1..])),
        Some(Role::Companion) => companion::main(&texts(&args[1..])),
        None => {
            text::call(&name);
            run(&args)
        }
    }
}

/// Does what `args`, the arguments without the program's name, ask for. What goes wrong is said in one line on standard
/// error; the exit status tells the rest.
#[must_use]
pub fn run(args: &[OsString]) -> ExitCode {
    perform(args).unwrap_or_else(|failure| failed(&failure))
}

/// The arguments of the hidden roles, which are always text.
fn texts(arguments: &[OsString]) -> Vec<String> {
    arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// Says what went wrong in one line on standard error; the exit status tells the rest.
fn failed(failure: &Failure) -> ExitCode {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "partui: {failure}");
    ExitCode::from(failure.status())
}

fn perform(args: &[OsString]) -> Result<ExitCode, Failure> {
    cli::check_flags()?;
    let machine = Machine::discover();
    let environment = Environment::of_this_process(u32::try_from(machine.cores.usable).unwrap_or(u32::MAX));
    let text = match cli::parse(args, &environment)? {
        Command::Interface(preset) => {
            cli::interface_is_possible(io::stdin().is_terminal(), io::stdout().is_terminal(), &environment)?;
            return interface(&preset, &machine, &environment);
        }
        Command::Run(measurement) => return cli::run(&measurement, &machine),
        Command::Compare(comparison) => return cli::compare(&comparison),
        Command::Advise(asked) => return cli::advise(&asked),
        Command::List { section, json: true } => cli::list::json(section).into(),
        Command::List { section, json: false } => cli::list::text(section).into(),
        Command::Doctor { json: true } => doctor::json(&machine, &machine::interpreters(), &overheads(&machine)).into(),
        Command::Doctor { json: false } => {
            doctor::report(&machine, &machine::interpreters(), &overheads(&machine)).into()
        }
        Command::Completions(shell) => cli::completion_script(shell),
        Command::Manual => cli::manual(),
        Command::Print(text) => text.into(),
    };
    cli::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn overheads(machine: &Machine) -> doctor::Overheads {
    doctor::Overheads::measure(machine.clock_read)
}

/// Shows the terminal UI; afterwards the results stand on the screen that it leaves behind.
fn interface(preset: &Preset, machine: &Machine, environment: &Environment) -> Result<ExitCode, Failure> {
    let variable = |name: &str| Some(environment.variable(name)?.to_string_lossy().into_owned());
    let left =
        tui::run(preset, machine, variable).map_err(|error| anyhow::Error::new(error).context("the terminal"))?;
    let status = match left.end {
        End::Quit => 0,
        // Nobody is there to read anything any more.
        End::Signal(libc::SIGHUP) => return Ok(ExitCode::from(129)),
        End::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        End::Failure(why) => {
            // With standard error gone there is nobody left to tell.
            let _ = writeln!(io::stderr(), "{why}");
            101
        }
    };
    let rows = left.rows.iter().map(|(number, row)| (*number as usize, row));
    cli::print(results::table::render_numbered(rows, left.width, preset.look.ascii).as_bytes())?;
    cli::print(cli::found(&left.findings, machine.cores.usable, preset.look).as_bytes())?;
    Ok(ExitCode::from(status))
}
