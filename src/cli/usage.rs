//! What is wrong with a command line, in one line that names the flag, the value and what is allowed.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::flags::{self, Scope};
use super::grammar;
use crate::spec::BackendId;
use crate::text::{scrub, scrub_os};
use crate::workload::WORKLOADS;

/// The most characters of a refused value that are shown.
const LONGEST_SHOWN: usize = 60;

/// A command line, or a variable of the environment, that cannot be served. Its text is scrubbed and fits on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {allowed}")]
pub struct UsageError {
    /// The flag and its value as given, such as `--workers 0` or `PARTUI_WORKERS=0`.
    pub subject: String,
    /// What is allowed instead.
    pub allowed: String,
}

impl UsageError {
    /// An error about `subject`, which is already safe to print.
    #[must_use]
    pub fn new(subject: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { subject: subject.into(), allowed: allowed.into() }
    }

    /// What the argument parser found in `args`, without its usage text.
    pub(super) fn of_parser(error: &clap::Error, args: &[OsString]) -> Self {
        match error.kind() {
            ErrorKind::UnknownArgument => unknown(error, args),
            ErrorKind::InvalidSubcommand => no_command(context(error, ContextKind::InvalidSubcommand)),
            ErrorKind::InvalidValue => invalid_value(error),
            ErrorKind::ArgumentConflict => conflict(error),
            ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => Self::new(argument(error), "takes no value"),
            ErrorKind::InvalidUtf8 => not_text(args),
            _ => Self::new("the command line", first_line(&error.to_string())),
        }
    }
}

fn no_command(given: &str) -> UsageError {
    UsageError::new(shown(given), format!("not a command{}", suggestion(given, "", "", &grammar::commands())))
}

fn unknown(error: &clap::Error, args: &[OsString]) -> UsageError {
    let given = context(error, ContextKind::InvalidArg);
    if flags::all().iter().any(|flag| flag.scope == Scope::Run && given.strip_prefix("--") == Some(flag.name.as_str()))
    {
        return UsageError::new(shown(given), "allowed after partui run and partui scale only");
    }
    let what = if given.starts_with('-') { "not a flag of this command" } else { "neither a flag nor a command" };
    let command = args.first().and_then(|first| first.to_str()).unwrap_or_default();
    if let Some(flag) = flag_of_value(given).filter(|flag| grammar::flags_of(command).iter().any(|known| known == flag))
    {
        return UsageError::new(shown(given), format!("needs its flag: --{flag} {given}"));
    }
    UsageError::new(shown(given), format!("{what}{}", suggestion(given, command, "--", &grammar::flags_of(command))))
}

/// The flag that takes a word which says by itself what it is: the name of a workload or of a backend.
fn flag_of_value(word: &str) -> Option<&'static str> {
    let is_workload = WORKLOADS.iter().any(|workload| workload.about().id == word);
    let is_backend = BackendId::by_id(word).is_some();
    is_workload.then_some("workload").or_else(|| is_backend.then_some("backend"))
}

/// The first argument that is not UTF-8, with the flag before it.
fn not_text(args: &[OsString]) -> UsageError {
    let place = args.iter().position(|argument| argument.to_str().is_none()).unwrap_or_default();
    let pair = &args[place.saturating_sub(1)..args.len().min(place + 1)];
    UsageError::new(pair.iter().map(shown).collect::<Vec<_>>().join(" "), "allowed is text in UTF-8")
}

/// A value outside a closed set, or none at all.
fn invalid_value(error: &clap::Error) -> UsageError {
    let value = context(error, ContextKind::InvalidValue);
    let flag = argument(error);
    let valid = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) => valid.join(", "),
        _ => String::new(),
    };
    if value.is_empty() {
        return UsageError::new(flag, format!("a value is missing: {}", context(error, ContextKind::InvalidArg)));
    }
    let subject = if flag.starts_with('-') { format!("{flag} {}", shown(value)) } else { shown(value) };
    UsageError::new(subject, format!("allowed is {valid}"))
}

fn conflict(error: &clap::Error) -> UsageError {
    let flag = argument(error);
    let prior = match error.get(ContextKind::PriorArg) {
        Some(ContextValue::String(prior)) => prior.as_str(),
        Some(ContextValue::Strings(prior)) => prior.first().map_or("", String::as_str),
        _ => "",
    };
    let prior = name_of(prior);
    if prior.is_empty() || prior == flag {
        UsageError::new(flag, "given more than once")
    } else if error.get(ContextKind::InvalidSubcommand).is_some() {
        let command = context(error, ContextKind::InvalidSubcommand);
        if !grammar::commands().iter().any(|known| known == command) {
            return no_command(command);
        }
        UsageError::new(prior, format!("flags of {command} are written after {command}"))
    } else {
        UsageError::new(flag, format!("not allowed together with {prior}"))
    }
}

/// The argument that the parser complains about, without the placeholder of its value.
fn argument(error: &clap::Error) -> String {
    name_of(context(error, ContextKind::InvalidArg))
}

/// `--workers` of `--workers <n,…>`; a placeholder alone stays as it is.
fn name_of(argument: &str) -> String {
    let name = argument.split_once(" <").map_or(argument, |(name, _)| name);
    shown(name)
}

fn context(error: &clap::Error, kind: ContextKind) -> &str {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text,
        Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
        _ => "",
    }
}

/// What to do instead: take the one of `names` that was probably meant, written with `dashes`, or look them up in the
/// help of `command`.
fn suggestion(given: &str, command: &str, dashes: &str, names: &[String]) -> String {
    match nearest(given.trim_start_matches('-'), names) {
        Some(name) => format!("; did you mean {dashes}{name}?"),
        None if grammar::commands().iter().any(|known| known == command) => {
            format!("; partui {command} --help lists them")
        }
        None => "; partui --help lists them".to_owned(),
    }
}

/// The name that differs least from what was given: by a letter for each three of it, or by a missing end.
fn nearest<'a>(given: &str, names: &'a [String]) -> Option<&'a str> {
    let length = given.chars().count();
    let farthest = (length / 3).max(1);
    let distance = |name: &&String| strsim::osa_distance(given, name);
    let near = names.iter().filter(|_| length > 1).filter(|name| distance(name) <= farthest).min_by_key(distance);
    let longer = || names.iter().filter(|_| length > 2).find(|name| name.starts_with(given));
    near.or_else(longer).map(String::as_str)
}

fn first_line(text: &str) -> String {
    scrub(text.lines().next().unwrap_or_default()).trim_start_matches("error: ").to_owned()
}

/// A value as it may be printed: scrubbed, cut, and in quotes where its ends would not be seen.
pub(super) fn shown(value: impl AsRef<OsStr>) -> String {
    let clean = scrub_os(value);
    let mut short: String = clean.chars().take(LONGEST_SHOWN).collect();
    if short.len() < clean.len() {
        short.push('…');
    }
    if short.is_empty() || short.contains(char::is_whitespace) { format!("'{short}'") } else { short }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let names: Vec<String> = flags::all().into_iter().map(|flag| flag.name).collect();
        for (given, expected) in [
            ("wokers", Some("workers")),
            ("wrokers", Some("workers")),
            ("exportcsv", Some("export-csv")),
            ("export", Some("export-csv")),
            ("gill", Some("gil")),
            ("back", Some("backend")),
            ("bogus", None),
            ("threads", None),
            ("x", None),
            ("inf", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, &names), expected, "{given}");
        }
    }

    #[test]
    fn values_are_shown_short_and_harmless() {
        let long = "7".repeat(1 << 20);
        let cut = format!("{}…", "7".repeat(LONGEST_SHOWN));
        let cases: [(&[u8], &str); 6] = [
            (b"8", "8"),
            (b"", "''"),
            (b" 4 ", "' 4 '"),
            (b"\x1b[2J\n", "\\u{1b}[2J\\n"),
            (b"\xff", "\\xff"),
            (long.as_bytes(), &cut),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(OsStr::from_bytes(value)), expected);
        }
    }
}
