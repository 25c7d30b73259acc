//! Curves as text for people: a table for each with the places where cores end, then what the laws make of it.

use super::{Curve, name};
use crate::machine::Cores;
use crate::results::table::{Line, ascii, render_columns};
use crate::results::{ResultRow, Summary, WarningKind, warnings};
use crate::stats::{Estimate, Fit, Unfit};
use crate::units::significant;

/// The columns of the results table that a curve shows.
const COLUMNS: &[&str] = &["n", "wall s", "±%", "speed-up", "95 %", "eff %", "note"];

/// All curves of `rows`, at most `width` columns wide where tables can be; `plain` means ASCII alone. Whatever no
/// measurement shows is marked as *model*.
#[must_use]
pub fn render(rows: &[ResultRow], cores: &Cores, width: usize, plain: bool) -> String {
    let drawn = Curve::all(rows).iter().map(|curve| block(curve, cores, width, plain)).collect::<Vec<_>>().join("\n");
    if plain { drawn.lines().map(|line| ascii(line) + "\n").collect() } else { drawn }
}

/// A curve below its name.
fn block(curve: &Curve, cores: &Cores, width: usize, plain: bool) -> String {
    let said = explained(curve).into_iter().map(|line| format!("  {line}"));
    let lines = [curve.name()].into_iter().chain(table(curve, cores, width, plain)).chain(said);
    lines.map(|line| line + "\n").collect()
}

/// The first result of the curve that went wrong or was disturbed, with what is the matter, else the first whose samples
/// scatter; `None` where none does.
#[must_use]
pub fn caution(curve: &Curve) -> Option<String> {
    let told = |row: &ResultRow, text: String| format!("! n {}: {text}", row.configuration.workers);
    let warned = |row: &ResultRow, kinds: &[WarningKind]| {
        let warning = warnings(row, &Summary::of(row)).into_iter().find(|warning| kinds.contains(&warning.kind))?;
        Some(told(row, warning.text))
    };
    let said = |row: &ResultRow| row.failure.clone().map(|why| told(row, why)).or_else(|| warned(row, &DISTURBED));
    let noisy = || curve.rows.iter().find_map(|row| warned(row, &[WarningKind::Noisy]));
    curve.rows.iter().find_map(said).or_else(noisy)
}

/// What gets into the shape of a curve from outside.
const DISTURBED: [WarningKind; 3] = [WarningKind::Faults, WarningKind::Throttled, WarningKind::OtherLoad];

/// A result that has just come in, in one line: `threads n 2: 0.185 s, 1.80×`.
#[must_use]
pub fn finished(row: &ResultRow) -> String {
    let name = name(&row.configuration);
    let workers = row.configuration.workers;
    let wall = Summary::of(row).wall.map_or_else(|| "no times".to_owned(), |wall| seconds(wall.median));
    let speedup = row.speedup.map_or_else(String::new, |ratio| format!(", {}×", significant(ratio.estimate, 3)));
    format!("{name}, n {workers}: {wall}{speedup}")
}

fn seconds(value: f64) -> String {
    format!("{} s", significant(value, 3))
}

/// The curve's rows with a line before the first that has more workers than there are cores.
fn table(curve: &Curve, cores: &Cores, width: usize, plain: bool) -> Vec<String> {
    let summaries: Vec<Summary> = curve.rows.iter().map(Summary::of).collect();
    let numbered = (1..).zip(&curve.rows).zip(&summaries);
    let lines: Vec<Line<'_>> = numbered.map(|((number, row), summary)| Line { number, row, summary }).collect();
    let drawn = render_columns(&lines, COLUMNS, width, plain);
    let mut drawn = drawn.lines().map(str::to_owned);
    let mut table: Vec<String> = drawn.next().into_iter().collect();
    let mut ends = ends(cores);
    for (row, line) in curve.rows.iter().zip(drawn) {
        let workers = row.configuration.workers as usize;
        table.extend(ends.extract_if(.., |(count, _)| *count < workers).map(|(_, end)| format!("  ── {end}")));
        table.push(line);
    }
    table
}

/// After how many workers which cores are all taken, ascending.
fn ends(cores: &Cores) -> Vec<(usize, String)> {
    let usable = (cores.usable, format!("no more usable cores than {} ({})", cores.usable, cores.reason));
    let physical = cores.physical.map(|count| (count, format!("no more physical cores than {count}")));
    match physical {
        Some(physical) if physical.0 < usable.0 => vec![physical, usable],
        Some(physical) if physical.0 == usable.0 => vec![physical],
        _ => vec![usable],
    }
}

/// What was found, line by line: the measured end of the gain, then the laws.
fn explained(curve: &Curve) -> Vec<String> {
    let mut lines = vec![format!("measured: {}", curve.gain.sentence())];
    lines.extend(laws(curve));
    lines
}

/// What the laws make of it, line by line; each line that no measurement shows is marked as *model*.
#[must_use]
pub fn laws(curve: &Curve) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(law(&curve.universal, "Universal Scalability Law", constants, prediction));
    lines.extend(law(&curve.amdahl, "Amdahl's law", |fit| sigma(&fit.sigma), ceiling));
    lines
}

fn law(
    fit: &Result<Fit, Unfit>,
    name: &str,
    constants: fn(&Fit) -> String,
    prediction: fn(&Fit) -> String,
) -> Vec<String> {
    let fit = match fit {
        Ok(fit) => fit,
        Err(why) => return vec![format!("{name}: {why}")],
    };
    let fitted = format!("{name}: {}  R² {:.3}", constants(fit), fit.r_squared);
    let warning = fit.misfit.map(|off| {
        format!(
            "! it misses a measured point by {:.0} %, more than noise does: it does not know how many cores there are, so \
             believe what was measured",
            100.0 * off
        )
    });
    [fitted].into_iter().chain(warning).chain([format!("model: {}", prediction(fit))]).collect()
}

fn constants(fit: &Fit) -> String {
    format!("{}  κ {}", sigma(&fit.sigma), with_bounds(&fit.kappa, constant))
}

fn sigma(sigma: &Estimate) -> String {
    format!("σ {}", with_bounds(sigma, constant))
}

/// What the law says of numbers of workers that nobody has measured.
fn prediction(fit: &Fit) -> String {
    match fit.peak {
        Some(peak) => format!(
            "fastest with {} workers, {}× one worker; more make it slower",
            with_bounds(&peak, whole),
            significant(fit.speedup(peak.value), 3)
        ),
        None => "no peak to be seen: κ cannot be told from 0".to_owned(),
    }
}

fn ceiling(fit: &Fit) -> String {
    match fit.ceiling() {
        Some(most) => format!("never more than {}× one worker", significant(most, 3)),
        None => "no limit to be seen: σ cannot be told from 0".to_owned(),
    }
}

fn with_bounds(estimate: &Estimate, written: fn(f64) -> String) -> String {
    let value = written(estimate.value);
    match estimate.low.zip(estimate.high) {
        Some((low, high)) => format!("{value} ({}–{})", written(low), written(high)),
        None => format!("{value} (too few measurements for an interval)"),
    }
}

/// Constants of the laws lie close to 0; what is below a ten-thousandth is none.
fn constant(value: f64) -> String {
    if value < 5e-5 { "0".to_owned() } else { format!("{value:.4}") }
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{curve_of, machine};
    use crate::spec::BackendId::Threads;
    use crate::units::Nanos;

    fn rows(speedups: &[f64]) -> Vec<ResultRow> {
        curve_of(Threads, false, speedups)
    }

    fn check(speedups: &[f64], expected: &str) {
        let text = render(&rows(speedups), &machine().cores, 100, false);
        assert_eq!(text, expected, "\n{text}");
    }

    #[test]
    fn a_curve_shows_its_cores_its_end_and_its_laws() {
        check(
            &[1.0, 1.96, 1.95, 1.97],
            "\
threads
n  wall s   ±%  speed-up  95 %       eff %  note
1   1.02   1.5     1.00×  1.00–1.00    100
2   0.519  1.6     1.96×  1.95–1.96     98
  ── no more physical cores than 2
3   0.522  1.5     1.95×  1.94–1.95     65
4   0.517  1.6     1.97×  1.96–1.97     49
  measured: you stop gaining at 2: no larger number is faster by 5 %
  Universal Scalability Law: σ 0 (0–0.0743)  κ 0.0949 (0.0730–0.1122)  R² 0.959
  ! it misses a measured point by 10 %, more than noise does: it does not know how many cores there are, so believe what was measured
  model: fastest with 3 (3–4) workers, 1.92× one worker; more make it slower
  Amdahl's law: σ 0.3426 (0.2400–0.4630)  R² 0.852
  ! it misses a measured point by 20 %, more than noise does: it does not know how many cores there are, so believe what was measured
  model: never more than 2.92× one worker
",
        );
    }

    #[test]
    fn what_falls_again_has_a_peak_by_model() {
        let law = |n: f64| n / (1.0 + 0.1 * (n - 1.0) + 0.05 * n * (n - 1.0));
        let text = render(&rows(&(1..=8).map(|n| law(f64::from(n))).collect::<Vec<_>>()), &machine().cores, 100, false);
        assert!(text.contains("model: fastest with 4 (4–4) workers, "), "{text}");
    }

    #[test]
    fn what_cannot_be_fitted_says_why_and_what_ascii_lacks_is_spelled() {
        let text = render(&rows(&[1.0, 1.9]), &machine().cores, 100, true);
        assert!(text.contains("Universal Scalability Law: cannot be fitted to fewer than 3 numbers"), "{text}");
        assert!(text.contains("Amdahl's law: sigma 0.05") && text.is_ascii() && !text.contains('?'), "{text}");
    }

    #[test]
    fn what_went_wrong_is_said_and_nothing_else() {
        let mut rows = rows(&[1.0, 1.9, 1.8]);
        assert_eq!(caution(&Curve::all(&rows)[0]), None);
        let mut noisy = rows.clone();
        (1..).zip(&mut noisy[2].samples).for_each(|(times, sample)| sample.wall = Nanos(sample.wall.0 * times));
        assert!(caution(&Curve::all(&noisy)[0]).unwrap().starts_with("! n 2: the samples scatter"));
        rows[2].failure = Some("pool died".to_owned());
        assert_eq!(caution(&Curve::all(&rows)[0]).unwrap(), "! n 2: pool died");
        let around = &mut rows[1].samples[0].surroundings;
        (around.foreign_cpu, around.core_time) = (Some(Nanos::from_secs(1)), Nanos::from_secs(2));
        let text = caution(&Curve::all(&rows)[0]).unwrap();
        assert!(text.starts_with("! n 1: other programs"), "{text}");
    }

    #[test]
    fn a_result_is_said_in_one_line() {
        assert_eq!(finished(&rows(&[1.0, 1.9])[2]), "threads, n 2: 0.536 s, 1.90×");
    }
}
