//! Writing into a part of the screen. Whatever does not fit is left out, so no size of the terminal can break a view.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::board::State;
use crate::tui::theme::{Role, Theme};

/// A hand that writes into one rectangle, in its own coordinates.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    theme: &'a Theme,
}

impl<'a> Pen<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, theme: &'a Theme) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, theme }
    }

    pub(super) fn theme(&self) -> &'a Theme {
        self.theme
    }

    pub(super) fn width(&self) -> u16 {
        self.area.width
    }

    pub(super) fn height(&self) -> u16 {
        self.area.height
    }

    /// Writes text in a style of its own; answers where it ended.
    pub(super) fn styled(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return x;
        }
        let room = usize::from(self.area.width - x);
        let (end, _) = self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        end - self.area.x
    }

    /// Writes text in a role; answers where it ended.
    pub(super) fn text(&mut self, x: u16, y: u16, text: &str, role: Role) -> u16 {
        self.styled(x, y, text, self.theme.role(role))
    }

    /// Writes pieces of text one after the other; answers where the last ended.
    pub(super) fn pieces(&mut self, x: u16, y: u16, pieces: &[(&str, Role)]) -> u16 {
        pieces.iter().fold(x, |x, (text, role)| self.text(x, y, text, *role))
    }

    /// Writes text so that it ends before `end`.
    pub(super) fn right(&mut self, end: u16, y: u16, text: &str, role: Role) {
        self.text(end.saturating_sub(width_of(text)), y, text, role);
    }

    /// Writes a state's glyph.
    pub(super) fn state(&mut self, x: u16, y: u16, state: State) -> u16 {
        let (glyph, style) = self.theme.state(state);
        self.styled(x, y, glyph, style)
    }

    /// Repeats a glyph over a number of cells.
    pub(super) fn fill(&mut self, x: u16, y: u16, cells: u16, glyph: &str, style: Style) {
        for place in x..x.saturating_add(cells).min(self.area.width) {
            self.styled(place, y, glyph, style);
        }
    }

    /// Changes the style of a row of cells, keeping what is written there.
    pub(super) fn restyle(&mut self, x: u16, y: u16, cells: u16, role: Role) {
        if y < self.area.height && x < self.area.width {
            let row = Rect::new(self.area.x + x, self.area.y + y, cells.min(self.area.width - x), 1);
            self.buffer.set_style(row, self.theme.role(role));
        }
    }

    /// Copies a row that was written elsewhere.
    pub(super) fn copy(&mut self, y: u16, from: &Buffer, row: u16) {
        for x in 0..self.area.width {
            let target = self.buffer.cell_mut((self.area.x + x, self.area.y + y));
            if let (Some(target), Some(source)) = (target, from.cell((x, row))) {
                target.clone_from(source);
            }
        }
    }

    /// Makes the whole rectangle blank.
    pub(super) fn clear(&mut self) {
        for position in self.area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
    }

    /// A bar of `cells` cells; each part fills its share of it with its state's glyph, the first with a finer tip.
    pub(super) fn bar(&mut self, x: u16, y: u16, cells: u16, parts: &[(State, f64)]) {
        let (mut drawn, mut share) = (0, 0.0);
        for (place, (state, part)) in parts.iter().enumerate() {
            share += part.clamp(0.0, 1.0);
            let (whole, rest) = split(share, cells);
            let (glyph, style) = self.theme.state(*state);
            let tip = self.theme.tip(rest).filter(|_| place == 0 && whole < cells);
            let end = if place == 0 || rest < 0.5 { whole } else { (whole + 1).min(cells) };
            self.fill(x + drawn, y, end.saturating_sub(drawn), glyph, style);
            drawn = drawn.max(end);
            if let Some(tip) = tip {
                self.styled(x + drawn, y, tip, style);
                drawn += 1;
            }
        }
        let (glyph, style) = self.theme.state(State::Idle);
        self.fill(x + drawn, y, cells.saturating_sub(drawn), glyph, style);
    }
}

/// How many cells a share of `cells` fills, and which part of the next one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "kept in range before the cast")]
fn split(share: f64, cells: u16) -> (u16, f64) {
    // Shares are quotients: a hair less than the whole is the whole.
    let filled = (share.clamp(0.0, 1.0) * f64::from(cells) + 1e-9).min(f64::from(cells));
    (filled as u16, filled.fract())
}

/// What stands below sentences of which some do not fit.
pub(super) const REST: &str = "… z shows the rest";

/// A line with a title in it.
pub(super) fn rule(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, title: &str) {
    let line = pen.theme().lines(false).horizontal;
    let style = pen.theme().role(Role::Label);
    pen.fill(x, y, width, line, style);
    pen.text(x + 1, y, &format!(" {} ", cut(title, width.saturating_sub(5))), Role::Strong);
}

/// A text in so many cells; one that is cut says so.
pub(super) fn cut(text: &str, cells: u16) -> Cow<'_, str> {
    if width_of(text) <= cells {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(usize::from(cells).saturating_sub(1)).collect();
    Cow::Owned(kept + "…")
}

/// A text in so many cells, cut where it begins: for labels that differ in how they end.
pub(super) fn cut_front(text: &str, cells: u16) -> Cow<'_, str> {
    if width_of(text) <= cells {
        return Cow::Borrowed(text);
    }
    let left_out = (text.chars().count() + 1).saturating_sub(usize::from(cells));
    Cow::Owned(std::iter::once('…').chain(text.chars().skip(left_out)).collect())
}

/// How many cells a text takes.
pub(super) fn width_of(text: &str) -> u16 {
    u16::try_from(unicode_width::UnicodeWidthStr::width(text)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Palette;

    fn drawn(width: u16, ascii: bool, draw: impl FnOnce(&mut Pen<'_>)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        let theme = Theme { palette: Palette::Mono, true_color: false, ascii };
        let area = buffer.area;
        draw(&mut Pen::new(&mut buffer, area, &theme));
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    /// The parts of a bar, and how it looks in both sets.
    type Case = (&'static [(State, f64)], &'static str, &'static str);

    #[test]
    fn bars_have_fine_tips_and_whole_parts() {
        let cases: [Case; 6] = [
            (&[(State::Compute, 0.56)], "█████▌····", "######...."),
            (&[(State::Compute, 0.25), (State::Gil, 0.75)], "██▌╳╳╳╳╳╳╳", "###xxxxxxx"),
            (&[(State::Compute, 0.2), (State::Gil, 0.3), (State::Io, 0.5)], "██╳╳╳░░░░░", "##xxx~~~~~"),
            (&[(State::Compute, 0.0)], "··········", ".........."),
            (&[(State::Compute, 1.0)], "██████████", "##########"),
            (&[(State::Compute, 7.0), (State::Gil, f64::NAN)], "██████████", "##########"),
        ];
        for (parts, unicode, ascii) in cases {
            assert_eq!(drawn(10, false, |pen| pen.bar(0, 0, 10, parts)), unicode, "{parts:?}");
            assert_eq!(drawn(10, true, |pen| pen.bar(0, 0, 10, parts)), ascii, "{parts:?}");
        }
    }

    #[test]
    fn texts_are_cut_where_they_end_or_where_they_begin() {
        let cases = [("abcdef", 6, "abcdef", "abcdef"), ("abcdef", 4, "abc…", "…def"), ("äöü", 2, "ä…", "…ü")];
        for (text, cells, end, front) in cases {
            assert_eq!((cut(text, cells).as_ref(), cut_front(text, cells).as_ref()), (end, front));
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        assert_eq!(drawn(4, false, |pen| assert_eq!(pen.text(2, 0, "abcd", Role::Text), 4)), "  ab");
        assert_eq!(drawn(4, false, |pen| assert_eq!(pen.text(9, 7, "abcd", Role::Text), 9)), "    ");
        assert_eq!(drawn(4, false, |pen| pen.right(3, 0, "12345", Role::Text)), "1234");
        assert_eq!(drawn(4, false, |pen| pen.fill(2, 0, u16::MAX, "x", Style::new())), "  xx");
    }
}
