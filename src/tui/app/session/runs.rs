//! Runs: started, queued, cancelled, watched, quit.

use crossterm::event::KeyCode::{Enter, Esc, Home, Tab};

use super::{asks, said};
use crate::conductor::{Ask, Event, QUEUE_LIMIT};
use crate::results::Status;
use crate::results::fixture::row;
use crate::spec::BackendId;
use crate::tui::app::messages::Level;
use crate::tui::app::overlay::Screen;
use crate::tui::app::{Effect, Msg};
use crate::tui::fixture::{Session, contended, running_row};

#[test]
fn enter_runs_from_the_button_and_r_from_anywhere() {
    let mut session = Session::new(120, 40);
    let effects = session.press(Enter);
    let [Effect::Ask(Ask::Run(request))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((request.configurations.len(), request.settings.runs), (1, 5));
    assert_eq!(request.configurations[0].workers, 4);
    for pane in 0..4 {
        let mut session = Session::new(120, 40);
        (0..pane).for_each(|_| drop(session.press(Tab)));
        assert_eq!(asks(&session.keys("r")), ["run"], "pane {pane}");
    }
}

#[test]
fn runs_queue_up_to_their_limit_and_are_taken_up_in_order() {
    let mut session = Session::new(120, 40);
    for _ in 0..QUEUE_LIMIT {
        assert_eq!(asks(&session.keys("r")), ["run"]);
    }
    assert!(session.keys("r").is_empty());
    assert_eq!(said(&session).0, Level::Warning);
    session.start(&[running_row()]);
    assert_eq!(session.app.runs().waiting().len(), QUEUE_LIMIT - 1);
    assert_eq!(asks(&session.keys("r")), ["run"], "there is room again");
}

#[test]
fn x_cancels_the_run_and_soon_after_the_queue() {
    let mut session = contended(120, 40);
    assert_eq!(asks(&session.keys("x")), ["cancel"]);
    assert_eq!(session.app.runs().waiting().len(), 1);
    assert_eq!(asks(&session.keys("x")), ["clear queue"]);
    assert_eq!(session.app.runs().waiting().len(), 0);
    assert_eq!(said(&session), (Level::Info, "queue emptied"));
    session.hear(Event::Finished { cancelled: true });
    session.wait(5);
    assert_eq!(session.keys("x").len(), 0);
    assert_eq!(said(&session).1, "no run is going");
}

#[test]
fn a_cancelled_run_says_what_was_kept() {
    let mut session = contended(120, 40);
    session.hear(Event::Finished { cancelled: true });
    assert_eq!(said(&session), (Level::Info, "cancelled, 2 of 5 kept"));
    assert!(session.app.runs().going().is_none() && !session.app.live().is_contended());
}

#[test]
fn a_restart_forgets_what_waits() {
    let mut session = contended(120, 40);
    assert_eq!(asks(&session.keys("R")), ["restart"]);
    assert_eq!(session.app.runs().waiting().len(), 1, "only the new one");
}

#[test]
fn all_backends_are_measured_only_after_their_price_was_accepted() {
    let mut session = Session::new(120, 40);
    assert!(session.keys("a").is_empty());
    let Screen::ConfirmAll(offer) = session.app.screen() else { panic!() };
    assert_eq!(offer.request.configurations.len(), BackendId::ALL.len());
    session.press(Esc);
    assert!(matches!(session.app.screen(), Screen::Workbench));
    session.keys("a");
    assert_eq!(asks(&session.press(Enter)), ["run"]);
}

#[test]
fn quitting_in_a_run_asks_and_enter_is_no_answer() {
    let mut session = contended(120, 40);
    assert!(session.keys("q").is_empty());
    assert!(session.press(Enter).is_empty() && matches!(session.app.screen(), Screen::ConfirmQuit));
    session.keys("n");
    assert!(matches!(session.app.screen(), Screen::Workbench));
    session.keys("q");
    assert_eq!(asks(&session.keys("y")), ["quit"]);
    assert_eq!(asks(&Session::new(120, 40).keys("q")), ["quit"], "without a run it just quits");
}

#[test]
fn a_failed_run_leaves_the_next_one_possible() {
    let mut session = Session::new(120, 40);
    session.keys("r");
    let failed = row(BackendId::Threads, 4).failed("the whole pool died: 14 of 400 tasks lost").done();
    session.start(std::slice::from_ref(&failed));
    session.hear(Event::Fault { row: failed.run, text: "engine died: SIGSEGV".to_owned() });
    session.hear(Event::Finished { cancelled: false });
    assert_eq!(session.app.table().at(0).unwrap().row.status, Status::Failed);
    assert_eq!(said(&session), (Level::Fault, "engine died: SIGSEGV"));
    assert_eq!(asks(&session.keys("r")), ["run"]);
}

#[test]
fn a_prediction_follows_the_choices_and_what_was_measured() {
    let mut session = Session::new(120, 40);
    let before = session.app.predicted().unwrap();
    session.press(Home);
    session.keys("jl");
    assert!(session.app.predicted().unwrap() > before, "four times the tasks");
    let configuration = session.app.next().request().unwrap().configurations[0].clone();
    let calibration = crate::engine::Calibration {
        survey: crate::workload::Survey::default(),
        tasks: 4_000,
        task_cost: crate::units::Nanos::from_secs(1),
        steps_per_us: 1.0,
    };
    session.hear(Event::Calibrated { configuration: Box::new(configuration), calibration: calibration.into() });
    assert!(session.app.predicted().unwrap() > crate::units::Nanos::from_secs(4_000));
}

#[test]
fn the_workers_of_the_row_under_the_cursor_are_watched() {
    let mut session = contended(120, 40);
    let [baseline, asked] = session.app.runs().rows() else { panic!() };
    let (baseline, asked) = (baseline.clone(), asked.clone());
    assert_eq!(session.app.watched().map(|row| &row.run), Some(&asked));
    session.press(Tab);
    session.press(Home);
    assert_eq!(session.app.watched().map(|row| &row.run), Some(&asked), "row 1 is of an earlier run");
    let sampled = row(BackendId::Sequential, 1)
        .walls(&[1.0])
        .with(|row| {
            row.run = baseline.clone();
            row.configuration.values.set("skew", crate::workload::Value::Real(0.0));
        })
        .done();
    session.hear(Event::Row(Box::new(sampled)));
    assert_eq!(session.app.watched().map(|row| &row.run), Some(&baseline), "now it is the run's own");
    assert!(session.app.live().workers().is_empty(), "nothing was seen of it yet");
}

#[test]
fn a_frozen_picture_holds_while_the_run_goes_on() {
    let mut session = contended(120, 40);
    session.keys("p");
    let revision = session.app.revision();
    session.loads(&[0.0, 0.0]);
    assert_eq!(session.app.revision(), revision, "nothing to draw");
    assert!(session.app.readings().loads.as_ref().unwrap().busy() > 1.0);
    session.keys("p");
    assert!(session.app.readings().loads.as_ref().unwrap().busy() < 0.1);
}

#[test]
fn the_question_whether_to_quit_waits_for_its_answer_though_the_run_ends() {
    for (cancelled, said_then, answer, quits) in
        [(false, "", "y", true), (true, "cancelled, 2 of 5 kept", "y", true), (false, "", "n", false)]
    {
        let mut session = contended(120, 40);
        session.keys("xx");
        session.wait(5);
        session.keys("q");
        session.hear(Event::Finished { cancelled });
        assert!(matches!(session.app.screen(), Screen::ConfirmQuit) && !session.app.runs().is_busy());
        assert_eq!(said(&session), (Level::Info, said_then));
        assert_eq!(asks(&session.keys(answer)).contains(&"quit"), quits);
        assert_eq!(asks(&session.keys("q")), ["quit"], "nothing to ask about any more");
    }
}

#[test]
fn who_was_stopped_is_said_once_and_taken_back() {
    let mut session = contended(120, 40);
    let stopped = |session: &Session| session.app.live().workers().iter().filter(|worker| worker.stopped).count();
    let sentence = "engine (pid 1) is stopped: SIGCONT lets it go on, x ends the run";
    for _ in 0..3 {
        session.send(Msg::Stopped(vec![1]));
        assert_eq!((said(&session), stopped(&session)), ((Level::Condition, sentence), 4), "threads are the engine's");
    }
    session.wait(1_000);
    assert_eq!(said(&session).1, sentence, "it stays as long as it is so");
    let log = session.app.messages().newest_first();
    assert_eq!(log.filter(|message| message.text == sentence).count(), 1);
    session.send(Msg::Stopped(Vec::new()));
    assert_eq!((said(&session).1, stopped(&session)), ("", 0));
    session.send(Msg::Stopped(vec![1]));
    session.hear(Event::Finished { cancelled: false });
    assert_eq!((said(&session).1, stopped(&session)), ("", 0), "the run is over");
}
