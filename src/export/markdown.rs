//! The results table as GitHub shows it (GitHub Flavored Markdown, tables): for reports, issues and pull requests.

use crate::results::table::{Align, Line, TABLE, by_work, work};
use crate::results::{Record, why};
use crate::text::scrub;

/// A table for each work, with the columns of the screen and, last, why each row is as it is.
pub(super) fn tables(records: &[Record<'_>]) -> Vec<u8> {
    let numbered = records.iter().enumerate();
    let lines: Vec<Line<'_>> =
        numbered.map(|(place, record)| Line { number: place + 1, row: record.row, summary: &record.summary }).collect();
    let groups = by_work(&lines);
    let tables = groups.iter().map(|group| table(&group.iter().map(|place| &lines[*place]).collect::<Vec<_>>()));
    tables.collect::<Vec<_>>().join("\n").into_bytes()
}

/// The table of rows of one work, below its name.
fn table(lines: &[&Line<'_>]) -> String {
    let name = lines.first().map_or_else(String::new, |line| escaped(&work(&line.row.configuration)));
    let header = TABLE.iter().map(|column| column.header).chain(["why"]).map(escaped);
    let rule = TABLE.iter().map(|column| rule(column.align)).chain([rule(Align::Left)]).map(str::to_owned);
    let row = |line: &&Line<'_>| {
        let cells = TABLE.iter().map(|column| escaped(&(column.cell)(line)));
        written(cells.chain([escaped(&why(line.row, line.summary))]))
    };
    let rows: String = lines.iter().map(row).collect();
    format!("**{name}**\n\n{}{}{rows}", written(header), written(rule))
}

/// How GitHub is told to align a column.
const fn rule(align: Align) -> &'static str {
    match align {
        Align::Left => ":---",
        Align::Right | Align::Point => "---:",
    }
}

fn written(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// `text` on one line, with nothing in it that would be taken for markup.
fn escaped(text: &str) -> String {
    let is_markup = |c: char| "\\|*_`<>[]~&#!@".contains(c);
    let mut plain = String::with_capacity(text.len());
    for character in scrub(text).chars() {
        match character {
            // A backslash does not keep GitHub from calling somebody of that name.
            '@' => plain.push_str("&#64;"),
            _ if is_markup(character) => plain.extend(['\\', character]),
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{machine, row};
    use crate::results::settle;
    use crate::spec::BackendId::{Sequential, Threads};

    #[test]
    fn each_work_has_its_table_with_the_columns_of_the_screen() {
        let mut rows = vec![
            row(Sequential, 1).walls(&[1.02, 1.01, 1.03, 1.02, 1.02]).done(),
            row(Sequential, 1).tasks(9).walls(&[12.0; 3]).done(),
            row(Threads, 2).failed("died | <b>of *it*").done(),
        ];
        settle(&mut rows);
        let machine = machine();
        let records: Vec<Record<'_>> = rows.iter().map(|row| Record::of(row, &machine)).collect();
        let text = String::from_utf8(tables(&records)).unwrap();
        let expected = "\
**primes  seed 42  size 1000000  tasks 1000**

| \\# | backend | n | gil | wall s | ±% | speed-up | 95 % | eff % | p99 ms | MiB | note | why |
| ---: | :--- | ---: | :--- | ---: | ---: | ---: | :--- | ---: | ---: | ---: | :--- | :--- |
| 1 | sequential | 1 | – | 1.02 | 0.7 | 1.00× | baseline | 100 | 1.20 | 9.40 |  | \
the one worker computed 100 % of the time: the baseline of every speed-up of this work |
| 3 | threads | 2 | off | – | – | – | – | – | – | – | X died \\| \\<b\\>of \\*it\\* | \
failed: died \\| \\<b\\>of \\*it\\* |

**primes  seed 42  size 1000000  tasks 9**

| \\# | backend | n | gil | wall s | ±% | speed-up | 95 % | eff % | p99 ms | MiB | note | why |
| ---: | :--- | ---: | :--- | ---: | ---: | ---: | :--- | ---: | ---: | ---: | :--- | :--- |
| 2 | sequential | 1 | – | 12.0 | 0.0 | 1.00× | baseline | 100 | 1.20 | 9.40 |  | \
the one worker computed 100 % of the time: the baseline of every speed-up of this work |
";
        assert_eq!(text, expected, "\n{text}");
    }

    #[test]
    fn nothing_is_taken_for_markup() {
        for (text, expected) in [
            ("a|b\\c", "a\\|b\\\\c"),
            ("_x_ `y` ~z~", "\\_x\\_ \\`y\\` \\~z\\~"),
            ("![p](u) &amp; #1", "\\!\\[p\\](u) \\&amp; \\#1"),
            ("@octocat", "&#64;octocat"),
            ("two\nlines", "two\\\\nlines"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
