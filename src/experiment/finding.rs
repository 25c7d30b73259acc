//! What an experiment has found: a verdict, the figures that it rests on, and a sentence.

use std::borrow::Cow;

use serde::Serialize;

use super::{Measured, Unmeasured};
use crate::units::{Bytes, Nanos, grouped, significant};

/// Whether what textbooks say holds here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The figures say so, with all of their intervals.
    Holds,
    /// The figures say the opposite.
    DoesNotHold,
    /// The figures do not tell.
    Undecided,
}

impl Verdict {
    /// Its sign and words: `= holds`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Holds => "= holds",
            Self::DoesNotHold => "≠ does not",
            Self::Undecided => "? undecided",
        }
    }

    /// The opposite, as far as there is one.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Holds => Self::DoesNotHold,
            Self::DoesNotHold => Self::Holds,
            Self::Undecided => Self::Undecided,
        }
    }

    /// What holds only where all parts do: one that does not decides, then one that is undecided.
    #[must_use]
    pub fn all(parts: &[Self]) -> Self {
        let has = |wanted| parts.contains(&wanted);
        match () {
            () if has(Self::DoesNotHold) => Self::DoesNotHold,
            () if has(Self::Undecided) => Self::Undecided,
            () => Self::Holds,
        }
    }

    /// Of something that is known for sure.
    #[must_use]
    pub const fn certain(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::DoesNotHold }
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// How many times something, such as faster than the baseline.
    Times,
    /// Bytes in a second.
    BytesPerSecond,
    /// Busy cores.
    Cores,
    /// A fraction of 1.
    Share,
    /// Things that are counted.
    Count,
}

impl Unit {
    /// A value of it for people: `5.20 ms`, `1.93×`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float-to-int casts saturate")]
    pub fn shown(self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "" };
        let size = value.abs();
        let text = match self {
            Self::Seconds => Nanos::from_seconds(size).to_string(),
            Self::Bytes => Bytes(size.round() as u64).to_string(),
            Self::BytesPerSecond if size >= 1e9 => format!("{} MB/s", grouped((size / 1e6).round() as u64)),
            Self::BytesPerSecond => format!("{} MB/s", significant(size / 1e6, 3)),
            Self::Times => format!("{}×", significant(size, 3)),
            Self::Cores => format!("{} cores", significant(size, 3)),
            Self::Share => format!("{:.0} %", 100.0 * size),
            Self::Count => grouped(size.round() as u64),
        };
        format!("{sign}{text}")
    }
}

/// A figure that a verdict rests on, or that explains it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What it is of: `threads, GIL on`.
    pub label: String,
    /// What it says: `speed-up`.
    pub quantity: Cow<'static, str>,
    /// The figure.
    #[serde(flatten)]
    pub measured: Measured,
    /// What it counts.
    pub unit: Unit,
    /// What a bar as long as can be stands for; `None` means the largest figure of its quantity.
    #[serde(skip)]
    pub whole: Option<f64>,
}

impl Figure {
    /// A figure of `label`.
    #[must_use]
    pub fn new(
        label: impl Into<String>,
        quantity: impl Into<Cow<'static, str>>,
        measured: Measured,
        unit: Unit,
    ) -> Self {
        let whole = (unit == Unit::Share).then_some(1.0);
        Self { label: label.into(), quantity: quantity.into(), measured, unit, whole }
    }

    /// One of so many.
    #[must_use]
    pub fn of(self, whole: f64) -> Self {
        Self { whole: Some(whole), ..self }
    }

    /// The value and its interval: `1.93× (1.90×–1.96×)`.
    #[must_use]
    pub fn text(&self) -> String {
        let Measured { value, low, high } = self.measured;
        let shown = |value| self.unit.shown(value);
        if (low - high).abs() <= f64::EPSILON * high.abs() {
            return shown(value);
        }
        format!("{} ({} to {})", shown(value), shown(low), shown(high))
    }
}

/// What an experiment has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Whether the claim holds.
    pub verdict: Verdict,
    /// The cell of processes, with a figure.
    pub processes: String,
    /// The cell of threads, with a figure.
    pub threads: String,
    /// What it means, in a sentence with figures.
    pub conclusion: String,
    /// The figures.
    pub figures: Vec<Figure>,
}

impl Finding {
    /// Where other programs took this fraction of the cores' time meanwhile. They hide differences rather than make
    /// them, so nothing is denied then.
    #[must_use]
    pub fn beside_others(self, share: f64) -> Self {
        let verdict = if self.verdict == Verdict::DoesNotHold { Verdict::Undecided } else { self.verdict };
        let taken = Unit::Share.shown(share);
        let conclusion =
            format!("{}; meanwhile other programs took {taken} of the usable cores' time", self.conclusion);
        Self { verdict, conclusion, ..self }
    }

    /// Where something could not be measured.
    #[must_use]
    pub fn undecided(missing: &Unmeasured) -> Self {
        Self {
            verdict: Verdict::Undecided,
            processes: "–".to_owned(),
            threads: "–".to_owned(),
            conclusion: missing.to_string(),
            figures: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_does_not_hold_decides() {
        use Verdict::{DoesNotHold, Holds, Undecided};
        for (parts, whole) in [
            (&[Holds, Holds][..], Holds),
            (&[Holds, Undecided], Undecided),
            (&[Undecided, DoesNotHold, Holds], DoesNotHold),
        ] {
            assert_eq!(Verdict::all(parts), whole, "{parts:?}");
            assert_eq!(whole.turned().turned(), whole);
        }
    }

    #[test]
    fn figures_are_shown_with_their_units() {
        let table = [
            (Unit::Seconds, 0.0052, "5.20 ms"),
            (Unit::Bytes, -2_097_152.0, "−2.00 MiB"),
            (Unit::BytesPerSecond, 2.5e9, "2,500 MB/s"),
            (Unit::BytesPerSecond, 1.25e7, "12.5 MB/s"),
            (Unit::Times, 1.934, "1.93×"),
            (Unit::Cores, 1.98, "1.98 cores"),
            (Unit::Share, 0.494, "49 %"),
            (Unit::Count, 4_096.0, "4,096"),
        ];
        for (unit, value, expected) in table {
            assert_eq!(unit.shown(value), expected);
        }
        let measured = Measured { value: 2.0, low: 1.9, high: 2.1 };
        let figure = Figure::new("threads", "speed-up", measured, Unit::Times);
        assert_eq!(figure.text(), "2.00× (1.90× to 2.10×)");
    }
}
