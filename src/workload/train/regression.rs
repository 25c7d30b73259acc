//! Logistic regression by gradient descent, judged on rows that it has not seen.

use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::beat::Beat;

/// How a model learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    /// How far a step goes along the gradient.
    pub(super) rate: f64,
    /// What half the sum of squared weights costs, the constant not counted.
    pub(super) penalty: f64,
    /// How many steps over all rows it takes, starting with weights of 0.
    pub(super) steps: u64,
}

/// How a model does on the rows that were held out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Score {
    /// The fraction whose class it gives a probability of at least one half.
    pub(super) accuracy: f64,
    /// The mean negative logarithm of the probability that it gives to a row's class; infinite where learning diverged.
    pub(super) log_loss: f64,
}

/// Learns from all rows but every `folds`-th, starting with row `fold`, and is judged by those. Features are scaled to
/// mean 0 and standard deviation 1 by the rows that are learned from.
pub(super) fn score(table: &Table, fold: usize, folds: usize, setting: &Setting, beat: &Beat<'_>) -> Score {
    let is_held_out = |row: usize| row % folds == fold;
    let scale = Scale::of(table, |row| !is_held_out(row));
    let seen = scale.applied(table, |row| !is_held_out(row));
    let model = Model::fitted(&seen, setting, beat);
    model.judged_by(&scale.applied(table, is_held_out))
}

/// What makes features alike.
struct Scale {
    means: Vec<f64>,
    /// 1 for a feature that is always the same.
    deviations: Vec<f64>,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 rows")]
    fn of(table: &Table, is_used: impl Fn(usize) -> bool) -> Self {
        let used = || table.iter().enumerate().filter(|(row, _)| is_used(*row)).map(|(_, (features, _))| features);
        let count = used().count().max(1) as f64;
        let mut means = vec![0.0; table.features];
        used().for_each(|features| add(&mut means, features.iter().copied()));
        for mean in &mut means {
            *mean /= count;
        }
        let mut deviations = vec![0.0; table.features];
        used().for_each(|row| add(&mut deviations, row.iter().zip(&means).map(|(x, mean)| (x - mean) * (x - mean))));
        for deviation in &mut deviations {
            let root = (*deviation / count).sqrt();
            *deviation = if root > 0.0 { root } else { 1.0 };
        }
        Self { means, deviations }
    }

    fn applied(&self, table: &Table, is_used: impl Fn(usize) -> bool) -> Rows {
        let mut rows = Rows { features: table.features, numbers: Vec::new(), classes: Vec::new() };
        for (_, (features, class)) in table.iter().enumerate().filter(|(row, _)| is_used(*row)) {
            let scaled = features.iter().zip(self.means.iter().zip(&self.deviations));
            rows.numbers.extend(scaled.map(|(feature, (mean, deviation))| (feature - mean) / deviation));
            rows.classes.push(class);
        }
        rows
    }
}

fn add(sums: &mut [f64], numbers: impl Iterator<Item = f64>) {
    sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
}

/// Scaled rows with their classes.
struct Rows {
    features: usize,
    numbers: Vec<f64>,
    classes: Vec<f64>,
}

impl Rows {
    fn iter(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.numbers.chunks_exact(self.features.max(1)).zip(self.classes.iter().copied())
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 rows")]
    fn count(&self) -> f64 {
        self.classes.len().max(1) as f64
    }
}

/// A weight for each feature, and a constant.
struct Model {
    weights: Vec<f64>,
    constant: f64,
}

impl Model {
    fn fitted(rows: &Rows, setting: &Setting, beat: &Beat<'_>) -> Self {
        let mut model = Self { weights: vec![0.0; rows.features], constant: 0.0 };
        let mut gradient = vec![0.0; rows.features];
        for _ in 0..setting.steps {
            gradient.fill(0.0);
            let mut lean = 0.0;
            for (features, class) in rows.iter() {
                let error = 1.0 / (1.0 + (-model.lean(features)).exp()) - class;
                add(&mut gradient, features.iter().map(|feature| error * feature));
                lean += error;
                beat.beat();
            }
            for (weight, slope) in model.weights.iter_mut().zip(&gradient) {
                *weight -= setting.rate * (slope / rows.count() + setting.penalty * *weight);
            }
            model.constant -= setting.rate * lean / rows.count();
        }
        model
    }

    /// The logarithm of the odds for class 1.
    fn lean(&self, features: &[f64]) -> f64 {
        self.constant + self.weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f64>()
    }

    fn judged_by(&self, rows: &Rows) -> Score {
        let (mut right, mut loss) = (0.0, 0.0);
        for (features, class) in rows.iter() {
            let lean = self.lean(features);
            let towards = if class > 0.5 { lean } else { -lean };
            right += f64::from(u8::from((lean >= 0.0) == (class > 0.5)));
            // ln(1 + e⁻ᵗ) without overflow.
            loss += (-towards).max(0.0) + (-towards.abs()).exp().ln_1p();
        }
        let log_loss = loss / rows.count();
        Score { accuracy: right / rows.count(), log_loss: if log_loss.is_nan() { f64::INFINITY } else { log_loss } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(rate: f64, steps: u64) -> Setting {
        Setting { rate, penalty: 0.0, steps }
    }

    #[test]
    fn learning_beats_guessing_and_no_steps_are_a_guess() {
        let table = Table::made_up(1_000, 42);
        let guess = score(&table, 0, 5, &setting(0.3, 0), &Beat::idle());
        assert!((guess.log_loss - 2.0_f64.ln()).abs() < 1e-12, "{guess:?}");
        let learned = score(&table, 0, 5, &setting(0.3, 100), &Beat::idle());
        assert!(learned.log_loss < 0.6 && learned.accuracy > 0.7, "{learned:?}");
    }

    #[test]
    fn a_step_too_far_is_as_bad_as_can_be_and_no_more() {
        let table = Table::made_up(100, 42);
        let far = score(&table, 0, 5, &Setting { rate: 1e9, penalty: 1e9, steps: 200 }, &Beat::idle());
        assert!(far.log_loss.is_infinite() && far.log_loss > 0.0, "{far:?}");
    }

    #[test]
    fn a_feature_that_never_changes_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, rows: &dyn Fn(u32) -> String| {
            let path = folder.path().join(name);
            std::fs::write(&path, (0..40).map(rows).fold("a,y\n".to_owned(), |text, row| text + &row)).unwrap();
            path
        };
        let plain = at("plain", &|row| format!("{},{}\n", row * row % 17, row % 2));
        let text = std::fs::read_to_string(&plain).unwrap().replace("a,", "c,a,");
        let wider: String =
            text.lines().map(|l| if l.starts_with('c') { l.to_owned() } else { format!("7,{l}") } + "\n").collect();
        std::fs::write(folder.path().join("wider"), wider).unwrap();
        let read = |name: &str| Table::read(&folder.path().join(name), "y").unwrap();
        let judged = |name| score(&read(name), 1, 4, &setting(0.1, 50), &Beat::idle());
        assert_eq!(judged("plain"), judged("wider"));
    }
}
