//! WHAT IT MEANS: rules over results → advice with its evidence. Pure.
//!
//! Results of one work are compared with each other alone, those under the lock apart from those without it, since the lock
//! belongs to the world that the work lives in. Chosen is the simplest way that is as good as the fastest; [`RULES`]
//! say why, when another would be chosen, and what to measure next. No advice is without a figure that was measured.

mod case;
mod cells;
mod command;
mod confidence;
mod fact;
mod rules;
#[cfg(test)]
mod tests;
mod text;
mod translation;
mod work;

use serde::Serialize;

pub use self::case::Case;
pub use self::cells::Unreadable;
use self::command::command;
pub use self::confidence::Confidence;
pub use self::fact::Fact;
pub use self::rules::{RULES, Remark, Rule};
pub use self::text::{parts, sentences};
pub use self::work::{Place, Work};
use crate::spec::Transport;

/// What to do about one work, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// What was computed.
    pub workload: String,
    /// The same with all its settings.
    pub work: String,
    /// Where.
    pub place: String,
    /// Whether it was under the lock.
    pub gil: bool,
    /// The recommended backend.
    pub backend: &'static str,
    /// How many workers; 1 where there is no pool.
    pub workers: u32,
    /// How many tasks to await at a time; `None` where tasks are not awaited.
    pub in_flight: Option<u64>,
    /// How tasks reach workers; `None` where they share memory.
    pub transport: Option<&'static str>,
    /// All of it in one sentence, with figures.
    pub sentence: String,
    /// How far it can be trusted.
    pub confidence: Confidence,
    /// What that rests on.
    pub because: String,
    /// The results that say so, each with its number and figures.
    pub evidence: Vec<Evidence>,
    /// What else was found of it.
    pub also: Vec<String>,
    /// When another way would be recommended.
    pub unless: Vec<String>,
    /// What to measure next, as commands.
    pub next: Vec<String>,
    /// What it is in Python's standard library.
    pub python: String,
    /// What it is in Rust.
    pub rust: String,
}

/// A result that an advice rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Its number.
    pub row: usize,
    /// The way of working and its speed-up with the 95 % interval.
    pub figure: String,
}

/// What these results say: an advice for each work, with the lock and without, where two or more ways were measured.
#[must_use]
pub fn advise<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Vec<Advice> {
    let mut works: Vec<Vec<&Fact>> = Vec::new();
    for fact in facts {
        match works.iter_mut().find(|work| work.iter().any(|other| other.work == fact.work)) {
            Some(work) => work.push(fact),
            None => works.push(vec![fact]),
        }
    }
    works.iter().flat_map(|work| of_work(work)).collect()
}

fn of_work(all: &[&Fact]) -> Vec<Advice> {
    [false, true].into_iter().filter_map(|gil| Some(Advice::of(&Case::of(all, gil)?))).collect()
}

/// More samples than this are no way out: what scatters so much is not settled by patience.
const MOST_RUNS: u64 = 100;

/// Four times as many samples of the chosen way and of those that may be as good: intervals half as wide.
fn more_samples(case: &Case<'_>) -> Option<Remark> {
    let rivals: Vec<&Fact> = std::iter::once(case.chosen).chain(case.open()).collect();
    let runs = rivals.iter().map(|fact| fact.runs).max().filter(|runs| *runs < MOST_RUNS)?;
    let mut flags = vec![("backend", listed(rivals.iter().map(|fact| fact.backend.id().to_owned())))];
    let workers = listed(rivals.iter().filter(|fact| !fact.is_alone()).map(|fact| fact.workers.to_string()));
    flags.extend(Some(("workers", workers)).filter(|(_, workers)| !workers.is_empty()));
    if rivals.iter().any(|fact| fact.is_sent_unusually()) {
        let transports = rivals.iter().filter_map(|fact| fact.transport);
        flags.push(("transport", listed(transports.map(|transport| transport.id().to_owned()))));
    }
    flags.push(("runs", (4 * runs).min(MOST_RUNS).to_string()));
    Some(Remark::Next(flags))
}

/// What there is, each once, as a flag takes it.
fn listed(values: impl Iterator<Item = String>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for value in values.filter(|value| !value.is_empty()) {
        if !listed.contains(&value) {
            listed.push(value);
        }
    }
    listed.join(",")
}

/// What is chosen, with its figure.
fn lead(chosen: &Fact) -> String {
    let beside = if chosen.is_alone() { "" } else { " as fast as one alone" };
    format!("{}: {}{beside}", chosen.name(), chosen.quoted())
}

impl Advice {
    fn of(case: &Case<'_>) -> Self {
        let chosen = case.chosen;
        let remarks: Vec<Remark> = RULES.iter().filter_map(|rule| (rule.says)(case)).collect();
        let (confidence, because) = Confidence::of(case);
        let more_samples = Some(case).filter(|_| confidence == Confidence::Low).and_then(more_samples);
        let mut advice = Self {
            workload: chosen.work.workload.clone(),
            work: chosen.work.name(),
            place: chosen.work.place.name(),
            gil: case.gil,
            backend: chosen.backend.id(),
            workers: chosen.workers,
            in_flight: chosen.in_flight,
            transport: chosen.transport.map(Transport::id),
            sentence: lead(chosen),
            confidence,
            because,
            evidence: Vec::new(),
            also: Vec::new(),
            unless: Vec::new(),
            next: Vec::new(),
            python: translation::python(chosen, case.gil),
            rust: translation::rust(chosen),
        };
        let mut reasons: Vec<String> = Vec::new();
        for remark in more_samples.into_iter().chain(remarks) {
            match remark {
                Remark::Because(text) => reasons.push(text),
                Remark::Unless(text) => advice.unless.push(text),
                Remark::Next(flags) => advice.next.push(command(chosen, &flags)),
            }
        }
        let mut reasons = reasons.into_iter();
        advice.sentence.extend(reasons.next().map(|reason| format!("; {reason}")));
        advice.also = reasons.collect();
        let mut quoted: Vec<&Fact> = case.facts.clone();
        quoted.sort_by_key(|fact| (fact.number != chosen.number, fact.number));
        let figure = |fact: &Fact| Evidence { row: fact.number, figure: format!("{} {}", fact.name(), fact.quoted()) };
        advice.evidence = quoted.into_iter().map(figure).collect();
        advice
    }

    /// What it is about: `primes, GIL on`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}{}", self.workload, if self.gil { ", GIL on" } else { "" })
    }
}
