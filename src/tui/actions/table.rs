//! The table of actions: a row for each, in the order of the footer, then by what they belong to.

use crossterm::event::KeyCode;

use crate::tui::app::Page;

use super::{Action, Binding, Footer, Key, Leave, Move, RowAction, RunAction, Setting, Show, Step, When};

const fn key(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

const fn char(letter: char) -> Key {
    key(KeyCode::Char(letter))
}

const fn ctrl(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), ctrl: true }
}

/// An entry of the workbench's bottom line.
const fn footer(from: u16, label: &'static str) -> Footer {
    Footer { page: Page::Workbench, from, label }
}

/// An entry of the bottom line of the page that compares.
const fn compare(from: u16, label: &'static str) -> Footer {
    Footer { page: Page::Compare, from, label }
}

/// An entry of the bottom line of the page on scaling.
const fn scaling(from: u16, label: &'static str) -> Footer {
    Footer { page: Page::Scaling, from, label }
}

/// An entry of the bottom line of the page that shows time.
const fn timeline(from: u16, label: &'static str) -> Footer {
    Footer { page: Page::Timeline, from, label }
}

/// What most rows have in common: at any time, and not in the footer.
const ALWAYS: Binding = Binding { keys: &[], shown: "", help: "", when: When::Always, footer: &[] };

/// Every action, those of the footer first and in its order.
pub const ACTIONS: &[Binding] = &[
    Binding {
        keys: &[(char('r'), Action::Run(RunAction::Start))],
        shown: "r",
        help: "run it, or queue it behind the run that goes on",
        when: When::Always,
        footer: &[footer(0, "run"), timeline(0, "run")],
    },
    Binding {
        keys: &[(key(KeyCode::Enter), Action::Move(Move::Activate))],
        shown: "Enter",
        help: "run, edit, open or measure the row, fit the span",
        footer: &[compare(0, "measure row"), scaling(0, "measure"), timeline(80, "fit")],
        ..ALWAYS
    },
    Binding {
        keys: &[(char('a'), Action::Run(RunAction::All))],
        shown: "a",
        help: "measure all backends, or all of the page's list",
        footer: &[compare(0, "all rows"), scaling(0, "all")],
        ..ALWAYS
    },
    Binding {
        keys: &[(char('x'), Action::Run(RunAction::Cancel))],
        shown: "x",
        help: "cancel, keep the samples; again: empty the queue",
        when: When::Running,
        footer: &[footer(60, "cancel"), compare(0, "cancel"), scaling(0, "cancel"), timeline(80, "cancel")],
    },
    Binding {
        keys: &[(char('R'), Action::Run(RunAction::Restart))],
        shown: "R",
        help: "restart now: drop run and queue, run the next",
        when: When::Always,
        footer: &[footer(100, "restart")],
    },
    Binding {
        keys: &[(char('g'), Action::Set(Setting::Gil))],
        shown: "g",
        help: "GIL on or off for the next run",
        when: When::Always,
        footer: &[footer(60, "GIL"), timeline(100, "GIL")],
    },
    Binding {
        keys: &[
            (char('b'), Action::Set(Setting::Backend(Step::Up))),
            (char('B'), Action::Set(Setting::Backend(Step::Down))),
        ],
        shown: "b",
        help: "next backend (B: previous)",
        when: When::Always,
        footer: &[footer(80, "backend")],
    },
    Binding {
        keys: &[
            (char('+'), Action::Set(Setting::Workers(Step::Up))),
            (char('='), Action::Set(Setting::Workers(Step::Up))),
            (char('-'), Action::Set(Setting::Workers(Step::Down))),
        ],
        shown: "+/-",
        help: "one worker more or less; timeline: zoom",
        when: When::Scales,
        footer: &[footer(80, "n"), footer(100, "workers"), timeline(0, "zoom")],
    },
    Binding {
        keys: &[
            (key(KeyCode::Right), Action::Move(Move::Right)),
            (char('l'), Action::Move(Move::Right)),
            (key(KeyCode::Left), Action::Move(Move::Left)),
            (char('h'), Action::Move(Move::Left)),
        ],
        shown: "←→ hl",
        help: "step the field's value; timeline: back and on",
        footer: &[timeline(0, "pan")],
        ..ALWAYS
    },
    Binding {
        keys: &[(char('0'), Action::Show(Show::All))],
        shown: "0",
        help: "timeline: all of the sample at once",
        footer: &[timeline(0, "all")],
        ..ALWAYS
    },
    Binding {
        keys: &[(char('e'), Action::Rows(RowAction::Export))],
        shown: "e",
        help: "export all results to a fresh CSV file, at once",
        when: When::Rows,
        footer: &[footer(80, "export"), compare(80, "export"), scaling(80, "export")],
    },
    Binding {
        keys: &[
            (char('1'), Action::Show(Show::Page(Page::Workbench))),
            (char('2'), Action::Show(Show::Page(Page::Compare))),
            (char('3'), Action::Show(Show::Page(Page::Scaling))),
            (char('4'), Action::Show(Show::Page(Page::Timeline))),
        ],
        shown: "1 2 3 4",
        help: "page: workbench, compare, scaling, timeline",
        footer: &[compare(80, "page"), scaling(80, "page"), timeline(100, "page")],
        ..ALWAYS
    },
    Binding {
        keys: &[(char('?'), Action::Show(Show::Help)), (key(KeyCode::F(1)), Action::Show(Show::Help))],
        shown: "?",
        help: "all keys and words; type to search (F1 too)",
        when: When::Always,
        footer: &[footer(0, "help"), compare(0, "help"), scaling(0, "help"), timeline(0, "help")],
    },
    Binding {
        keys: &[(char('q'), Action::Leave(Leave::Quit))],
        shown: "q",
        help: "quit and print the results; asks in a run",
        when: When::Always,
        footer: &[footer(0, "quit"), compare(0, "quit"), scaling(0, "quit"), timeline(0, "quit")],
    },
    Binding {
        keys: &[
            (char('w'), Action::Set(Setting::Workload(Step::Up))),
            (char('W'), Action::Set(Setting::Workload(Step::Down))),
        ],
        shown: "w",
        help: "next workload (W: previous)",
        ..ALWAYS
    },
    Binding {
        keys: &[
            (char('<'), Action::Set(Setting::Interval(Step::Down))),
            (char('>'), Action::Set(Setting::Interval(Step::Up))),
        ],
        shown: "< >",
        help: "switch interval: 0.1 1 5 50 ms",
        when: When::Lock,
        footer: &[],
    },
    Binding {
        keys: &[(char('t'), Action::Set(Setting::Transport))],
        shown: "t",
        help: "next transport",
        when: When::Transport,
        footer: &[],
    },
    Binding {
        keys: &[(char('G'), Action::Set(Setting::GilModel))],
        shown: "G",
        help: "next GIL model: how computing treats the lock",
        when: When::Computes,
        ..ALWAYS
    },
    Binding {
        keys: &[(char('P'), Action::Set(Setting::Payload))],
        shown: "P",
        help: "more bytes for each task; after the most: none",
        ..ALWAYS
    },
    Binding {
        keys: &[(char('F'), Action::Set(Setting::Fault))],
        shown: "F",
        help: "next fault done on purpose in each sample",
        when: When::Scales,
        footer: &[],
    },
    Binding {
        keys: &[
            (key(KeyCode::Tab), Action::Move(Move::NextPane)),
            (key(KeyCode::BackTab), Action::Move(Move::PreviousPane)),
        ],
        shown: "Tab",
        help: "next pane (Shift-Tab: previous)",
        ..ALWAYS
    },
    Binding {
        keys: &[(key(KeyCode::Esc), Action::Move(Move::Back))],
        shown: "Esc",
        help: "back: window, filter, zoom, freeze; ends no run",
        ..ALWAYS
    },
    Binding {
        keys: &[
            (key(KeyCode::Down), Action::Move(Move::Down)),
            (char('j'), Action::Move(Move::Down)),
            (key(KeyCode::Up), Action::Move(Move::Up)),
            (char('k'), Action::Move(Move::Up)),
        ],
        shown: "↑↓ jk",
        help: "choose a field or a row",
        ..ALWAYS
    },
    Binding {
        keys: &[(key(KeyCode::Home), Action::Move(Move::First)), (key(KeyCode::End), Action::Move(Move::Last))],
        shown: "Home",
        help: "first field or row (End: last)",
        ..ALWAYS
    },
    Binding {
        keys: &[
            (key(KeyCode::PageDown), Action::Move(Move::PageDown)),
            (key(KeyCode::PageUp), Action::Move(Move::PageUp)),
        ],
        shown: "PgDn",
        help: "ten rows on (PgUp: back)",
        ..ALWAYS
    },
    Binding {
        keys: &[(char('o'), Action::Rows(RowAction::Sort))],
        shown: "o",
        help: "sort by the next column",
        when: When::Rows,
        footer: &[],
    },
    Binding {
        keys: &[(char('O'), Action::Rows(RowAction::Reverse))],
        shown: "O",
        help: "turn the sort order around",
        when: When::Rows,
        footer: &[],
    },
    Binding {
        keys: &[(char('/'), Action::Rows(RowAction::Filter))],
        shown: "/",
        help: "filter: only rows that contain what you type",
        ..ALWAYS
    },
    Binding {
        keys: &[(char('d'), Action::Rows(RowAction::Delete)), (key(KeyCode::Delete), Action::Rows(RowAction::Delete))],
        shown: "d",
        help: "delete the row",
        when: When::Rows,
        footer: &[],
    },
    Binding {
        keys: &[(char('u'), Action::Rows(RowAction::Undo))],
        shown: "u",
        help: "undo: bring the deleted row back",
        when: When::Deleted,
        footer: &[],
    },
    Binding {
        keys: &[(char('E'), Action::Rows(RowAction::ExportAs))],
        shown: "E",
        help: "export, asking for format and file",
        when: When::Rows,
        footer: &[],
    },
    Binding {
        keys: &[(char('y'), Action::Rows(RowAction::Copy)), (char('c'), Action::Rows(RowAction::Copy))],
        shown: "y c",
        help: "copy the partui run command of the row",
        ..ALWAYS
    },
    Binding { keys: &[(char('z'), Action::Show(Show::Zoom))], shown: "z", help: "zoom the pane", ..ALWAYS },
    Binding {
        keys: &[(char('p'), Action::Show(Show::Freeze))],
        shown: "p",
        help: "freeze the live panes; the run goes on",
        ..ALWAYS
    },
    Binding {
        keys: &[(char('T'), Action::Show(Show::Theme))],
        shown: "T",
        help: "theme: dark, light, high contrast, monochrome",
        ..ALWAYS
    },
    Binding {
        keys: &[(char('m'), Action::Show(Show::Mouse))],
        shown: "m",
        help: "mouse: used here, or free to mark text",
        ..ALWAYS
    },
    Binding { keys: &[(char('!'), Action::Show(Show::Messages))], shown: "!", help: "all messages so far", ..ALWAYS },
    Binding {
        keys: &[(ctrl('c'), Action::Leave(Leave::Interrupt))],
        shown: "Ctrl-C",
        help: "cancel the run; without one: quit",
        ..ALWAYS
    },
    Binding {
        keys: &[(ctrl('z'), Action::Leave(Leave::Suspend))],
        shown: "Ctrl-Z",
        help: "suspend partui and its run; fg comes back",
        ..ALWAYS
    },
];
