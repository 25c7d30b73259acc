//! How fast a run really goes, and what that says about the time it has left. Pure.

use crate::units::Nanos;

/// Predicted and measured time per sample of each configuration of a run.
#[derive(Debug)]
pub(super) struct Pace {
    predicted: Vec<Nanos>,
    measured: Vec<Vec<Nanos>>,
}

impl Pace {
    /// A run whose configurations should take this long per sample.
    pub(super) fn new(predicted: Vec<Nanos>) -> Self {
        let measured = vec![Vec::new(); predicted.len()];
        Self { predicted, measured }
    }

    /// Notes how long a sample took, thrown away or not.
    pub(super) fn sampled(&mut self, place: usize, wall: Nanos) {
        self.measured[place].push(wall);
    }

    /// How long a sample takes: as measured, or as predicted, corrected by how far off predictions have been so far.
    #[expect(clippy::cast_precision_loss, reason = "a mean of few samples")]
    pub(super) fn sample(&self, place: usize) -> Nanos {
        let measured = &self.measured[place];
        if measured.is_empty() {
            return Nanos::from_seconds(self.predicted[place].seconds() * self.correction());
        }
        Nanos::from_seconds(self.spent_on(place).seconds() / measured.len() as f64)
    }

    /// How long all samples so far took; `None` before the first.
    pub(super) fn spent(&self) -> Option<Nanos> {
        let is_under_way = self.measured.iter().any(|walls| !walls.is_empty());
        is_under_way.then(|| (0..self.measured.len()).map(|place| self.spent_on(place)).fold(Nanos::ZERO, Nanos::plus))
    }

    fn spent_on(&self, place: usize) -> Nanos {
        self.measured[place].iter().copied().fold(Nanos::ZERO, Nanos::plus)
    }

    /// Measured over predicted time of what was sampled; 1 where that says nothing.
    #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
    fn correction(&self) -> f64 {
        let predicted = |(place, walls): (usize, &Vec<Nanos>)| self.predicted[place].seconds() * walls.len() as f64;
        let predicted: f64 = self.measured.iter().enumerate().map(predicted).sum();
        let measured = self.spent().map_or(0.0, Nanos::seconds);
        if predicted > 0.0 && measured > 0.0 { measured / predicted } else { 1.0 }
    }
}

/// The finished part of a run that has spent this time and has this time left.
pub(super) fn done(spent: Nanos, left: Nanos) -> f64 {
    let whole = spent.plus(left).seconds();
    if whole > 0.0 { spent.seconds() / whole } else { 0.0 }
}
