//! Quantities with their unit in the type and their one way of being read and printed.
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

/// Why a text is no quantity: what would be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a duration with its unit.
    #[error("a duration with its unit, such as 5ms or 1.5s (ns, us, ms, s, m)")]
    Duration,
    /// Not a byte count.
    #[error("a number of bytes, such as 4096, 64KiB or 1.5MB (k M G, KiB MiB GiB)")]
    Bytes,
    /// Not a whole number.
    #[error("a whole number, such as 8, 1_000_000, 4M or 1e6")]
    Count,
    /// Not a number.
    #[error("a number, such as 2 or 0.5")]
    Real,
}

/// Reads a whole number as people write it, and as it is printed: `1000000`, `1_000_000`, `1,000,000`, `1M`, `1.00 M`,
/// `1e6`; `k M G` are decimal.
///
/// # Errors
/// Any other text, a number with a part behind the point, or one above `u64::MAX`.
pub fn parse_count(text: &str) -> Result<u64, QuantityError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !".,_".contains(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    power_of_ten(unit).and_then(|power| scaled_by_ten(number, power)).ok_or(QuantityError::Count)
}

/// How many zeros a unit behind a count stands for.
fn power_of_ten(unit: &str) -> Option<u32> {
    match unit.strip_prefix(' ').unwrap_or(unit) {
        "" => unit.is_empty().then_some(0),
        "k" | "K" => Some(3),
        "M" => Some(6),
        "G" => Some(9),
        _ => {
            let power = unit.strip_prefix(['e', 'E'])?;
            power.bytes().all(|b| b.is_ascii_digit()).then(|| power.parse().ok())?
        }
    }
}

/// `number` × 10^`power`; `None` unless that is a whole number. A point needs a power that carries it away.
fn scaled_by_ten(number: &str, power: u32) -> Option<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let has_point = whole.len() < number.len();
    if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) || (has_point && power == 0) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let zeros = power.checked_sub(u32::try_from(part.len()).ok()?)?;
    let digits: u64 = (ungrouped(whole)? + part).parse().ok()?;
    if digits == 0 { Some(0) } else { digits.checked_mul(10_u64.checked_pow(zeros)?) }
}

/// The digits of a whole number, without the single underscores or the commas before each three that group them.
fn ungrouped(whole: &str) -> Option<String> {
    let is_number = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let mut thousands = whole.split(',');
    let first = thousands.next().filter(|first| first.split('_').all(is_number))?;
    let mut digits = first.replace('_', "");
    for group in thousands {
        if first.len() > 3 || group.len() != 3 || !is_number(first) || !is_number(group) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// Reads a plain, finite, non-negative decimal number without exponent.
///
/// # Errors
/// Signs, exponents, several points, or anything that is not a number.
pub fn parse_real(text: &str) -> Result<f64, QuantityError> {
    let points = text.bytes().filter(|b| *b == b'.').count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if points > 1 || digits == 0 || points + digits != text.len() {
        return Err(QuantityError::Real);
    }
    text.parse().map_err(|_| QuantityError::Real)
}

/// Splits `1.5ms` into its number and its unit.
fn number_and_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    text.split_at(end)
}

fn scaled(number: &str, scale: u64) -> Option<u64> {
    if let Ok(count) = parse_count(number) {
        return count.checked_mul(scale);
    }
    #[expect(clippy::cast_precision_loss, reason = "unit sizes are far below 2^53")]
    let value = parse_real(number).ok()? * scale as f64;
    #[expect(clippy::cast_precision_loss, reason = "the bound need not be exact")]
    let limit = u64::MAX as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against the bound")]
    (value < limit).then(|| value.round() as u64)
}

/// Reads a duration; the unit is required.
///
/// # Errors
/// A missing or unknown unit, a malformed number, or more than `u64::MAX` nanoseconds.
pub fn parse_duration(text: &str) -> Result<Nanos, QuantityError> {
    let (number, unit) = number_and_unit(text);
    let scale = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        _ => return Err(QuantityError::Duration),
    };
    scaled(number, scale).map(Nanos).ok_or(QuantityError::Duration)
}

/// Reads a byte count; without a unit it counts bytes, `k M G` are decimal, `KiB MiB GiB` binary.
///
/// # Errors
/// An unknown unit, a malformed number, or more than `u64::MAX` bytes.
pub fn parse_bytes(text: &str) -> Result<Bytes, QuantityError> {
    let (number, unit) = number_and_unit(text);
    let scale = match unit {
        "" | "B" => 1,
        "k" | "kB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(QuantityError::Bytes),
    };
    scaled(number, scale).map(Bytes).ok_or(QuantityError::Bytes)
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
    fn durations_need_a_unit() {
        for (text, expected) in
            [("5ms", 5_000_000), ("1.5s", 1_500_000_000), ("1_000us", 1_000_000), ("2m", 120_000_000_000)]
        {
            assert_eq!(parse_duration(text), Ok(Nanos(expected)), "{text}");
        }
        for text in
            ["", "5", "5 ms", " 5ms", "-1s", "+1s", "NaN", "inf", "1.5.2s", "10S", "1e9s", "٣s", "99999999999999s"]
        {
            assert_eq!(parse_duration(text), Err(QuantityError::Duration), "{text}");
        }
    }

    #[test]
    fn byte_counts_take_both_kinds_of_unit() {
        for (text, expected) in
            [("4096", 4096), ("64KiB", 65_536), ("1.5MB", 1_500_000), ("2k", 2_000), ("1GiB", 1 << 30)]
        {
            assert_eq!(parse_bytes(text), Ok(Bytes(expected)), "{text}");
        }
        for text in ["", "KiB", "1 KiB", "1kib", "-1", "18446744073709551616", "99999999999GiB"] {
            assert_eq!(parse_bytes(text), Err(QuantityError::Bytes), "{text}");
        }
    }

    #[test]
    fn counts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1_000_000", 1_000_000),
            ("18446744073709551615", u64::MAX),
            ("18,446,744,073,709,551,615", u64::MAX),
            ("1,000", 1_000),
            ("4M", 4_000_000),
            ("10k", 10_000),
            ("10K", 10_000),
            ("2G", 2_000_000_000),
            ("1.00 M", 1_000_000),
            ("1.25M", 1_250_000),
            ("1_000k", 1_000_000),
            ("1e6", 1_000_000),
            ("2.5E3", 2_500),
            ("7e0", 7),
            ("0e99", 0),
        ] {
            assert_eq!(parse_count(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn counts_are_whole_and_well_formed() {
        for text in [
            "",
            "_1",
            "1_",
            "1__0",
            "0x10",
            " 4 ",
            "4 ",
            "+4",
            "-4",
            "18446744073709551616",
            "４",
            "1.5",
            "1.0",
            "1.5.2M",
            "1.0005k",
            ".5M",
            "1.M",
            "1e",
            "1e-3",
            "1e+3",
            "1 e3",
            "1e20",
            "19G9",
            "4m",
            "4MB",
            "4  M",
            "M",
            "e6",
            ",1",
            "1,",
            "1,00",
            "1000,000",
            "1,0000",
            "1_0,000",
            "99999999999999G",
            "1e4294967296",
        ] {
            assert_eq!(parse_count(text), Err(QuantityError::Count), "{text}");
        }
    }

    #[test]
    fn printed_counts_can_be_typed() {
        for count in [0, 999, 1_000, 50_847_534, u64::MAX] {
            assert_eq!(parse_count(&grouped(count)), Ok(count));
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
