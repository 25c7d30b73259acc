//! The mouse.

use crossterm::event::KeyCode::Esc;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::asks;
use crate::tui::app::fields::Field;
use crate::tui::app::overlay::Screen;
use crate::tui::app::{Effect, Msg, Pane};
use crate::tui::fixture::{Session, contended};

pub(super) fn mouse(session: &mut Session, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
    session.send(Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn click(session: &mut Session, column: u16, row: u16) -> Vec<Effect> {
    mouse(session, MouseEventKind::Down(MouseButton::Left), column, row)
}

#[test]
fn the_mouse_points_at_what_is_drawn() {
    let mut session = contended(120, 40);
    click(&mut session, 40, 14);
    assert_eq!((session.app.focus(), session.app.table().cursor()), (Pane::Results, 1));
    session.wait(1);
    click(&mut session, 40, 14);
    assert!(matches!(session.app.screen(), Screen::Workbench), "too late for a double click");
    click(&mut session, 40, 14);
    assert!(matches!(session.app.screen(), Screen::Details(0)));
    session.press(Esc);
    click(&mut session, 55, 12);
    assert_eq!(session.app.table().sorted_by().0.header, "wall s");
    click(&mut session, 4, 10);
    assert_eq!(session.app.next().fields()[session.app.field()], Field::Workers);
    click(&mut session, 12, 10);
    assert_eq!(session.app.next().wish().workers, 2, "the left arrow");
    click(&mut session, 60, 7);
    assert_eq!(session.app.focus(), Pane::Workers);
    click(&mut session, 60, 1);
    assert_eq!(session.app.focus(), Pane::Cores, "its title");
    assert_eq!(asks(&click(&mut session, 2, 39)), ["run"], "the footer");
    assert!(click(&mut session, 119, 39).is_empty());
}

#[test]
fn the_wheel_moves_what_it_points_at() {
    let mut session = contended(120, 40);
    mouse(&mut session, MouseEventKind::ScrollUp, 60, 20);
    assert_eq!((session.app.focus(), session.app.table().cursor()), (Pane::Results, 3));
    mouse(&mut session, MouseEventKind::ScrollDown, 4, 3);
    assert_eq!(session.app.focus(), Pane::Workload);
}
