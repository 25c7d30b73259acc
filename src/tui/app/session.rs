//! What a person does, key by key, and what the app makes of it.

use crossterm::event::KeyCode::{BackTab, Char, Down, End, Enter, Esc, F, Home, Left, PageDown, Right, Tab, Up};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::fields::Field;
use super::messages::Level;
use super::overlay::{ExportProblem, Screen};
use super::{App, Effect, Msg, Pane};
use crate::conductor::{Ask, Event, QUEUE_LIMIT};
use crate::results::Status;
use crate::results::fixture::row;
use crate::spec::BackendId;
use crate::tui::actions::{ACTIONS, Key};
use crate::tui::fixture::{Session, contended, finished_rows, running_row};

/// A name for what a person would notice of an app.
fn state(app: &App) -> String {
    let screen = match app.screen() {
        Screen::Workbench => "workbench",
        Screen::Edit(_) => "edit",
        Screen::Filter(_) => "filter",
        Screen::Details => "details",
        Screen::Help(_) => "help",
        Screen::Export(_) => "export",
        Screen::ConfirmAll(_) => "confirm all",
        Screen::ConfirmQuit => "confirm quit",
        Screen::Log(_) => "log",
    };
    let next = app.next();
    let fields: Vec<_> = next.fields().into_iter().map(|field| next.shown(field)).collect();
    let (sorted, reversed) = app.table().sorted_by();
    format!(
        "{screen} {:?} {} {fields:?} rows {} cursor {} by {} {reversed} zoom {} frozen {} {:?} mouse {} scroll {} said {:?} waiting {:?}",
        app.focus(),
        app.field(),
        app.table().shown().len(),
        app.table().cursor(),
        sorted.header,
        app.is_zoomed(),
        app.is_frozen(),
        app.theme().palette,
        app.takes_mouse(),
        app.scroll(),
        app.messages().shown().map(|shown| &shown.text),
        app.runs().waiting(),
    )
}

/// A session in which every action applies: a run goes on, rows are there, one was deleted.
fn busy() -> Session {
    let mut session = contended(120, 40);
    session.keys("d");
    session.hear(Event::Row(Box::new(row(BackendId::Processes, 2).walls(&[0.5]).done())));
    session.keys("gg");
    session.wait(10);
    session
}

fn key_event(key: Key) -> Msg {
    let modifiers = if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
    Msg::Key(KeyEvent::new(key.code, modifiers))
}

fn said(session: &Session) -> (Level, &str) {
    session.app.messages().shown().map_or((Level::Info, ""), |shown| (shown.level, shown.text.as_str()))
}

fn asks(effects: &[Effect]) -> Vec<&'static str> {
    let name = |effect: &Effect| match effect {
        Effect::Ask(Ask::Run(_)) => "run",
        Effect::Ask(Ask::Restart(_)) => "restart",
        Effect::Ask(Ask::Cancel) => "cancel",
        Effect::Ask(Ask::ClearQueue) => "clear queue",
        Effect::Ask(_) => "other",
        Effect::Export(_) => "export",
        Effect::SuggestFile(_) => "suggest",
        Effect::Copy(_) => "copy",
        Effect::TakeMouse(_) => "mouse",
        Effect::Suspend => "suspend",
        Effect::Quit => "quit",
    };
    effects.iter().map(name).collect()
}

#[test]
fn every_key_of_the_table_does_something() {
    for binding in ACTIONS {
        for (key, _) in binding.keys {
            let from_pane = |pane: usize| {
                let mut session = busy();
                (0..pane).for_each(|_| drop(session.press(Tab)));
                session.keys("<");
                session.press(Down);
                let before = state(&session.app);
                let effects = session.send(key_event(*key));
                !effects.is_empty() || state(&session.app) != before
            };
            assert!((0..2).any(from_pane), "{key:?} does nothing: {}", binding.help);
        }
    }
}

#[test]
fn keys_do_what_their_help_says() {
    /// What it is about, the keys, and what can be seen then.
    type Case = (&'static str, &'static str, fn(&Session) -> bool);
    let cases: [Case; 14] = [
        ("backend", "b", |s| s.app.next().wish().backend == BackendId::Rayon),
        ("backend", "B", |s| s.app.next().wish().backend == BackendId::Sequential),
        ("lock", "g", |s| s.app.next().wish().gil),
        ("lock twice", "gg", |s| !s.app.next().wish().gil),
        ("workers", "+", |s| s.app.next().wish().workers == 5),
        ("workers", "---------", |s| s.app.next().wish().workers == 1),
        ("interval", "g>", |s| s.app.next().shown(Field::Gil) == "ON  50 ms"),
        ("interval", "g<<<<", |s| s.app.next().shown(Field::Gil) == "ON  100 µs"),
        ("interval without lock", "<", |s| said(s).1.starts_with("nobody waits")),
        ("workload", "w", |s| s.app.next().wish().workload == "etl"),
        ("workload", "wW", |s| s.app.next().wish().workload == "primes"),
        ("zoom", "z", |s| s.app.is_zoomed()),
        ("freeze", "p", |s| s.app.is_frozen()),
        ("transport", "t", |s| said(s).1.contains("share memory")),
    ];
    for (what, keys, holds) in cases {
        let mut session = Session::new(120, 40);
        session.keys(keys);
        assert!(holds(&session), "{what}: {keys}");
    }
}

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
fn a_field_is_edited_in_place() {
    let mut session = Session::new(120, 40);
    session.press(Home);
    session.press(Down);
    session.press(Enter);
    (0..4).for_each(|_| drop(session.press(KeyCode::Backspace)));
    session.keys("0q");
    session.press(Enter);
    let Screen::Edit(edit) = session.app.screen() else { panic!("stays in the edit") };
    assert_eq!(edit.refused.as_deref(), Some("1…1000000"));
    assert_eq!(said(&session).0, Level::Warning);
    (0..2).for_each(|_| drop(session.press(KeyCode::Backspace)));
    session.keys("64");
    session.press(Enter);
    assert!(matches!(session.app.screen(), Screen::Workbench));
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "64");
    session.press(Enter);
    session.keys("999");
    session.press(Esc);
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "64", "Esc restores");
}

#[test]
fn arrows_step_the_field_under_the_cursor() {
    let mut session = Session::new(120, 40);
    session.press(Home);
    session.press(Right);
    assert_eq!(session.app.next().wish().workload, "etl");
    session.press(Left);
    session.keys("jl");
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "4000");
    session.keys("hh");
    assert_eq!(session.app.next().shown(Field::Parameter(0)), "400");
    session.press(End);
    assert_eq!(session.app.field(), session.app.next().fields().len() - 1);
    session.press(PageDown);
    session.press(Up);
    assert_eq!(session.app.next().fields()[session.app.field()], Field::Order);
}

#[test]
fn a_strip_opens_before_its_fields_change() {
    let mut session = Session::new(80, 24);
    session.press(Right);
    assert!(session.app.is_zoomed());
    assert_eq!(asks(&session.press(Enter)), ["run"], "the cursor is on the button");
    session.press(Esc);
    assert!(!session.app.is_zoomed());
}

#[test]
fn tab_goes_round_the_panes() {
    let mut session = Session::new(120, 40);
    for pane in [Pane::Results, Pane::Workers, Pane::Cores, Pane::Workload] {
        session.press(Tab);
        assert_eq!(session.app.focus(), pane);
    }
    session.press(BackTab);
    assert_eq!(session.app.focus(), Pane::Cores);
}

#[test]
fn esc_goes_back_one_thing_at_a_time_and_never_cancels() {
    let mut session = contended(120, 40);
    session.hear(Event::Fault { row: running_row().run, text: "worker 2 died".to_owned() });
    session.keys("pz/thr");
    let steps: [fn(&App) -> bool; 6] = [
        |app| app.table().filter().is_empty() && matches!(app.screen(), Screen::Workbench),
        |app| app.messages().shown().is_none() && app.is_zoomed(),
        |app| !app.is_zoomed() && app.is_frozen(),
        |app| !app.is_frozen(),
        |app| app.messages().shown().is_some_and(|shown| shown.text.contains("x cancels")),
        |app| app.runs().going().is_some(),
    ];
    for (step, holds) in steps.into_iter().enumerate() {
        assert!(session.press(Esc).is_empty());
        assert!(holds(&session.app), "step {step}: {}", state(&session.app));
    }
}

#[test]
fn a_filter_stays_after_enter_and_goes_with_esc() {
    let mut session = contended(120, 40);
    session.keys("/thr");
    session.press(Enter);
    assert_eq!((session.app.table().filter(), session.app.table().shown().len()), ("thr", 2));
    session.press(Esc);
    assert_eq!(session.app.table().shown().len(), 5);
}

#[test]
fn a_deleted_row_comes_back() {
    let mut session = contended(120, 40);
    session.press(Tab);
    session.press(Home);
    session.keys("d");
    assert_eq!(session.app.table().shown().len(), 4);
    assert_eq!(said(&session).1, "row 1 deleted; u brings it back");
    session.keys("u");
    assert_eq!((session.app.table().shown().len(), session.app.table().cursor()), (5, 0));
    session.keys("u");
    assert_eq!(said(&session).1, "no row was deleted", "there is nothing more to bring back");
}

#[test]
fn the_cursor_goes_to_a_new_row_unless_somebody_reads_the_table() {
    for (tabs, expected) in [(0, 4), (1, 0)] {
        let mut session = Session::new(120, 40);
        for row in finished_rows() {
            session.hear(Event::Row(Box::new(row)));
        }
        (0..tabs).for_each(|_| drop(session.press(Tab)));
        session.press(Home);
        session.start(&[running_row()]);
        assert_eq!(session.app.table().cursor(), expected, "{tabs} tabs");
    }
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
fn ctrl_c_and_ctrl_z_work_wherever_the_keys_go() {
    for open in ["", "?", "/", "E", "q", "!", "a"] {
        let mut session = contended(120, 40);
        session.keys(open);
        assert_eq!(asks(&session.ctrl('z')), ["suspend"], "{open}");
        assert_eq!(asks(&session.ctrl('c')), ["cancel"], "{open}");
        session.hear(Event::Finished { cancelled: true });
        let mut session = Session::new(120, 40);
        session.keys(open);
        assert!(asks(&session.ctrl('c')).contains(&"quit") || open == "q", "{open}");
    }
}

#[test]
fn help_finds_a_key_and_enter_does_it() {
    let mut session = Session::new(120, 40);
    session.press(F(1));
    session.keys("gil");
    let Screen::Help(help) = session.app.screen() else { panic!() };
    assert_eq!(help.found().iter().map(|binding| binding.shown).collect::<Vec<_>>(), ["g"]);
    session.press(Enter);
    assert!(session.app.next().wish().gil && matches!(session.app.screen(), Screen::Workbench));
}

#[test]
fn e_exports_at_once_and_says_where() {
    let mut session = contended(120, 40);
    let effects = session.keys("e");
    let [Effect::Export(order)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((order.format.id, &order.path, order.overwrite, order.rows.len()), ("csv", &None, false, 6));
    session.send(Msg::Exported(Ok("/tmp/partui-1.csv".into())));
    assert_eq!(said(&session), (Level::Info, "wrote /tmp/partui-1.csv"));
    session.send(Msg::Exported(Err(ExportProblem::Failed("no space left".to_owned()))));
    session.wait(1_000);
    assert_eq!(said(&session), (Level::Error, "no space left"), "errors stay");
}

#[test]
fn the_export_window_asks_before_it_overwrites() {
    let mut session = contended(120, 40);
    assert_eq!(asks(&session.keys("E")), ["suggest"]);
    session.send(Msg::Suggested("/tmp/partui-1.csv".into()));
    session.press(Up);
    assert_eq!(asks(&session.press(Left)), ["suggest"], "another format has another name");
    session.send(Msg::Suggested("/tmp/partui-1.json".into()));
    session.press(Down);
    let effects = session.press(Enter);
    let [Effect::Export(order)] = effects.as_slice() else { panic!() };
    let path = Some("/tmp/partui-1.json".into());
    assert_eq!((order.format.id, &order.path, order.overwrite), ("json", &path, false));
    assert!(session.ctrl('o').is_empty(), "nothing to overwrite yet");
    session.send(Msg::Exported(Err(ExportProblem::Exists)));
    let effects = session.ctrl('o');
    assert!(matches!(effects.as_slice(), [Effect::Export(order)] if order.overwrite && order.path == path));
    session.send(Msg::Exported(Ok("/tmp/partui-1.json".into())));
    assert!(matches!(session.app.screen(), Screen::Workbench));
}

#[test]
fn a_typed_file_name_is_not_replaced_by_a_proposal() {
    let mut session = contended(120, 40);
    session.keys("Ex");
    session.send(Msg::Suggested("/tmp/other.csv".into()));
    let Screen::Export(dialog) = session.app.screen() else { panic!() };
    assert_eq!(dialog.file.text(), "x");
}

#[test]
fn a_row_is_copied_as_its_command() {
    let mut session = contended(120, 40);
    let effects = session.keys("y");
    let [Effect::Copy(line)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(line, "partui run --workload primes --backend threads --workers 4 --gil on --tasks 1000");
    let effects = Session::new(120, 40).keys("c");
    assert!(matches!(effects.as_slice(), [Effect::Copy(line)] if !line.contains("--gil")), "the next run's");
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
fn the_revision_changes_only_when_there_is_something_to_draw() {
    let mut session = Session::new(120, 40);
    let before = session.app.revision();
    session.wait(1);
    assert_eq!(session.app.revision(), before);
    session.keys("T");
    let said = session.app.revision();
    assert_ne!(said, before);
    assert_eq!(session.app.next_tick().map(|due| due.since(session.now)), Some(crate::units::Nanos::from_secs(4)));
    session.wait(4);
    assert_ne!(session.app.revision(), said, "the message went");
    assert_eq!(session.app.next_tick(), None);
}

#[test]
fn released_keys_and_unknown_ones_do_nothing() {
    let mut session = contended(120, 40);
    let before = state(&session.app);
    let release = KeyEvent { kind: KeyEventKind::Release, ..KeyEvent::new(Char('x'), KeyModifiers::NONE) };
    assert!(session.send(Msg::Key(release)).is_empty());
    session.keys("1234FsGNé\u{7}");
    session.press(F(9));
    assert_eq!(state(&session.app), before);
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

fn mouse(session: &mut Session, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
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
    assert!(matches!(session.app.screen(), Screen::Details));
    session.press(Esc);
    click(&mut session, 55, 12);
    assert_eq!(session.app.table().sorted_by().0.header, "wall s");
    click(&mut session, 4, 9);
    assert_eq!(session.app.next().fields()[session.app.field()], Field::Workers);
    click(&mut session, 12, 9);
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
    assert_eq!(session.app.watched().map(|entry| &entry.row.run), Some(&asked));
    session.press(Tab);
    session.press(Home);
    assert_eq!(session.app.watched().map(|entry| &entry.row.run), Some(&asked), "row 1 is of an earlier run");
    let sampled = row(BackendId::Sequential, 1)
        .walls(&[1.0])
        .with(|row| {
            row.run = baseline.clone();
            row.configuration.values.set("skew", crate::workload::Value::Real(0.0));
        })
        .done();
    session.hear(Event::Row(Box::new(sampled)));
    assert_eq!(session.app.watched().map(|entry| &entry.row.run), Some(&baseline), "now it is the run's own");
    assert!(session.app.live().workers().is_empty(), "nothing was seen of it yet");
}
