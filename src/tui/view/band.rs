//! The title of the workers while the lock is contended: who holds it, who waits.
//!
//! ```text
//! ╠ LOCK ► w2 HOLDS   ╳ w1 w3 w4 WAIT   3 of 4 workers stand still   196 switches/s    ╣
//! ```

use super::layout::{Form, Rule};
use super::pen::Pen;
use crate::board::State;
use crate::tui::app::App;
use crate::tui::theme::Role;
use crate::units::significant;

/// The most workers that are named one by one.
const NAMED: usize = 8;

pub(super) fn draw(pen: &mut Pen<'_>, form: Form, app: &App, rule: Rule) {
    let edge = u16::from(form != Form::Frameless);
    let (x, cells) = (rule.from + edge, rule.to - rule.from + 1 - 2 * edge);
    pen.fill(x, rule.y, cells, " ", pen.theme().role(Role::Text));
    let fitting: String = text(form, app).chars().take(usize::from(cells)).collect();
    pen.text(x, rule.y, &fitting, Role::Strong);
    pen.restyle(x, rule.y, cells, Role::Reverse);
}

fn text(form: Form, app: &App) -> String {
    if let Some(other) = what_is_sampled(app).filter(|_| rests(app)) {
        return format!(" LOCK   its workers rest: {other}");
    }
    let live = app.live();
    let (glyph, _) = app.theme().state(State::Gil);
    let waiting: Vec<_> = live.workers().iter().filter(|worker| worker.state == Some(State::Gil)).collect();
    let (holder, count, all) = (holder(app), waiting.len(), live.workers().len());
    let names: Vec<_> = waiting.iter().map(|worker| worker.id.to_string()).collect();
    let who = if names.len() <= NAMED { names.join(" ") } else { format!("{count} workers") };
    let workers = if form == Form::Full { "workers " } else { "" };
    match (form, count) {
        (Form::Frameless, 0) => format!(" LOCK {holder}   nobody waits just now"),
        (_, 0) => format!(" LOCK {holder}   nobody waits just now   {}", rest(form, app)),
        (Form::Frameless, _) => format!(" LOCK {holder}   {glyph} {count} of {all} WAIT"),
        _ => {
            let rest = rest(form, app);
            format!(" LOCK {holder}   {glyph} {who} WAIT   {count} of {all} {workers}stand still   {rest}")
        }
    }
}

/// `► w2 HOLDS`; between two holders nobody does.
fn holder(app: &App) -> String {
    app.live().holder().map_or_else(|| "is free".to_owned(), |worker| format!("► {} HOLDS", worker.id))
}

fn rest(form: Form, app: &App) -> String {
    switches(app, form).unwrap_or_default()
}

fn switches(app: &App, form: Form) -> Option<String> {
    let rate = significant(app.live().switches_per_second()?, 3);
    Some(if form == Form::Full { format!("{rate} switches/s") } else { format!("{rate}/s") })
}

/// Said while another configuration of the run than the one shown is sampled, and of runs that have no row in the table.
pub(super) fn what_is_sampled(app: &App) -> Option<String> {
    let sampled = app.sampled()?;
    let configuration = &sampled.configuration;
    let backend = configuration.backend.id();
    if app.table().entry(&sampled.run).is_none() {
        let lock = if configuration.gil { ", GIL on" } else { "" };
        return Some(format!("sampling {} {backend}{lock}", configuration.workload));
    }
    let name = if configuration.is_baseline() { "baseline" } else { backend };
    rests(app).then(|| format!("sampling {name}"))
}

/// Whether another configuration of the run than the one shown is sampled.
fn rests(app: &App) -> bool {
    let (sampled, watched) = (app.sampled(), app.watched());
    sampled.zip(watched).is_some_and(|(sampled, watched)| sampled.run != watched.run)
}
