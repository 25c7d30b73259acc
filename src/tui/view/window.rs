//! Windows over the panes: a frame with a title above and the keys below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Layout;
use super::pen::Pen;
use crate::tui::app::App;
use crate::tui::theme::Role;

/// What a window says around its content.
pub(super) struct Window<'a> {
    /// The words of its title.
    pub(super) title: &'a [String],
    /// Its keys and what they do.
    pub(super) keys: &'a [&'a str],
    /// Its columns, frame included.
    pub(super) width: u16,
    /// The rows of its content.
    pub(super) rows: u16,
}

impl Window<'_> {
    /// Draws the frame in the middle of the screen, then the content into it.
    pub(super) fn draw(&self, buffer: &mut Buffer, layout: &Layout, app: &App, content: impl FnOnce(&mut Pen<'_>)) {
        let area = self.area(layout.area);
        let mut pen = Pen::new(buffer, area, app.theme());
        pen.clear();
        let lines = app.theme().lines(false);
        let role = app.theme().role(Role::Text);
        let (right, bottom) = (area.width - 1, area.height - 1);
        for (y, [left_corner, right_corner]) in
            [(0, [lines.corners[0], lines.corners[1]]), (bottom, [lines.corners[2], lines.corners[3]])]
        {
            pen.fill(0, y, area.width, lines.horizontal, role);
            pen.styled(0, y, left_corner, role);
            pen.styled(right, y, right_corner, role);
        }
        for y in 1..bottom {
            pen.styled(0, y, lines.vertical, role);
            pen.styled(right, y, lines.vertical, role);
        }
        draw_words(&mut pen, 0, self.title.iter().map(String::as_str), Role::Reverse);
        draw_words(&mut pen, bottom, self.keys.iter().copied(), Role::Strong);
        let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 };
        content(&mut Pen::new(buffer, inside, app.theme()));
    }

    /// Above the bottom two rows, which keep saying what goes on.
    fn area(&self, screen: Rect) -> Rect {
        let room = screen.height.saturating_sub(2);
        let (width, height) = (self.width.min(screen.width), self.rows.saturating_add(2).min(room));
        Rect { x: (screen.width - width) / 2, y: (room - height) / 2, width, height }
    }
}

/// How many of `lines` are more than a window on this screen can show.
pub(super) fn hidden(lines: usize, screen: Rect) -> usize {
    lines.saturating_sub(usize::from(screen.height.saturating_sub(4)))
}

/// How much there is above and below what a window shows from line `from` on, and how to get there: `jk scroll ↑2 ↓3`;
/// `None` where it shows everything.
pub(super) fn scroll_hint(from: usize, hidden: usize) -> Option<String> {
    let parts = [("↑", from), ("↓", hidden.saturating_sub(from))];
    let parts = parts.into_iter().filter(|(_, lines)| *lines > 0);
    (hidden > 0).then(|| parts.fold("jk scroll".to_owned(), |hint, (arrow, lines)| format!("{hint} {arrow}{lines}")))
}

fn draw_words<'a>(pen: &mut Pen<'_>, y: u16, words: impl Iterator<Item = &'a str>, first: Role) {
    let line = pen.theme().lines(false).horizontal;
    let mut x = 1;
    for (place, word) in words.enumerate() {
        if place > 0 {
            x = pen.text(x, y, line, Role::Text);
        }
        x = pen.text(x, y, &format!(" {word} "), if place == 0 { first } else { Role::Text });
    }
}
