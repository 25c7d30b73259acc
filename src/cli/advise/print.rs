//! How advice on saved results is printed: text, Markdown or JSON. Pure.

use std::ops::RangeInclusive;

use serde_json::json;

use crate::advisor::{Advice, parts};
use crate::cli::Form;
use crate::text::wrap_text;

/// How wide sentences are before they are indented.
const WIDTH: usize = 76;

/// A file, and the numbers of the results that came from it; none where another had them already.
type Source = (String, RangeInclusive<usize>);

impl Form {
    /// All advice on results from these files.
    pub(super) fn advice(self, all: &[Advice], sources: &[Source]) -> String {
        match self {
            Self::Json => all.iter().flat_map(|advice| [json!(advice).to_string(), "\n".to_owned()]).collect(),
            _ if all.is_empty() => NOTHING.to_owned(),
            Self::Text => numbering(sources) + &joined(all, in_text),
            Self::Markdown => numbering(sources) + &joined(all, in_markdown),
        }
    }
}

/// What is said where nothing can be.
const NOTHING: &str = "no advice: it takes the speed-ups of two ways of doing the same work, measured soundly\n";

fn joined(all: &[Advice], form: fn(&Advice, &str) -> String) -> String {
    all.iter().map(|advice| form(advice, &subject(advice, all))).collect::<Vec<_>>().join("\n")
}

/// Which rows are in which file, where there are several.
fn numbering(sources: &[Source]) -> String {
    let told = |(file, rows): &Source| match rows.end() + 1 - rows.start() {
        0 => format!("{file}: nothing that was not read before"),
        1 => format!("row {}: {file}", rows.start()),
        _ => format!("rows {} to {}: {file}", rows.start(), rows.end()),
    };
    let lines: Vec<String> = sources.iter().filter(|_| sources.len() > 1).map(told).collect();
    if lines.is_empty() { String::new() } else { lines.join("\n") + "\n\n" }
}

/// What an advice is on: the work, the lock where it was on, and the machine where there are several.
fn subject(advice: &Advice, all: &[Advice]) -> String {
    let place = if all.iter().all(|other| other.place == advice.place) { "" } else { &advice.place };
    let parts = [advice.work.as_str(), if advice.gil { "GIL on" } else { "" }, place];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

fn in_text(advice: &Advice, subject: &str) -> String {
    let said = parts(advice).into_iter().map(|(name, said)| format!("{name}{said}"));
    let lines = said.flat_map(|said| wrap_text(&said, WIDTH)).map(|line| format!("  {line}\n"));
    format!("{subject}\n{}", lines.collect::<String>())
}

fn in_markdown(advice: &Advice, subject: &str) -> String {
    let said = parts(advice).into_iter().map(|(name, said)| format!("- {name}{said}\n"));
    format!("**{subject}**\n\n{}", said.collect::<String>())
}
