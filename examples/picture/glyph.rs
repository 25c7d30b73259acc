//! Characters that are drawn as shapes: bars and frames join without a gap only if no font has a say.

/// A character's cell, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A part of a cell that is filled, as shares of its width and height: left, top, right, bottom.
type Part = [f64; 4];

/// How thick frames are, and how far the lines of a double frame are from their middle.
const LINE: f64 = 1.1;
const APART: f64 = 1.9;

/// The frame characters, single and double, with where they lead: left, right, up, down.
const FRAMES: [(char, char, [bool; 4]); 11] = [
    ('─', '═', [true, true, false, false]),
    ('│', '║', [false, false, true, true]),
    ('┌', '╔', [false, true, false, true]),
    ('┐', '╗', [true, false, false, true]),
    ('└', '╚', [false, true, true, false]),
    ('┘', '╝', [true, false, true, false]),
    ('├', '╠', [false, true, true, true]),
    ('┤', '╣', [true, false, true, true]),
    ('┬', '╦', [true, true, false, true]),
    ('┴', '╩', [true, true, true, false]),
    ('┼', '╬', [true; 4]),
];

/// The outline of a character as SVG path data to be filled; `None` for one that is written with a font.
pub(crate) fn outline(character: char, cell: Cell) -> Option<String> {
    if let Some(parts) = parts(character) {
        return Some(parts.iter().map(|part| rectangle(scaled(*part, cell))).collect());
    }
    if character == '╳' {
        return Some(cross(cell));
    }
    let (_, double, arms) = FRAMES.iter().find(|(single, double, _)| [*single, *double].contains(&character))?;
    Some(frame(*arms, if *double == character { APART } else { 0.0 }, cell))
}

/// The filled parts of a block element.
fn parts(character: char) -> Option<Vec<Part>> {
    let eighths = |first: char| f64::from(u32::from(character) - u32::from(first) + 1) / 8.0;
    Some(match character {
        '▁'..='█' => vec![[0.0, 1.0 - eighths('▁'), 1.0, 1.0]],
        '▉'..='▏' => vec![[0.0, 0.0, 1.0 - eighths('▉'), 1.0]],
        '▚' => vec![[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]],
        '░' => (0..8_u32).map(|dot| speck(f64::from(dot % 2), f64::from(dot / 2))).collect(),
        _ => return None,
    })
}

/// One of the dots that a light shade consists of, in two columns and four rows, every other row shifted.
fn speck(column: f64, row: f64) -> Part {
    let left = column.midpoint(0.5 * (row % 2.0));
    [left, row / 4.0 + 0.06, left + 0.22, row / 4.0 + 0.16]
}

fn scaled([left, top, right, bottom]: Part, cell: Cell) -> Part {
    let x = |share: f64| cell.left + share * cell.width;
    let y = |share: f64| cell.top + share * cell.height;
    [x(left), y(top), x(right), y(bottom)]
}

fn rectangle([left, top, right, bottom]: Part) -> String {
    format!("M{left:.2} {top:.2}H{right:.2}V{bottom:.2}H{left:.2}z")
}

/// Two bars from corner to corner, so that a row of them reads as a fence.
fn cross(cell: Cell) -> String {
    let [left, top, right, bottom] = scaled([0.06, 0.14, 0.94, 0.86], cell);
    let bar = |from: f64, to: f64| format!("M{from:.2} {top:.2}h{LINE}L{to:.2} {bottom:.2}h-{LINE}z");
    bar(left, right) + &bar(right - LINE, left + LINE)
}

/// Lines from the middle to where the frame leads. In a double frame each line stops where it meets another one that
/// leads its way, so that corners are open inside.
fn frame([left, right, up, down]: [bool; 4], apart: f64, cell: Cell) -> String {
    let [near_x, near_y, far_x, far_y] = scaled([0.0, 0.0, 1.0, 1.0], cell);
    let (x, y) = (near_x.midpoint(far_x), near_y.midpoint(far_y));
    let half = LINE / 2.0;
    // The distance from the middle at which a line begins: before it, unless something leads away on its side.
    let begin = |is_open: bool| if is_open { apart - half } else { -apart - half };
    let mut path = String::new();
    for (side, open_across, open_along) in [(-apart, up, left), (apart, down, right)] {
        let (row, column) = (y + side, x + side);
        if left {
            path += &rectangle([near_x, row - half, x - begin(open_across), row + half]);
        }
        if right {
            path += &rectangle([x + begin(open_across), row - half, far_x, row + half]);
        }
        if up {
            path += &rectangle([column - half, near_y, column + half, y - begin(open_along)]);
        }
        if down {
            path += &rectangle([column - half, y + begin(open_along), column + half, far_y]);
        }
    }
    path
}
