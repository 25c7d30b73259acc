//! Whole screens: as pictures, and at every size.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use crossterm::event::KeyCode;

use super::{draw, draw_into};
use crate::board::State;
use crate::conductor::Event;
use crate::experiment::model::{Figures, rows};
use crate::experiment::{EXPERIMENTS, Scope};
use crate::results::fixture::{curve_at, curve_of, row};
use crate::results::{ResultRow, Status};
use crate::spec::{BackendId, worker_counts};
use crate::tui::app::App;
use crate::tui::app::Msg;
use crate::tui::fixture::{Session, Slot, contended, convoy, many, snapshot};
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

#[test]
fn the_first_screen() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("idle_{width}x{height}"), picture(&idle(width, height).app));
    }
}

#[test]
fn what_tasks_carry_and_how_they_compute() {
    for (width, height) in [(60, 16), (80, 24), (120, 40)] {
        let mut session = idle(width, height);
        session.keys("PGg");
        insta::assert_snapshot!(format!("carried_{width}x{height}"), picture(&session.app));
    }
}

#[test]
fn a_contended_run() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("contended_{width}x{height}"), picture(&contended(width, height).app));
    }
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

#[test]
fn the_textbook() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("compare_{width}x{height}"), picture(&compared(width, height).app));
    }
    let mut session = compared(80, 24);
    session.keys("z");
    insta::assert_snapshot!("compare_zoom_80x24", picture(&session.app));
    let mut session = idle(120, 40);
    session.keys("2");
    insta::assert_snapshot!("compare_open_120x40", picture(&session.app));
    session.keys("a");
    insta::assert_snapshot!("compare_all_120x40", picture(&session.app));
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

#[test]
fn the_scaling() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("scaling_{width}x{height}"), picture(&scaled(width, height).app));
    }
    let mut session = scaled(60, 16);
    session.keys("z");
    insta::assert_snapshot!("scaling_zoom_60x16", picture(&session.app));
    let mut session = idle(120, 40);
    session.keys("3");
    insta::assert_snapshot!("scaling_open_120x40", picture(&session.app));
    session.keys("a");
    insta::assert_snapshot!("scaling_all_80x24", {
        session.send(Msg::Resize(80, 24));
        picture(&session.app)
    });
}

#[test]
fn the_scaling_of_many_workers() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut session = Session::on(crate::tui::fixture::cores(128), width, height);
        session.keys("3");
        session.press(KeyCode::Enter);
        let law = |n: u32| f64::from(n) / (1.0 + 0.01 * f64::from(n - 1) + 0.00005 * f64::from(n * (n - 1)));
        let counts = worker_counts(128);
        let rows = curve_at(BackendId::Threads, false, counts.iter().map(|n| (*n, law(*n))));
        let rows = of_the_next_job(&session, rows);
        session.start(&rows);
        insta::assert_snapshot!(format!("scaling_256_{width}x{height}"), picture(&session.app));
    }
}

#[test]
fn the_tour() {
    for (width, height) in [(60, 16), (80, 24), (120, 40)] {
        let mut session = Session::touring(width, height);
        session.loads(&[0.01, 0.01]);
        let use_case = crate::experiment::by_id("use-case").unwrap();
        session.start(&rows(use_case, Scope { cores: 2, quick: true }, Figures::of_a_textbook));
        insta::assert_snapshot!(format!("tour_{width}x{height}"), picture(&session.app));
        session.hear(Event::Finished { cancelled: false });
        insta::assert_snapshot!(format!("tour_seen_{width}x{height}"), picture(&session.app));
    }
}

#[test]
fn the_timeline() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("timeline_{width}x{height}"), picture(&convoy(4, 40, width, height).app));
        let mut open = Session::new(width, height);
        open.keys("4");
        assert!(picture(&open.app).contains("press r"), "{}", picture(&open.app));
    }
    insta::assert_snapshot!("timeline_256_120x40", picture(&convoy(256, 1_024, 120, 40).app));
    let mut alone = convoy(1, 40, 80, 24);
    insta::assert_snapshot!("timeline_1_80x24", picture(&alone.app));
    alone.app.set_theme(Theme { palette: Palette::Mono, true_color: false, ascii: true });
    assert!(picture(&alone.app).is_ascii());
    let mut open = Session::new(80, 24);
    open.keys("4");
    insta::assert_snapshot!("timeline_open_80x24", picture(&open.app));
}

#[test]
fn many_cores() {
    for (cores, width, height) in [(64, 120, 40), (256, 120, 40), (256, 80, 24), (256, 200, 60)] {
        insta::assert_snapshot!(format!("cores_{cores}_{width}x{height}"), picture(&many(cores, width, height).app));
    }
}

#[test]
fn ascii() {
    let mut session = ascii_session(120, 40);
    insta::assert_snapshot!("ascii_120x40", picture(&session.app));
    session.send(Msg::Resize(60, 16));
    insta::assert_snapshot!("ascii_60x16", picture(&session.app));
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

#[test]
fn windows() {
    for (name, keys) in WINDOWS {
        let mut session = contended(80, 24);
        session.keys(keys);
        session.send(Msg::Suggested("/home/ana/partui-20261122-1714.csv".into()));
        insta::assert_snapshot!(format!("window_{name}"), picture(&session.app));
    }
}

#[test]
fn details_of_a_row() {
    let mut session = contended(120, 40);
    session.press(KeyCode::Tab);
    session.press(KeyCode::Enter);
    insta::assert_snapshot!("details_running", picture(&session.app));
    session.press(KeyCode::Up);
    insta::assert_snapshot!("details_processes", picture(&session.app));
}

#[test]
fn what_goes_wrong_is_said_in_the_table_and_below_it() {
    let mut session = contended(80, 24);
    let sample = |checksum| crate::results::fixture::sample(0.5).checksum(checksum).done();
    let bad = [
        row(BackendId::Rayon, 4).samples(vec![sample(1)]).status(Status::Divergent).done(),
        row(BackendId::Threads, 2).failed("pool died: 14 of 1000 tasks lost").done(),
        row(BackendId::Processes, 2).walls(&[0.5, 0.9, 0.7, 0.6, 0.8]).done(),
        row(BackendId::Processes, 4).walls(&[0.5, 0.5]).status(Status::Cancelled).done(),
    ];
    let run = bad[1].run.clone();
    for row in bad {
        session.hear(Event::Row(Box::new(row)));
    }
    session.hear(Event::Fault { row: run, text: "worker 2 died: SIGKILL; 14 tasks run again".to_owned() });
    insta::assert_snapshot!("faults", picture(&session.app));
}

#[test]
fn an_edit_says_what_is_allowed_in_its_slot() {
    let mut session = Session::new(120, 40);
    session.press(KeyCode::Home);
    session.press(KeyCode::Down);
    session.press(KeyCode::Enter);
    session.keys("000000");
    session.press(KeyCode::Enter);
    insta::assert_snapshot!(
        "edit_refused",
        picture(&session.app).lines().skip(1).take(6).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn while_the_baseline_is_sampled_the_last_picture_stays() {
    let mut session = contended(120, 40);
    let baseline = session.app.runs().rows()[0].clone();
    session.sampling(&baseline, 1, 3);
    let idle = Slot { state: State::Compute, holds: false, core: 0, tasks: 5, compute: 1_000, gil: 0 };
    session.send(Msg::Board(baseline, snapshot(&[idle])));
    let picture = picture(&session.app);
    assert!(picture.contains("LOCK   its workers rest: sampling baseline"), "{picture}");
    assert!(picture.contains(" w4 ╳ gil      92 tasks"), "{picture}");
}

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

fn opened(keys: &str) -> Session {
    let mut session = contended(120, 40);
    session.keys(keys);
    session
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
            let _ = super::target(&session.app, x, y);
        }
    }
    buffer
}

#[test]
fn small_screens_say_what_they_need() {
    let mut session = Session::new(52, 12);
    assert!(picture(&session.app).starts_with("partui needs 60×16, has 52×12   q quit"));
    assert!(matches!(session.keys("q").as_slice(), [crate::tui::app::Effect::Quit]));
    let mut busy = contended(52, 12);
    busy.keys("q");
    assert!(picture(&busy.app).starts_with("Quit?  y quit  n"));
    let mut tiny = Session::new(20, 5);
    assert_eq!(
        picture(&tiny.app).lines().take(3).collect::<Vec<_>>(),
        ["partui needs 60×16,", "has 20×5   q quit", ""]
    );
    tiny.keys("bg?");
    assert!(
        !tiny.app.next().wish().gil && matches!(tiny.app.screen(), super::Screen::Workbench),
        "no key is pressed blindly"
    );
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
