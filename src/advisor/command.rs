//! What to measure next, as a command that can be typed as it stands: the same work, under the same lock.

use std::ffi::OsStr;
use std::fmt::Write as _;

use super::fact::Fact;
use crate::text::{program_name, quoted};
use crate::units::Bytes;
use crate::workload::by_id;

/// A flag and its value.
pub(super) type Flag = (&'static str, String);

/// `partui run` of the work of a result under its lock, with these flags.
pub(super) fn command(fact: &Fact, flags: &[Flag]) -> String {
    let own = flags.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let payload =
        Some(fact.work.payload).filter(|it| *it > Bytes(0) && flags.iter().all(|(name, _)| *name != "payload"));
    let payload = payload.map(|bytes| ("payload".to_owned(), bytes.0.to_string()));
    let input = parts(&fact.work.input).into_iter().map(|path| ("input".to_owned(), path));
    let all = own.chain(lock(fact)).chain(settings(fact)).chain(payload).chain(input);
    let start = format!("{} run --workload {}", program_name(), word(&fact.work.workload));
    all.fold(start, |mut line, (flag, value)| {
        // A value that looks like a flag has to be tied to its own. Writing to a string cannot fail.
        let between = if value.starts_with('-') { '=' } else { ' ' };
        let _ = write!(line, " --{flag}{between}{}", word(&value));
        line
    })
}

/// The lock as it was.
fn lock(fact: &Fact) -> Vec<(String, String)> {
    if !fact.gil {
        return Vec::new();
    }
    let own = by_id(&fact.work.workload).and_then(|workload| workload.about().gil_model);
    let model = Some(fact.gil_model.clone());
    let model = model.filter(|model| !model.is_empty() && own.is_none_or(|own| own.id() != model));
    let on = std::iter::once(("gil".to_owned(), "on".to_owned()));
    on.chain(model.map(|model| ("gil-model".to_owned(), model))).collect()
}

fn word(text: &str) -> String {
    quoted(OsStr::new(text))
}

/// The workload's own settings that are not as they are anyway. The number of tasks is the input's where there is one.
fn settings(fact: &Fact) -> Vec<(String, String)> {
    let work = &fact.work;
    let tasks = work.tasks.filter(|_| work.input.is_empty()).map(|tasks| tasks.to_string());
    let own = [("tasks", tasks.unwrap_or_default()), ("size", work.size.clone()), ("seed", work.seed.clone())];
    let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value));
    let others = parts(&work.parameters);
    let others =
        others.iter().filter_map(|one| one.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.chain(others).filter(|(name, value)| !is_default(&work.workload, name, value)).collect()
}

/// Whether a workload has this setting so anyway, or is not known to have it at all.
fn is_default(workload: &str, name: &str, value: &str) -> bool {
    let Some(workload) = by_id(workload) else { return true };
    let parameter = workload.about().parameters.iter().find(|parameter| parameter.name == name);
    parameter.is_none_or(|parameter| parameter.default_value().to_string() == value)
}

/// The parts of a list joined with `;`, in which a backslash takes its meaning from the next character.
fn parts(joined: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = joined.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => parts.push(String::new()),
            '\\' => parts.iter_mut().last().into_iter().for_each(|last| last.extend(characters.next())),
            other => parts.iter_mut().last().into_iter().for_each(|last| last.push(other)),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
