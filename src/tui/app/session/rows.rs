//! Results: found, deleted, copied, exported.

use crossterm::event::KeyCode::{Down, Enter, Esc, Home, Left, Tab, Up};

use super::{asks, said};
use crate::conductor::Event;
use crate::tui::app::messages::Level;
use crate::tui::app::overlay::{ExportProblem, Screen};
use crate::tui::app::{Effect, Msg};
use crate::tui::fixture::{Session, contended, finished_rows, running_row};

#[test]
fn a_filter_stays_after_enter_and_goes_with_esc() {
    let mut session = contended(120, 40);
    session.keys("/thr");
    session.press(Enter);
    assert_eq!((session.app.table().filter(), session.app.table().shown().len()), ("thr", 2));
    session.press(Esc);
    assert_eq!(session.app.table().shown().len(), 5);
}

#[test]
fn a_deleted_row_comes_back() {
    let mut session = contended(120, 40);
    session.press(Tab);
    session.press(Home);
    session.keys("d");
    assert_eq!(session.app.table().shown().len(), 4);
    assert_eq!(said(&session).1, "row 1 deleted; u brings it back");
    session.keys("u");
    assert_eq!((session.app.table().shown().len(), session.app.table().cursor()), (5, 0));
    session.keys("u");
    assert_eq!(said(&session).1, "no row was deleted", "there is nothing more to bring back");
}

#[test]
fn the_cursor_goes_to_a_new_row_unless_somebody_reads_the_table() {
    for (tabs, expected) in [(0, 4), (1, 0)] {
        let mut session = Session::new(120, 40);
        for row in finished_rows() {
            session.hear(Event::Row(Box::new(row)));
        }
        (0..tabs).for_each(|_| drop(session.press(Tab)));
        session.press(Home);
        session.start(&[running_row()]);
        assert_eq!(session.app.table().cursor(), expected, "{tabs} tabs");
    }
}

#[test]
fn who_asks_for_a_run_in_the_table_sees_its_row_until_the_cursor_is_moved() {
    for (keys, expected) in [("r", 4), ("rk", 0)] {
        let mut session = Session::new(120, 40);
        for row in finished_rows() {
            session.hear(Event::Row(Box::new(row)));
        }
        session.press(Tab);
        session.press(Home);
        session.keys(keys);
        session.start(&[running_row()]);
        assert_eq!(session.app.table().cursor(), expected, "{keys}");
    }
}

#[test]
fn a_row_is_copied_as_its_command() {
    let mut session = contended(120, 40);
    let effects = session.keys("y");
    let [Effect::Copy(line)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(line, "partui run --workload primes --backend threads --workers 4 --gil on --tasks 1000");
    let effects = Session::new(120, 40).keys("c");
    assert!(matches!(effects.as_slice(), [Effect::Copy(line)] if !line.contains("--gil")), "the next run's");
}

#[test]
fn e_exports_at_once_and_says_where() {
    let mut session = contended(120, 40);
    let effects = session.keys("e");
    let [Effect::Export(order)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((order.format.id, &order.path, order.overwrite, order.rows.len()), ("csv", &None, false, 6));
    session.send(Msg::Exported(Ok("/tmp/partui-1.csv".into())));
    assert_eq!(said(&session), (Level::Info, "wrote /tmp/partui-1.csv"));
    session.send(Msg::Exported(Err(ExportProblem::Failed("no space left".to_owned()))));
    session.wait(1_000);
    assert_eq!(said(&session), (Level::Error, "no space left"), "errors stay");
}

#[test]
fn the_export_window_asks_before_it_overwrites() {
    let mut session = contended(120, 40);
    assert_eq!(asks(&session.keys("E")), ["suggest"]);
    session.send(Msg::Suggested("/tmp/partui-1.csv".into()));
    session.press(Up);
    assert_eq!(asks(&session.press(Left)), ["suggest"], "another format has another name");
    session.send(Msg::Suggested("/tmp/partui-1.json".into()));
    session.press(Down);
    let effects = session.press(Enter);
    let [Effect::Export(order)] = effects.as_slice() else { panic!() };
    let path = Some("/tmp/partui-1.json".into());
    assert_eq!((order.format.id, &order.path, order.overwrite), ("json", &path, false));
    assert!(session.ctrl('o').is_empty(), "nothing to overwrite yet");
    session.send(Msg::Exported(Err(ExportProblem::Exists)));
    let effects = session.ctrl('o');
    assert!(matches!(effects.as_slice(), [Effect::Export(order)] if order.overwrite && order.path == path));
    session.send(Msg::Exported(Ok("/tmp/partui-1.json".into())));
    assert!(matches!(session.app.screen(), Screen::Workbench));
}

#[test]
fn a_typed_file_name_is_not_replaced_by_a_proposal() {
    let mut session = contended(120, 40);
    session.keys("Ex");
    session.send(Msg::Suggested("/tmp/other.csv".into()));
    let Screen::Export(dialog) = session.app.screen() else { panic!() };
    assert_eq!(dialog.file.text(), "x");
}

#[test]
fn a_link_in_the_way_of_an_export_is_replaced_only_when_asked_for() {
    let mut session = contended(120, 40);
    session.keys("E");
    session.send(Msg::Suggested("/tmp/partui-1.csv".into()));
    session.send(Msg::Exported(Err(ExportProblem::IsLink)));
    assert!(matches!(session.ctrl('o').as_slice(), [Effect::Export(order)] if order.overwrite));
    session.send(Msg::Exported(Err(ExportProblem::Failed("no space left".to_owned()))));
    assert!(session.ctrl('o').is_empty(), "overwriting is no help against that");
}

#[test]
fn consent_to_overwrite_is_for_one_file() {
    /// What makes it another file.
    type Change = fn(&mut Session);
    let changes: [Change; 4] = [
        |session| drop(session.keys("x")),
        |session| drop(session.send(Msg::Paste("x".to_owned()))),
        |session| drop(session.ctrl('u')),
        |session| drop(session.send(Msg::Suggested("/tmp/partui-2.csv".into()))),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut session = contended(120, 40);
        session.keys("E");
        session.send(Msg::Suggested("/tmp/partui-1.csv".into()));
        session.send(Msg::Exported(Err(ExportProblem::Exists)));
        change(&mut session);
        assert!(session.ctrl('o').is_empty(), "change {place}");
    }
}
