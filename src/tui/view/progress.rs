//! The row above the keys: what is sampled and how long it takes, or what was said last.
//!
//! ```text
//!  sample 3/5  ██████████████████████▍·················  56 %   2.7 s left   then: processes n 2
//! ```

use super::layout::Form;
use super::pen::{Pen, cut, width_of};
use super::tour;
use crate::board::State;
use crate::tui::app::messages::{Level, Message};
use crate::tui::app::overlay::FieldEdit;
use crate::tui::app::runs::{Going, Sampling};
use crate::tui::app::shown::rough;
use crate::tui::app::{App, Page, Pane};
use crate::tui::theme::Role;

pub(super) fn draw(pen: &mut Pen<'_>, form: Form, app: &App) {
    if let Some(edit) = app.screen().edited() {
        return draw_edited(pen, app, edit);
    }
    let pause = app.tour().filter(|tour| tour.measured().is_none() && tour.number() > 0);
    match (app.messages().shown(), app.runs().going(), pause) {
        (Some(message), ..) => draw_message(pen, form, message, app.messages().unread()),
        (None, Some(going), _) => draw_going(pen, form, app, going),
        (None, None, Some(tour)) => tour::draw_pause(pen, tour),
        (None, None, None) if app.runs().is_busy() => drop(pen.text(1, 0, "starting", Role::Label)),
        (None, None, None) if is_welcome(app) => {
            draw_welcome(pen, form, app);
        }
        (None, None, None) => draw_meaning(pen, form, app),
    }
}

/// The text, how many others wait to be read, and what takes it away.
fn draw_message(pen: &mut Pen<'_>, form: Form, message: &Message, unread: usize) {
    let role = match message.level {
        Level::Info => Role::Text,
        Level::Warning | Level::Condition => Role::Strong,
        Level::Error | Level::Fault => Role::Reverse,
    };
    let key = if form == Form::Frameless { "  !" } else { "  ! messages" };
    let others = if unread > 0 { format!("  +{unread}{key}") } else { String::new() };
    let esc = if message.level >= Level::Condition { "  Esc" } else { "" };
    let end = pen.width().saturating_sub(1 + width_of(&others) + width_of(esc));
    let text = format!("{}{}", message.level.mark(), message.text);
    pen.text(1, 0, &cut(&text, end.saturating_sub(1)), role);
    pen.pieces(end, 0, &[(&others, Role::Label), (esc, Role::Strong)]);
}

/// What the field decides that is typed into, or what it takes instead of what was typed.
fn draw_edited(pen: &mut Pen<'_>, app: &App, edit: &FieldEdit) {
    let room = pen.width().saturating_sub(2);
    match &edit.refused {
        Some(allowed) => {
            let text = format!("! {} takes {allowed}", app.next().name(edit.field));
            pen.text(1, 0, &cut(&text, room), Role::Strong);
        }
        None => drop(pen.text(1, 0, &cut(&app.next().meaning(edit.field), room), Role::Label)),
    }
}

/// What the field under the cursor decides; where only one line of all of them can be seen, how to get there.
fn draw_meaning(pen: &mut Pen<'_>, form: Form, app: &App) {
    if app.page() != Page::Workbench || app.focus() != Pane::Workload {
        return;
    }
    if form != Form::Full && !app.is_zoomed() {
        pen.text(1, 0, "r measures this, Enter shows all that can be chosen", Role::Label);
        return;
    }
    if let Some(field) = app.next().fields().get(app.field()) {
        pen.text(1, 0, &cut(&app.next().meaning(*field), pen.width().saturating_sub(2)), Role::Label);
    }
}

fn draw_going(pen: &mut Pen<'_>, form: Form, app: &App, going: &Going) {
    let what = match &going.sampling {
        _ if going.suspended => "suspended".to_owned(),
        Some(sampling) => sampling.label(),
        None => "preparing".to_owned(),
    };
    let end = pen.text(1, 0, &what, Role::Text);
    let cells = match form {
        Form::Full => 40,
        Form::Strip => 20,
        Form::Frameless | Form::TooSmall => 0,
    };
    let slot = slot(going.sampling.as_ref());
    let mut x = end.max(if cells == 0 { slot - 2 } else { slot });
    pen.bar(x, 0, cells, &[(State::Compute, going.done)]);
    x = pen.text(x + cells, 0, &format!(" {:>3.0} %", going.done.clamp(0.0, 1.0) * 100.0), Role::Strong);
    let left = going.left.map_or_else(|| "measuring".to_owned(), |left| format!("{} left", rough(left)));
    let gap = if cells == 0 { 2 } else { 3 };
    x = pen.text(x + gap, 0, &format!("{left:<10}"), Role::Text) + gap;
    draw_queue(pen, x, app);
}

/// Where the bar starts: after the longest label of the run, so that it does not move.
fn slot(sampling: Option<&Sampling>) -> u16 {
    let digits = sampling.map_or(1, |sampling| width_of(&sampling.of.to_string()));
    let label = 8 + 2 * digits;
    1 + label + if digits == 1 { 2 } else { 1 }
}

fn draw_queue(pen: &mut Pen<'_>, x: u16, app: &App) {
    let waiting = app.runs().waiting();
    if let Some(first) = waiting.front() {
        let more = if waiting.len() > 1 { format!(" +{}", waiting.len() - 1) } else { String::new() };
        pen.pieces(x, 0, &[("then: ", Role::Label), (&first.label, Role::Text), (&more, Role::Text)]);
    }
}

/// Whether nothing was done yet but looking at the button.
fn is_welcome(app: &App) -> bool {
    let is_at_button = app.focus() != Pane::Workload || app.field() + 1 == app.next().fields().len();
    app.page() == Page::Workbench && app.table().rows().next().is_none() && is_at_button
}

fn draw_welcome(pen: &mut Pen<'_>, form: Form, app: &App) {
    let seconds = app.predicted().map_or_else(String::new, |predicted| format!(" in {}", rough(predicted)));
    let question = match form {
        Form::Full => "Welcome. Should this work run in threads, processes or none? ",
        Form::Strip => "Welcome. Threads, processes or none? ",
        Form::Frameless | Form::TooSmall => "Welcome. ",
    };
    let rest = format!(": measured here{seconds}.");
    pen.pieces(1, 0, &[(question, Role::Text), ("Press ", Role::Text), ("r", Role::Strong), (&rest, Role::Text)]);
}
