//! The page that compares: the textbook's table with measured cells, and what the row under the cursor means.
//!
//! ```text
//! ┌ The textbook, measured on this machine ─»┬ Who waits for the lock? ─»┐
//! │ feature        processes                 │ threads   1.93×  ████████ │
//! │▌GIL            not affected              │ So: without the lock …    │
//! └─»──────────────────────────────────────────────────────────────────»┘
//! ```

use ratatui::layout::Rect;

use super::layout::Form;
use super::pen::{Pen, cut, cut_front, rule, width_of};
use super::zoomed::Text;
use crate::board::State;
use crate::experiment::{About, EXPERIMENTS, Figure, Finding, Verdict};
use crate::text::wrap_text;
use crate::tui::app::App;
use crate::tui::app::textbook::Progress;
use crate::tui::theme::Role;

/// The widths of the first column and of the last.
const FEATURE: u16 = 16;
const VERDICT: u16 = 12;

/// The columns of the table where the details stand beside it.
const BESIDE: u16 = 80;

/// From so many columns on they do.
const WIDE: u16 = 110;

/// Whether the details have room beside the table.
pub(super) const fn is_wide(screen: u16) -> bool {
    screen >= WIDE
}

/// The details with the whole page for themselves.
pub(super) fn zoomed(width: u16, app: &App) -> Text {
    let about = EXPERIMENTS[app.textbook().cursor()].about();
    Text::of(width, *app.theme(), |pen| draw_details(pen, Rect::new(0, 0, width, pen.height()), about, app, true))
}

/// Draws the table into the page's area, and the details beside or below it, or zoomed in its place.
pub(super) fn draw(pen: &mut Pen<'_>, form: Form, app: &App) {
    let Some(experiment) = EXPERIMENTS.get(app.textbook().cursor()) else { return };
    let about = experiment.about();
    let (screen, height) = (pen.width(), pen.height());
    if app.is_zoomed() {
        return zoomed(screen, app).show(pen, app.scroll());
    }
    let width = table_width(screen);
    rule(pen, 0, 0, width, "The textbook, measured on this machine");
    let end = draw_table(pen, Rect::new(0, 1, width, height.saturating_sub(1)), tall(form), app);
    let details = if is_wide(screen) {
        Rect::new(BESIDE, 0, screen - BESIDE, height)
    } else {
        Rect::new(0, end, width, height.saturating_sub(end))
    };
    let end = draw_details(pen, details, about, app, is_wide(screen));
    // Beside the table there is room for the figures, below it there is not.
    if !is_wide(screen) || end > height {
        pen.right(screen - 1, details.y, " z all of it ", Role::Label);
    }
}

fn table_width(screen: u16) -> u16 {
    if is_wide(screen) { BESIDE } else { screen }
}

/// How many lines a row has.
const fn tall(form: Form) -> u16 {
    match form {
        Form::Full | Form::Strip => 2,
        Form::Frameless | Form::TooSmall => 1,
    }
}

/// The row of the table that is in this cell of the page.
pub(super) fn row_at(form: Form, screen: u16, x: u16, y: u16) -> Option<usize> {
    let place = usize::from(y.checked_sub(2)? / tall(form));
    (x < table_width(screen) && place < EXPERIMENTS.len()).then_some(place)
}

/// Draws the rows that fit, each over `tall` lines; answers the line below them.
fn draw_table(pen: &mut Pen<'_>, area: Rect, tall: u16, app: &App) -> u16 {
    let cell = (area.width.saturating_sub(1 + FEATURE + VERDICT)) / 2;
    let columns = [1, 1 + FEATURE, 1 + FEATURE + cell, 1 + FEATURE + 2 * cell];
    for (x, name) in columns.iter().zip(["feature", "processes", "threads", "verdict"]) {
        pen.text(area.x + x, area.y, name, Role::Label);
    }
    let mut y = area.y + 1;
    for (place, about) in EXPERIMENTS.iter().map(|experiment| experiment.about()).enumerate() {
        let finding = app.textbook().finding(place);
        let claims = [about.feature, about.processes, about.threads];
        let measured = [about.feature, cell_of(finding, |of| &of.processes), cell_of(finding, |of| &of.threads)];
        // A single line has room for one of them.
        let upper = if tall == 1 && finding.is_some() { measured } else { claims };
        let widths = [FEATURE, cell, cell];
        let mut line = |y: u16, texts: [&str; 3], role: Role| {
            for ((x, width), text) in columns.iter().zip(widths).zip(texts) {
                pen.text(area.x + x, y, &cut(text, width - 1), role);
            }
        };
        line(y, upper, Role::Text);
        if tall > 1 {
            line(y + 1, ["", measured[1], measured[2]], Role::Strong);
        }
        draw_verdict(pen, area.x + columns[3], y + tall - 1, app.textbook().progress(place, app.runs()));
        if place == app.textbook().cursor() {
            for line in y..y + tall {
                pen.text(area.x, line, pen.theme().cursor(), Role::Strong);
            }
        }
        y += tall;
    }
    y
}

fn cell_of(finding: Option<&Finding>, of: fn(&Finding) -> &String) -> &str {
    finding.map_or("", |finding| of(finding))
}

fn draw_verdict(pen: &mut Pen<'_>, x: u16, y: u16, progress: Progress<'_>) {
    let (text, role) = match progress {
        Progress::Open => ("not measured".to_owned(), Role::Label),
        Progress::Waiting => (": waits".to_owned(), Role::Label),
        Progress::Running(done) => (format!(": {:.0} %", 100.0 * done.clamp(0.0, 1.0)), Role::Strong),
        Progress::Found(finding) => {
            let role = if finding.verdict == Verdict::Undecided { Role::Label } else { Role::Strong };
            (finding.verdict.text().to_owned(), role)
        }
    };
    pen.text(x, y, &text, role);
}

/// What to look at before it was measured; afterwards the figures, as bars where there is room, and what they mean.
/// Answers the line below all that, also where that is more than fits.
fn draw_details(pen: &mut Pen<'_>, area: Rect, about: &About, app: &App, is_roomy: bool) -> u16 {
    let progress = app.textbook().progress(app.textbook().cursor(), app.runs());
    let bottom = area.y + area.height;
    let mut y = draw_question(pen, area, bottom, about);
    let sentences = sentences(about, progress);
    // The sentence comes first where there is little room.
    let (first, rest) = sentences.split_at(1);
    let is_found = matches!(progress, Progress::Found(_));
    y = put(pen, area, y, bottom, first, if is_found { Role::Strong } else { Role::Text });
    let (found, rest) = rest.split_at(usize::from(is_found));
    y = put(pen, area, y, bottom, found, Role::Text);
    if let (Progress::Found(finding), true) = (progress, is_roomy) {
        y = draw_figures(pen, area, y + 1, bottom, &finding.figures) + 1;
    }
    put(pen, area, y, bottom, rest, Role::Text)
}

/// In the rule where it fits, else below it; answers the next line.
fn draw_question(pen: &mut Pen<'_>, area: Rect, bottom: u16, about: &About) -> u16 {
    if width_of(about.question) + 5 <= area.width {
        rule(pen, area.x, area.y, area.width, about.question);
        return area.y + 1;
    }
    rule(pen, area.x, area.y, area.width, about.feature);
    put(pen, area, area.y + 1, bottom, &[about.question.to_owned()], Role::Strong)
}

fn sentences(about: &About, progress: Progress<'_>) -> Vec<String> {
    let known = [format!("Why: {}.", about.why), format!("Would change it: {}.", about.change)];
    let first = match progress {
        Progress::Found(finding) => {
            vec![about.in_short(finding.verdict), format!("So: {}.", finding.conclusion)]
        }
        Progress::Running(_) => vec![format!("It is being measured. On page 1, look at {}.", about.watch)],
        Progress::Waiting => vec!["It waits for the runs before it.".to_owned()],
        Progress::Open => vec![format!("Press Enter to measure it. On page 1, look at {}.", about.watch)],
    };
    first.into_iter().chain(known).collect()
}

/// Writes sentences as far as there is room; answers the line below them.
fn put(pen: &mut Pen<'_>, area: Rect, y: u16, bottom: u16, sentences: &[String], role: Role) -> u16 {
    let width = usize::from(area.width.saturating_sub(3));
    let lines = sentences.iter().flat_map(|text| wrap_text(text, width));
    let mut next = y;
    for line in lines {
        if next < bottom {
            pen.text(area.x + 2, next, &line, role);
        }
        next += 1;
    }
    next
}

/// A bar for each figure, against the largest of its quantity; answers the line below them.
fn draw_figures(pen: &mut Pen<'_>, area: Rect, y: u16, bottom: u16, figures: &[Figure]) -> u16 {
    let largest = |of: &Figure| {
        let same = figures.iter().filter(|other| other.quantity == of.quantity && other.unit == of.unit);
        same.map(|figure| figure.measured.value).fold(of.whole.unwrap_or(0.0), f64::max)
    };
    let longest = |of: fn(&Figure) -> u16| figures.iter().map(of).max().unwrap_or(0);
    let value = longest(|figure| width_of(&figure.unit.shown(figure.measured.value)));
    // Room for a short bar and for what it says.
    let label = longest(|figure| width_of(&figure.label)).min(area.width.saturating_sub(value + 11)).max(8);
    let (mut y, mut before) = (y, "");
    for figure in figures {
        if y >= bottom {
            break;
        }
        if figure.quantity != before {
            pen.text(area.x + 2, y, &cut(&figure.quantity, area.width.saturating_sub(3)), Role::Label);
            (y, before) = (y + 1, &*figure.quantity);
        }
        let text = figure.unit.shown(figure.measured.value);
        pen.text(area.x + 3, y, &cut_front(&figure.label, label), Role::Text);
        let bar = area.x + 4 + label;
        let cells = (area.x + area.width).saturating_sub(bar + value + 2);
        let share = figure.measured.value / largest(figure).max(f64::MIN_POSITIVE);
        if y < bottom {
            pen.bar(bar, y, cells, &[(State::Compute, share)]);
            pen.text(bar + cells + 1, y, &text, Role::Strong);
        }
        y += 1;
    }
    y
}
