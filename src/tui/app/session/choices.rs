//! The next run's fields.

use crossterm::event::KeyCode;
use crossterm::event::KeyCode::{Down, End, Enter, Esc, Home, Left, PageDown, Right, Up};

use super::{asks, said};
use crate::fault::FaultKind;
use crate::tui::app::fields::Field;
use crate::tui::app::messages::Level;
use crate::tui::app::overlay::Screen;
use crate::tui::fixture::Session;
use crate::workload::WORKLOADS;

#[test]
fn a_field_is_edited_in_place() {
    let mut session = Session::new(120, 40);
    session.press(Home);
    session.press(Down);
    session.press(Enter);
    (0..4).for_each(|_| drop(session.press(KeyCode::Backspace)));
    session.keys("0q");
    session.press(Enter);
    let Screen::Edit(edit) = session.app.screen() else { panic!("stays in the edit") };
    assert_eq!(edit.refused.as_deref(), Some("1…1000000"));
    assert_eq!(said(&session).0, Level::Warning);
    (0..2).for_each(|_| drop(session.press(KeyCode::Backspace)));
    session.keys("64");
    session.press(Enter);
    assert!(matches!(session.app.screen(), Screen::Workbench));
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "64");
    session.press(Enter);
    session.keys("999");
    session.press(Esc);
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "64", "Esc restores");
}

#[test]
fn arrows_step_the_field_under_the_cursor() {
    let mut session = Session::new(120, 40);
    session.press(Home);
    session.press(Right);
    assert_eq!(session.app.next().wish().workload, WORKLOADS[1].about().id);
    session.press(Left);
    session.keys("jl");
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "4000");
    session.keys("hh");
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "400");
    session.press(End);
    assert_eq!(session.app.field(), session.app.next().fields().len() - 1);
    session.press(PageDown);
    session.press(Up);
    assert_eq!(session.app.next().fields()[session.app.field()], Field::Order);
}

#[test]
fn a_strip_opens_before_its_fields_change() {
    let mut session = Session::new(80, 24);
    session.press(Right);
    assert!(session.app.is_zoomed());
    assert_eq!(asks(&session.press(Enter)), ["run"], "the cursor is on the button");
    session.press(Esc);
    assert!(!session.app.is_zoomed());
}

#[test]
fn a_workload_has_its_values_again_after_all_others_were_looked_at() {
    let mut session = Session::new(120, 40);
    let shown = |session: &Session| {
        let next = session.app.next();
        next.fields().into_iter().map(|field| next.shown(field)).collect::<Vec<_>>()
    };
    let before = shown(&session);
    assert!(before.contains(&"1000".to_owned()), "not the default: {before:?}");
    for key in ["w", "W"] {
        for _ in 1..WORKLOADS.len() {
            session.keys(key);
            assert_ne!(shown(&session), before);
        }
        session.keys(key);
        assert_eq!(shown(&session), before);
    }
}

#[test]
fn payload_and_model_have_keys_that_go_around() {
    let mut session = Session::new(120, 40);
    session.keys("PG");
    let shown = |session: &Session| [Field::Payload, Field::GilModel].map(|field| session.app.next().shown(field));
    assert_eq!(shown(&session), ["4.00 KiB", "c-held"]);
    assert_eq!(session.app.next().fields()[session.app.field()], Field::Start, "the cursor stays");
    session.keys("PPPPPGG");
    assert_eq!(shown(&session), ["0 B", "bytecode"]);
}

#[test]
fn a_fault_has_a_field_while_there_is_one() {
    let mut session = Session::new(120, 40);
    let fields = session.app.next().fields().len();
    session.keys("F");
    assert_eq!(
        (session.app.next().fields().len(), session.app.next().shown(Field::Fault)),
        (fields + 1, "panic".into())
    );
    assert_eq!(session.app.next().fields()[session.app.field()], Field::Start, "the cursor stays");
    assert!(session.app.next().label().ends_with(" panic"), "{}", session.app.next().label());
    let home = session.app.next().wish().backend.facts().home;
    let possible = FaultKind::ALL.iter().filter(|kind| kind.outcome(home).is_some()).count();
    (0..possible).for_each(|_| drop(session.keys("F")));
    assert_eq!((session.app.next().fields().len(), session.app.next().wish().fault), (fields, None));
}
