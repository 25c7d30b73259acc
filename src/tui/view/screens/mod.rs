//! Whole screens: as pictures, and at every size.

mod laws;
mod pages;
mod workbench;

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw;
use crate::conductor::Event;
use crate::experiment::model::{Figures, rows};
use crate::experiment::{EXPERIMENTS, Scope};
use crate::results::ResultRow;
use crate::results::fixture::curve_of;
use crate::spec::BackendId;
use crate::tui::app::App;
use crate::tui::fixture::{Session, contended};
use crate::tui::theme::{Palette, Theme};

/// The screen as text, a line per row.
pub(crate) fn picture(app: &App) -> String {
    let (width, height) = app.size();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width.max(1)));
    let lines = rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
    lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// The first screen, on a machine that does nothing.
fn idle(width: u16, height: u16) -> Session {
    let mut session = Session::new(width, height);
    session.loads(&[0.01, 0.01]);
    session
}

/// The page that compares, with some rows measured and one under way.
fn compared(width: u16, height: u16) -> Session {
    let mut session = idle(width, height);
    session.keys("2");
    for place in [0, 6] {
        (0..place).for_each(|_| drop(session.press(KeyCode::Down)));
        session.press(KeyCode::Enter);
        session.start(&rows(EXPERIMENTS[place], Scope { cores: 2, quick: true }, Figures::of_a_textbook));
        session.hear(Event::Finished { cancelled: false });
    }
    session.press(KeyCode::Down);
    session.press(KeyCode::Enter);
    session.press(KeyCode::Up);
    session
}

fn of_the_next_job(session: &Session, mut rows: Vec<ResultRow>) -> Vec<ResultRow> {
    for row in &mut rows {
        row.configuration.values = session.app.next().wish().values.clone();
    }
    rows
}

/// The page on scaling with four curves, of which one is looked at.
fn scaled(width: u16, height: u16) -> Session {
    let mut session = idle(width, height);
    session.keys("3");
    let curves = [
        (BackendId::Threads, false, [0.99, 1.95, 1.93, 1.94]),
        (BackendId::Threads, true, [0.99, 0.98, 0.97, 0.95]),
        (BackendId::Rayon, false, [0.98, 1.92, 1.9, 1.91]),
        (BackendId::Processes, false, [0.97, 1.9, 1.88, 1.86]),
    ];
    for (backend, gil, speedups) in curves {
        session.press(KeyCode::Enter);
        let rows = of_the_next_job(&session, curve_of(backend, gil, &speedups));
        session.start(&rows);
        session.hear(Event::Finished { cancelled: false });
        session.press(KeyCode::Down);
    }
    session.press(KeyCode::Enter);
    session.press(KeyCode::Home);
    session
}

fn ascii_session(width: u16, height: u16) -> Session {
    let mut session = contended(width, height);
    session.app.set_theme(Theme { palette: Palette::Mono, true_color: false, ascii: true });
    session
}

/// What can lie over the panes, by the keys that open it.
const WINDOWS: [(&str, &str); 10] = [
    ("help", "?gil"),
    ("help_all", "?"),
    ("export", "E"),
    ("quit", "q"),
    ("all", "a"),
    ("log", "p!"),
    ("filter", "/thr"),
    ("zoom", "z"),
    ("frozen", "p"),
    ("deleted", "d"),
];

fn opened(keys: &str) -> Session {
    let mut session = contended(120, 40);
    session.keys(keys);
    session
}
