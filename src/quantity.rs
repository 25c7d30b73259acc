//! Quantities as people write them: how a count, a duration or a number of bytes is read, and why a text is none.

use crate::units::{Bytes, Nanos};

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
    use crate::units::grouped;

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
}
