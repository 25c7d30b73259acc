//! From where on more workers bring nothing: read from the measurements alone, without any law.

use crate::results::{ResultRow, speedup};

/// Less than this is not worth another worker.
const WORTHWHILE: f64 = 1.05;

/// What more workers bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// Fewer than two numbers of workers were measured.
    Unknown,
    /// No larger number that was measured is surely faster.
    StopsAt {
        /// The smallest such number.
        workers: u32,
        /// Whether more samples could tell a larger one to be faster after all.
        is_open: bool,
    },
    /// The largest number that was measured is faster than all others.
    GoesOn {
        /// That number.
        workers: u32,
    },
}

/// How a result compares with one of fewer workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Gains,
    MayGain,
    Stays,
}

impl Gain {
    /// Judges measured `rows`, which ascend by workers.
    pub(super) fn of(rows: &[&ResultRow]) -> Self {
        if rows.len() < 2 {
            return Self::Unknown;
        }
        for (place, row) in rows.iter().enumerate() {
            let workers = row.configuration.workers;
            let larger = &rows[place + 1..];
            if larger.is_empty() {
                return Self::GoesOn { workers };
            }
            let steps: Vec<Step> = larger.iter().map(|more| step(row, more)).collect();
            if !steps.contains(&Step::Gains) {
                return Self::StopsAt { workers, is_open: steps.contains(&Step::MayGain) };
            }
        }
        Self::Unknown
    }

    /// The number of workers at which it ends, as far as was measured.
    #[must_use]
    pub const fn workers(self) -> Option<u32> {
        match self {
            Self::Unknown => None,
            Self::StopsAt { workers, .. } | Self::GoesOn { workers } => Some(workers),
        }
    }

    /// The sentence that says it.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Unknown => "one number of workers says nothing about scaling".to_owned(),
            Self::StopsAt { workers: 1, is_open: false } => {
                "more workers than one bring nothing: no larger number is faster by 5 %".to_owned()
            }
            Self::StopsAt { workers, is_open: false } => {
                format!("you stop gaining at {workers}: no larger number is faster by 5 %")
            }
            Self::StopsAt { workers, is_open: true } => {
                format!("you stop gaining at {workers}, as far as so few samples tell: more of them (--runs) tell more")
            }
            Self::GoesOn { workers } => format!("you still gain at {workers}, the most that was measured"),
        }
    }
}

fn step(fewer: &ResultRow, more: &ResultRow) -> Step {
    match speedup(more, fewer) {
        Some(ratio) if ratio.estimate < WORTHWHILE => Step::Stays,
        Some(ratio) if ratio.low.is_some_and(|low| low > 1.0) => Step::Gains,
        _ => Step::MayGain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::row;
    use crate::spec::BackendId::Threads;

    /// Rows with 1, 2, … workers and these walls.
    fn check(walls: &[&[f64]], expected: Gain) {
        let rows: Vec<ResultRow> =
            (1..).zip(walls).map(|(workers, walls)| row(Threads, workers).walls(walls).done()).collect();
        assert_eq!(Gain::of(&rows.iter().collect::<Vec<_>>()), expected, "{walls:?}");
    }

    #[test]
    fn gains_end_where_no_larger_number_is_faster() {
        let [one, half, third] = [[1.0, 1.01, 1.02], [0.5, 0.51, 0.5], [0.34, 0.33, 0.34]];
        let stops = |workers, is_open| Gain::StopsAt { workers, is_open };
        check(&[&one, &half, &half, &half], stops(2, false));
        check(&[&one, &half, &half, &third], Gain::GoesOn { workers: 4 });
        check(&[&half, &one, &one], stops(1, false));
        check(&[&one, &half, &third, &one], stops(3, false));
        check(&[&one, &[0.5, 1.5, 0.3]], stops(1, true));
        check(&[&[1.0], &[0.5]], stops(1, true));
        check(&[&one], Gain::Unknown);
        check(&[], Gain::Unknown);
    }

    #[test]
    fn the_sentence_names_the_number() {
        assert!(Gain::StopsAt { workers: 7, is_open: false }.sentence().starts_with("you stop gaining at 7:"));
        assert!(Gain::StopsAt { workers: 7, is_open: true }.sentence().contains("--runs"));
        assert!(Gain::GoesOn { workers: 7 }.sentence().contains("still gain at 7,"));
    }
}
