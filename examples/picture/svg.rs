//! A terminal's screen as an SVG picture: frames and bars as shapes, all else as text in whatever monospaced font the
//! reader has, stretched to the grid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::Screen;

use crate::glyph::{self, Cell};

/// The grid and what is around it, in pixels.
const CELL_WIDTH: f64 = 8.4;
const CELL_HEIGHT: f64 = 18.0;
const FONT_SIZE: f64 = 14.0;
const MARGIN: f64 = 14.0;
const TITLE_BAR: f64 = 30.0;

/// Where letters stand in their cell.
const BASELINE: f64 = 13.2;

const BACKGROUND: Rgb = Rgb(0x11, 0x15, 0x1c);
const FOREGROUND: Rgb = Rgb(0xc6, 0xcd, 0xd6);
const BRIGHT: Rgb = Rgb(0xff, 0xff, 0xff);

/// The sixteen colours of a terminal's dark theme, those of partui's states as it has them in 24 bits.
const ANSI: [Rgb; 16] = [
    Rgb(0x11, 0x15, 0x1c),
    Rgb(0xc7, 0x3b, 0x28),
    Rgb(0x4c, 0xa0, 0x56),
    Rgb(0xc2, 0x9a, 0x3b),
    Rgb(0x3d, 0x6f, 0xd9),
    Rgb(0x8e, 0x5a, 0xa8),
    Rgb(0x2f, 0xa3, 0x9a),
    Rgb(0xc6, 0xcd, 0xd6),
    Rgb(0x6b, 0x74, 0x80),
    Rgb(0xfe, 0x4c, 0x34),
    Rgb(0x6c, 0xd0, 0x78),
    Rgb(0xe8, 0xc3, 0x5a),
    Rgb(0x5a, 0x85, 0xf8),
    Rgb(0xac, 0x76, 0xa7),
    Rgb(0x52, 0xf3, 0xa1),
    Rgb(0xff, 0xff, 0xff),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rgb(u8, u8, u8);

impl Rgb {
    /// Half way to `other`.
    fn mixed(self, other: Self) -> Self {
        Self(self.0.midpoint(other.0), self.1.midpoint(other.1), self.2.midpoint(other.2))
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// How a character is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: Rgb,
    /// `None` for the screen's own.
    paper: Option<Rgb>,
    is_bold: bool,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let plain = if cell.bold() && !cell.inverse() { BRIGHT } else { FOREGROUND };
        let ink = color(cell.fgcolor()).unwrap_or(plain);
        let paper = color(cell.bgcolor());
        let ink = if cell.dim() { ink.mixed(paper.unwrap_or(BACKGROUND)) } else { ink };
        if cell.inverse() {
            return Self { ink: paper.unwrap_or(BACKGROUND), paper: Some(ink), is_bold: cell.bold() };
        }
        Self { ink, paper, is_bold: cell.bold() }
    }
}

/// `None` for the terminal's default, and for the extended palette, which partui does not use.
fn color(color: vt100::Color) -> Option<Rgb> {
    match color {
        vt100::Color::Rgb(red, green, blue) => Some(Rgb(red, green, blue)),
        vt100::Color::Idx(number) => ANSI.get(usize::from(number)).copied(),
        vt100::Color::Default => None,
    }
}

/// Text of one look that stands together.
struct Run {
    place: Cell,
    row: u16,
    look: Look,
    text: String,
}

/// What a picture consists of, from the bottom up. Everything of one colour is one path, so that cells beside each other
/// show no seam.
#[derive(Default)]
struct Layers {
    paper: BTreeMap<Rgb, String>,
    ink: BTreeMap<Rgb, String>,
    runs: Vec<Run>,
}

/// The whole picture.
pub(crate) fn drawing(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let [width, height] = [f64::from(columns.get()) * CELL_WIDTH, f64::from(rows.get()) * CELL_HEIGHT];
    let [width, height] = [width + 2.0 * MARGIN, height + TITLE_BAR + MARGIN];
    let mut layers = Layers::default();
    for row in 0..rows.get() {
        for column in 0..columns.get() {
            if let Some(cell) = screen.cell(row, column) {
                layers.add(cell, row, column);
            }
        }
    }
    let mut svg = window(width, height);
    layers.write(&mut svg);
    svg + "</svg>\n"
}

/// The window around the screen.
fn window(width: f64, height: f64) -> String {
    let (middle, fonts) = (width / 2.0, "ui-monospace,'SF Mono',Menlo,'DejaVu Sans Mono',Consolas,monospace");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"{fonts}\" font-size=\"{FONT_SIZE}\">\n\
         <title>partui in a terminal</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"9\" fill=\"{BACKGROUND}\"/>\n\
         <text x=\"{middle}\" y=\"19\" text-anchor=\"middle\" font-size=\"12\" fill=\"{}\">partui</text>\n",
        ANSI[8]
    );
    for (x, color) in [(18, ANSI[9]), (36, ANSI[11]), (54, ANSI[10])] {
        // Writing to a string cannot fail.
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"15\" r=\"5.5\" fill=\"{color}\"/>");
    }
    svg
}

impl Layers {
    fn add(&mut self, cell: &vt100::Cell, row: u16, column: u16) {
        let (left, top) = (MARGIN + f64::from(column) * CELL_WIDTH, TITLE_BAR + f64::from(row) * CELL_HEIGHT);
        let place = Cell { left, top, width: CELL_WIDTH, height: CELL_HEIGHT };
        let look = Look::of(cell);
        if let Some(paper) = look.paper {
            *self.paper.entry(paper).or_default() += &glyph::outline('█', place).unwrap_or_default();
        }
        let mut characters = cell.contents().chars().filter(|character| *character != ' ').peekable();
        match characters.peek().and_then(|character| glyph::outline(*character, place)) {
            Some(outline) => *self.ink.entry(look.ink).or_default() += &outline,
            None if characters.peek().is_some() => self.put(Run { place, row, look, text: characters.collect() }),
            None => {}
        }
    }

    /// Adds a character, to the last run where it belongs to it: one space between them at most.
    fn put(&mut self, new: Run) {
        let last = self.runs.last_mut().filter(|last| last.look == new.look && last.row == new.row);
        match last.map(|last| (new.place.left - last.place.left - last.place.width, last)) {
            Some((gap, last)) if gap < 1.5 * CELL_WIDTH => {
                if gap > 0.5 * CELL_WIDTH {
                    last.text.push(' ');
                }
                last.text += &new.text;
                last.place.width = new.place.left + new.place.width - last.place.left;
            }
            _ => self.runs.push(new),
        }
    }

    fn write(&self, svg: &mut String) {
        for (color, path) in self.paper.iter().chain(&self.ink) {
            let _ = writeln!(svg, "<path fill=\"{color}\" d=\"{path}\"/>");
        }
        for Run { place, look, text, .. } in &self.runs {
            let (y, weight) = (place.top + BASELINE, if look.is_bold { " font-weight=\"700\"" } else { "" });
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{y:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
                 fill=\"{}\"{weight}>{}</text>",
                place.left,
                place.width,
                look.ink,
                escaped(text)
            );
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
