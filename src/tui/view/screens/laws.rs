//! What holds for every screen, whatever its size and colours.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::super::{Screen, draw_into, target};
use super::{WINDOWS, ascii_session, compared, idle, opened, picture, scaled};
use crate::tui::app::{Effect, Msg};
use crate::tui::fixture::{Session, contended, convoy, many};
use crate::tui::theme::{Palette, Theme};

#[test]
fn every_size_is_drawn() {
    let mut sessions: Vec<Session> = WINDOWS.iter().map(|(_, keys)| opened(keys)).collect();
    sessions.extend([Session::new(0, 0), contended(0, 0), details(), editing()]);
    sessions.extend([many(64, 120, 40), many(256, 120, 40)]);
    sessions.extend([compared(120, 40), scaled(120, 40), convoy(7, 40, 120, 40)]);
    let small = (0..=60).flat_map(|height| (0..=120).map(move |width| (width, height)));
    let odd = [(200, 60), (500, 200), (1, 200), (65_535, 1), (2, 1)];
    // Every size for one screen, a part of them for each of the others: each is drawn at all breakpoints.
    for (number, (width, height)) in small.chain(odd).enumerate() {
        let chosen = number % sessions.len();
        let breakpoint = [60, 79, 80, 99, 100, 119, 120].contains(&width) || [16, 23, 24, 29, 30].contains(&height);
        for (place, session) in sessions.iter_mut().enumerate() {
            if place == chosen || place == 1 || breakpoint {
                draw_at(session, width, height);
            }
        }
    }
}

fn details() -> Session {
    let mut session = contended(120, 40);
    session.press(KeyCode::Tab);
    session.press(KeyCode::Enter);
    session
}

fn editing() -> Session {
    let mut session = contended(120, 40);
    session.press(KeyCode::Enter);
    session.keys("zzz");
    session.press(KeyCode::Enter);
    session
}

fn draw_at(session: &mut Session, width: u16, height: u16) -> Buffer {
    session.send(Msg::Resize(width, height));
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw_into(&mut buffer, area, &session.app);
    for x in [0, 1, 11, 13, 30, 60] {
        for y in 0..height.min(70) {
            let _ = target(&session.app, x, y);
        }
    }
    buffer
}

#[test]
fn small_screens_say_what_they_need() {
    let mut session = Session::new(52, 12);
    assert!(picture(&session.app).starts_with("partui needs 60×16, has 52×12   q quit"));
    assert!(matches!(session.keys("q").as_slice(), [Effect::Quit]));
    let mut busy = contended(52, 12);
    busy.keys("q");
    assert!(picture(&busy.app).starts_with("Quit?  y quit  n"));
    let mut tiny = Session::new(20, 5);
    assert_eq!(
        picture(&tiny.app).lines().take(3).collect::<Vec<_>>(),
        ["partui needs 60×16,", "has 20×5   q quit", ""]
    );
    tiny.keys("bg?");
    assert!(!tiny.app.next().wish().gil && matches!(tiny.app.screen(), Screen::Workbench), "no key is pressed blindly");
}

#[test]
fn no_cell_has_a_background_and_mono_has_no_colour() {
    for palette in Palette::ALL {
        let mut seen = Vec::new();
        for (_, keys) in WINDOWS {
            let mut session = opened(keys);
            session.app.set_theme(Theme { palette, true_color: palette == Palette::Light, ascii: false });
            let buffer = draw_at(&mut session, 120, 40);
            for cell in buffer.content() {
                assert_eq!(cell.bg, Color::Reset, "{palette:?} {keys}");
                assert!(palette != Palette::Mono || cell.fg == Color::Reset, "{keys}: {cell:?}");
                assert!(palette != Palette::HighContrast || !cell.modifier.contains(Modifier::DIM), "{keys}");
                seen.push(cell.fg);
            }
        }
        assert_eq!(seen.iter().any(|color| *color != Color::Reset), palette != Palette::Mono);
    }
}

#[test]
fn ascii_screens_are_ascii() {
    for (_, keys) in WINDOWS {
        let mut session = ascii_session(120, 40);
        session.keys(keys);
        session.send(Msg::Suggested("/home/änne/päth.csv".into()));
        for (width, height) in [(60, 16), (80, 24), (120, 40)] {
            let buffer = draw_at(&mut session, width, height);
            assert!(buffer.content().iter().all(|cell| cell.symbol().is_ascii()), "{keys} {width}×{height}");
        }
    }
}

#[test]
fn contention_is_seen_without_colour() {
    let contended = picture(&contended(120, 40).app);
    let calm = picture(&idle(120, 40).app);
    for mark in ["╔", "║", "LOCK ►", "HOLDS", "WAIT", "╳╳╳", "lost to lock", "GIL ON"] {
        assert!(contended.contains(mark) && !calm.contains(mark), "{mark}");
    }
    assert_eq!(contended.matches("► compute").count(), 2, "one holder, at its core and in its row");
}
