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
    let last = last_of_each(all);
    [false, true].into_iter().filter_map(|gil| Some(Advice::of(&Case::of(&last, gil)?))).collect()
}

/// Of what was measured more than once, the last; one that was disturbed, or went wrong, only where no other is better.
fn last_of_each<'a>(all: &[&'a Fact]) -> Vec<&'a Fact> {
    let worth = |fact: &Fact| (fact.is_sound && fact.speedup.is_some(), fact.warnings.is_empty());
    let is_outdone = |(place, fact): (usize, &&Fact)| {
        let others = all.iter().enumerate().filter(|(other, known)| *other != place && known.repeats(fact));
        let mut others = others.map(|(other, known)| (worth(known), other));
        others.any(|other| other > (worth(fact), place))
    };
    all.iter().enumerate().filter(|(place, fact)| !is_outdone((*place, *fact))).map(|(_, fact)| *fact).collect()
}

/// What is chosen, with its figure.
fn lead(chosen: &Fact) -> String {
    if chosen.is_alone() {
        return format!("no pool, one worker alone ({}): {}", chosen.name(), chosen.quoted());
    }
    format!("{}: {} as fast as one alone", chosen.name(), chosen.quoted())
}

/// The results of a case with their figures, the chosen one first.
fn evidence(case: &Case<'_>) -> Vec<Evidence> {
    let mut quoted: Vec<&Fact> = case.facts.clone();
    quoted.sort_by_key(|fact| (fact.number != case.chosen.number, fact.number));
    let figure = |fact: &Fact| Evidence { row: fact.number, figure: format!("{} {}", fact.name(), fact.quoted()) };
    quoted.into_iter().map(figure).collect()
}

impl Advice {
    fn of(case: &Case<'_>) -> Self {
        let chosen = case.chosen;
        let (confidence, because) = Confidence::of(case);
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
            evidence: evidence(case),
            also: Vec::new(),
            unless: Vec::new(),
            next: Vec::new(),
            python: translation::python(chosen, case.gil),
            rust: translation::rust(chosen),
        };
        let mut reasons: Vec<String> = Vec::new();
        for remark in RULES.iter().filter_map(|rule| (rule.says)(case)) {
            match remark {
                Remark::Because(text) => reasons.push(text),
                Remark::Unless(text) => advice.unless.push(text),
                Remark::Next(flags) => advice.next.push(command(chosen, &flags)),
            }
        }
        let mut reasons = reasons.into_iter();
        advice.sentence.extend(reasons.next().map(|reason| format!("; {reason}")));
        advice.also = reasons.collect();
        let ways = rules::unmeasured::ways(case);
        if !ways.is_empty() {
            advice.sentence.extend(["; not measured: ", &ways.join(", ")]);
        }
        advice
    }

    /// What it is about: `primes, GIL on`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}{}", self.workload, if self.gil { ", GIL on" } else { "" })
    }
}
