//! The lines between panes and the titles in them; doubled everywhere while the lock is contended.
//!
//! ```text
//! ╔ Workload ═ next run ═════╦ Cores ═ 2 of 2 usable ════════╗
//! ║                          ║                               ║
//! ║                          ╠ LOCK ► w2 HOLDS   ╳ w1 WAIT   ╣
//! ╚══════════════════════════╩═══════════════════════════════╝
//! ```

use super::band;
use super::layout::{Form, Layout, Rule, Top};
use super::pen::Pen;
use crate::tui::app::tour::STOPS;
use crate::tui::app::{App, Pane};
use crate::tui::theme::{Lines, Role, STOPPED};

pub(super) fn draw(pen: &mut Pen<'_>, layout: &Layout, app: &App) {
    let contended = app.live().is_contended();
    let lines = pen.theme().lines(contended);
    let role = if contended { Role::Text } else { Role::Label };
    let style = pen.theme().role(role);
    let bottom = layout.rules.iter().map(|rule| rule.y).max().unwrap_or(0);
    for x in &layout.verticals {
        for y in 2..bottom {
            pen.styled(*x, y, lines.vertical, style);
        }
    }
    for rule in &layout.rules {
        pen.fill(rule.from, rule.y, rule.to - rule.from + 1, lines.horizontal, style);
    }
    for rule in &layout.rules {
        for x in layout.verticals.iter().filter(|x| (rule.from..=rule.to).contains(x)) {
            pen.styled(*x, rule.y, joint(lines, layout, *x, rule.y), style);
        }
    }
    for rule in &layout.rules {
        draw_title(pen, layout, app, *rule);
    }
}

/// What stands where a vertical line meets a row with a horizontal one.
fn joint(lines: &Lines, layout: &Layout, x: u16, y: u16) -> &'static str {
    let on_row = |rule: &&Rule| rule.y == y;
    let mut rules = layout.rules.iter().filter(on_row);
    let left = rules.clone().any(|rule| rule.from < x && x <= rule.to);
    let right = rules.any(|rule| rule.from <= x && x < rule.to);
    let first = layout.rules.iter().map(|rule| rule.y).min() == Some(y);
    let last = layout.rules.iter().map(|rule| rule.y).max() == Some(y);
    let corner = |place: usize| lines.corners[place];
    let tee = |place: usize| lines.tees[place];
    match (left, right, first, last) {
        (true, true, true, _) => tee(2),
        (true, true, ..) => tee(3),
        (false, true, true, _) => corner(0),
        (false, true, _, true) => corner(2),
        (false, true, ..) => tee(0),
        (_, _, true, _) => corner(1),
        (_, _, _, true) => corner(3),
        _ => tee(1),
    }
}

/// A title is a list of words with a piece of the line between them.
fn draw_title(pen: &mut Pen<'_>, layout: &Layout, app: &App, rule: Rule) {
    let Top::Of(pane) = rule.top else { return };
    let framed = layout.form != Form::Frameless;
    if pane == Pane::Workers && app.live().is_contended() {
        return band::draw(pen, layout.form, app, rule);
    }
    if !framed && !app.is_zoomed() && pane != Pane::Workers {
        return;
    }
    let focused = app.focus() == pane;
    let line = pen.theme().lines(app.live().is_contended()).horizontal;
    let mut x = rule.from + u16::from(framed);
    let title = if is_toured(pane, app) { "Tour" } else { pane.title() };
    x = pen.text(x, rule.y, &format!(" {title} "), if focused { Role::Reverse } else { Role::Label });
    for word in words(pane, layout.form, app) {
        let emphasis = if word == FROZEN { Role::Reverse } else { Role::Label };
        x = pen.text(x, rule.y, line, Role::Label);
        x = pen.text(x, rule.y, &format!(" {word} "), emphasis);
    }
}

/// Whether the guide speaks in a pane's place.
fn is_toured(pane: Pane, app: &App) -> bool {
    pane == Pane::Results && app.tour_stop().is_some()
}

const FROZEN: &str = "FROZEN";

/// What a title says after the pane's name.
fn words(pane: Pane, form: Form, app: &App) -> Vec<String> {
    let frozen = app.is_frozen().then(|| FROZEN.to_owned());
    let cores = app.cores();
    match pane {
        Pane::Workload if app.toured().is_some() => vec!["measured now".to_owned()],
        Pane::Workload if form == Form::Full => vec!["next run".to_owned()],
        Pane::Workload => Vec::new(),
        Pane::Cores => {
            let usable = if form == Form::Full { " usable" } else { "" };
            let count = format!("{} of {}{usable}", cores.usable, cores.logical);
            let others = app.others().map(|busy| match form {
                Form::Full => format!("other programs keep {busy:.1} busy"),
                _ => format!("others {busy:.1}"),
            });
            frozen.into_iter().chain([count]).chain(others).collect()
        }
        Pane::Workers => {
            let engine = app.standstill().engine.map(|_| format!("{STOPPED} engine stopped"));
            let sampled = band::what_is_sampled(app);
            frozen.into_iter().chain(["time budget".to_owned()]).chain(engine).chain(sampled).collect()
        }
        Pane::Results if is_toured(pane, app) => {
            app.tour().map(|tour| format!("{} of {}", tour.number(), STOPS.len())).into_iter().collect()
        }
        Pane::Results => result_words(form, app),
    }
}

fn result_words(form: Form, app: &App) -> Vec<String> {
    let table = app.table();
    let mut words = vec![table.shown().len().to_string()];
    let (column, reversed) = table.sorted_by();
    if form == Form::Full || column.header != "#" || reversed {
        let arrow = if reversed { " ↓" } else { "" };
        words.push(format!("sorted by {}{arrow}", column.header));
    }
    if !table.filter().is_empty() {
        words.push(format!("/{}", table.filter()));
    }
    words
}
