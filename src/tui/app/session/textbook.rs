//! The page that compares: opened, measured row by row, left.

use crossterm::event::KeyCode::{Down, End, Enter, Esc, Home, Up};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{asks, said};
use crate::conductor::{Ask, Event};
use crate::experiment::model::{Figures, rows};
use crate::experiment::{EXPERIMENTS, Scope, Verdict};
use crate::tui::actions::{Action, RunAction};
use crate::tui::app::overlay::Screen;
use crate::tui::app::textbook::Progress;
use crate::tui::app::{Effect, Msg, Page};
use crate::tui::fixture::{Session, contended};
use crate::tui::view::{self, Target};

fn opened() -> Session {
    let mut session = Session::new(120, 40);
    session.keys("2");
    session
}

/// Plays the run of the row at this place to its end.
fn measured(session: &mut Session, place: usize, cancelled: bool) {
    let scope = Scope { cores: 2, quick: true };
    session.start(&rows(EXPERIMENTS[place], scope, Figures::of_a_textbook));
    session.hear(Event::Finished { cancelled });
}

fn progress(session: &Session, place: usize) -> Progress<'_> {
    session.app.textbook().progress(place, session.app.runs())
}

#[test]
fn a_row_is_measured_and_judged_and_leaves_the_results_alone() {
    let mut session = opened();
    session.press(Down);
    session.press(Down);
    let effects = session.press(Enter);
    let [Effect::Ask(Ask::Run(request))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(request.configurations, EXPERIMENTS[2].plan(Scope { cores: 2, quick: true }).unwrap());
    assert_eq!(progress(&session, 2), Progress::Waiting);
    assert!(session.press(Enter).is_empty(), "once is enough");
    session.start(&rows(EXPERIMENTS[2], Scope { cores: 2, quick: true }, Figures::of_a_textbook));
    assert_eq!(progress(&session, 2), Progress::Running(0.0));
    session.hear(Event::Finished { cancelled: false });
    let Progress::Found(finding) = progress(&session, 2) else { panic!() };
    assert_eq!(finding.verdict, Verdict::Holds);
    assert_eq!(session.app.table().rows().count(), 0);
}

#[test]
fn a_cancelled_row_stays_as_it_was() {
    let mut session = opened();
    session.press(Enter);
    measured(&mut session, 0, true);
    assert_eq!(progress(&session, 0), Progress::Open);
    session.press(Enter);
    measured(&mut session, 0, false);
    session.press(Enter);
    measured(&mut session, 0, true);
    assert!(matches!(progress(&session, 0), Progress::Found(_)));
}

#[test]
fn all_rows_are_measured_after_their_price_was_accepted() {
    let mut session = opened();
    assert!(session.keys("a").is_empty());
    let Screen::ConfirmPage(predicted) = session.app.screen() else { panic!() };
    assert!(predicted.seconds() > 1.0 && predicted.seconds() < 60.0, "{predicted}");
    assert_eq!(asks(&session.press(Enter)), vec!["run"; EXPERIMENTS.len()]);
    for place in 0..EXPERIMENTS.len() {
        assert!(matches!(progress(&session, place), Progress::Waiting));
        measured(&mut session, place, false);
        assert!(matches!(progress(&session, place), Progress::Found(_)));
    }
    assert!(!session.app.runs().is_busy());
}

#[test]
fn faults_that_are_what_it_is_about_are_no_alarm() {
    let mut session = opened();
    session.press(Enter);
    session.hear(Event::Preparing);
    let row = crate::tui::fixture::running_row().run;
    session.hear(Event::Fault { row, text: "worker 2 died".to_owned() });
    session.wait(5);
    assert_eq!(said(&session).1, "", "it goes away by itself");
}

#[test]
fn runs_of_the_workbench_go_on_behind_it() {
    let mut session = contended(120, 40);
    let rows = session.app.table().rows().count();
    session.keys("2");
    assert_eq!(asks(&session.press(Enter)), ["run"]);
    assert_eq!(asks(&session.keys("x")), ["cancel"]);
    session.hear(Event::Finished { cancelled: true });
    assert_eq!(progress(&session, 0), Progress::Waiting);
    assert_eq!(session.app.table().rows().count(), rows);
}

#[test]
fn keys_of_the_workbench_say_where_they_belong_and_esc_goes_there() {
    let mut session = opened();
    let before = session.app.next().wish().clone();
    for key in ["g", "b", "w", "/", "d", "+"] {
        assert!(session.keys(key).is_empty());
        assert!(said(&session).1.contains("press 1"), "{key}");
    }
    assert_eq!(*session.app.next().wish(), before);
    session.wait(10);
    session.press(Up);
    session.press(Esc);
    assert_eq!(session.app.page(), Page::Workbench);
    assert_eq!(asks(&opened().keys("q")), ["quit"]);
}

#[test]
fn what_is_zoomed_is_so_on_its_page_only_and_esc_ends_it_first() {
    let mut session = opened();
    for page in [Page::Compare, Page::Scaling] {
        session.keys(if page == Page::Compare { "2z" } else { "3z" });
        assert!(session.app.is_zoomed());
        session.press(Esc);
        assert_eq!((session.app.page(), session.app.is_zoomed()), (page, false));
    }
    session.keys("z2");
    assert!(!session.app.is_zoomed(), "another page was");
    session.keys("z2");
    assert!(session.app.is_zoomed(), "it is this page");
}

#[test]
fn a_zoomed_page_that_is_longer_than_the_screen_is_scrolled() {
    let mut session = Session::new(80, 24);
    session.keys("2");
    session.press(Enter);
    measured(&mut session, 0, false);
    session.press(Down);
    assert_eq!((session.app.textbook().cursor(), session.app.scroll()), (1, 0));
    session.press(Up);
    session.keys("z");
    let end = view::scroll_end(&session.app);
    assert!(end > 1, "{end}");
    for (key, from) in [(Down, 1), (Up, 0), (End, end), (Down, end), (Home, 0)] {
        session.press(key);
        assert_eq!((session.app.textbook().cursor(), session.app.scroll()), (0, from), "{key:?}");
    }
    session.press(Down);
    session.keys("zz");
    assert_eq!(session.app.scroll(), 0, "it begins at its beginning");
}

#[test]
fn what_was_found_is_exported_with_the_rows_behind_it() {
    let mut session = opened();
    assert!(session.keys("e").is_empty());
    assert!(said(&session).1.contains("no results"), "{:?}", said(&session));
    session.press(Enter);
    measured(&mut session, 0, false);
    let effects = session.keys("e");
    let [Effect::Export(order)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(order.rows.len(), rows(EXPERIMENTS[0], Scope { cores: 2, quick: true }, Figures::of_a_textbook).len());
}

#[test]
fn help_does_what_the_key_would_do_here() {
    let mut session = opened();
    session.keys("?run it,");
    assert_eq!(asks(&session.press(Enter)), ["run"]);
    assert_eq!(progress(&session, 0), Progress::Waiting);
}

#[test]
fn the_mouse_points_at_pages_and_rows() {
    let at = |kind, column, row| Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    let click = |column, row| at(MouseEventKind::Down(MouseButton::Left), column, row);
    for (width, height) in [(60, 16), (80, 24), (120, 40)] {
        let mut session = Session::new(width, height);
        let page = |wanted| (0..width).find(|x| view::page_at(&session.app, *x, 0) == Some(wanted)).unwrap();
        let (workbench, compare) = (page(Page::Workbench), page(Page::Compare));
        session.send(click(compare, 0));
        assert_eq!(session.app.page(), Page::Compare);
        let row = (0..height).rfind(|y| view::target(&session.app, 5, *y) == Some(Target::Row(3))).unwrap();
        session.send(click(5, row));
        assert_eq!(session.app.textbook().cursor(), 3);
        assert_eq!(asks(&session.send(click(5, row))), ["run"], "a double click measures");
        session.send(at(MouseEventKind::ScrollUp, 5, row));
        assert_eq!(session.app.textbook().cursor(), 2);
        let cancel = (0..width)
            .find(|x| {
                view::target(&session.app, *x, height - 1) == Some(Target::Action(Action::Run(RunAction::Cancel)))
            })
            .expect("a key of the bottom line");
        assert_eq!(asks(&session.send(click(cancel, height - 1))), ["cancel"]);
        session.send(click(workbench, 0));
        assert_eq!(session.app.page(), Page::Workbench);
    }
}
