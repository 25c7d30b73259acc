//! Windows whose content is longer than they are.

use crossterm::event::KeyCode::{Char, Down, End, Enter, Home, PageDown, PageUp, Up};
use crossterm::event::MouseEventKind;

use super::pointing::mouse;
use super::{said, state};
use crate::conductor::Event;
use crate::tui::app::Msg;
use crate::tui::app::overlay::Screen;
use crate::tui::fixture::{Session, contended, running_row, troubled};
use crate::tui::view;

/// A session of the smallest size whose details do not fit.
fn details() -> Session {
    let mut session = troubled(60, 16);
    session.press(Enter);
    session
}

/// The line that the window starts with.
fn from(session: &Session) -> usize {
    match session.app.screen() {
        Screen::Details(from) | Screen::Log(from) => *from,
        _ => panic!("{}", state(&session.app)),
    }
}

#[test]
fn details_are_scrolled_by_keys_and_wheel_and_held_at_the_ends() {
    let mut session = details();
    let end = view::scroll_end(&session.app);
    assert!(end > 1);
    for (key, expected) in [
        (Char('j'), 1),
        (Char('k'), 0),
        (Char('k'), 0),
        (PageDown, end),
        (Char('j'), end),
        (Char('k'), end - 1),
        (PageUp, 0),
        (End, end),
        (Home, 0),
    ] {
        session.press(key);
        assert_eq!(from(&session), expected, "{key:?}");
    }
    for (kind, expected) in [(MouseEventKind::ScrollDown, 1), (MouseEventKind::ScrollUp, 0)] {
        mouse(&mut session, kind, 30, 8);
        assert_eq!(from(&session), expected, "{kind:?}");
    }
    session.press(End);
    session.press(Up);
    assert_eq!((from(&session), session.app.table().cursor()), (0, 4), "another row is read from its beginning");
    session.press(End);
    session.send(Msg::Resize(200, 60));
    session.press(Char('j'));
    assert_eq!(from(&session), 0, "all of it can be seen now");
    session.keys("q");
    assert!(matches!(session.app.screen(), Screen::Workbench));
}

#[test]
fn messages_are_scrolled_and_read_by_looking_at_them() {
    let mut session = contended(60, 16);
    let row = running_row().run;
    for number in 0..30 {
        session.hear(Event::Fault { row: row.clone(), text: format!("worker {number} died") });
    }
    assert_eq!((said(&session).1, session.app.messages().unread()), ("worker 29 died", 29));
    session.keys("!");
    assert_eq!((said(&session).1, session.app.messages().unread()), ("", 0));
    let end = view::scroll_end(&session.app);
    for (key, expected) in [(Down, 1), (Up, 0), (End, end), (PageUp, end - 10), (Home, 0)] {
        session.press(key);
        assert_eq!(from(&session), expected, "{key:?}");
    }
    session.keys("!");
    assert!(matches!(session.app.screen(), Screen::Workbench));
}

#[test]
fn the_wheel_goes_through_the_keys() {
    let mut session = contended(60, 16);
    session.keys("?");
    mouse(&mut session, MouseEventKind::ScrollDown, 30, 8);
    assert!(matches!(session.app.screen(), Screen::Help(help) if help.chosen == 1));
}
