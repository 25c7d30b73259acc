//! How results scale: those that differ by nothing but their workers, as a curve with the laws that fit it. Pure.

mod gain;
mod text;

pub use self::gain::Gain;
pub use self::text::{caution, finished, laws, render};

use super::summary::tasks_per_second;
use super::{ResultRow, Status};
use crate::spec::Configuration;
use crate::stats::{Fit, Law, Observation, Ratio, Unfit};

/// Results that differ by nothing but their workers.
#[derive(Debug, Clone)]
pub struct Curve {
    /// The results, by ascending workers; at least one.
    pub rows: Vec<ResultRow>,
    /// From where on more workers bring nothing, as measured.
    pub gain: Gain,
    /// Gunther's law with the constants of this curve.
    pub universal: Result<Fit, Unfit>,
    /// Amdahl's law with the constant of this curve.
    pub amdahl: Result<Fit, Unfit>,
}

impl Curve {
    /// The curves of those `rows` whose backends have workers to choose, in the order in which each comes first.
    #[must_use]
    pub fn all(rows: &[ResultRow]) -> Vec<Self> {
        let mut groups: Vec<Vec<&ResultRow>> = Vec::new();
        for row in rows.iter().filter(|row| row.configuration.backend.facts().scales) {
            match groups.iter_mut().find(|group| is_one_curve(&group[0].configuration, &row.configuration)) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        groups.into_iter().map(|rows| Self::of(rows.into_iter().cloned().collect())).collect()
    }

    fn of(mut rows: Vec<ResultRow>) -> Self {
        rows.sort_by_key(|row| row.configuration.workers);
        let measured: Vec<&ResultRow> = rows.iter().filter(|row| is_measured(row)).collect();
        let observed: Vec<Observation> = measured.iter().flat_map(|row| observations(row)).collect();
        Self {
            gain: Gain::of(&measured),
            universal: Fit::of(Law::Universal, &observed),
            amdahl: Fit::of(Law::Amdahl, &observed),
            rows,
        }
    }

    /// What the curve is of, in a few words: `threads, GIL on`.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.rows[0].configuration)
    }

    /// The speed-ups that were measured, by ascending workers.
    pub fn speedups(&self) -> impl Iterator<Item = (u32, Ratio)> {
        self.rows
            .iter()
            .filter(|row| is_measured(row))
            .filter_map(|row| Some((row.configuration.workers, row.speedup?)))
    }

    /// The speed-up that Gunther's law gives for a number of workers, against the baseline of the measured ones; `None`
    /// where it was not fitted or nothing has a speed-up.
    #[must_use]
    pub fn modelled(&self, workers: f64) -> Option<f64> {
        let fit = self.universal.as_ref().ok()?;
        let measured = self.speedups().map(|(workers, ratio)| ratio.estimate / fit.speedup(f64::from(workers)));
        let (sum, count) = measured.fold((0.0, 0.0), |(sum, count), ratio| (sum + ratio, count + 1.0));
        (count > 0.0).then(|| fit.speedup(workers) * sum / count)
    }
}

fn name(configuration: &Configuration) -> String {
    let lock = if configuration.gil { ", GIL on" } else { "" };
    let transport = configuration.transport.filter(|transport| transport.is_notable());
    let transport = transport.map_or_else(String::new, |transport| format!(", {}", transport.id()));
    format!("{}{transport}{lock}", configuration.backend.id())
}

/// Tasks under way at a time grow with the workers where nobody says how many, and a run has one number of them where
/// somebody does.
fn is_one_curve(one: &Configuration, other: &Configuration) -> bool {
    Configuration { workers: one.workers, in_flight: one.in_flight, ..other.clone() } == *one
}

/// Whether its times say something: wrong answers and lost tasks take as long as they like.
fn is_measured(row: &ResultRow) -> bool {
    !matches!(row.status, Status::Failed | Status::Divergent) && row.complete().next().is_some()
}

/// Tasks per second of each complete sample.
fn observations(row: &ResultRow) -> impl Iterator<Item = Observation> + '_ {
    let workers = row.configuration.workers;
    row.complete().map(move |sample| Observation {
        workers,
        round: sample.sample,
        throughput: tasks_per_second(sample),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{curve_of, row};
    use crate::spec::BackendId::{self, Processes, Sequential, Threads};
    use crate::spec::Wish;
    use crate::workload::by_id;

    #[test]
    fn curves_are_what_differs_by_workers_alone_and_sequential_work_is_none() {
        let rows = [
            row(Sequential, 1).walls(&[1.0]).done(),
            row(Threads, 4).walls(&[1.0]).done(),
            row(Threads, 2).gil().walls(&[1.0]).done(),
            row(Threads, 2).walls(&[1.0]).done(),
            row(Processes, 2).walls(&[1.0]).done(),
            row(Threads, 2).tasks(9).walls(&[1.0]).done(),
        ];
        let curves = Curve::all(&rows);
        let found: Vec<(String, Vec<u32>)> = curves
            .iter()
            .map(|curve| (curve.name(), curve.rows.iter().map(|row| row.configuration.workers).collect()))
            .collect();
        let expected =
            [("threads", vec![2, 4]), ("threads, GIL on", vec![2]), ("processes, pipe", vec![2]), ("threads", vec![2])];
        assert_eq!(found, expected.map(|(name, workers)| (name.to_owned(), workers)));
    }

    #[test]
    fn ways_that_await_more_with_more_workers_are_one_curve() {
        let rows = [1, 2, 3, 4].map(|workers| {
            let wish = Wish::of(by_id("primes").unwrap(), BackendId::Async, workers);
            let awaiting = Configuration::new(wish).unwrap();
            row(BackendId::Async, workers).walls(&[1.0]).with(|row| row.configuration = awaiting).done()
        });
        assert_ne!(rows[0].configuration.in_flight, rows[1].configuration.in_flight);
        assert_eq!(Curve::all(&rows).iter().map(|curve| curve.rows.len()).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn the_laws_are_fitted_to_what_was_measured_well() {
        let law = |n: f64| n / (1.0 + 0.1 * (n - 1.0) + 0.02 * n * (n - 1.0));
        let mut rows = curve_of(Threads, false, &[law(1.0), law(2.0), law(3.0), law(4.0), law(5.0), 9.0]);
        rows[6].status = Status::Divergent;
        let curves = Curve::all(&rows);
        let fit = curves[0].universal.unwrap();
        assert!((fit.sigma.value - 0.1).abs() < 0.02 && (fit.kappa.value - 0.02).abs() < 0.004, "{fit:?}");
        assert!(curves[0].amdahl.unwrap().sigma.value > 0.1);
        assert_eq!(curves[0].rows.len(), 6, "what went wrong is shown");
        for (workers, measured) in curves[0].speedups().take(5) {
            let modelled = curves[0].modelled(f64::from(workers)).unwrap();
            assert!((modelled / measured.estimate - 1.0).abs() < 0.02, "{workers}: {modelled}, measured {measured:?}");
        }
    }
}
