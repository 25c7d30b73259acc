//! What is said where room is short: nothing is cut off that a person needs.

use crossterm::event::KeyCode;

use super::screens::picture;
use crate::board::{Snapshot, State};
use crate::conductor::Event;
use crate::engine::{Budget, Surroundings};
use crate::results::fixture::{row, sample};
use crate::results::{ResultRow, Status};
use crate::spec::BackendId;
use crate::stats::Ratio;
use crate::tui::app::Msg;
use crate::tui::app::Pane;
use crate::tui::app::overlay::ExportProblem;
use crate::tui::fixture::{Session, contended, contended_slots, snapshot, troubled};
use crate::tui::theme::{Palette, Theme};
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
fn a_fault_that_was_chosen_is_seen_at_every_size() {
    for (width, height) in [(60, 16), (80, 24), (120, 40)] {
        let mut session = Session::new(width, height);
        let is_seen = |session: &Session| {
            let picture = picture(&session.app);
            picture.lines().any(|line| line.contains("fault ") && line.contains("panic"))
        };
        assert!(!is_seen(&session));
        session.keys("F");
        assert!(is_seen(&session), "{width}×{height}: {}", picture(&session.app));
    }
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

/// The sizes at which the screen is arranged differently.
const SIZES: [(u16, u16); 5] = [(60, 16), (80, 24), (100, 30), (120, 40), (200, 60)];

/// A run of which nothing but this board was seen.
fn watching(width: u16, height: u16, backend: BackendId, board: Snapshot) -> Session {
    let mut session = Session::new(width, height);
    let row = row(backend, 4).status(Status::Running).done();
    session.start(std::slice::from_ref(&row));
    session.sampling(&row.run, 4, 1);
    session.send(Msg::Board(row.run, board));
    session
}

/// Four worker processes, 101 to 104, that compute.
fn processes(width: u16, height: u16) -> Session {
    let mut board = snapshot(&contended_slots());
    for (process, slot) in (101..).zip(&mut board.slots) {
        (slot.process, slot.state, slot.holds_gil) = (process, Some(State::Compute), false);
        slot.times = [Nanos::ZERO; 7];
        slot.times[State::Compute.index()] = Nanos::from_secs(1);
    }
    watching(width, height, BackendId::Processes, board)
}

#[test]
fn a_stopped_worker_is_told_in_words_at_every_breakpoint() {
    for (width, height) in SIZES {
        for zoomed in [false, true] {
            let mut session = processes(width, height);
            while zoomed && session.app.focus() != Pane::Workers {
                session.press(KeyCode::Tab);
            }
            session.keys(if zoomed { "z" } else { "" });
            session.send(Msg::Stopped(vec![102]));
            let stopped = picture(&session.app);
            let row = stopped.lines().find(|line| line.contains("w2 T stopped"));
            assert!(row.is_some_and(|row| row.contains("pid 102")), "{width}×{height} {zoomed}: {stopped}");
            assert!(stopped.contains("! worker 2 (pid 102) is stopped: SIGCONT "), "{stopped}");
            session.send(Msg::Stopped(Vec::new()));
            let going = picture(&session.app);
            assert!(!going.contains("stopped") && going.contains("100 % compute"), "{going}");
        }
    }
}

#[test]
fn a_stopped_worker_is_told_without_unicode_or_colours() {
    let mut session = processes(60, 16);
    session.app.set_theme(Theme { palette: Palette::Mono, true_color: false, ascii: true });
    session.send(Msg::Stopped(vec![102, 104]));
    let picture = picture(&session.app);
    assert!(picture.contains(" T 2 workers ") && picture.contains(" stopped\n"), "{picture}");
    assert!(picture.contains("! workers 2 4 are stopped: SIGCONT lets them go on"), "{picture}");
}

#[test]
fn a_stopped_engine_is_told_though_its_workers_go_on() {
    for (width, height) in SIZES {
        let mut session = processes(width, height);
        session.send(Msg::Stopped(vec![99]));
        let picture = picture(&session.app);
        assert!(picture.contains(" T engine stopped ") && !picture.contains("T stopped"), "{picture}");
        assert!(picture.contains("! engine (pid 99) is stopped: "), "{picture}");
    }
}

#[test]
fn cores_that_other_programs_keep_busy_are_told() {
    for (width, height, told) in [(80, 24, "others 0.5"), (120, 40, "other programs keep 0.5 busy")] {
        for (foreign, expected) in [(500, true), (150, false)] {
            let mut session = Session::new(width, height);
            let row = row(BackendId::Threads, 2).status(Status::Running).done();
            session.start(std::slice::from_ref(&row));
            let around = Surroundings {
                foreign_cpu: Some(Nanos::from_millis(foreign)),
                core_time: Nanos::from_secs(2),
                ..Surroundings::default()
            };
            let sample = sample(1.0).with(|sample| sample.surroundings = around).done();
            let row = ResultRow { samples: vec![sample], ..row };
            session.hear(Event::Row(Box::new(row)));
            assert_eq!(picture(&session.app).contains(told), expected, "{}", picture(&session.app));
            session.hear(Event::Finished { cancelled: false });
            assert!(!picture(&session.app).contains("other"), "nothing is measured");
        }
    }
}

#[test]
fn a_contended_lock_that_nobody_waits_for_just_now_is_told_as_it_is() {
    for (width, height) in SIZES {
        for (holder, who) in [(None, "LOCK is free"), (Some(1), "LOCK ► w2 HOLDS")] {
            let mut board = snapshot(&contended_slots());
            for (place, slot) in board.slots.iter_mut().enumerate() {
                slot.holds_gil = holder == Some(place);
                slot.state = Some(if slot.holds_gil { State::Compute } else { State::Idle });
            }
            let picture = picture(&watching(width, height, BackendId::Threads, board).app);
            let band = picture.lines().find(|line| line.contains(who)).unwrap_or_else(|| panic!("{picture}"));
            assert!(band.contains("   nobody waits just now"), "{band}");
            assert!(!band.contains("stand still") && !band.contains("WAIT"), "{band}");
        }
    }
}

#[test]
fn an_old_error_does_not_hide_what_is_said_later() {
    for (width, count) in [(60, "+2  !"), (80, "+2  ! messages"), (120, "+2  ! messages")] {
        let mut session = contended(width, 30);
        let line = |session: &Session| picture(&session.app).lines().nth(28).unwrap().to_owned();
        for text in ["worker 1 died", "worker 2 died"] {
            session.send(Msg::Trouble(text.to_owned()));
        }
        session.keys("T");
        assert!(line(&session).starts_with(" theme: light ") && line(&session).ends_with(count), "{}", line(&session));
        session.wait(4);
        let ending = format!("{}  Esc", count.replace('2', "1"));
        assert!(line(&session).starts_with(" X worker 2 died ") && line(&session).ends_with(&ending));
        session.press(KeyCode::Esc);
        assert!(line(&session).starts_with(" X worker 1 died ") && !line(&session).contains('+'));
    }
}

#[test]
fn a_message_that_is_too_long_says_so_and_can_be_read_in_the_log() {
    let mut session = contended(60, 16);
    session.send(Msg::Trouble(format!("{} the end", "a long story ".repeat(6).trim_end())));
    let cut = picture(&session.app);
    assert!(cut.contains("…  Esc") && !cut.contains("the end"), "{cut}");
    session.keys("!");
    assert!(picture(&session.app).contains("the end"));
}

#[test]
fn details_that_do_not_fit_say_so_and_can_be_read_to_the_end() {
    let mut session = troubled(60, 16);
    session.press(KeyCode::Enter);
    let first = picture(&session.app);
    assert!(first.contains("wall 0.700 s") && first.contains(" jk scroll ↓"), "{first}");
    session.press(KeyCode::End);
    let last = picture(&session.app);
    assert!(!last.contains("wall 0.700 s") && last.contains("seed 42"), "its settings are the last line: {last}");
    assert!(last.contains(" jk scroll ↑6 ─") && !last.contains("↓1"), "{last}");
    session.send(Msg::Resize(120, 40));
    assert!(!picture(&session.app).contains("scroll"), "all of it can be seen");
}

#[test]
fn fields_that_cannot_be_seen_are_hinted_at() {
    let mut session = Session::new(60, 16);
    session.keys("z");
    for (key, above, below) in [(KeyCode::End, true, false), (KeyCode::Home, false, true)] {
        session.press(key);
        let picture = picture(&session.app);
        assert_eq!((picture.contains('↑'), picture.contains('↓')), (above, below), "{picture}");
    }
}

#[test]
fn the_name_of_a_state_never_touches_the_bar() {
    for (width, height) in [(60, 24), (80, 24), (120, 40)] {
        let picture = picture(&processes(width, height).app);
        let rows = picture.lines().filter(|line| line.contains("w1 █ comp")).collect::<Vec<_>>();
        assert_eq!(rows.len(), 2, "a core and a worker: {picture}");
        assert!(
            rows.iter().all(|row| ["compu ", "comput ", "compute "].iter().any(|name| row.contains(name))),
            "{rows:?}"
        );
    }
}
