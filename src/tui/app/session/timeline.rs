//! The page that shows time: opened, moved about in, left.

use std::sync::Arc;

use crossterm::event::KeyCode::{Char, Down, End, Enter, Esc, Home, Left, PageDown, Right, Up};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{asks, said};
use crate::board::{Recent, Snapshot, State};
use crate::conductor::Event;
use crate::results::Status;
use crate::results::fixture::row;
use crate::spec::BackendId;
use crate::tui::app::timeline::Reading;
use crate::tui::app::{Msg, Page};
use crate::tui::fixture::{Session, Slot, convoy, snapshot, took_turns, took_turns_later};
use crate::tui::view;
use crate::units::Nanos;

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (200, 60)];

fn columns(session: &Session) -> u16 {
    view::timeline_columns(&session.app)
}

/// The moment under the mark, in ms since the sample began.
fn center(session: &Session) -> f64 {
    let timeline = session.app.timeline();
    (timeline.center(columns(session)).seconds() - timeline.sample_start().seconds()) * 1e3
}

#[test]
fn the_picture_follows_until_somebody_looks_back() {
    let mut session = convoy(4, 40, 120, 40);
    let end = |session: &Session| session.app.timeline().from(columns(session)).plus(Nanos(54_500_000));
    assert!(session.app.timeline().follows());
    assert_eq!(end(&session).since(session.app.timeline().sample_start()), Nanos::from_millis(200));
    session.press(Left);
    let looked_at = center(&session);
    took_turns(&mut session, 4, 60);
    assert!(!session.app.timeline().follows());
    assert!((center(&session) - looked_at).abs() < 1e-6, "what is looked at stays");
    session.press(End);
    assert!(session.app.timeline().follows());
    assert_eq!(end(&session).since(session.app.timeline().sample_start()), Nanos::from_millis(300));
    session.press(Left);
    session.press(Right);
    assert!(session.app.timeline().follows(), "back at the end");
}

#[test]
fn it_goes_no_further_back_than_what_is_known() {
    let mut session = convoy(4, 40, 120, 40);
    (0..100).for_each(|_| drop(session.press(Left)));
    assert!(center(&session).abs() < 1e-6);
    session.press(Right);
    assert!(center(&session) > 1.0);
    session.press(Home);
    assert!(center(&session).abs() < 1e-6);
}

#[test]
fn zooming_keeps_what_is_under_the_mark() {
    let mut session = convoy(4, 400, 120, 40);
    session.press(Left);
    let before = center(&session);
    for key in ['+', '+', '-', '=', '+'] {
        session.press(Char(key));
        assert!((center(&session) - before).abs() < 1e-6, "{key}");
    }
    assert_eq!(session.app.timeline().column(columns(&session)), Nanos::from_micros(50));
    (0..100).for_each(|_| drop(session.keys("+")));
    assert_eq!(session.app.timeline().column(columns(&session)), Nanos(100));
    (0..100).for_each(|_| drop(session.keys("-")));
    assert_eq!(session.app.timeline().column(columns(&session)), Nanos::from_secs(10));
}

#[test]
fn all_of_the_sample_fits_on_every_screen() {
    for (width, height) in SIZES {
        let mut session = convoy(4, 400, width, height);
        session.keys("0");
        let timeline = session.app.timeline();
        let from = timeline.from(columns(&session)).since(timeline.sample_start());
        assert!(timeline.from(columns(&session)) <= timeline.sample_start(), "{width}×{height}: from {from}");
        assert!(timeline.column(columns(&session)).0 * u64::from(columns(&session)) < 2_020_000_000);
    }
}

#[test]
fn what_fits_goes_on_to_fit_until_somebody_zooms() {
    let mut session = convoy(4, 40, 120, 40);
    session.keys("0");
    let column = |session: &Session| session.app.timeline().column(columns(session));
    let whole = |turns: u64| Nanos((turns * 5_000_000).div_ceil(u64::from(columns(&session))));
    let (few, many) = (whole(40), whole(400));
    assert_eq!(column(&session), few);
    took_turns(&mut session, 4, 400);
    assert_eq!(column(&session), many);
    session.keys("+");
    let zoomed = column(&session);
    took_turns(&mut session, 4, 500);
    assert!(zoomed < many && column(&session) == zoomed);
}

#[test]
fn another_run_is_followed_from_its_start() {
    let mut session = convoy(4, 40, 120, 40);
    session.press(Left);
    session.press(Enter);
    session.hear(Event::Finished { cancelled: false });
    took_turns(&mut session, 4, 60);
    assert!(!session.app.timeline().follows());
    let again = row(BackendId::Threads, 4).gil().status(Status::Running).done();
    session.start(std::slice::from_ref(&again));
    session.sampling(&again.run, 4, 1);
    took_turns(&mut session, 4, 20);
    assert!(session.app.timeline().follows());
    assert!(!view::screens::picture(&session.app).contains("at -"));
}

#[test]
fn a_moment_of_an_earlier_sample_is_told_from_its_own_start() {
    let mut session = convoy(4, 40, 120, 40);
    session.press(Left);
    let told = |session: &Session| {
        let picture = view::screens::picture(&session.app);
        picture.lines().nth(2).and_then(|line| line.split_whitespace().nth(1).map(str::to_owned)).expect("an axis")
    };
    let before = told(&session);
    took_turns_later(&mut session, 4, 40, Nanos::from_secs(2));
    assert_eq!(told(&session), before);
}

#[test]
fn looking_closer_fills_half_of_the_picture_with_a_span() {
    let mut session = convoy(4, 40, 120, 40);
    session.press(Left);
    session.press(Enter);
    let timeline = session.app.timeline();
    let cells = 5_000_000 / timeline.column(columns(&session)).0;
    assert!((u64::from(columns(&session)) / 5..=u64::from(columns(&session)) / 2).contains(&cells), "{cells} columns");
    assert!((center(&session) % 5.0 - 2.5).abs() < 1e-6, "its middle is under the mark");
}

#[test]
fn the_cursor_goes_through_the_workers() {
    let mut session = convoy(64, 40, 80, 24);
    session.press(Down);
    session.press(Down);
    session.press(Up);
    assert_eq!(session.app.timeline().worker(), 1);
    session.press(PageDown);
    (0..99).for_each(|_| drop(session.press(Down)));
    assert_eq!(session.app.timeline().worker(), 63);
    assert!(view::screens::picture(&session.app).contains("▌w64"));
}

#[test]
fn the_last_picture_stays_until_another_run_has_one() {
    let mut session = convoy(4, 40, 120, 40);
    session.hear(Event::Finished { cancelled: false });
    assert!(session.app.spans_wanted().is_some(), "the rest of it is still to be read");
    took_turns(&mut session, 4, 60);
    assert!(session.app.spans_wanted().is_none(), "nothing more is to come");
    assert_eq!(session.app.timeline().strips().len(), 4);
    session.hear(Event::Preparing);
    assert_eq!(session.app.timeline().strips().len(), 4);
}

#[test]
fn what_nobody_saw_the_end_of_is_shown_as_far_as_it_was_seen() {
    let mut session = convoy(4, 40, 120, 40);
    let (board, _) = session.app.spans_wanted().expect("somebody looks");
    let board = Arc::clone(board);
    let reading = |taken_at| {
        let slot = Slot { state: State::Compute, holds: true, core: 0, tasks: 9, compute: 1_000, gil: 0 };
        let mut snapshot = Snapshot { taken_at, ..snapshot(&[slot; 4]) };
        snapshot.slots.iter_mut().for_each(|slot| slot.since = Nanos::from_millis(50_200));
        let recent = vec![Recent { seen: 40, ..Recent::default() }; 4];
        Msg::Spans(Box::new(Reading { board: Arc::clone(&board), snapshot, recent }))
    };
    let last = |session: &Session| *session.app.timeline().strips()[0].spans().last().unwrap();
    session.send(reading(Nanos::from_millis(50_500)));
    assert_eq!((last(&session).state, last(&session).length), (State::Compute, Nanos::from_millis(300)));
    session.hear(Event::Finished { cancelled: true });
    session.send(reading(Nanos::from_millis(90_000)));
    assert_eq!(last(&session).length, Nanos::from_millis(300));
}

#[test]
fn the_title_says_which_run_it_is_of_wherever_that_was_asked_for() {
    let mut session = Session::new(120, 40);
    session.keys("3");
    session.press(Enter);
    let running = row(BackendId::Threads, 3).status(Status::Running).done();
    session.start(std::slice::from_ref(&running));
    session.sampling(&running.run, 3, 1);
    session.keys("4");
    took_turns(&mut session, 3, 20);
    let title = |session: &Session| view::screens::picture(&session.app).lines().nth(1).unwrap_or_default().to_owned();
    assert!(title(&session).contains("primes threads n 3"), "{}", title(&session));
    session.hear(Event::Row(Box::new(running)));
    session.hear(Event::Finished { cancelled: false });
    assert!(title(&session).contains("primes threads n 3"), "{}", title(&session));
}

#[test]
fn nothing_is_read_for_nobody() {
    let mut session = convoy(4, 40, 120, 40);
    session.keys("1");
    assert!(session.app.spans_wanted().is_none());
    session.keys("4");
    assert!(session.app.spans_wanted().is_some());
    session.keys("p");
    assert!(session.app.spans_wanted().is_none(), "the picture is held");
}

#[test]
fn keys_of_other_pages_say_where_they_belong_and_esc_goes_back() {
    let mut session = convoy(4, 40, 120, 40);
    for key in ["b", "w", "c", "/", "d"] {
        assert!(session.keys(key).is_empty());
        assert!(said(&session).1.contains("press 1"), "{key}");
    }
    assert_eq!(asks(&session.keys("r")), ["run"]);
    assert_eq!(asks(&session.keys("x")), ["cancel"]);
    session.wait(10);
    session.press(Left);
    session.press(Esc);
    assert!(session.app.timeline().follows() && session.app.page() == Page::Timeline);
    session.press(Esc);
    assert_eq!(session.app.page(), Page::Workbench);
    session.keys("0");
    assert!(said(&session).1.contains("press 4"));
}

#[test]
fn the_wheel_zooms_and_a_click_looks_at_a_span() {
    let at = |kind, column, row| Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    let mut session = convoy(4, 400, 120, 40);
    session.send(at(MouseEventKind::ScrollUp, 50, 10));
    assert_eq!(session.app.timeline().column(columns(&session)), Nanos::from_micros(200));
    session.send(at(MouseEventKind::ScrollDown, 50, 10));
    assert_eq!(session.app.timeline().column(columns(&session)), Nanos::from_micros(500));
    let from = session.app.timeline().from(columns(&session));
    session.send(at(MouseEventKind::Down(MouseButton::Left), 11 + 20, 1 + 3 + 2));
    assert_eq!(session.app.timeline().worker(), 2);
    assert_eq!(session.app.timeline().center(columns(&session)), from.plus(Nanos::from_millis(10)));
}
