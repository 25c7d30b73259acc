//! The page on scaling: opened, measured way by way, left.

use crossterm::event::KeyCode::{Down, Enter};

use super::{asks, said};
use crate::conductor::{Ask, Event};
use crate::results::ResultRow;
use crate::results::fixture::{curve_of, row};
use crate::results::settle;
use crate::spec::BackendId::{Processes, Sequential, Threads};
use crate::tui::app::overlay::Screen;
use crate::tui::app::runs::{Purpose, Stage};
use crate::tui::app::scaling::WAYS;
use crate::tui::app::{Effect, Page};
use crate::tui::fixture::{Session, contended};

fn opened() -> Session {
    let mut session = Session::new(120, 40);
    session.keys("3");
    session
}

fn measured(session: &Session) -> Vec<(usize, Vec<u32>)> {
    let workers = |row: &ResultRow| row.configuration.workers;
    session.app.scaling().measured().map(|(place, curve)| (place, curve.rows.iter().map(workers).collect())).collect()
}

#[test]
fn a_way_is_measured_at_every_number_and_leaves_the_results_alone() {
    let mut session = opened();
    session.press(Down);
    let effects = session.press(Enter);
    let [Effect::Ask(Ask::Run(request))] = effects.as_slice() else { panic!("{effects:?}") };
    let asked: Vec<_> = request.configurations.iter().map(|it| (it.backend, it.gil, it.workers)).collect();
    assert_eq!(asked, [1, 2, 3, 4].map(|workers| (Threads, true, workers)));
    assert!(session.press(Enter).is_empty(), "once is enough");
    session.start(&curve_of(Threads, true, &[1.0, 1.0, 0.9]));
    assert_eq!(session.app.runs().stage(Purpose::Curve(1)), Some(Stage::Running(0.0)));
    assert_eq!(measured(&session), [(1, vec![1, 2, 3])], "drawn while it runs");
    session.hear(Event::Finished { cancelled: true });
    assert_eq!(measured(&session), [(1, vec![1, 2, 3])], "what was measured stays");
    assert_eq!(session.app.table().rows().count(), 0);
}

#[test]
fn nothing_fails_on_purpose_in_a_curve() {
    let mut session = Session::new(120, 40);
    session.keys("F3");
    assert!(session.app.next().wish().fault.is_some());
    let effects = session.press(Enter);
    let [Effect::Ask(Ask::Run(request))] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(request.configurations.iter().all(|asked| asked.fault.is_none()));
}

#[test]
fn a_way_measured_again_replaces_its_curve_and_another_job_all() {
    let mut session = opened();
    let mut play = |rows: &[ResultRow]| {
        session.press(Enter);
        session.start(rows);
        session.hear(Event::Finished { cancelled: false });
        (measured(&session), session.app.scaling().rows().len())
    };
    play(&curve_of(Threads, false, &[1.0, 1.9]));
    assert_eq!(play(&curve_of(Processes, false, &[1.0, 1.8])), (vec![(0, vec![1, 2]), (3, vec![1, 2])], 6));
    let again = play(&curve_of(Threads, false, &[1.0, 1.9, 1.9]));
    assert_eq!(again, (vec![(0, vec![1, 2, 3]), (3, vec![1, 2])], 7), "baselines go with their rows");
    let mut other =
        vec![row(Sequential, 1).tasks(9).walls(&[1.0]).done(), row(Threads, 2).tasks(9).walls(&[1.0]).done()];
    settle(&mut other);
    assert_eq!(play(&other), (vec![(0, vec![2])], 2));
    assert!(session.app.scaling().is_of_another_job(session.app.next()));
}

#[test]
fn all_ways_are_measured_after_their_price_was_accepted_and_exported() {
    let mut session = opened();
    assert!(session.keys("e").is_empty());
    assert!(said(&session).1.contains("no results"), "{:?}", said(&session));
    assert!(session.keys("a").is_empty());
    assert!(matches!(session.app.screen(), Screen::ConfirmPage(_)));
    assert_eq!(asks(&session.press(Enter)), vec!["run"; WAYS.len()]);
    session.start(&curve_of(Threads, false, &[1.0, 1.9]));
    let effects = session.keys("e");
    let [Effect::Export(order)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(order.rows.len(), 3);
}

#[test]
fn runs_of_the_workbench_go_on_behind_it() {
    let mut session = contended(120, 40);
    let rows = session.app.table().rows().count();
    session.keys("3");
    assert_eq!(session.app.page(), Page::Scaling);
    assert_eq!(asks(&session.press(Enter)), ["run"]);
    session.hear(Event::Finished { cancelled: false });
    assert_eq!(session.app.runs().stage(Purpose::Curve(0)), Some(Stage::Waiting));
    assert_eq!(session.app.table().rows().count(), rows);
}
