//! The decision: which of the ways that were measured suffices.

use super::fact::Fact;
use crate::spec::BackendId;

/// A way is as good as the fastest if it is not surely slower and reaches this part of it.
const AS_GOOD: f64 = 0.95;

/// The results of one work with the lock on, or off, and what was chosen of them.
#[derive(Debug)]
pub struct Case<'a> {
    /// Whether the lock was on; the baseline never has it.
    pub gil: bool,
    /// Everything sound that was measured so, at least two ways.
    pub facts: Vec<&'a Fact>,
    /// The fastest of them.
    pub fastest: &'a Fact,
    /// The simplest that is as good as it.
    pub chosen: &'a Fact,
    /// All sound results of the same work, whatever the lock was.
    pub all: Vec<&'a Fact>,
}

impl<'a> Case<'a> {
    /// The case of all `facts` of one work; `None` where fewer than two ways were measured soundly.
    pub(super) fn of(all: &[&'a Fact], gil: bool) -> Option<Self> {
        let all: Vec<&Fact> = all.iter().copied().filter(|fact| fact.is_sound && fact.speedup.is_some()).collect();
        let belongs = |fact: &&Fact| fact.gil == gil || fact.is_alone() && !fact.gil;
        let facts: Vec<&Fact> = all.iter().copied().filter(belongs).collect();
        let fastest = facts.iter().copied().max_by(|one, other| one.times().total_cmp(&other.times()))?;
        let is_as_good =
            |fact: &&Fact| !fact.is_surely_slower_than(fastest) && fact.times() >= AS_GOOD * fastest.times();
        let chosen = facts.iter().copied().filter(is_as_good).min_by_key(|fact| cost(fact)).unwrap_or(fastest);
        let parallel = facts.iter().any(|fact| !fact.is_alone());
        (facts.len() > 1 && parallel).then_some(Self { gil, facts, fastest, chosen, all })
    }

    /// Ways that may be faster than the chosen one by more than was said to be as good, as far as the samples tell.
    pub fn open(&self) -> impl Iterator<Item = &'a Fact> {
        let chosen = self.chosen;
        let others = self.facts.iter().copied().filter(move |fact| fact.number != chosen.number);
        others.filter(move |fact| fact.times() < AS_GOOD * chosen.times() && !fact.is_surely_slower_than(chosen))
    }

    /// The fastest result of a backend, with this case's lock.
    #[must_use]
    pub fn best_of(&self, backend: BackendId) -> Option<&'a Fact> {
        best(self.facts.iter().copied().filter(|fact| fact.backend == backend))
    }
}

/// The fastest of some results.
pub(super) fn best<'a>(facts: impl Iterator<Item = &'a Fact>) -> Option<&'a Fact> {
    facts.max_by(|one, other| one.times().total_cmp(&other.times()))
}

/// What a way asks of the program that uses it: first another structure, then workers, then memory.
fn cost(fact: &Fact) -> (u8, u32, u64) {
    let structure = match fact.backend {
        BackendId::Sequential => 0,
        BackendId::Threads => 1,
        BackendId::Rayon => 2,
        BackendId::Async => 3,
        BackendId::Processes => 4,
    };
    (structure, fact.workers, fact.pss.map_or(u64::MAX, |pss| pss.0))
}
