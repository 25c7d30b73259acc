//! Finds the settings with which logistic regression learns best: a model for each combination of settings and part of the
//! rows held out, the way statistics and machine learning keep cores busy.

mod regression;
mod table;

use std::path::PathBuf;

use self::regression::{Score, Setting, score};
use self::table::{LABEL, Table};
use super::etl::{column, columns};
use super::{
    About, Answer, Args, Artifact, Compute, Data, Digest, GilModel, Job, Kind, Output, Parameter, ParameterKind, Plan,
    Refusal, Survey, SurveyedFile, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::text::{scrub, scrub_os};
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Train;

/// The most visits to a made-up row of all models together.
const MOST_VISITS: u64 = 1_000_000_000_000;

/// How far a step may go; each is tried with every penalty.
const RATES: [f64; 5] = [0.01, 0.03, 0.1, 0.3, 1.0];

/// The decimal exponents between which penalties are spread evenly.
const PENALTIES: [f64; 2] = [-4.0, 0.0];

static ABOUT: About = About {
    id: "train",
    summary: "fits logistic regression by gradient descent, for each setting and each fold of the rows",
    kind: Kind::Cpu,
    gil_model: Some(GilModel::CReleased),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 100_000 },
            default: "125",
            unit: "models",
            presets: &["25", "125", "250", "500", "1000"],
            help: "models fitted: settings × folds; learning rates 0.01…1, with penalties 0.0001…1 for each",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 20, max: 10_000_000 },
            default: "1_000",
            unit: "rows",
            presets: &["200", "1000", "5000", "20_000"],
            help: "rows that are made up to learn from, with 12 features each; with an input this changes nothing",
        },
        Parameter {
            name: "folds",
            kind: ParameterKind::Count { min: 2, max: 20 },
            default: "5",
            unit: "folds",
            presets: &["2", "5", "10"],
            help: "parts of the rows, every n-th row in one, that are held out in turn to judge a setting by",
        },
        Parameter {
            name: "steps",
            kind: ParameterKind::Count { min: 1, max: 100_000 },
            default: "100",
            unit: "steps per model",
            presets: &["10", "100", "1000"],
            help: "steps of gradient descent, each over all rows",
        },
        Parameter {
            name: "target",
            kind: ParameterKind::Text,
            default: "",
            unit: "column",
            presets: &[],
            help: "the column with the two classes; all others are features (made-up rows: label)",
        },
        Parameter::seed("which rows are made up; with an input this changes nothing"),
    ],
    input: Some("one CSV file of numbers below a header (default: rows that are made up)"),
    output: Some("CSV with the mean accuracy and log-loss of each setting"),
};

impl Workload for Train {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["size", "seed"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        let [tasks, size, folds, steps] = ["tasks", "size", "folds", "steps"].map(|name| values.count(name));
        if tasks < folds {
            return Err(Refusal::new(
                "tasks",
                tasks,
                format!("one setting alone takes {folds} models, one for each fold"),
            ));
        }
        match input {
            [] => column("target", target(values, input), &Table::made_up_columns())?,
            [file] => column("target", target(values, input), &columns(std::slice::from_ref(file))?)?,
            [_, second, ..] => return Err(Refusal::new("input", scrub_os(second), "train learns from one file")),
        };
        match tasks.checked_mul(size).and_then(|visits| visits.checked_mul(steps)) {
            Some(1..=MOST_VISITS) => Ok(()),
            _ if !input.is_empty() => Ok(()),
            _ => {
                let allowed = format!("tasks × size × steps may be at most {}", grouped(MOST_VISITS));
                Err(Refusal::new("size", size, allowed))
            }
        }
    }

    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        let Some(path) = input.first() else { return Ok(Survey::default()) };
        let table = Table::read(path, target(values, input))?;
        if table.rows() < FEWEST_ROWS {
            let allowed = format!("has {} rows, at least {FEWEST_ROWS} are needed", table.rows());
            return Err(Refusal::new("input", scrub_os(path), allowed));
        }
        let bytes = path.metadata().map_or(0, |found| found.len());
        let file = SurveyedFile { path: path.clone(), bytes, starts: Vec::new() };
        Ok(Survey { files: vec![file], columns: columns(input)?, ..Survey::default() })
    }

    fn plan(&self, job: &Job) -> Plan {
        let folds = job.values.count("folds");
        let model = |model| Task { io: None, cpu: Some([model / folds, model % folds, 0]) };
        Plan { tasks: (0..job.values.count("tasks")).map(model).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 25 ns for a visit to a row of 12 features.
        Nanos((values.count("size") * values.count("steps")).saturating_mul(25))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        let table = match job.survey.files.first() {
            Some(file) => Table::read(&file.path, target(&job.values, &job.input)),
            None => Ok(Table::made_up(job.values.count("size"), job.values.count("seed"))),
        };
        Box::new(Models { table, values: job.values.clone() })
    }

    fn merge(&self, job: &Job, plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let mut digest = Digest::default();
        let scores = outputs.inspect(|output| {
            digest.bytes(&output.bytes);
        });
        let scores: Vec<Score> = scores.map(score_of).collect();
        let means = means(&job.values, &scores);
        let odd = plan.tasks.len() as u64 % job.values.count("folds");
        let note =
            (odd > 0).then(|| format!("the last setting is not ranked: it was tried on {odd} of the folds only"));
        Answer {
            checksum: digest.finish(),
            sentence: sentence(job, &means),
            notes: note.into_iter().collect(),
            artifact: None,
        }
    }

    fn artifact(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        let scores: Vec<Score> = outputs.map(score_of).collect();
        let lines = means(&job.values, &scores).into_iter().map(|(setting, mean)| {
            format!("{},{},{},{}\n", setting.rate, setting.penalty, mean.accuracy, mean.log_loss)
        });
        let header = "learning_rate,penalty,accuracy,log_loss\n".to_owned();
        Some(Artifact { content: lines.fold(header, |text, line| text + &line).into_bytes() })
    }
}

/// Fewer rows than this leave some fold of twenty empty.
const FEWEST_ROWS: usize = 20;

/// The column of the classes.
fn target<'a>(values: &'a Values, input: &[PathBuf]) -> &'a str {
    match values.text("target") {
        "" if input.is_empty() => LABEL,
        given => given,
    }
}

/// The setting of this number: all learning rates with the smallest penalty first.
#[expect(clippy::cast_precision_loss, reason = "settings are few")]
fn setting(values: &Values, number: u64) -> Setting {
    let rates = RATES.len() as u64;
    let settings = values.count("tasks").div_ceil(values.count("folds"));
    let (place, last) = (number / rates, (settings.div_ceil(rates) - 1).max(1));
    let [low, high] = PENALTIES;
    let exponent = low + (high - low) * place as f64 / last as f64;
    let rate = RATES[usize::try_from(number % rates).unwrap_or_default()];
    Setting { rate, penalty: 10.0_f64.powf(exponent), steps: values.count("steps") }
}

/// What a task has left behind; the worst where that is nothing.
fn score_of(output: &Output) -> Score {
    let nothing = Score { accuracy: 0.0, log_loss: f64::INFINITY };
    postcard::from_bytes(&output.bytes).unwrap_or(nothing)
}

/// The settings that were tried on all folds, with their mean scores.
#[expect(clippy::cast_precision_loss, reason = "folds are few")]
fn means(values: &Values, scores: &[Score]) -> Vec<(Setting, Score)> {
    let folds = usize::try_from(values.count("folds")).unwrap_or(usize::MAX);
    let mean = |scores: &[Score], of: fn(&Score) -> f64| scores.iter().map(of).sum::<f64>() / folds as f64;
    let score =
        |scores| Score { accuracy: mean(scores, |one| one.accuracy), log_loss: mean(scores, |one| one.log_loss) };
    (0..).map(|number| setting(values, number)).zip(scores.chunks_exact(folds).map(score)).collect()
}

fn sentence(job: &Job, means: &[(Setting, Score)]) -> String {
    let best = means.iter().min_by(|(_, one), (_, other)| one.log_loss.total_cmp(&other.log_loss));
    let Some((setting, mean)) = best else { return "no setting was tried on all folds".to_owned() };
    format!(
        "best of {} settings for {}: learning rate {}, penalty {}; mean of {} folds: log-loss {:.6}, accuracy {:.4}",
        grouped(means.len() as u64),
        scrub(target(&job.values, &job.input)),
        setting.rate,
        setting.penalty,
        job.values.count("folds"),
        mean.log_loss,
        mean.accuracy
    )
}

/// The computation: the numbers of a setting and of a fold in, a score out.
struct Models {
    table: Result<Table, Refusal>,
    values: Values,
}

impl Compute for Models {
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let [number, fold, _] = *args;
        let table = self.table.as_ref().map_err(|refusal| TaskFailure(refusal.to_string()))?;
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let folds = count(self.values.count("folds"));
        let score = score(table, count(fold), folds, &setting(&self.values, number), beat);
        let bytes = postcard::to_allocvec(&score).map_err(|error| TaskFailure(error.to_string()))?;
        Ok(Output { number, bytes: bytes.into() })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::harness;
    use super::*;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/train").join(name)
    }

    fn numbers(csv: &[u8]) -> Vec<Vec<f64>> {
        csv::Reader::from_reader(csv).deserialize().map(Result::unwrap).collect()
    }

    /// See `assets/train/scores.py`, which shares nothing with this.
    #[test]
    fn scores_equal_those_of_an_independent_computation() {
        let asked = [("tasks", "40"), ("folds", "4"), ("steps", "60"), ("target", "class")];
        let answer = harness::answer(&Train, &asked, &[golden("points.csv")]);
        let (found, expected) =
            (numbers(&answer.artifact.unwrap().content), numbers(&fs::read(golden("scores.csv")).unwrap()));
        assert_eq!((found.len(), expected.len()), (10, 10));
        for (found, expected) in found.concat().iter().zip(expected.concat()) {
            assert!((found - expected).abs() <= 1e-9, "{found} for {expected}");
        }
        let best = &expected_best(&expected);
        assert!(answer.sentence.contains(best), "{} does not say {best}", answer.sentence);
    }

    fn expected_best(scores: &[Vec<f64>]) -> String {
        let best = scores.iter().min_by(|one, other| one[3].total_cmp(&other[3])).unwrap();
        format!("learning rate {}, penalty {}; mean of 4 folds: log-loss {:.6}", best[0], best[1], best[3])
    }

    #[test]
    fn settings_are_a_grid_of_rates_and_penalties() {
        let job = harness::job(&Train, &[("tasks", "125")], &[]).unwrap();
        let all: Vec<Setting> = (0..25).map(|number| setting(&job.values, number)).collect();
        assert!(all.iter().all(|setting| RATES.contains(&setting.rate)));
        let penalties: Vec<f64> = all.iter().step_by(5).map(|setting| setting.penalty).collect();
        for (found, expected) in penalties.iter().zip([1e-4, 1e-3, 1e-2, 1e-1, 1.0]) {
            assert!((found / expected - 1.0).abs() < 1e-12, "{penalties:?}");
        }
    }

    #[test]
    fn a_setting_that_lacks_folds_is_not_ranked() {
        let answer = harness::answer(&Train, &[("tasks", "13"), ("size", "40"), ("steps", "2")], &[]);
        assert_eq!(answer.notes, ["the last setting is not ranked: it was tried on 3 of the folds only"]);
        assert!(answer.sentence.starts_with("best of 2 settings for label: "), "{}", answer.sentence);
        assert_eq!(numbers(&answer.artifact.unwrap().content).len(), 2);
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused() {
        let points = golden("points.csv");
        for (asked, input, expected) in [
            (&[("tasks", "4")][..], vec![], "--tasks 4: one setting alone takes 5 models, one for each fold"),
            (&[("target", "no")], vec![], "--target no: there is no such column; the columns are x1, "),
            (&[], vec![points.clone()], "--target: is missing, name one of the columns; the columns are "),
            (&[("target", "class")], vec![points.clone(), points], "points.csv: train learns from one file"),
        ] {
            let refusal = harness::job(&Train, asked, &input).unwrap_err().to_string();
            assert!(refusal.contains(expected), "{refusal}");
        }
    }

    #[test]
    fn a_file_that_was_spoilt_since_fails_its_tasks_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.csv");
        fs::copy(golden("points.csv"), &path).unwrap();
        let job = harness::job(&Train, &[("target", "class")], std::slice::from_ref(&path)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + "x,y,z,w\n").unwrap();
        let failure = harness::outputs(&Train, &job).unwrap_err();
        assert!(failure.0.contains("p.csv: line 92: 'x' in column "), "{failure}");
    }
}
