//! Questions that must be answered first.
//!
//! ```text
//! ┌ A run is going ─ 2.7 s left ─────────────────────────────┐
//! │ Quit? 2 of 5 samples are kept and printed.  y quit  n stay  │
//! └──────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::layout::Layout;
use super::window::Window;
use crate::experiment::EXPERIMENTS;
use crate::tui::app::overlay::Offer;
use crate::tui::app::runs::Purpose;
use crate::tui::app::scaling::WAYS;
use crate::tui::app::shown::rough;
use crate::tui::app::{App, Page};
use crate::tui::theme::Role;
use crate::units::Nanos;

pub(super) fn draw_quit(buffer: &mut Buffer, layout: &Layout, app: &App) {
    // It stays when the run ends by itself: the answer may already be on its way.
    let mut title = vec![if app.runs().is_busy() { "A run is going" } else { "The run has ended" }.to_owned()];
    title.extend(app.runs().going().and_then(|going| going.left).map(|left| format!("{} left", rough(left))));
    let is_of_the_table = app.runs().going().is_none_or(|going| going.purpose == Purpose::Results);
    let kept = match app.watched() {
        _ if !is_of_the_table => "This measurement is lost.".to_owned(),
        Some(row) if row.samples.is_empty() => "No sample of it is whole yet.".to_owned(),
        Some(row) => format!("{} of {} samples are kept and printed.", row.samples.len(), row.settings.runs),
        None => "What is finished is kept, printed.".to_owned(),
    };
    let window = Window { title: &title, keys: &[], width: 60, rows: 1 };
    window.draw(buffer, layout, app, |pen| {
        let x = pen.text(1, 0, &format!("Quit? {kept}  "), Role::Text);
        pen.pieces(x, 0, &[("y", Role::Strong), (" quit  ", Role::Text), ("n", Role::Strong), (" stay", Role::Text)]);
    });
}

/// What measuring on every backend costs.
pub(super) fn draw_all(buffer: &mut Buffer, layout: &Layout, app: &App, offer: &Offer) {
    let settings = offer.request.settings;
    let backends = offer.request.configurations.len();
    let samples = backends * (settings.runs + settings.warmup) as usize;
    let title = ["Measure on every backend".to_owned(), format!("about {}", rough(offer.predicted))];
    let window = Window { title: &title, keys: &["Enter start", "Esc back"], width: 60, rows: 1 };
    window.draw(buffer, layout, app, |pen| {
        let text = format!("{backends} configurations, {samples} samples, interleaved round by round");
        let text = match settings.order {
            crate::spec::Order::Interleaved => text,
            crate::spec::Order::Sequential => {
                format!("{backends} configurations, {samples} samples, one after the other")
            }
        };
        pen.text(1, 0, &text, Role::Text);
    });
}

/// What measuring everything that the page lists costs.
pub(super) fn draw_page(buffer: &mut Buffer, layout: &Layout, app: &App, predicted: Nanos) {
    let (what, entries) = match app.page() {
        Page::Scaling => ("Measure how all ways scale", format!("{} curves", WAYS.len())),
        Page::Compare | Page::Workbench | Page::Timeline => {
            ("Measure the textbook", format!("{} experiments", EXPERIMENTS.len()))
        }
    };
    let title = [what.to_owned(), format!("about {}", rough(predicted))];
    let window = Window { title: &title, keys: &["Enter start", "Esc back"], width: 60, rows: 1 };
    window.draw(buffer, layout, app, |pen| {
        pen.text(1, 0, &format!("{entries}, one after the other; x cancels"), Role::Text);
    });
}
