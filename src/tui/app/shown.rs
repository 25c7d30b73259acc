//! Values in few characters, for the pane and the bottom line.

use std::path::PathBuf;

use crate::units::{Nanos, significant};
use crate::workload::{Value, written_duration};

/// `4  (2 usable)`, or shorter where the pane is too narrow for it.
pub(super) fn shown_workers(workers: u32, usable: u32) -> String {
    let forms = [format!("{workers}  ({usable} usable)"), format!("{workers} ({usable} usable)")];
    forms.into_iter().find(|form| form.len() <= 13).unwrap_or_else(|| format!("{workers} on {usable}"))
}

/// A value in few characters that lose nothing: `1.00 M`, `1000`, `5 ms`.
#[must_use]
pub fn shown_value(value: &Value) -> String {
    match value {
        Value::Count(count) => shown_count(*count),
        Value::Duration(span) => shown_duration(*span),
        Value::Text(text) if text.is_empty() => "–".to_owned(),
        other => other.to_string(),
    }
}

/// A count in few characters: with a unit from a million on where three digits say it all.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "compared back to the exact count")]
fn shown_count(count: u64) -> String {
    for (scale, unit) in [(1_000_000_000_u64, 'G'), (1_000_000, 'M')] {
        let exact = (0..=2).any(|digits| {
            count.is_multiple_of(scale / 10_u64.pow(digits)) && count / scale < 1000 / 10_u64.pow(digits)
        });
        if count >= scale && exact {
            return format!("{} {unit}", significant(count as f64 / scale as f64, 3));
        }
    }
    count.to_string()
}

/// A span to plan with, in at most three characters and a unit: `40 ms`, `2.7 s`, `12 s`, `4 min`.
#[must_use]
pub fn rough(span: Nanos) -> String {
    let seconds = span.seconds();
    match seconds {
        ..0.0005 => "0 s".to_owned(),
        ..0.0995 => format!("{:.0} ms", seconds * 1e3),
        ..9.95 => format!("{} s", format!("{seconds:.1}").trim_end_matches(".0")),
        ..119.5 => format!("{seconds:.0} s"),
        ..7_170.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3_600.0),
    }
}

/// A duration as it would be typed, with a space before its unit: `5 ms`.
#[must_use]
pub fn shown_duration(span: Nanos) -> String {
    let written = written_duration(span);
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    format!("{number} {}", if unit == "us" { "µs" } else { unit })
}

pub(super) fn shown_input(input: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().map_or_else(|| path.as_os_str().to_owned(), ToOwned::to_owned);
    match input {
        [] => "built in".to_owned(),
        [path] => name(path).to_string_lossy().into_owned(),
        [path, rest @ ..] => format!("{} +{}", name(path).to_string_lossy(), rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_to_plan_with_are_rough() {
        let cases = [
            (0.0, "0 s"),
            (0.0007, "1 ms"),
            (0.04, "40 ms"),
            (0.0996, "0.1 s"),
            (2.7, "2.7 s"),
            (6.0, "6 s"),
            (9.96, "10 s"),
            (119.0, "119 s"),
            (150.0, "2 min"),
            (9e3, "2 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(rough(Nanos::from_seconds(seconds)), expected);
        }
    }

    #[test]
    fn counts_are_short_only_where_nothing_is_lost() {
        let cases = [
            (1_000, "1000"),
            (1_000_000, "1.00 M"),
            (1_050_000, "1.05 M"),
            (1_048_576, "1048576"),
            (12_300_000, "12.3 M"),
            (12_340_000, "12340000"),
            (1_000_000_000, "1.00 G"),
            (u64::MAX, "18446744073709551615"),
        ];
        for (count, expected) in cases {
            assert_eq!(shown_count(count), expected);
        }
    }
}
