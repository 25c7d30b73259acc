//! Drawing: reads the app, changes nothing. One file per pane, each under a picture of it.

mod band;
mod chart;
mod compare;
mod confirm;
mod cores;
mod details;
mod export;
mod fold;
mod footer;
mod frame;
mod grid;
mod header;
mod help;
mod layout;
mod log;
mod note;
mod pen;
mod progress;
mod results;
mod scaling;
#[cfg(test)]
pub(crate) mod screens;
mod target;
#[cfg(test)]
mod tight;
mod timeline;
mod tour;
mod window;
mod workers;
mod workload;
mod zoomed;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::layout::{CoreForm, Form};
pub use self::layout::{Layout, SMALLEST, shows_strip};
use self::pen::Pen;
#[cfg(test)]
pub(crate) use self::screens::picture;
pub use self::target::{Target, target};
use super::app::overlay::Screen;
use super::app::{App, Page};
use super::theme::{Role, ascii_of};
use crate::text::wrap_text;
use crate::units::Nanos;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let area = frame.area();
    draw_into(frame.buffer_mut(), area, app);
}

/// Draws the whole screen into a part of a buffer that starts at its first cell.
fn draw_into(buffer: &mut Buffer, area: Rect, app: &App) {
    let layout = Layout::of(area, app);
    if layout.form == Form::TooSmall {
        draw_too_small(buffer, area, app);
    } else {
        match app.page() {
            Page::Workbench => draw_panes(buffer, &layout, app),
            Page::Compare => draw_page(buffer, &layout, app, &|pen| compare::draw(pen, layout.form, app)),
            Page::Scaling => draw_page(buffer, &layout, app, &|pen| scaling::draw(pen, app)),
            Page::Timeline => draw_page(buffer, &layout, app, &|pen| timeline::draw(pen, app)),
        }
        draw_window(buffer, &layout, app);
    }
    if app.theme().ascii {
        keep_ascii(buffer);
    }
}

fn draw_too_small(buffer: &mut Buffer, area: Rect, app: &App) {
    let (width, height) = SMALLEST;
    let text = format!("partui needs {width}×{height}, has {}×{}", area.width, area.height);
    let mut pen = Pen::new(buffer, area, app.theme());
    if matches!(app.screen(), Screen::ConfirmQuit) {
        pen.pieces(0, 0, &[("Quit?  ", Role::Text), ("y", Role::Strong), (" quit  ", Role::Text), ("n", Role::Strong)]);
        return;
    }
    let lines = wrap_text(&text, area.width.into());
    let (mut x, mut y) = (0, 0);
    for (line, place) in lines.iter().zip(0..) {
        (x, y) = (pen.text(0, place, line.trim_start(), Role::Text), place);
    }
    if x + QUIT <= area.width {
        x += 3;
    } else {
        (x, y) = (0, y + 1);
    }
    pen.pieces(x, y, &[("q", Role::Strong), (" quit", Role::Label)]);
}

/// The columns of the key that is left where nothing else can be drawn, with its distance.
const QUIT: u16 = 9;

/// Whether the screen is too small for anything to be seen, and so for keys to be pressed blindly.
#[must_use]
pub fn is_too_small(app: &App) -> bool {
    let (width, height) = app.size();
    Layout::of(Rect::new(0, 0, width, height), app).form == Form::TooSmall
}

fn draw_panes(buffer: &mut Buffer, layout: &Layout, app: &App) {
    let mut on = |area: Rect, draw: &dyn Fn(&mut Pen<'_>)| draw(&mut Pen::new(buffer, area, app.theme()));
    on(layout.area, &|pen| frame::draw(pen, layout, app));
    on(layout.area, &|pen| header::draw(pen, layout.form, app));
    on(layout.workload, &|pen| workload::draw(pen, app));
    on(layout.cores, &|pen| match layout.core_form {
        CoreForm::Rows => cores::draw(pen, layout, app),
        CoreForm::Cells(per_row) => grid::draw_cells(pen, per_row, app),
        CoreForm::Blocks(per_row) => grid::draw_blocks(pen, per_row, app),
    });
    on(layout.sum, &|pen| cores::draw_sum(pen, layout, app));
    on(layout.workers, &|pen| workers::draw(pen, layout, app));
    on(layout.legend, &|pen| workers::draw_legend(pen));
    on(layout.results, &|pen| results::draw(pen, layout, app));
    on(layout.progress, &|pen| progress::draw(pen, layout.form, app));
    on(layout.footer, &|pen| footer::draw(pen, app));
}

/// Draws a page that has all rows between the header and the bottom lines.
fn draw_page(buffer: &mut Buffer, layout: &Layout, app: &App, draw: &dyn Fn(&mut Pen<'_>)) {
    let mut on = |area: Rect, draw: &dyn Fn(&mut Pen<'_>)| draw(&mut Pen::new(buffer, area, app.theme()));
    on(layout.area, &|pen| header::draw(pen, layout.form, app));
    on(page_area(layout.area), draw);
    on(layout.progress, &|pen| progress::draw(pen, layout.form, app));
    on(layout.footer, &|pen| footer::draw(pen, app));
}

fn page_area(screen: Rect) -> Rect {
    Rect { y: screen.y + 1, height: screen.height.saturating_sub(3), ..screen }
}

/// Whether what was found has room beside the table of the page that compares.
#[must_use]
pub const fn compares_beside(app: &App) -> bool {
    compare::is_wide(app.size().0)
}

/// How many columns the page that shows time has for it.
#[must_use]
pub fn timeline_columns(app: &App) -> u16 {
    timeline::columns(app.size().0)
}

/// The worker and the moment that the page that shows time has in this cell of the screen.
#[must_use]
pub fn timeline_spot_at(app: &App, column: u16, row: u16) -> Option<(usize, Nanos)> {
    let (width, height) = app.size();
    let page = page_area(Rect::new(0, 0, width, height));
    timeline::spot_at(app, width, page.height, column, row.checked_sub(page.y)?)
}

/// The page whose name is in this cell of the screen.
#[must_use]
pub fn page_at(app: &App, column: u16, row: u16) -> Option<Page> {
    let (width, height) = app.size();
    let form = Layout::of(Rect::new(0, 0, width, height), app).form;
    (row == 0 && form != Form::TooSmall).then(|| header::page_at(form, app, column)).flatten()
}

fn draw_window(buffer: &mut Buffer, layout: &Layout, app: &App) {
    match app.screen() {
        Screen::Workbench | Screen::Edit(_) | Screen::Filter(_) => {}
        Screen::Details(from) => details::draw(buffer, layout, app, *from),
        Screen::Help(list) => help::draw(buffer, layout, app, list),
        Screen::Export(dialog) => export::draw(buffer, layout, app, dialog),
        Screen::ConfirmAll(offer) => confirm::draw_all(buffer, layout, app, offer),
        Screen::ConfirmPage(predicted) => confirm::draw_page(buffer, layout, app, *predicted),
        Screen::ConfirmQuit => confirm::draw_quit(buffer, layout, app),
        Screen::Log(from) => log::draw(buffer, layout, app, *from),
    }
}

/// How many lines the window on top, or the page that is zoomed, can be scrolled down; 0 where all of it can be seen.
#[must_use]
pub fn scroll_end(app: &App) -> usize {
    let (width, height) = app.size();
    let screen = Rect::new(0, 0, width, height);
    match app.screen() {
        Screen::Details(_) => details::hidden(app, screen),
        Screen::Log(_) => log::hidden(app, screen),
        Screen::Workbench if app.is_zoomed() => hidden_by_page(app, screen),
        _ => 0,
    }
}

/// How many rows of a page that is zoomed are more than the screen has.
fn hidden_by_page(app: &App, screen: Rect) -> usize {
    let height = page_area(screen).height;
    match app.page() {
        Page::Compare => compare::zoomed(screen.width, app).hidden(height).into(),
        Page::Scaling => scaling::zoomed(screen.width, app).hidden(height).into(),
        Page::Workbench | Page::Timeline => 0,
    }
}

/// Replaces everything beyond ASCII, whatever wrote it.
fn keep_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let ascii = cell.symbol().chars().next().map_or(' ', ascii_of);
            cell.set_char(ascii);
        }
    }
}
