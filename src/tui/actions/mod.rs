//! What a person can do: one table of keys, names and help that dispatch, footer and help are made from.
//!
//! It knows no state: whether an action applies is named here and judged by the app.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use self::table::ACTIONS;
use super::app::Page;

/// Something that a person can do on the workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start or end measurements.
    Run(RunAction),
    /// Change the next run.
    Set(Setting),
    /// Move the focus or the cursor, go in or back.
    Move(Move),
    /// Do something with results.
    Rows(RowAction),
    /// Change what is shown.
    Show(Show),
    /// Leave, for good or for a while.
    Leave(Leave),
}

/// Starting and ending measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAction {
    /// Run or queue the next run.
    Start,
    /// Drop what goes on and run the next run now.
    Restart,
    /// Stop what goes on; once more soon after: forget what waits.
    Cancel,
    /// The next run on every backend, after its price was stated.
    All,
}

/// Changes to the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The backend after this one, or before it.
    Backend(Step),
    /// The workload after this one, or before it.
    Workload(Step),
    /// The lock on or off.
    Gil,
    /// The GIL model after this one.
    GilModel,
    /// The next larger payload, or none after the largest.
    Payload,
    /// The transport after this one.
    Transport,
    /// One worker more or less.
    Workers(Step),
    /// The next longer or shorter switch interval.
    Interval(Step),
    /// The fault after this one, or none.
    Fault,
}

/// A direction in a list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next one.
    Up,
    /// To the one before.
    Down,
}

/// Moving about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A field's value before this one.
    Left,
    /// A field's value after this one.
    Right,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Ten rows up.
    PageUp,
    /// Ten rows down.
    PageDown,
    /// To the pane after this one.
    NextPane,
    /// To the pane before this one.
    PreviousPane,
    /// Do what the focused thing is for.
    Activate,
    /// Back, out of whatever is open.
    Back,
}

/// Things to do with results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAction {
    /// Sort by the column after this one.
    Sort,
    /// Turn the order around.
    Reverse,
    /// Type what rows must contain.
    Filter,
    /// Take a row out of the table.
    Delete,
    /// Bring the row back that was taken out last.
    Undo,
    /// Write a fresh CSV file at once.
    Export,
    /// Ask for format and path first.
    ExportAs,
    /// Copy the command that measures this row again.
    Copy,
}

/// Changes to what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Another page.
    Page(Page),
    /// All of the sample at once, where time is shown.
    All,
    /// The focused pane alone, or all of them.
    Zoom,
    /// Hold the live panes, or let them go on.
    Freeze,
    /// The palette after this one.
    Theme,
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// All messages so far.
    Messages,
    /// All keys.
    Help,
}

/// Leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// End partui; asks when a run is going.
    Quit,
    /// Cancel a run, or end partui.
    Interrupt,
    /// Stop partui and its engines until the shell's `fg`.
    Suspend,
}

/// A key as the table names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Which key; letters as they are typed.
    pub code: KeyCode,
    /// Whether Ctrl is held.
    pub ctrl: bool,
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self { code: event.code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL) }
    }
}

/// When an action can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At any time.
    Always,
    /// While a run goes on or waits.
    Running,
    /// While the table has rows.
    Rows,
    /// After a row was taken out of the table.
    Deleted,
    /// While the lock of the next run can be waited for.
    Lock,
    /// While the next run's workload computes.
    Computes,
    /// While the next run's backend has a transport.
    Transport,
    /// While the number of workers can be chosen.
    Scales,
}

impl When {
    /// Why nothing happens, said to a person who asks for it at another time.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Always => "",
            Self::Running => "no run is going",
            Self::Rows => "there are no results yet",
            Self::Deleted => "no row was deleted",
            Self::Lock => "nobody waits for the lock here: it is off, or each worker has its own",
            Self::Computes => "this workload computes nothing, so it has no GIL model",
            Self::Transport => "there is one way to reach these workers: only threads and processes have a choice",
            Self::Scales => "sequential has one worker",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Binding {
    /// The keys, each with what it does.
    pub keys: &'static [(Key, Action)],
    /// The keys as people read them.
    pub shown: &'static str,
    /// One line: what they do.
    pub help: &'static str,
    /// When they do it.
    pub when: When,
    /// What the footer calls them, from the narrowest screen on.
    pub footer: &'static [Footer],
}

/// An entry of the bottom line.
#[derive(Debug, Clone, Copy)]
pub struct Footer {
    /// The page that has it.
    pub page: Page,
    /// The narrowest screen that has it, in columns.
    pub from: u16,
    /// What the keys do, in a word.
    pub label: &'static str,
}

/// The action of a key, with the row of the table that has it.
#[must_use]
pub fn by_key(pressed: Key) -> Option<(Action, &'static Binding)> {
    let pairs = ACTIONS.iter().flat_map(|binding| binding.keys.iter().map(move |(key, action)| (key, action, binding)));
    pairs.into_iter().find(|(key, ..)| **key == pressed).map(|(_, action, binding)| (*action, binding))
}

/// The entries of a page's bottom line on a screen of this width, in order, each with its words.
pub fn footer_entries(page: Page, width: u16) -> impl Iterator<Item = (&'static Binding, &'static str)> {
    ACTIONS.iter().filter_map(move |binding| {
        let fitting = binding.footer.iter().rfind(|entry| entry.page == page && entry.from <= width)?;
        Some((binding, fitting.label))
    })
}

/// The rows of the table whose keys or help contain `search`, in any case.
pub fn search(search: &str) -> impl Iterator<Item = &'static Binding> {
    let wanted = search.to_lowercase();
    ACTIONS
        .iter()
        .filter(move |binding| binding.help.to_lowercase().contains(&wanted) || binding.shown.to_lowercase() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_means_one_thing_and_every_row_says_what() {
        let keys: Vec<_> = ACTIONS.iter().flat_map(|binding| binding.keys).map(|(key, _)| *key).collect();
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{key:?} is bound twice");
            assert!(by_key(*key).is_some());
        }
        for binding in ACTIONS {
            assert!(!binding.keys.is_empty() && !binding.help.is_empty() && !binding.shown.is_empty());
            assert!(binding.help.chars().count() <= 48, "too long for the smallest help window: {}", binding.help);
            assert!(binding.shown.chars().count() <= 8, "{}", binding.shown);
        }
    }

    #[test]
    fn help_lines_and_actions_are_unique() {
        for (place, binding) in ACTIONS.iter().enumerate() {
            for other in &ACTIONS[..place] {
                assert_ne!(binding.help, other.help);
                assert!(!other.keys.iter().any(|(_, action)| *action == binding.keys[0].1), "{}", binding.help);
            }
        }
    }

    #[test]
    fn the_footer_grows_with_the_screen() {
        let line_of = |page, width| {
            let entries = footer_entries(page, width).map(|(binding, label)| format!("{} {label}", binding.shown));
            entries.collect::<Vec<_>>().join("  ")
        };
        let line = |width| line_of(Page::Workbench, width);
        assert_eq!(line_of(Page::Timeline, 60), "r run  +/- zoom  ←→ hl pan  0 all  ? help  q quit");
        assert_eq!(
            line_of(Page::Timeline, 80),
            "r run  Enter fit  x cancel  +/- zoom  ←→ hl pan  0 all  ? help  q quit"
        );
        assert_eq!(line_of(Page::Compare, 60), "Enter measure row  a all rows  x cancel  ? help  q quit");
        assert_eq!(
            line_of(Page::Compare, 80),
            "Enter measure row  a all rows  x cancel  e export  1 2 3 4 page  ? help  q quit"
        );
        assert_eq!(line_of(Page::Scaling, 60), "Enter measure  a all  x cancel  ? help  q quit");
        assert_eq!(line(40), "r run  ? help  q quit");
        assert_eq!(line(60), "r run  x cancel  g GIL  ? help  q quit");
        assert_eq!(line(80), "r run  x cancel  g GIL  b backend  +/- n  e export  ? help  q quit");
        assert_eq!(line(120), "r run  x cancel  R restart  g GIL  b backend  +/- workers  e export  ? help  q quit");
    }

    #[test]
    fn the_search_finds_words_and_keys() {
        let found = |text| search(text).map(|binding| binding.shown).collect::<Vec<_>>();
        assert_eq!(found("gil"), ["g", "G"]);
        assert_eq!(found("SWITCH interval"), ["< >"]);
        assert!(found("q").contains(&"q") && found("quit and").len() == 1);
        assert_eq!(found("").len(), ACTIONS.len());
    }
}
