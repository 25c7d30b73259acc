//! The guided tour: by itself, hurried, and left.

use crossterm::event::KeyCode::{Enter, Esc};

use super::{asks, said};
use crate::conductor::{Ask, Event};
use crate::experiment::model::{Figures, rows};
use crate::experiment::{EXPERIMENTS, Scope, by_id};
use crate::tui::app::textbook::Progress;
use crate::tui::app::tour::STOPS;
use crate::tui::app::{Effect, Msg, Page};
use crate::tui::fixture::Session;
use crate::tui::view::picture;
use crate::units::Nanos;

const SCOPE: Scope = Scope { cores: 2, quick: true };

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
    for (place, id) in STOPS.iter().enumerate() {
        let experiment = by_id(id).unwrap();
        let [Effect::Ask(Ask::Run(request))] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(request.configurations, experiment.plan(SCOPE).unwrap());
        assert_eq!(session.app.page(), Page::Workbench, "where it can be watched");
        let title = format!("Tour, {} of 5: {}", place + 1, experiment.about().question);
        assert!(picture(&session.app).contains(&title), "{}", picture(&session.app));
        assert!(later(&mut session).is_empty(), "it takes as long as it takes");
        play(&mut session, id, false);
        assert_eq!(session.app.page(), Page::Compare, "where it is explained");
        assert_eq!(EXPERIMENTS[session.app.textbook().cursor()].about().id, *id);
        let seen = session.app.textbook().progress(session.app.textbook().cursor(), session.app.runs());
        assert!(matches!(seen, Progress::Found(_)));
        assert!(picture(&session.app).contains(&format!("Tour, {} of 5. Enter", place + 1)));
        assert!(session.app.next_tick().is_some(), "it goes on by itself");
        effects = later(&mut session);
    }
    assert!(effects.is_empty() && session.app.tour().is_none());
    assert!(said(&session).1.contains("that was the tour"), "{:?}", said(&session));
}

#[test]
fn enter_hurries_and_esc_leaves() {
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    assert!(session.press(Enter).is_empty(), "what is measured is not hurried");
    play(&mut session, STOPS[0], false);
    assert!(session.send(Msg::Tick).is_empty(), "there is time to read");
    assert_eq!(asks(&session.press(Enter)), ["run"]);
    play(&mut session, STOPS[1], false);
    assert!(session.press(Esc).is_empty());
    assert!(session.app.tour().is_none() && later(&mut session).is_empty());
}

#[test]
fn a_cancelled_stop_and_any_other_key_end_it() {
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    assert_eq!(asks(&session.keys("x")), ["cancel"]);
    assert!(session.app.tour().is_none());
    let mut session = Session::touring(80, 24);
    session.send(Msg::Tick);
    session.keys("2");
    assert!(session.app.tour().is_some(), "looking around is part of it");
    session.ctrl('c');
    play(&mut session, STOPS[0], true);
    assert!(session.app.tour().is_none() && later(&mut session).is_empty());
}
