//! Cells below each other: alignment, narrow windows, terminals without Unicode, and the table as text.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Line, TABLE, TableColumn, work};
use crate::results::{ResultRow, Summary};

/// A note is given at least this many places before another column has to go.
const NOTE_WIDTH: usize = 14;

/// How the cells of a column stand below each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// From the left.
    Left,
    /// To the right.
    Right,
    /// With their decimal points in one line.
    Point,
}

/// The table of `rows` in their order, at most `width` columns wide if that can be, each line ended by a newline; empty
/// where there are no rows. Rows of equal work stand together below the name of their work.
#[must_use]
pub fn render(rows: &[ResultRow], width: usize, plain: bool) -> String {
    render_numbered(rows.iter().enumerate().map(|(place, row)| (place + 1, row)), width, plain)
}

/// The table as [`render`] draws it, of rows that have their numbers already.
#[must_use]
pub fn render_numbered<'a>(
    rows: impl IntoIterator<Item = (usize, &'a ResultRow)>,
    width: usize,
    plain: bool,
) -> String {
    let rows: Vec<_> = rows.into_iter().map(|(number, row)| (number, row, Summary::of(row))).collect();
    let lines: Vec<Line<'_>> =
        rows.iter().map(|(number, row, summary)| Line { number: *number, row, summary }).collect();
    if lines.is_empty() {
        return String::new();
    }
    let grid = Grid::of(&lines, TABLE.iter(), plain).narrowed_to(width);
    let mut text = grid.header(width);
    for group in by_work(&lines) {
        text += &ended(&written(&work(&lines[group[0]].row.configuration), plain), width);
        for place in group {
            text += &grid.line(place, width);
        }
    }
    text
}

/// The columns of `lines` with these headers, in the order of the table and otherwise as [`render`] draws them: a line of
/// headers, then one for each of `lines`.
#[must_use]
pub fn render_columns(lines: &[Line<'_>], headers: &[&str], width: usize, plain: bool) -> String {
    let columns = TABLE.iter().filter(|column| headers.contains(&column.header));
    let grid = Grid::of(lines, columns, plain).narrowed_to(width);
    (0..lines.len()).fold(grid.header(width), |text, place| text + &grid.line(place, width))
}

/// The places of lines of equal work, in the order in which each work comes first.
#[must_use]
pub fn by_work(lines: &[Line<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let same = |group: &&mut Vec<usize>| lines[group[0]].row.configuration.same_work(&line.row.configuration);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

fn written(text: &str, plain: bool) -> String {
    if plain { ascii(text) } else { text.to_owned() }
}

/// All cells with those of a column equally wide.
struct Grid {
    columns: Vec<GridColumn>,
}

struct GridColumn {
    goes: Option<u8>,
    header: String,
    cells: Vec<String>,
}

impl Grid {
    fn of(lines: &[Line<'_>], columns: impl Iterator<Item = &'static TableColumn>, plain: bool) -> Self {
        let column = |column: &TableColumn| {
            let texts: Vec<String> = lines.iter().map(|line| written(&(column.cell)(line), plain)).collect();
            let cells = aligned(&texts, column.align);
            GridColumn::new(written(column.header, plain), cells, column)
        };
        Self { columns: columns.map(column).collect() }
    }

    /// Without the columns that have no room, the least important first.
    fn narrowed_to(mut self, width: usize) -> Self {
        while self.width() > width {
            let next = self.columns.iter().filter_map(|column| column.goes).min();
            let Some(next) = next else { break };
            self.columns.retain(|column| column.goes != Some(next));
        }
        self
    }

    /// The width that is needed if long notes are cut.
    fn width(&self) -> usize {
        let (note, others) = self.columns.split_last().map_or((0, &[][..]), |(last, others)| (last.width(), others));
        others.iter().map(|column| column.width() + 2).sum::<usize>() + note.min(NOTE_WIDTH)
    }

    fn header(&self, width: usize) -> String {
        let headers: Vec<&str> = self.columns.iter().map(|column| column.header.as_str()).collect();
        ended(&headers.join("  "), width)
    }

    fn line(&self, place: usize, width: usize) -> String {
        let cells: Vec<&str> = self.columns.iter().map(|column| column.cells[place].as_str()).collect();
        ended(&cells.join("  "), width)
    }
}

impl GridColumn {
    fn new(header: String, cells: Vec<String>, column: &TableColumn) -> Self {
        let width = cells.first().map_or(0, |cell| cell.width()).max(header.width());
        let padded = |text: String| padded(&text, width, column.align != Align::Left);
        Self { goes: column.goes, header: padded(header), cells: cells.into_iter().map(padded).collect() }
    }

    fn width(&self) -> usize {
        self.header.width()
    }
}

/// `texts` made equally wide.
#[must_use]
pub fn aligned(texts: &[String], align: Align) -> Vec<String> {
    let pointed = |text: &String| match (align, text.split_once('.')) {
        (Align::Point, Some((whole, _))) => (whole.width(), text.width() - whole.width()),
        (Align::Point, None) => (text.trim_end_matches(['×', 'x']).width(), 0),
        _ => (0, text.width()),
    };
    let parts: Vec<(usize, usize)> = texts.iter().map(pointed).collect();
    let whole = parts.iter().map(|part| part.0).max().unwrap_or(0);
    let shifted = texts.iter().zip(&parts).map(|(text, part)| " ".repeat(whole - part.0) + text);
    let shifted: Vec<String> = shifted.collect();
    let width = shifted.iter().map(|text| text.width()).max().unwrap_or(0);
    shifted.iter().map(|text| padded(text, width, align == Align::Right)).collect()
}

fn padded(text: &str, width: usize, to_the_right: bool) -> String {
    let blanks = " ".repeat(width.saturating_sub(text.width()));
    if to_the_right { blanks + text } else { text.to_owned() + &blanks }
}

/// `line` without trailing blanks, cut to `width`, with its newline.
fn ended(line: &str, width: usize) -> String {
    fitted(line.trim_end(), width) + "\n"
}

/// `text` cut to `width` places, the last of which then says so.
fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width || width == 0 {
        return text.chars().take(width).collect();
    }
    let mut used = 0;
    let fits = |character: &char| {
        used += character.width().unwrap_or(0);
        used < width
    };
    let mark = if text.is_ascii() { '~' } else { '…' };
    text.chars().take_while(fits).chain([mark]).collect()
}

/// `text` in ASCII alone: each character that tables use has its stand-in, any other becomes `?`.
#[must_use]
pub fn ascii(text: &str) -> String {
    text.chars().map(stand_in).collect()
}

fn stand_in(character: char) -> Cow<'static, str> {
    match character {
        '±' => "+-".into(),
        '×' | '╳' => "x".into(),
        '–' | '─' => "-".into(),
        '≠' => "!=".into(),
        '…' => "...".into(),
        'µ' => "u".into(),
        'σ' => "sigma".into(),
        'κ' => "kappa".into(),
        '²' => "2".into(),
        _ if character.is_ascii() => character.to_string().into(),
        _ => "?".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Budget;
    use crate::results::fixture::{row, sample};
    use crate::results::{Status, settle};
    use crate::spec::BackendId::{Processes, Rayon, Sequential, Threads};
    use crate::units::{Bytes, Nanos};

    fn rows() -> Vec<ResultRow> {
        let locked = Budget { compute: Nanos(25), gil: Nanos(75), ..Budget::default() };
        let waiting = (0..5).map(|k| sample(1.02 + 0.01 * f64::from(k)).budget(locked).done()).collect();
        let wrong = |wall| sample(wall).checksum(7).with(|sample| sample.pss = Some(Bytes(10 << 30))).done();
        let mut rows = vec![
            row(Sequential, 1).walls(&[1.02, 1.01, 1.03, 1.02, 1.02]).done(),
            row(Threads, 2).walls(&[0.52, 0.53, 0.51, 0.52, 0.52]).done(),
            row(Threads, 4).gil().samples(waiting).done(),
            row(Processes, 2).gil().walls(&[0.6, 0.9, 0.8, 0.7, 0.75]).done(),
            row(Sequential, 1).tasks(9).walls(&[12.0; 3]).done(),
            row(Rayon, 1024).samples(vec![wrong(0.54)]).done(),
            row(Threads, 2).failed("the whole pool died: 14 of 1000 tasks lost").done(),
            row(Rayon, 2).tasks(9).walls(&[0.001_234; 3]).status(Status::Running).done(),
            row(Rayon, 2).tasks(9).walls(&[6.0; 2]).status(Status::Cancelled).done(),
        ];
        settle(&mut rows);
        rows
    }

    fn check(width: usize, plain: bool, expected: &str) {
        let table = render(&rows(), width, plain);
        assert_eq!(table, expected, "\n{table}");
        assert!(table.lines().all(|line| line.width() <= width));
        assert!(!plain || table.is_ascii());
    }

    #[test]
    fn a_wide_table_has_every_column() {
        check(
            120,
            false,
            "\
#  backend        n  gil    wall s    ±%  speed-up  95 %        eff %  p99 ms       MiB  note
primes  seed 42  size 1000000  tasks 1000
1  sequential     1  –     1.02      0.7     1.00×  baseline      100    1.20      9.40
2  threads        2  off   0.520     1.4     1.96×  1.91–2.01      98    1.20      9.40
3  threads        4  on    1.04      1.5     0.98×  0.96–1.00      25    1.20      9.40  ╳ 75 % gil
4  processes      2  on    0.750    14.9     1.37×  1.13–1.66      69    1.20      9.40  ! noisy
6  rayon       1024  off   0.540     –       –      –               –    1.20  10240     ≠ DIVERGENT
7  threads        2  off   –         –       –      –               –    –         –     X the whole pool died: 14 of 1…
primes  seed 42  size 1000000  tasks 9
5  sequential     1  –    12.0       0.0     1.00×  baseline      100    1.20      9.40
8  rayon          2  off   0.00123   0.0  9724×     9724–9724  486224    1.20      9.40  : sample 4/5
9  rayon          2  off   6.00      0.0     2.00×  –             100    1.20      9.40  cancelled 2/5
",
        );
    }

    #[test]
    fn columns_go_one_after_the_other_and_long_notes_are_cut() {
        check(
            80,
            false,
            "\
#  backend        n  gil    wall s  speed-up   eff %  p99 ms  note
primes  seed 42  size 1000000  tasks 1000
1  sequential     1  –     1.02        1.00×     100    1.20
2  threads        2  off   0.520       1.96×      98    1.20
3  threads        4  on    1.04        0.98×      25    1.20  ╳ 75 % gil
4  processes      2  on    0.750       1.37×      69    1.20  ! noisy
6  rayon       1024  off   0.540       –           –    1.20  ≠ DIVERGENT
7  threads        2  off   –           –           –    –     X the whole pool …
primes  seed 42  size 1000000  tasks 9
5  sequential     1  –    12.0         1.00×     100    1.20
8  rayon          2  off   0.00123  9724×     486224    1.20  : sample 4/5
9  rayon          2  off   6.00        2.00×     100    1.20  cancelled 2/5
",
        );
        check(
            60,
            false,
            "\
#  backend        n  gil    wall s  speed-up  note
primes  seed 42  size 1000000  tasks 1000
1  sequential     1  –     1.02        1.00×
2  threads        2  off   0.520       1.96×
3  threads        4  on    1.04        0.98×  ╳ 75 % gil
4  processes      2  on    0.750       1.37×  ! noisy
6  rayon       1024  off   0.540       –      ≠ DIVERGENT
7  threads        2  off   –           –      X the whole p…
primes  seed 42  size 1000000  tasks 9
5  sequential     1  –    12.0         1.00×
8  rayon          2  off   0.00123  9724×     : sample 4/5
9  rayon          2  off   6.00        2.00×  cancelled 2/5
",
        );
    }

    #[test]
    fn without_unicode_the_same_is_said() {
        check(
            100,
            true,
            "\
#  backend        n  gil    wall s   +-%  speed-up   eff %  p99 ms       MiB  note
primes  seed 42  size 1000000  tasks 1000
1  sequential     1  -     1.02      0.7     1.00x     100    1.20      9.40
2  threads        2  off   0.520     1.4     1.96x      98    1.20      9.40
3  threads        4  on    1.04      1.5     0.98x      25    1.20      9.40  x 75 % gil
4  processes      2  on    0.750    14.9     1.37x      69    1.20      9.40  ! noisy
6  rayon       1024  off   0.540     -       -           -    1.20  10240     != DIVERGENT
7  threads        2  off   -         -       -           -    -         -     X the whole pool died~
primes  seed 42  size 1000000  tasks 9
5  sequential     1  -    12.0       0.0     1.00x     100    1.20      9.40
8  rayon          2  off   0.00123   0.0  9724x     486224    1.20      9.40  : sample 4/5
9  rayon          2  off   6.00      0.0     2.00x     100    1.20      9.40  cancelled 2/5
",
        );
    }

    #[test]
    fn rows_that_have_numbers_keep_them() {
        let rows = rows();
        let table = render_numbered([(3, &rows[0]), (12, &rows[1])], 80, false);
        let numbers: Vec<_> = table.lines().skip(2).map(|line| line.get(..4)).collect();
        assert_eq!(numbers, [Some(" 3  "), Some("12  ")], "{table}");
    }

    #[test]
    fn no_rows_are_no_table() {
        assert_eq!(render(&[], 80, false), "");
    }

    #[test]
    fn no_width_is_too_small_to_be_drawn() {
        for width in 0..130 {
            let table = render(&rows(), width, width % 2 == 0);
            assert!(table.lines().all(|line| line.width() <= width), "{width}");
        }
    }
}
