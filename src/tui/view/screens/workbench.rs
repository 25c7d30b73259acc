//! Pictures of the first page and of what can lie over it.

use crossterm::event::KeyCode;

use super::{WINDOWS, ascii_session, idle, picture};
use crate::board::State;
use crate::conductor::Event;
use crate::results::Status;
use crate::results::fixture::{self, row};
use crate::spec::BackendId;
use crate::tui::app::Msg;
use crate::tui::fixture::{Session, Slot, contended, many, snapshot};

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
    let sample = |checksum| fixture::sample(0.5).checksum(checksum).done();
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
fn a_field_says_what_it_decides_and_an_edit_what_is_allowed() {
    let mut session = Session::new(120, 40);
    let bottom = |session: &Session| picture(&session.app).lines().skip(38).collect::<Vec<_>>().join("\n");
    session.press(KeyCode::Home);
    session.press(KeyCode::Down);
    let mut seen = bottom(&session) + "\n";
    session.press(KeyCode::Enter);
    session.keys("000000");
    seen += &(bottom(&session) + "\n");
    session.press(KeyCode::Enter);
    seen += &(bottom(&session) + "\n");
    insta::assert_snapshot!("edit", seen);
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
