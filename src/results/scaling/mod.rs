//! How results scale: those that differ by nothing but their workers, as a curve with the laws that fit it. Pure.

mod gain;
mod text;

pub use self::gain::Gain;
pub use self::text::{finished, render};

use super::summary::tasks_per_second;
use super::{ResultRow, Status};
use crate::spec::Configuration;
use crate::stats::{Fit, Law, Observation, Unfit};

/// Results that differ by nothing but their workers.
#[derive(Debug)]
pub struct Curve<'a> {
    /// The results, by ascending workers; at least one.
    pub rows: Vec<&'a ResultRow>,
    /// From where on more workers bring nothing, as measured.
    pub gain: Gain,
    /// Gunther's law with the constants of this curve.
    pub universal: Result<Fit, Unfit>,
    /// Amdahl's law with the constant of this curve.
    pub amdahl: Result<Fit, Unfit>,
}

impl<'a> Curve<'a> {
    /// The curves of those `rows` whose backends have workers to choose, in the order in which each comes first.
    #[must_use]
    pub fn all(rows: &'a [ResultRow]) -> Vec<Self> {
        let mut groups: Vec<Vec<&ResultRow>> = Vec::new();
        for row in rows.iter().filter(|row| row.configuration.backend.facts().scales) {
            match groups.iter_mut().find(|group| is_one_curve(&group[0].configuration, &row.configuration)) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        groups.into_iter().map(Self::of).collect()
    }

    fn of(mut rows: Vec<&'a ResultRow>) -> Self {
        rows.sort_by_key(|row| row.configuration.workers);
        let measured: Vec<&ResultRow> = rows.iter().copied().filter(|row| is_measured(row)).collect();
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
}

fn name(configuration: &Configuration) -> String {
    let lock = if configuration.gil { ", GIL on" } else { "" };
    let transports = configuration.backend.facts().transports.len();
    let transport = configuration.transport.filter(|_| transports > 1);
    let transport = transport.map_or_else(String::new, |transport| format!(", {}", transport.id()));
    format!("{}{transport}{lock}", configuration.backend.id())
}

fn is_one_curve(one: &Configuration, other: &Configuration) -> bool {
    Configuration { workers: one.workers, ..other.clone() } == *one
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
pub(super) mod tests {
    use super::*;
    use crate::results::fixture::row;
    use crate::results::settle;
    use crate::spec::BackendId::{Processes, Sequential, Threads};

    /// The baseline and threads with 1, 2, … workers that are so many times as fast, in five rounds that drift, each
    /// with a little noise of its own.
    pub(in crate::results) fn rows(speedups: &[f64]) -> Vec<ResultRow> {
        let walls = |workers: u32, speedup: f64| {
            let noise = move |round: u32| 0.998 + 0.001 * f64::from((workers * 3 + round * workers) % 5);
            (0..5).map(|round| (1.0 + 0.01 * f64::from(round)) * noise(round) / speedup).collect::<Vec<_>>()
        };
        let mut rows = vec![row(Sequential, 1).walls(&walls(0, 1.0)).done()];
        let threads = (1..).zip(speedups);
        rows.extend(threads.map(|(workers, speedup)| row(Threads, workers).walls(&walls(workers, *speedup)).done()));
        settle(&mut rows);
        rows
    }

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
    fn the_laws_are_fitted_to_what_was_measured_well() {
        let law = |n: f64| n / (1.0 + 0.1 * (n - 1.0) + 0.02 * n * (n - 1.0));
        let mut rows = rows(&[law(1.0), law(2.0), law(3.0), law(4.0), law(5.0), 9.0]);
        rows[6].status = Status::Divergent;
        let curves = Curve::all(&rows);
        let fit = curves[0].universal.unwrap();
        assert!((fit.sigma.value - 0.1).abs() < 0.02 && (fit.kappa.value - 0.02).abs() < 0.004, "{fit:?}");
        assert!(curves[0].amdahl.unwrap().sigma.value > 0.1);
        assert_eq!(curves[0].rows.len(), 6, "what went wrong is shown");
    }
}
