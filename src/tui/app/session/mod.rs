//! What a person does, key by key, and what the app makes of it.

mod choices;
mod pointing;
mod rows;
mod runs;
mod scaling;
mod textbook;
mod timeline;
mod tour;
mod windows;

use crossterm::event::KeyCode::{BackTab, Char, Down, Enter, Esc, F, Tab};
use crossterm::event::{KeyEvent, KeyEventKind, KeyModifiers};

use crate::conductor::{Ask, Event};
use crate::results::fixture::row;
use crate::spec::BackendId;
use crate::tui::actions::{ACTIONS, Key};
use crate::tui::app::fields::Field;
use crate::tui::app::messages::Level;
use crate::tui::app::overlay::{HelpLine, Screen};
use crate::tui::app::{App, Effect, Msg, Pane};
use crate::tui::fixture::{Session, contended, running_row};
use crate::workload::WORKLOADS;

/// A name for what a person would notice of an app.
fn state(app: &App) -> String {
    let screen = match app.screen() {
        Screen::Workbench => "workbench",
        Screen::Edit(_) => "edit",
        Screen::Filter(_) => "filter",
        Screen::Details(_) => "details",
        Screen::Help(_) => "help",
        Screen::Export(_) => "export",
        Screen::ConfirmAll(_) => "confirm all",
        Screen::ConfirmPage(_) => "confirm page",
        Screen::ConfirmQuit => "confirm quit",
        Screen::Log(_) => "log",
    };
    let next = app.next();
    let fields: Vec<_> = next.fields().into_iter().map(|field| next.shown(field)).collect();
    let (sorted, reversed) = app.table().sorted_by();
    format!(
        "{:?} {screen} {:?} {} {fields:?} rows {} cursor {} by {} {reversed} zoom {} frozen {} {:?} mouse {} scroll {} said {:?} waiting {:?}",
        app.page(),
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
            let from_the_other_page = || {
                let mut session = busy();
                session.keys("2");
                let before = state(&session.app);
                let effects = session.send(key_event(*key));
                !effects.is_empty() || state(&session.app) != before
            };
            assert!((0..2).any(from_pane) || from_the_other_page(), "{key:?} does nothing: {}", binding.help);
        }
    }
}

#[test]
fn keys_do_what_their_help_says() {
    /// What it is about, the keys, and what can be seen then.
    type Case = (&'static str, &'static str, fn(&Session) -> bool);
    let cases: [Case; 15] = [
        ("backend", "b", |s| s.app.next().wish().backend == BackendId::Rayon),
        ("backend", "B", |s| s.app.next().wish().backend == BackendId::Sequential),
        ("lock", "g", |s| s.app.next().wish().gil),
        ("lock twice", "gg", |s| !s.app.next().wish().gil),
        ("workers", "+", |s| s.app.next().wish().workers == 5),
        ("workers", "---------", |s| s.app.next().wish().workers == 1),
        ("interval", "g>", |s| s.app.next().shown(Field::Gil) == "ON  50 ms"),
        ("interval", "g<<<<", |s| s.app.next().shown(Field::Gil) == "ON  100 µs"),
        ("interval without lock", "<", |s| said(s).1.starts_with("nobody waits")),
        ("workload", "w", |s| s.app.next().wish().workload == WORKLOADS[1].about().id),
        ("workload", "wW", |s| s.app.next().wish().workload == "primes"),
        ("zoom", "z", |s| s.app.is_zoomed()),
        ("freeze", "p", |s| s.app.is_frozen()),
        ("transport", "t", |s| s.app.next().shown(Field::Transport) == "channel"),
        ("no transport", "bt", |s| said(s).1.starts_with("there is one way")),
    ];
    for (what, keys, holds) in cases {
        let mut session = Session::new(120, 40);
        session.keys(keys);
        assert!(holds(&session), "{what}: {keys}");
    }
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
    let told = |line: &HelpLine| match line {
        HelpLine::Key(binding) => binding.shown,
        HelpLine::Word(word) => word.word,
    };
    let found: Vec<&str> = help.found().iter().map(told).collect();
    assert!(found.starts_with(&["g", "G", "GIL"]), "{found:?}");
    session.press(Enter);
    assert!(session.app.next().wish().gil && matches!(session.app.screen(), Screen::Workbench));
    session.keys("?convoy");
    session.press(Enter);
    assert!(matches!(session.app.screen(), Screen::Help(_)), "a word does nothing");
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
fn released_keys_do_nothing_and_unknown_ones_say_where_keys_are_listed() {
    let mut session = contended(120, 40);
    let before = state(&session.app);
    let release = KeyEvent { kind: KeyEventKind::Release, ..KeyEvent::new(Char('x'), KeyModifiers::NONE) };
    assert!(session.send(Msg::Key(release)).is_empty());
    assert_eq!(state(&session.app), before);
    for page in ["1", "2", "3", "4"] {
        session.keys(page);
        for key in ["5", "f", "s", "V", "N", "é", "\u{7}"] {
            assert!(session.keys(key).is_empty());
            assert!(said(&session).1.contains("? lists all"), "{key:?} on page {page}");
            session.wait(10);
        }
    }
    session.keys("1");
    assert_eq!(state(&session.app), before);
}
