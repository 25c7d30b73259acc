//! A page whose text has the whole screen for itself, and is scrolled where it is longer than that. The title stays.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use super::window::scroll_hint;
use crate::tui::theme::{Role, Theme};

/// More rows than any text takes.
const TALLEST: u16 = 200;

/// A text in all its length, and how many rows it has.
pub(super) struct Text {
    rows: Buffer,
    length: u16,
}

impl Text {
    /// The text that `draw` writes; `draw` answers the row below its last.
    pub(super) fn of(width: u16, theme: Theme, draw: impl FnOnce(&mut Pen<'_>) -> u16) -> Self {
        let mut rows = Buffer::empty(Rect::new(0, 0, width, TALLEST));
        let area = rows.area;
        let length = draw(&mut Pen::new(&mut rows, area, &theme)).min(TALLEST);
        Self { rows, length }
    }

    /// How many of its rows a page of that height cannot show.
    pub(super) const fn hidden(&self, height: u16) -> u16 {
        self.length.saturating_sub(height)
    }

    /// Puts it on the page, below its first row from row `from` on.
    pub(super) fn show(&self, pen: &mut Pen<'_>, from: usize) {
        let hidden = self.hidden(pen.height());
        let from = u16::try_from(from).unwrap_or(hidden).min(hidden);
        pen.copy(0, &self.rows, 0);
        for y in 1..pen.height() {
            pen.copy(y, &self.rows, y + from);
        }
        if let Some(hint) = scroll_hint(from.into(), hidden.into()) {
            pen.right(pen.width().saturating_sub(1), 0, &format!(" {hint} "), Role::Label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Palette;

    #[test]
    fn what_is_longer_than_the_page_is_scrolled_below_its_title() {
        let theme = Theme { palette: Palette::Mono, true_color: false, ascii: false };
        let text = Text::of(30, theme, |pen| {
            for y in 0..6 {
                pen.text(0, y, &format!("row {y}"), Role::Text);
            }
            6
        });
        let shown = |height: u16, from| {
            let mut page = Buffer::empty(Rect::new(0, 0, 30, height));
            let area = page.area;
            text.show(&mut Pen::new(&mut page, area, &theme), from);
            let symbols: String = page.content.iter().map(ratatui::buffer::Cell::symbol).collect();
            let rows: Vec<char> = symbols.chars().collect();
            rows.chunks(30).map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((text.hidden(6), text.hidden(4)), (0, 2));
        assert_eq!(shown(6, 9), ["row 0", "row 1", "row 2", "row 3", "row 4", "row 5"]);
        assert_eq!(shown(4, 0)[1..], ["row 1", "row 2", "row 3"]);
        assert_eq!(shown(4, 1)[1..], ["row 2", "row 3", "row 4"]);
        assert_eq!(shown(4, 99)[1..], ["row 3", "row 4", "row 5"]);
        assert!(
            shown(4, 1)[0].starts_with("row 0") && shown(4, 1)[0].ends_with("jk scroll ↑1 ↓1"),
            "{:?}",
            shown(4, 1)
        );
    }
}
