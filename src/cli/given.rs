//! What each flag was given, by the command line or else by its variable, and how a refusal names it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use clap::ArgMatches;
use clap::parser::ValueSource;
use rustix::termios::tcgetwinsize;

use super::flags::{Flag, Takes, variable_of};
use super::usage::{UsageError, shown};
use crate::workload::Refusal;

/// What surrounds the program: all that a command line is read with, besides itself.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// How many cores the process may use; at least 1.
    pub usable_cores: u32,
    /// How many columns the terminal has; `None` where there is none.
    pub columns: Option<usize>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_this_process(usable_cores: u32) -> Self {
        let columns = columns_of(&io::stdout()).or_else(|| columns_of(&io::stderr()));
        Self { variables: std::env::vars_os().collect(), usable_cores, columns }
    }

    /// The variable's value; `None` where it is not set or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }
}

/// The flags that were given, and their texts.
#[derive(Debug, Default)]
pub(super) struct Given {
    texts: BTreeMap<String, Vec<OsString>>,
    from_variables: BTreeSet<String>,
}

impl Given {
    /// Collects what `flags` were given: the command line wins over a variable.
    pub(super) fn read(matches: &ArgMatches, flags: &[Flag], environment: &Environment) -> Result<Self, UsageError> {
        let mut given = Self::default();
        for flag in flags {
            if matches.value_source(&flag.name) == Some(ValueSource::CommandLine) {
                let texts = matches.get_raw(&flag.name).into_iter().flatten().map(OsStr::to_owned);
                given.texts.insert(flag.name.clone(), texts.collect());
            } else if let Some(value) = environment.variable(&flag.variable()) {
                given.from_variables.insert(flag.name.clone());
                given.read_variable(flag, value)?;
            }
        }
        Ok(given)
    }

    fn read_variable(&mut self, flag: &Flag, value: &OsStr) -> Result<(), UsageError> {
        let texts = match flag.takes {
            Takes::One(_) | Takes::Text(_) | Takes::File => vec![value.to_owned()],
            Takes::Paths => std::env::split_paths(value).map(OsString::from).collect(),
            Takes::Choice(words) if words.iter().any(|word| value == *word) => vec![value.to_owned()],
            Takes::Choice(words) => {
                return Err(self.refuse(&flag.name, value, format!("allowed is {}", words.join(", "))));
            }
            Takes::Nothing => match switch(value) {
                Some(true) => Vec::new(),
                Some(false) => return Ok(()),
                None => return Err(self.refuse(&flag.name, value, "allowed is 1, true, yes, on, 0, false, no or off")),
            },
        };
        self.texts.insert(flag.name.clone(), texts);
        Ok(())
    }

    /// Whether a flag without value was given, or one with a value at all.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.texts.contains_key(flag)
    }

    /// Whether a flag's value comes from its variable, which may be meant for other runs.
    pub(super) fn is_from_variable(&self, flag: &str) -> bool {
        self.from_variables.contains(flag)
    }

    /// All that a flag was given.
    pub(super) fn raw(&self, flag: &str) -> &[OsString] {
        self.texts.get(flag).map_or(&[], Vec::as_slice)
    }

    /// A flag's value as `read` understands it, or the refusal that says what is `allowed`; `None` without the flag.
    pub(super) fn value<T>(
        &self,
        flag: &str,
        allowed: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, UsageError> {
        let Some(text) = self.raw(flag).first() else { return Ok(None) };
        match text.to_str().and_then(read) {
            Some(value) => Ok(Some(value)),
            None => Err(self.refuse(flag, text, format!("allowed is {allowed}"))),
        }
    }

    /// The refusal of a flag's value, which names the variable where it came from there.
    pub(super) fn refuse(&self, flag: &str, value: &OsStr, allowed: impl Into<String>) -> UsageError {
        let subject = if self.is_from_variable(flag) {
            format!("{}={}", variable_of(flag), shown(value))
        } else {
            format!("--{flag} {}", shown(value))
        };
        UsageError::new(subject, allowed)
    }

    /// A refusal from behind the command line, in the same words.
    pub(super) fn refused(&self, refusal: &Refusal) -> UsageError {
        if refusal.value.is_empty() && self.raw(&refusal.flag).is_empty() {
            return UsageError::new(format!("--{}", refusal.flag), refusal.allowed.clone());
        }
        self.refuse(&refusal.flag, OsStr::new(&refusal.value), refusal.allowed.clone())
    }
}

/// The width of a terminal in columns; `None` where there is none.
pub(super) fn columns_of(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    let size = stream.is_terminal().then(|| tcgetwinsize(stream).ok())??;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

fn switch(value: &OsStr) -> Option<bool> {
    match value.to_str()?.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}
