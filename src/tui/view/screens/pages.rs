//! Pictures of the other pages.

use crossterm::event::KeyCode;

use super::{compared, idle, of_the_next_job, picture, scaled};
use crate::conductor::Event;
use crate::experiment::model::{Figures, rows};
use crate::experiment::{Scope, by_id};
use crate::results::fixture::curve_at;
use crate::spec::{BackendId, worker_counts};
use crate::tui::app::Msg;
use crate::tui::fixture::{Session, convoy, cores};
use crate::tui::theme::{Palette, Theme};

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
        let mut session = Session::on(cores(128), width, height);
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
        let use_case = by_id("use-case").unwrap();
        let rows = rows(use_case, Scope { cores: 2, quick: true }, Figures::of_a_textbook);
        session.start(&rows);
        session.sampling(&rows[1].run, rows[1].configuration.workers, 1);
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
