//! Folding, deleting, sorting and filtering of rows.

use super::*;
use crate::results::fixture::row;
use crate::spec::BackendId::{Processes, Sequential, Threads};

/// Two baselines of the same work, threads, processes, and a baseline of other work.
fn table() -> Table {
    let mut table = Table::default();
    table.upsert(row(Sequential, 1).walls(&[1.0]).done());
    table.upsert(row(Threads, 4).gil().walls(&[1.1]).done());
    table.upsert(row(Processes, 2).walls(&[0.5]).done());
    table.upsert(row(Sequential, 1).walls(&[2.0]).done());
    table.upsert(row(Sequential, 1).tasks(7).walls(&[3.0]).done());
    table
}

fn numbers(table: &Table) -> Vec<u32> {
    table.shown().map(|entry| entry.number).collect()
}

#[test]
fn baselines_of_equal_work_are_folded_into_the_newest() {
    let mut table = table();
    assert_eq!(numbers(&table), [1, 2, 3, 4]);
    assert!((table.at(0).unwrap().summary.wall.unwrap().median - 2.0).abs() < 1e-9);
    assert_eq!(table.rows().count(), 5, "exports hold all");
    table.upsert(row(Sequential, 1).done());
    let first = table.at(0).unwrap();
    assert!((first.summary.wall.unwrap().median - 2.0).abs() < 1e-9, "one without samples does not hide figures");
}

#[test]
fn a_known_row_changes_in_its_place_and_the_cursor_stays() {
    let mut table = table();
    table.select_place(2);
    let mut changed = table.at(1).unwrap().row.clone();
    changed.samples.clear();
    table.upsert(changed);
    assert_eq!(numbers(&table), [1, 2, 3, 4]);
    assert_eq!((table.at(1).unwrap().summary.wall, table.cursor()), (None, 2));
}

#[test]
fn the_cursor_follows_a_baseline_into_the_row_that_replaces_it() {
    let mut table = table();
    table.move_cursor(-100);
    table.upsert(row(Sequential, 1).walls(&[4.0]).done());
    assert_eq!(table.selected().unwrap().number, 1);
    assert!((table.selected().unwrap().summary.wall.unwrap().median - 4.0).abs() < 1e-9);
}

#[test]
fn deleted_rows_come_back_in_reverse_order() {
    let mut table = table();
    table.move_cursor(1);
    assert_eq!((table.delete(), table.delete()), (Some(2), Some(3)));
    assert_eq!((numbers(&table), table.rows().count()), (vec![1, 4], 3));
    let late = table.entries[1].row.clone();
    table.upsert(late);
    assert_eq!(numbers(&table), [1, 4], "a late change does not bring it back");
    assert_eq!((table.undo(), table.undo(), table.undo()), (Some(3), Some(2), None));
    assert_eq!((numbers(&table), table.selected().unwrap().number), (vec![1, 2, 3, 4], 2));
}

#[test]
fn a_deleted_baseline_takes_those_that_it_stands_for_along() {
    let mut table = table();
    assert_eq!(table.delete(), Some(1));
    assert_eq!((numbers(&table), table.rows().count()), (vec![2, 3, 4], 3));
    assert_eq!(table.undo(), Some(1));
    assert_eq!((numbers(&table), table.rows().count(), table.cursor()), (vec![1, 2, 3, 4], 5, 0));
}

#[test]
fn rows_can_be_sorted_by_every_column_both_ways() {
    let mut table = table();
    for (place, column) in COLUMNS.iter().enumerate() {
        table.sort_by(place);
        let upwards = numbers(&table);
        table.reverse();
        assert_eq!((upwards.len(), numbers(&table).len()), (4, 4), "{}", column.header);
    }
    let wall = COLUMNS.iter().position(|column| column.header == "wall s").unwrap();
    table.sort_by(wall);
    assert_eq!(numbers(&table), [3, 2, 1, 4]);
    table.sort_by(wall);
    assert_eq!(numbers(&table), [4, 1, 2, 3], "the same column again turns the order around");
    table.sort_by(0);
    assert_eq!(numbers(&table), [1, 2, 3, 4]);
}

#[test]
fn a_filter_leaves_what_contains_it() {
    let mut table = table();
    for (filter, expected) in [("thr", vec![2]), ("GIL ON", vec![2]), ("sequential", vec![1, 4]), ("?", vec![])] {
        table.set_filter(filter);
        assert_eq!(numbers(&table), expected, "{filter}");
    }
    assert!(table.selected().is_none() && table.delete().is_none());
}

#[test]
fn what_is_kept_has_the_numbers_of_the_screen_however_it_was_sorted_and_filtered() {
    let mut table = table();
    let kept = |table: &Table| {
        let rows = table.kept().map(|(number, row)| (number, row.configuration.backend));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(kept(&table), [(1, Sequential), (2, Threads), (3, Processes), (4, Sequential)]);
    table.sort_by(COLUMNS.iter().position(|column| column.header == "wall s").unwrap());
    table.set_filter("thr");
    table.delete();
    assert_eq!(kept(&table), [(1, Sequential), (3, Processes), (4, Sequential)], "a deleted row leaves a gap");
}
