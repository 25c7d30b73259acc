//! The page on scaling: what more workers bring, as a chart, a table and what laws make of it.
//!
//! ```text
//! ─ How primes scales ────────────────────┬─ threads ───────────────────
//!  2 ┤     │   ·TP  TP                    │▌T threads        stops at 2
//!  1 ┤ TGP │   G    G                     │ G threads, GIL on   stops at 1
//!  n   T    ×  eff %   G    ×  eff %      │ measured: you stop gaining at 2
//! ```

use ratatui::layout::Rect;

use super::chart::{self, Chart, Line};
use super::pen::{Pen, REST, cut, rule};
use super::zoomed::Text;
use crate::results::ResultRow;
use crate::results::scaling::{Curve, Gain, caution, laws};
use crate::spec::worker_counts;
use crate::text::{counted, wrap_whole};
use crate::tui::app::App;
use crate::tui::app::runs::{Purpose, Stage};
use crate::tui::app::scaling::WAYS;
use crate::tui::theme::Role;
use crate::units::significant;

/// From so many columns on the list of ways stands beside the chart.
const WIDE: u16 = 110;

/// The columns of the chart where it does: those of the table with all ways, or half of a wide screen.
fn beside(screen: u16) -> u16 {
    (screen / 2).max(66)
}

/// From so many rows on there is room for a chart.
const TALL: u16 = 16;

/// The columns of a line of the list.
const LINE: u16 = 38;

/// The rows of the list.
const LIST: u16 = 5;
const _: () = assert!(WAYS.len() == LIST as usize);

/// A column of the table: speed-up and efficiency of a way.
const CELL: u16 = 11;

/// Draws the whole page.
pub(super) fn draw(pen: &mut Pen<'_>, app: &App) {
    let (width, height) = (pen.width(), pen.height());
    let title = format!("How {} gets faster with more workers", workload(app));
    if app.is_zoomed() {
        return zoomed(width, app).show(pen, app.scroll());
    }
    if is_wide(width) {
        let list = beside(width);
        rule(pen, 0, 0, list - 1, &title);
        draw_figures(pen, Rect::new(0, 1, list - 1, height - 1), app);
        rule(pen, list, 0, width - list, &WAYS[app.scaling().cursor()].name());
        draw_list(pen, list, 1, app);
        let text = Rect::new(list, 2 + LIST, width - list, height.saturating_sub(2 + LIST));
        draw_text(pen, text, app, true);
        return;
    }
    rule(pen, 0, 0, width, &title);
    draw_list(pen, 0, 1, app);
    let below = Rect::new(0, 1 + LIST, width, height.saturating_sub(1 + LIST));
    let end = draw_figures(pen, below, app);
    let beside = Rect::new(LINE + 1, 1, width.saturating_sub(LINE + 2), LIST);
    let text = if width < 80 { Rect { y: end, height: height.saturating_sub(end), ..below } } else { beside };
    draw_text(pen, text, app, false);
}

/// What is said of a way, with the whole page for itself.
pub(super) fn zoomed(width: u16, app: &App) -> Text {
    Text::of(width, *app.theme(), |pen| {
        rule(pen, 0, 0, width, &WAYS[app.scaling().cursor()].name());
        draw_text(pen, Rect::new(0, 1, width, pen.height()), app, true)
    })
}

/// Whether there is room for what is said beside the chart.
const fn is_wide(width: u16) -> bool {
    width >= WIDE
}

/// The way of the list that is in this cell of the page.
pub(super) fn row_at(screen: u16, x: u16, y: u16) -> Option<usize> {
    let place = usize::from(y.checked_sub(1)?);
    let from = if screen >= WIDE { beside(screen) } else { 0 };
    ((from..from + LINE).contains(&x) && place < WAYS.len()).then_some(place)
}

/// The workload of what was measured, else of the next run.
fn workload(app: &App) -> &str {
    let measured = app.scaling().rows().first().map(|row| row.configuration.workload.as_str());
    measured.unwrap_or(&app.next().wish().workload)
}

fn draw_list(pen: &mut Pen<'_>, x: u16, y: u16, app: &App) {
    for ((place, way), y) in WAYS.iter().enumerate().zip(y..) {
        if place == app.scaling().cursor() {
            pen.text(x, y, pen.theme().cursor(), Role::Strong);
        }
        let end = pen.text(x + 1, y, &way.letter.to_string(), Role::Strong);
        pen.text(end + 1, y, &way.name(), Role::Text);
        let (text, role) = found(app, place);
        pen.text(x + 20, y, &cut(&text, LINE - 20), role);
    }
}

/// How far a way is, in a few words.
fn found(app: &App, place: usize) -> (String, Role) {
    match (app.runs().stage(Purpose::Curve(place)), app.scaling().curve(place)) {
        (Some(Stage::Waiting), _) => (": waits".to_owned(), Role::Label),
        (Some(Stage::Running(done)), _) => (format!(": {:.0} %", 100.0 * done.clamp(0.0, 1.0)), Role::Strong),
        (None, None) => ("not measured".to_owned(), Role::Label),
        (None, Some(curve)) => (in_words(curve), Role::Strong),
    }
}

fn in_words(curve: &Curve) -> String {
    let (words, at) = match curve.gain {
        Gain::Unknown => return "?".to_owned(),
        Gain::StopsAt { workers: 1, .. } => return "gains nothing".to_owned(),
        Gain::StopsAt { workers, .. } => ("stops at", workers),
        Gain::GoesOn { workers } => ("gains up to", workers),
    };
    let there = curve.speedups().find(|(workers, _)| *workers == at);
    let times = there.map_or_else(String::new, |(_, ratio)| format!("{}× ", significant(ratio.estimate, 3)));
    format!("{times}{words} {at}")
}

/// The chart, where there is room for it, above the table; answers the line below them.
fn draw_figures(pen: &mut Pen<'_>, area: Rect, app: &App) -> u16 {
    let measured: Vec<(usize, &Curve)> = app.scaling().measured().collect();
    let counts = worker_counts(app.next().usable());
    let counts: Vec<u32> = workers_of(&measured).unwrap_or(counts);
    let table = u16::try_from(counts.len() + 1).unwrap_or(u16::MAX);
    let mut below = area;
    if area.height >= TALL - LIST {
        let height = area.height.saturating_sub(table + 2).clamp(6, 22).max(area.height / 2);
        let curve = app.scaling().curve(app.scaling().cursor());
        let model = |workers: f64| curve?.modelled(workers);
        let chart = Chart { lines: lines(&measured, app), workers: &counts, cores: cores(app), model: &model };
        chart::draw_legend(pen, area.x + 1, area.y, area.width, &chart);
        chart::draw(pen, Rect { y: area.y + 1, height, ..area }, &chart);
        below = Rect { y: area.y + height + 2, height: area.height.saturating_sub(height + 2), ..area };
    }
    draw_table(pen, below, &measured, &counts)
}

/// The numbers of workers that any of the curves has, ascending; `None` where there are none.
fn workers_of(measured: &[(usize, &Curve)]) -> Option<Vec<u32>> {
    let rows = measured.iter().flat_map(|(_, curve)| &curve.rows);
    let mut counts: Vec<u32> = rows.map(|row| row.configuration.workers).collect();
    counts.sort_unstable();
    counts.dedup();
    (!counts.is_empty()).then_some(counts)
}

/// Physical cores, where they are known and fewer than those that may be used; else those.
fn cores(app: &App) -> u32 {
    let cores = app.cores();
    let count = cores.physical.map_or(cores.usable, |physical| physical.min(cores.usable));
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn lines(measured: &[(usize, &Curve)], app: &App) -> Vec<Line> {
    let line = |(place, curve): &(usize, &Curve)| Line {
        letter: WAYS[*place].letter,
        is_chosen: *place == app.scaling().cursor(),
        points: curve.speedups().map(|(workers, ratio)| (workers, ratio.estimate)).collect(),
    };
    measured.iter().map(line).collect()
}

/// Speed-up and efficiency of each curve at each number of workers; where not all fit, evenly chosen ones. Answers the
/// line below them.
fn draw_table(pen: &mut Pen<'_>, area: Rect, measured: &[(usize, &Curve)], counts: &[u32]) -> u16 {
    if measured.is_empty() {
        return area.y;
    }
    pen.right(area.x + 4, area.y, "n", Role::Label);
    let columns = (0..).map(|place| area.x + 5 + place * CELL);
    for ((place, _), x) in measured.iter().zip(columns.clone()) {
        pen.text(x, area.y, &WAYS[*place].letter.to_string(), Role::Strong);
        pen.right(x + CELL - 1, area.y, "×  eff %", Role::Label);
    }
    let mut y = area.y + 1;
    for workers in chosen(counts, usize::from(area.height.saturating_sub(1))) {
        pen.right(area.x + 4, y, &workers.to_string(), Role::Label);
        for ((_, curve), x) in measured.iter().zip(columns.clone()) {
            let row = curve.rows.iter().find(|row| row.configuration.workers == workers);
            draw_cell(pen, x, y, row);
        }
        y += 1;
    }
    y
}

fn draw_cell(pen: &mut Pen<'_>, x: u16, y: u16, row: Option<&ResultRow>) {
    let Some(row) = row else { return };
    let Some(ratio) = row.speedup else {
        pen.right(x + CELL - 6, y, "–", Role::Text);
        return;
    };
    let efficiency = 100.0 * ratio.estimate / f64::from(row.configuration.workers);
    pen.right(x + CELL - 5, y, &significant(ratio.estimate, 3), Role::Text);
    pen.right(x + CELL - 1, y, &format!("{efficiency:.0}"), Role::Label);
}

/// At most `room` of the numbers, the first and the last among them.
fn chosen(counts: &[u32], room: usize) -> Vec<u32> {
    if counts.len() <= room || room < 2 {
        return counts.iter().copied().take(room).collect();
    }
    (0..room).map(|place| counts[place * (counts.len() - 1) / (room - 1)]).collect()
}

/// What the page shows, or what was found of the way that is looked at; where there is room, what it means as well.
/// Answers the line below it.
fn draw_text(pen: &mut Pen<'_>, area: Rect, app: &App, is_roomy: bool) -> u16 {
    let width = usize::from(area.width.saturating_sub(2));
    let hint = (!app.is_zoomed()).then_some(REST);
    let lines = wrap_whole(&sentences(app, is_roomy), width, usize::from(area.height), hint);
    for (line, y) in lines.iter().zip(area.y..) {
        pen.text(area.x + 1, y, line, Role::Text);
    }
    area.y.saturating_add(u16::try_from(lines.len()).unwrap_or(u16::MAX))
}

fn sentences(app: &App, is_roomy: bool) -> Vec<String> {
    let scaling = app.scaling();
    let is_going = matches!(app.runs().stage(Purpose::Curve(scaling.cursor())), Some(Stage::Running(_)));
    let is_short = |curve: &Curve| matches!(curve.gain, Gain::Unknown) || curve.universal.is_err();
    let mut sentences: Vec<String> = match scaling.curve(scaling.cursor()) {
        Some(curve) if is_going && is_short(curve) => vec![BEGUN.to_owned()],
        None if is_going => vec![BEGUN.to_owned()],
        Some(curve) => found_of(curve),
        None => vec![format!(
            "Enter measures the job of page 1 with {}. Look where the letters leave the dotted line.",
            listed(&worker_counts(app.next().usable()))
        )],
    };
    if scaling.is_of_another_job(app.next()) {
        sentences.insert(0, "! page 1 has another job now: the next curve replaces all of these".to_owned());
    }
    if is_roomy {
        sentences.extend(MEANING.iter().flat_map(|line| [String::new(), (*line).to_owned()]));
        let laws = scaling.curve(scaling.cursor()).filter(|curve| curve.universal.is_ok());
        sentences.extend(laws.map(of_laws).into_iter().flatten());
    }
    sentences
}

/// What was measured of a way, as one would tell somebody who has to choose, and what disturbed it.
fn found_of(curve: &Curve) -> Vec<String> {
    let best = curve.gain.workers().and_then(|at| curve.speedups().find(|(workers, _)| *workers == at));
    let take = best.map(|(workers, ratio)| {
        let times = significant(ratio.estimate, 3);
        format!("So take {}: {times}× as fast as one alone.", counted(workers.into(), "worker"))
    });
    let is_worth_it = best.is_some_and(|(workers, _)| workers > 1);
    let measured = format!("Measured: {}.", curve.gain.sentence());
    [measured].into_iter().chain(take.filter(|_| is_worth_it)).chain(caution(curve)).collect()
}

/// What the laws of scaling make of it, for those who know them.
fn of_laws(curve: &Curve) -> Vec<String> {
    let known = LAWS.iter().flat_map(|line| [String::new(), (*line).to_owned()]);
    known.chain(laws(curve)).collect()
}

/// What is said while little is known of a curve.
const BEGUN: &str = "It is being measured. What it says follows when more numbers of workers have had their turns.";

/// The words of the page for those who do not know them.
const MEANING: [&str; 2] = [
    "Speed-up: how many times faster than one alone without any pool (sequential). Ideal: n workers, n times as fast.",
    "eff %: speed-up per worker. Workers beyond the cores share cores, so it falls.",
];

/// What goes before the figures of the laws.
const LAWS: [&str; 2] = [
    "Two laws of scaling, fitted to the measured points, say what more workers than these would bring (model). Nothing above depends on them.",
    "σ: the share of the work that only one can do at a time. κ: what workers cost each other; above 0, more of them make it slower in the end. Amdahl's law has no κ, so its σ takes both in.",
];

/// `1, 2, 3 and 4 workers`, or where there are many, `1 to 128 workers`.
fn listed(counts: &[u32]) -> String {
    match counts {
        [first @ .., last] if (1..8).contains(&first.len()) => {
            let first: Vec<String> = first.iter().map(u32::to_string).collect();
            format!("{} and {last} workers", first.join(", "))
        }
        [first, .., last] => format!("{first} to {last} workers"),
        _ => "1 worker".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenly_chosen_numbers_keep_their_ends() {
        assert_eq!(chosen(&[1, 2, 3, 4, 5], 3), [1, 3, 5]);
        assert_eq!(chosen(&[1, 2, 3], 9), [1, 2, 3]);
        assert_eq!((chosen(&[1, 2, 3], 1), chosen(&[1, 2, 3], 0)), (vec![1], vec![]));
    }

    #[test]
    fn numbers_are_listed_while_they_are_few() {
        assert_eq!(listed(&[1, 2, 3, 4]), "1, 2, 3 and 4 workers");
        assert_eq!(listed(&worker_counts(64)), "1 to 128 workers");
        assert_eq!(listed(&[1]), "1 worker");
    }
}
