//! The guided tour: by itself, hurried, and left.

use crossterm::event::KeyCode::{Char, Down, Enter, Esc};

use super::{asks, said};
use crate::conductor::{Ask, Event};
use crate::experiment::model::{Figures, rows};
use crate::experiment::{EXPERIMENTS, Scope, by_id};
use crate::spec::BackendId;
use crate::tui::actions::{Action, Move};
use crate::tui::app::overlay::Screen;
use crate::tui::app::textbook::Progress;
use crate::tui::app::tour::STOPS;
use crate::tui::app::{Effect, Msg, Page, Pane};
use crate::tui::fixture::{Session, contended_slots, snapshot};
use crate::tui::view::{self, Target, picture};
use crate::units::Nanos;

const SCOPE: Scope = Scope { cores: 2, quick: true };

fn ids() -> [&'static str; 5] {
    STOPS.each_ref().map(|stop| stop.experiment)
}

/// What a tick long after the last one brings.
fn later(session: &mut Session) -> Vec<Effect> {
    session.now = session.now.plus(Nanos::from_secs(10));
    session.send(Msg::Tick)
}

/// Plays the run of a stop.
fn play(session: &mut Session, id: &str, cancelled: bool) {
    session.start(&rows(by_id(id).unwrap(), SCOPE, Figures::of_a_textbook));
    session.hear(Event::Finished { cancelled });
}

#[test]
fn five_experiments_are_watched_and_then_explained() {
    let mut session = Session::touring(120, 40);
    let mut effects = session.send(Msg::Tick);
    for (place, id) in ids().into_iter().enumerate() {
        let experiment = by_id(id).unwrap();
        let [Effect::Ask(Ask::Run(request))] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(request.configurations, experiment.plan(SCOPE).unwrap());
        assert_eq!(session.app.page(), Page::Workbench, "where it can be watched");
        let watched = picture(&session.app);
        assert!(watched.contains(&format!(" Tour ─ {} of 5 ", place + 1)), "{watched}");
        assert!(watched.contains(experiment.about().question), "{watched}");
        assert!(later(&mut session).is_empty(), "it takes as long as it takes");
        play(&mut session, id, false);
        assert_eq!(session.app.page(), Page::Compare, "where it is explained");
        assert_eq!(EXPERIMENTS[session.app.textbook().cursor()].about().id, id);
        let seen = session.app.textbook().progress(session.app.textbook().cursor(), session.app.runs());
        assert!(matches!(seen, Progress::Found(_)));
        if place + 1 < STOPS.len() {
            let pause = format!("Tour, {} of 5. Enter  goes on, or wait 6 s   Space  leaves you time", place + 1);
            assert!(picture(&session.app).contains(&pause), "{}", picture(&session.app));
            assert!(session.app.next_tick().is_some(), "it goes on by itself");
        }
        effects = later(&mut session);
    }
    assert!(effects.is_empty());
    let ended = picture(&session.app);
    assert!(ended.contains(" That was the tour. Enter  to the table   a  measures all   1  your own work"), "{ended}");
    assert_eq!(session.app.next_tick(), None, "it says so until a key is pressed");
    assert!(session.press(Esc).is_empty());
    assert!(session.app.tour().is_none() && said(&session).1.is_empty(), "{:?}", said(&session));
    assert_eq!(session.app.page(), Page::Compare);
}

#[test]
fn who_saw_all_of_it_goes_on_with_any_key() {
    for (key, expected) in [("a", Page::Compare), ("g", Page::Workbench)] {
        let mut session = Session::touring(120, 40);
        session.send(Msg::Tick);
        for id in ids() {
            play(&mut session, id, false);
            later(&mut session);
        }
        session.keys(if expected == Page::Workbench { "1" } else { "" });
        let gil = session.app.next().wish().gil;
        session.keys(key);
        assert!(session.app.tour().is_none());
        assert_eq!(session.app.page(), expected);
        assert_eq!(matches!(session.app.screen(), Screen::ConfirmPage(_)), key == "a");
        assert_eq!(session.app.next().wish().gil != gil, key == "g");
    }
}

#[test]
fn what_is_measured_just_now_stands_where_the_next_run_is_chosen() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut session = Session::touring(width, height);
        session.send(Msg::Tick);
        let rows = rows(by_id("use-case").unwrap(), SCOPE, Figures::of_a_textbook);
        session.start(&rows);
        assert!(picture(&session.app).contains("Just now: everything is prepared."));
        let row = rows.iter().find(|row| row.configuration.backend == BackendId::Rayon && row.configuration.gil);
        let row = row.expect("a row under the lock");
        session.sampling(&row.run, 2, 1);
        let measured = picture(&session.app);
        assert!(measured.contains(" Workload ─ measured now "), "{measured}");
        assert!(measured.contains("Just now: primes (computes), 2 threads of rayon, GIL on."), "{measured}");
        assert!(measured.contains("rayon ") && !measured.contains("GIL off"), "{measured}");
        assert!(!session.app.next().wish().gil, "the next run is as it was");
        let crowd = contended_slots().into_iter().cycle().take(16).collect::<Vec<_>>();
        session.send(Msg::Board(row.run.clone(), snapshot(&crowd)));
        assert!(picture(&session.app).contains("Look at Σ"), "however many workers there are");
        let clicked = view::target(&session.app, 15, 2);
        assert_eq!(clicked, Some(Target::Pane(Pane::Workload)), "there is nothing to change");
        assert_eq!(asks(&session.press(Esc)), ["cancel"], "nothing is measured behind a tour that was left");
        session.hear(Event::Finished { cancelled: true });
        assert!(!picture(&session.app).contains("measured now"));
        assert!(said(&session).1.starts_with("the tour is over"), "{:?}", said(&session));
    }
}

#[test]
fn enter_hurries_and_esc_leaves() {
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    assert!(session.press(Enter).is_empty(), "what is measured is not hurried");
    assert!(said(&session).1.contains("Esc ends the tour"), "{:?}", said(&session));
    play(&mut session, ids()[0], false);
    assert!(session.send(Msg::Tick).is_empty(), "there is time to read");
    assert_eq!(asks(&session.press(Enter)), ["run"]);
    play(&mut session, ids()[1], false);
    assert!(session.press(Esc).is_empty());
    assert!(session.app.tour().is_none() && later(&mut session).is_empty());
}

#[test]
fn who_goes_on_alone_does_so_at_once() {
    let mut session = Session::touring(120, 40);
    session.send(Msg::Tick);
    session.start(&rows(by_id("use-case").unwrap(), SCOPE, Figures::of_a_textbook));
    assert_eq!(asks(&session.keys("g")), ["cancel"], "what the tour measures is nobody's any more");
    assert!(session.app.tour().is_none() && session.app.next().wish().gil);
    session.hear(Event::Finished { cancelled: true });
    assert!(!said(&session).1.contains("tour"), "{:?}", said(&session));
}

#[test]
fn it_counts_down_and_whoever_looks_around_is_waited_for() {
    for key in [Char(' '), Char('z'), Char('?'), Char('1'), Down] {
        let mut session = Session::touring(120, 40);
        session.send(Msg::Tick);
        play(&mut session, ids()[0], false);
        session.now = session.now.plus(Nanos::from_millis(2_500));
        session.send(Msg::Tick);
        assert!(picture(&session.app).contains("or wait 4 s"), "{}", picture(&session.app));
        session.press(key);
        assert!(later(&mut session).is_empty() && session.app.next_tick().is_none(), "{key:?}");
        assert!(session.app.tour().is_some());
        if key == Char('?') {
            session.press(Esc);
        }
        assert!(picture(&session.app).contains("Tour, 1 of 5. Enter  goes on\n"), "{}", picture(&session.app));
        assert_eq!(asks(&session.press(Enter)), ["run"], "{key:?}");
        assert!(!session.app.is_zoomed(), "the next stop shows all panes");
    }
    let mut session = Session::touring(120, 40);
    session.send(Msg::Tick);
    session.keys("?");
    play(&mut session, ids()[0], false);
    assert!(later(&mut session).is_empty(), "who reads the help is waited for as well");
}

#[test]
fn where_there_is_no_room_beside_the_table_what_was_found_has_the_page() {
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    for id in ids() {
        play(&mut session, id, false);
        let found = picture(&session.app);
        assert!(session.app.is_zoomed() && found.contains(" So: ") && !found.contains("not measured"), "{found}");
        if id != "faults" {
            session.press(Enter);
        }
    }
    session.press(Enter);
    assert!(picture(&session.app).contains("not measured"), "the table: {}", picture(&session.app));
}

#[test]
fn the_bottom_line_has_the_keys_of_the_tour() {
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    let bottom = |session: &Session| picture(&session.app).lines().nth(23).unwrap().trim_end().to_owned();
    assert_eq!(bottom(&session), " Esc end the tour  ? help: keys and words  q quit");
    play(&mut session, ids()[0], false);
    assert_eq!(bottom(&session), " Enter go on  Esc end the tour  ? help: keys and words  q quit");
    assert_eq!(view::target(&session.app, 2, 23), Some(Target::Action(Action::Move(Move::Activate))));
    session.press(Esc);
    assert!(bottom(&session).starts_with(" Enter measure row "));
}

#[test]
fn a_cancelled_stop_and_any_other_key_end_it() {
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    session.keys("g");
    assert!(session.app.tour().is_none());
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    assert_eq!(asks(&session.keys("x")), ["cancel"]);
    play(&mut session, ids()[0], true);
    assert!(session.app.tour().is_none() && session.app.page() == Page::Workbench);
    assert!(said(&session).1.starts_with("the tour is over"), "{:?}", said(&session));
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    session.keys("2");
    assert!(session.app.tour().is_some(), "looking around is part of it");
    session.ctrl('c');
    play(&mut session, ids()[0], true);
    assert!(session.app.tour().is_none() && later(&mut session).is_empty());
}
