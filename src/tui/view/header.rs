//! The top row: page, lock, cores, and what partui takes itself.
//!
//! ```text
//!  partui  [1 Workbench]                          GIL ON 5 ms   2 of 2 cores   self 0.6 % of a core
//! ```

use super::layout::Form;
use super::pen::{Pen, width_of};
use crate::tui::app::shown::shown_duration;
use crate::tui::app::{App, Page};
use crate::tui::theme::Role;

/// From so many columns on there is room for whole names.
const ROOMY: u16 = 112;

/// How the row is written: like that of a smaller screen where whole names and figures would meet.
fn fitting(form: Form, app: &App) -> Form {
    if form == Form::Full && app.size().0 < ROOMY { Form::Strip } else { form }
}

pub(super) fn draw(pen: &mut Pen<'_>, form: Form, app: &App) {
    let form = fitting(form, app);
    pen.text(0, 0, NAME, Role::Strong);
    for (x, text, _) in tabs(form, app) {
        pen.text(x, 0, &text, Role::Text);
    }
    let (lock, on, interval) = lock(app);
    let rest = rest(form, app, &interval);
    let x = pen.width().saturating_sub(width_of(lock) + width_of(&rest));
    let x = pen.text(x, 0, lock, if on { Role::Reverse } else { Role::Label });
    pen.text(x, 0, &rest, Role::Label);
}

/// What stands first.
const NAME: &str = " partui";

/// The columns and the names of the pages.
fn tabs(form: Form, app: &App) -> impl Iterator<Item = (u16, String, Page)> {
    let start = width_of(NAME) + u16::from(form == Form::Full);
    let texts = Page::ALL.map(|page| (tab(form, page, page == app.page()), page));
    texts.into_iter().scan(start, |end, (text, page)| {
        let x = *end;
        *end += width_of(&text);
        Some((x, text, page))
    })
}

/// The page whose name is in this column.
pub(super) fn page_at(form: Form, app: &App, column: u16) -> Option<Page> {
    tabs(fitting(form, app), app).find(|(x, text, _)| (*x..x + width_of(text)).contains(&column)).map(|(.., page)| page)
}

/// What a page is called: ` [1 Workbench]` where it is looked at, else `  2 Compare `; by its number where it is narrow.
fn tab(form: Form, page: Page, is_shown: bool) -> String {
    let title = page.title();
    let title = match form {
        Form::Full => title,
        Form::Strip => page.short(),
        Form::Frameless | Form::TooSmall => &title[..1],
    };
    match (is_shown, form) {
        (true, _) => format!(" [{title}]"),
        (false, Form::Full) => format!("  {title} "),
        (false, _) => format!(" {title}"),
    }
}

/// The lock of the run that goes on, else of the next one.
fn lock(app: &App) -> (&'static str, bool, String) {
    let going = app.runs().going().and_then(|_| app.watched()).map(|row| &row.configuration);
    let wish = app.next().wish();
    let on = going.map_or(wish.gil, |configuration| configuration.gil);
    let interval = going.and_then(|configuration| configuration.switch_interval).unwrap_or(wish.switch_interval);
    (if on { "GIL ON" } else { "GIL off" }, on, shown_duration(interval))
}

fn rest(form: Form, app: &App, interval: &str) -> String {
    let cores = app.cores();
    let own = app.readings().own.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0));
    match form {
        Form::Full => format!(" {interval}   {} of {} cores   self {own} of a core", cores.usable, cores.logical),
        Form::Strip => format!(" {interval}  {} cores  self {own}", cores.usable),
        Form::Frameless | Form::TooSmall => format!(" {interval}  self {own}"),
    }
}
