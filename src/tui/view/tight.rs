//! What is said where room is short: nothing is cut off that a person needs.

use crossterm::event::KeyCode;

use super::screens::picture;
use crate::conductor::Event;
use crate::engine::Budget;
use crate::results::Status;
use crate::results::fixture::{row, sample};
use crate::spec::BackendId;
use crate::stats::Ratio;
use crate::tui::app::Msg;
use crate::tui::app::overlay::ExportProblem;
use crate::tui::fixture::{Session, contended};
use crate::units::Nanos;

#[test]
fn a_row_that_was_compared_with_an_earlier_baseline_says_with_which() {
    let mut session = Session::new(120, 40);
    let first = row(BackendId::Sequential, 1).walls(&[0.5, 0.5]).done();
    let compared = row(BackendId::Threads, 2).walls(&[0.4, 0.4]).with(|row| {
        row.baseline_run = Some(first.run.clone());
        row.speedup = Some(Ratio { estimate: 1.25, low: None, high: None, method: None });
    });
    for row in [first, compared.done()] {
        session.hear(Event::Row(Box::new(row)));
    }
    for key in [KeyCode::Tab, KeyCode::Down, KeyCode::Enter] {
        session.press(key);
    }
    assert!(picture(&session.app).contains("against row 1 "));
    session.hear(Event::Row(Box::new(row(BackendId::Sequential, 1).walls(&[0.9]).done())));
    assert!(picture(&session.app).contains("against row 1 as it was: 0.500 s"), "{}", picture(&session.app));
}

#[test]
fn figures_of_tiny_tasks_are_rounded_and_do_not_touch() {
    let mut session = Session::new(120, 40);
    let samples =
        [0.000_15, 0.000_228].map(|wall| sample(wall).with(|sample| sample.latency = vec![(3_486, 100)]).done());
    session.hear(Event::Row(Box::new(row(BackendId::Threads, 2).samples(samples.into()).done())));
    let picture = picture(&session.app);
    for figure in [" off 0.00019 29.2 ", " 0.00349 "] {
        assert!(picture.contains(figure), "{figure}: {picture}");
    }
}

#[test]
fn a_budget_with_many_parts_keeps_its_words() {
    let mut session = Session::new(80, 24);
    let [compute, ready, gil, io, ipc, idle] = [24, 1, 41, 10, 10, 14].map(Nanos);
    let row = row(BackendId::Processes, 2).budget(Budget { compute, ready, gil, io, ipc, idle });
    session.hear(Event::Row(Box::new(row.done())));
    session.press(KeyCode::Tab);
    session.press(KeyCode::Enter);
    let picture = picture(&session.app);
    let budget = picture.lines().find(|line| line.contains("budget ")).unwrap();
    assert!(budget.contains("compute") && budget.contains("% idle"), "{budget}");
}

#[test]
fn a_proposed_file_name_is_emptied_by_one_key() {
    let mut session = contended(80, 24);
    session.keys("E");
    session.send(Msg::Suggested("/home/ana/partui-20261122-1714.csv".into()));
    session.ctrl('u');
    session.keys("x.csv");
    assert!(picture(&session.app).contains("│▌file    x.csv▏ "), "{}", picture(&session.app));
}

#[test]
fn a_cancelled_row_says_what_was_kept_however_little_room_there_is() {
    for (width, expected) in [(100, "2/5 kept"), (120, "2/5 kept"), (200, "cancelled, 2 of 5")] {
        let mut session = Session::new(width, 40);
        let row = row(BackendId::Threads, 2).walls(&[1.0, 1.0]).status(Status::Cancelled);
        session.hear(Event::Row(Box::new(row.done())));
        assert!(picture(&session.app).contains(expected), "{width}: {}", picture(&session.app));
    }
}

#[test]
fn why_an_export_failed_is_said_in_full() {
    let mut session = contended(80, 24);
    session.keys("E");
    let text = format!("/home/ana/{} names a folder, not a file", "long/".repeat(9));
    session.send(Msg::Exported(Err(ExportProblem::Failed(text))));
    assert!(picture(&session.app).contains("not a file"), "{}", picture(&session.app));
}

#[test]
fn the_longest_label_of_a_run_is_said_in_full_without_a_bar() {
    let mut session = contended(60, 16);
    let row = row(BackendId::Threads, 4).status(Status::Running).done();
    session.start(std::slice::from_ref(&row));
    session.sampling(&row.run, 4, 1);
    let board = std::sync::Arc::clone(session.app.board().unwrap().1);
    session.hear(Event::Sampling { row: row.run, sample: 1, of: 1, warmup: true, board });
    session.hear(Event::Progress { done: 0.08, left: None });
    assert!(picture(&session.app).contains(" warm-up 1/1   8 %  measuring"), "{}", picture(&session.app));
}
