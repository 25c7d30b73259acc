//! Experiments: each answers one question about processes and threads by measuring a named plan, and judges by the
//! figures whether what textbooks say of it holds on this machine.
//!
//! An experiment is pure: it says what is to be measured ([`Experiment::plan`]) and what the rows that come of it mean
//! ([`Experiment::judge`]). A claim holds, or does not, only where the whole interval of its figures says so; else it is
//! undecided.

mod communication;
mod concurrency;
mod evidence;
mod faults;
mod finding;
mod gil;
mod measured;
mod memory;
#[cfg(test)]
pub(crate) mod model;
mod overhead;
mod plan;
mod responsiveness;
mod use_case;

use self::evidence::Evidence;
pub use self::evidence::Unmeasured;
pub use self::finding::{Figure, Finding, Unit, Verdict};
pub use self::measured::Measured;
use crate::conductor::Request;
use crate::results::ResultRow;
use crate::spec::{Configuration, RunSettings};
use crate::workload::Refusal;

/// What an experiment is about, in words for somebody who knows neither the lock nor inter-process communication.
#[derive(Debug)]
pub struct About {
    /// The name in flags and exports.
    pub id: &'static str,
    /// The row's name in the table.
    pub feature: &'static str,
    /// What is asked.
    pub question: &'static str,
    /// What textbooks say of processes; empty where they say nothing.
    pub processes: &'static str,
    /// What they say of threads; empty where they say nothing.
    pub threads: &'static str,
    /// What to look at while it runs.
    pub watch: &'static str,
    /// What to take where the claim holds: the rest of a sentence.
    pub take: &'static str,
    /// Why it comes out as it does.
    pub why: &'static str,
    /// What would change it.
    pub change: &'static str,
}

impl About {
    /// What a verdict means for who has to choose, in a sentence.
    #[must_use]
    pub fn in_short(&self, verdict: Verdict) -> String {
        match verdict {
            Verdict::Holds => format!("In short: {}.", self.take),
            Verdict::DoesNotHold => "In short: textbooks are wrong about this machine; go by its figures.".to_owned(),
            Verdict::Undecided => {
                "In short: these figures do not tell; measure again while nothing else runs before you choose by them."
                    .to_owned()
            }
        }
    }
}

/// How much there is to measure with, and how thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Cores that this process may use, at least 1.
    pub cores: u32,
    /// Whether fewer and shorter samples must do.
    pub quick: bool,
}

impl Scope {
    /// As many workers as cores, but enough to compare and few enough to have several for each core.
    #[must_use]
    pub fn workers(self) -> u32 {
        self.cores.clamp(2, 256)
    }
}

/// A question, how to measure its answer, and what the measurement says.
pub trait Experiment: Sync {
    /// What it is about.
    fn about(&self) -> &'static About;

    /// What is measured.
    ///
    /// # Errors
    /// A configuration that this version cannot run, which no scope asks for.
    fn plan(&self, scope: Scope) -> Result<Vec<Configuration>, Refusal>;

    /// How it is measured.
    fn settings(&self, scope: Scope) -> RunSettings {
        plan::rounds(scope)
    }

    /// What the measured rows say.
    ///
    /// # Errors
    /// A row that is missing or has no figure.
    fn judge(&self, evidence: &Evidence<'_>) -> Result<Finding, Unmeasured>;
}

/// The fraction of the cores' time that other programs may take before nothing is denied any more.
const DISTURBED: f64 = 0.2;

/// All experiments, in the order of the table.
pub const EXPERIMENTS: &[&dyn Experiment] = &[
    &memory::Memory,
    &use_case::UseCase,
    &concurrency::Concurrency,
    &overhead::Overhead,
    &communication::Communication,
    &faults::Faults,
    &gil::GlobalLock,
    &responsiveness::Responsiveness,
];

/// The experiment with that name.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Experiment> {
    EXPERIMENTS.iter().copied().find(|experiment| experiment.about().id == id)
}

/// The name of the experiment that somebody calls by its name or by its feature, in capitals or not.
#[must_use]
pub fn called(word: &str) -> Option<&'static str> {
    let is_it = |about: &About| [about.id, about.feature].iter().any(|name| name.eq_ignore_ascii_case(word));
    EXPERIMENTS.iter().map(|experiment| experiment.about()).find(|about| is_it(about)).map(|about| about.id)
}

/// The run that measures an experiment.
///
/// # Errors
/// As [`Experiment::plan`].
pub fn request(experiment: &dyn Experiment, scope: Scope) -> Result<Request, Refusal> {
    let configurations = experiment.plan(scope)?;
    Ok(Request { configurations, settings: experiment.settings(scope), artifact: false })
}

/// What rows say about an experiment's question; undecided where they do not suffice.
#[must_use]
pub fn judge(experiment: &dyn Experiment, rows: &[ResultRow]) -> Finding {
    let finding = experiment.judge(&Evidence(rows)).unwrap_or_else(|missing| Finding::undecided(&missing));
    match Evidence(rows).foreign_share() {
        share if share >= DISTURBED => finding.beside_others(share),
        _ => finding,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::model::{Figures, rows};
    use super::*;
    use crate::units::Nanos;

    const SCOPE: Scope = Scope { cores: 2, quick: true };

    fn verdict(experiment: &dyn Experiment, model: impl Fn(&Configuration) -> Figures) -> Verdict {
        judge(experiment, &rows(experiment, SCOPE, model)).verdict
    }

    #[test]
    fn names_are_unique_and_everything_is_explained() {
        let ids: BTreeSet<&str> = EXPERIMENTS.iter().map(|experiment| experiment.about().id).collect();
        assert_eq!(ids.len(), EXPERIMENTS.len());
        for about in EXPERIMENTS.iter().map(|experiment| experiment.about()) {
            assert!(by_id(about.id).is_some_and(|found| found.about().feature == about.feature));
            for text in [about.feature, about.question, about.watch, about.why, about.change] {
                assert!(!text.is_empty() && text.trim() == text, "{}: {text:?}", about.id);
            }
            assert!(about.question.ends_with('?'), "{}", about.question);
        }
    }

    #[test]
    fn every_scope_can_be_measured() {
        for experiment in EXPERIMENTS {
            for (cores, quick) in [(1, true), (2, false), (7, true), (1024, false)] {
                let scope = Scope { cores, quick };
                let request = request(*experiment, scope).unwrap_or_else(|refusal| panic!("{refusal:?}"));
                let distinct = request.configurations.iter().enumerate();
                for (place, one) in distinct {
                    assert!(!request.configurations[..place].contains(one), "{}: twice {one:?}", experiment.about().id);
                }
            }
        }
    }

    #[test]
    fn what_textbooks_say_holds_where_the_figures_are_those_of_textbooks() {
        for experiment in EXPERIMENTS {
            let finding = judge(*experiment, &rows(*experiment, SCOPE, Figures::of_a_textbook));
            assert_eq!(finding.verdict, Verdict::Holds, "{}: {finding:#?}", experiment.about().id);
        }
    }

    #[test]
    fn with_the_figures_turned_round_each_verdict_turns_round() {
        for experiment in EXPERIMENTS {
            let finding = judge(*experiment, &rows(*experiment, SCOPE, Figures::turned_round));
            assert_eq!(finding.verdict, Verdict::DoesNotHold, "{}: {finding:#?}", experiment.about().id);
        }
    }

    #[test]
    fn nothing_is_denied_beside_other_programs() {
        for experiment in EXPERIMENTS {
            let mut rows = rows(*experiment, SCOPE, Figures::turned_round);
            for sample in rows.iter_mut().flat_map(|row| &mut row.samples) {
                sample.surroundings.core_time = Nanos::from_secs(1);
                sample.surroundings.foreign_cpu = Some(Nanos::from_millis(300));
            }
            let finding = judge(*experiment, &rows);
            assert_eq!(finding.verdict, Verdict::Undecided, "{}", experiment.about().id);
            assert!(finding.conclusion.contains("other programs took 30 %"), "{}", finding.conclusion);
        }
    }

    #[test]
    fn figures_that_scatter_widely_decide_nothing() {
        for experiment in EXPERIMENTS.iter().filter(|experiment| experiment.about().id != "faults") {
            let id = experiment.about().id;
            assert_eq!(
                verdict(*experiment, |asked| Figures::of_a_textbook(asked).scattered()),
                Verdict::Undecided,
                "{id}"
            );
        }
    }

    #[test]
    fn rows_that_are_missing_or_failed_decide_nothing() {
        for experiment in EXPERIMENTS {
            let id = experiment.about().id;
            assert_eq!(judge(*experiment, &[]).verdict, Verdict::Undecided, "{id}");
            let cancelled = |asked: &Configuration| Figures::of_a_textbook(asked).without_samples();
            assert_eq!(verdict(*experiment, cancelled), Verdict::Undecided, "{id}");
        }
    }

    #[test]
    fn whatever_is_found_has_figures() {
        for experiment in EXPERIMENTS {
            let finding = judge(*experiment, &rows(*experiment, SCOPE, Figures::of_a_textbook));
            let id = experiment.about().id;
            assert!(finding.figures.len() >= 2, "{id}: {finding:?}");
            for text in [&finding.processes, &finding.threads, &finding.conclusion] {
                assert!(text.chars().any(|c| c.is_ascii_digit()), "{id}: {text:?} has no figure");
            }
        }
    }
}
