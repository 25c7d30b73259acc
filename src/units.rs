//! Quantities with their unit in the type and their one way of being printed.
//!
//! Every other room speaks in these; none of them formats a duration or a byte count by itself. Knows nothing of
//! workloads, machines or screens.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A span of time, or a point on the monotonic clock, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `count` microseconds.
    #[must_use]
    pub const fn from_micros(count: u64) -> Self {
        Self(count.saturating_mul(1_000))
    }

    /// `count` milliseconds.
    #[must_use]
    pub const fn from_millis(count: u64) -> Self {
        Self(count.saturating_mul(1_000_000))
    }

    /// `count` whole seconds.
    #[must_use]
    pub const fn from_secs(count: u64) -> Self {
        Self(count.saturating_mul(1_000_000_000))
    }

    /// The nearest representable span to `seconds`; negative and not-a-number become zero.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float-to-int casts saturate")]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1e9).round() as u64)
    }

    /// The span in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to 104 days, then off by less than 1e-15 of the value")]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The difference, or zero where `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// The sum, held at the largest representable span.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(nanos: Nanos) -> Self {
        Self::from_nanos(nanos.0)
    }
}

/// Three significant digits and the largest unit that keeps them at or above one: `1.25 ms`, `340 ns`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        let (scale, unit) = match self.0 {
            1..=999 => (1e9, "ns"),
            1_000..=999_999 => (1e6, "µs"),
            1_000_000..=999_999_999 => (1e3, "ms"),
            _ => (1.0, "s"),
        };
        write!(f, "{} {unit}", significant(seconds * scale, 3))
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// The size in mebibytes.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    pub fn mebibytes(self) -> f64 {
        self.0 as f64 / f64::from(1 << 20)
    }
}

/// Three significant digits in the largest binary unit at or above one: `1.00 MiB`, `512 B`.
impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "three digits are printed")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match units.iter().find(|(size, _)| self.0 >= *size) {
            Some((size, unit)) => write!(f, "{} {unit}", significant(self.0 as f64 / *size as f64, 3)),
            None => write!(f, "{} B", self.0),
        }
    }
}

/// A worker's place in its pool, from 0; people see `w1` for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerId(pub u32);

impl WorkerId {
    /// The id as an index into per-worker arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("w{}", self.0 + 1))
    }
}

/// A logical core's own number, as the operating system counts them (from 0, possibly with gaps).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CoreId(pub u32);

impl fmt::Display for CoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The start value of everything a workload generates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `value` rounded to `digits` significant digits, never in exponent form: `0.523`, `1.02`, `16.4`, `1040`.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the exponent of a finite f64 is small")]
pub fn significant(value: f64, digits: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value.is_finite() { "0".to_owned() } else { "–".to_owned() };
    }
    let exponent_after_rounding = |decimals: usize| {
        let rounded: f64 = format!("{value:.decimals$}").parse().unwrap_or(value);
        if rounded == 0.0 { value.abs().log10().floor() } else { rounded.abs().log10().floor() }
    };
    let wanted = f64::from(digits) - 1.0;
    let decimals = (wanted - value.abs().log10().floor()).max(0.0) as usize;
    let decimals = (wanted - exponent_after_rounding(decimals)).max(0.0) as usize;
    format!("{value:.decimals$}")
}

/// `value` with a comma between groups of three digits: `50,847,534`.
#[must_use]
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits_never_four() {
        let cases = [
            (0.0, "0"),
            (1.0, "1.00"),
            (0.5234, "0.523"),
            (9.996, "10.0"),
            (9.994, "9.99"),
            (16.44, "16.4"),
            (999.6, "1000"),
            (1040.4, "1040"),
            (0.000_123_4, "0.000123"),
        ];
        for (value, expected) in cases {
            assert_eq!(significant(value, 3), expected, "{value}");
        }
    }

    #[test]
    fn quantities_print_with_their_unit() {
        assert_eq!(Nanos(1_250_000).to_string(), "1.25 ms");
        assert_eq!(Nanos(340).to_string(), "340 ns");
        assert_eq!(Nanos::from_secs(12).to_string(), "12.0 s");
        assert_eq!(Bytes(1 << 20).to_string(), "1.00 MiB");
        assert_eq!(Bytes(512).to_string(), "512 B");
        assert_eq!(WorkerId(0).to_string(), "w1");
        assert_eq!(grouped(50_847_534), "50,847,534");
        assert_eq!(grouped(0), "0");
    }
}
