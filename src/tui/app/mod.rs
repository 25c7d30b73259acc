//! The state of the screen and how it changes: `update(message, now)` → effects. Pure: no clock, no terminal, no file
//! but what checking a workload's input reads.

pub mod fields;
mod input;
pub mod line;
pub mod live;
mod message;
pub mod messages;
mod mouse;
pub mod next;
pub mod overlay;
mod perform;
mod reports;
pub mod runs;
#[cfg(test)]
mod session;
pub mod shown;
pub mod table;
mod typed;

use std::sync::Arc;

use self::live::Live;
pub use self::message::{Effect, ExportOrder, Msg, Setup};
use self::messages::{Level, Messages};
use self::next::NextRun;
use self::overlay::Screen;
use self::runs::Runs;
use self::table::{Entry, Table};
use super::actions::When;
use super::theme::Theme;
use crate::board::Board;
use crate::conductor::{Costs, predicted};
use crate::machine::Cores;
use crate::machine::load::CoreLoads;
use crate::results::{ResultRow, RunId};
use crate::units::Nanos;

/// A part of the screen that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The next run.
    Workload,
    /// The table.
    Results,
    /// What each worker does.
    Workers,
    /// What each core does.
    Cores,
}

impl Pane {
    /// Every pane, in the order in which the focus goes through them.
    pub const ALL: [Self; 4] = [Self::Workload, Self::Results, Self::Workers, Self::Cores];

    /// The name in its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Workload => "Workload",
            Self::Results => "Results",
            Self::Workers => "Workers",
            Self::Cores => "Cores",
        }
    }
}

/// What the live panes show.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// The workers of the watched row; empty before the first run.
    pub live: Live,
    /// The cores' loads; `None` before the first reading.
    pub loads: Option<CoreLoads>,
    /// What partui itself takes of a core, as a share of 1; `None` before the first reading.
    pub own: Option<f64>,
}

/// A click that may become the first half of a double click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Click {
    row: usize,
    at: Nanos,
}

/// Everything that the screen shows.
#[derive(Debug)]
pub struct App {
    cores: Cores,
    next: NextRun,
    costs: Costs,
    runs: Runs,
    table: Table,
    lives: Vec<(RunId, Live)>,
    picture: Picture,
    frozen: Option<Box<Picture>>,
    messages: Messages,
    screen: Screen,
    focus: Pane,
    field: usize,
    scroll: usize,
    zoomed: bool,
    theme: Theme,
    takes_mouse: bool,
    has_focus: bool,
    size: (u16, u16),
    click: Option<Click>,
    revision: u64,
}

impl App {
    /// The screen as it is at the start: the cursor on the run button.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let usable = u32::try_from(setup.cores.usable).unwrap_or(u32::MAX);
        let next = NextRun::new(setup.wish, setup.settings, setup.overrides, usable);
        Self {
            field: next.fields().len() - 1,
            cores: setup.cores,
            next,
            costs: Costs::default(),
            runs: Runs::default(),
            table: Table::default(),
            lives: Vec::new(),
            picture: Picture::default(),
            frozen: None,
            messages: Messages::default(),
            screen: Screen::Workbench,
            focus: Pane::Workload,
            scroll: 0,
            zoomed: false,
            theme: setup.theme,
            takes_mouse: true,
            has_focus: true,
            size: setup.size,
            click: None,
            revision: 0,
        }
    }

    /// Takes a message in; `now` is on the monotonic clock.
    pub fn update(&mut self, msg: Msg, now: Nanos) -> Vec<Effect> {
        self.revision += u64::from(self.messages.expire(now));
        match msg {
            Msg::Tick => return Vec::new(),
            Msg::Board(..) | Msg::Cores(_) | Msg::OwnShare(_) if self.frozen.is_some() => {}
            _ => self.revision += 1,
        }
        match msg {
            Msg::Key(key) => return self.on_key(key, now),
            Msg::Mouse(mouse) => return self.on_mouse(mouse, now),
            Msg::Paste(text) => self.on_paste(&text),
            Msg::Conductor(event) => self.on_event(event, now),
            Msg::Exported(outcome) => self.on_exported(outcome, now),
            Msg::Suggested(path) => self.on_suggested(&path),
            Msg::Trouble(text) => self.say(Level::Error, &text, now),
            Msg::Board(run, snapshot) => self.on_board(&run, snapshot),
            Msg::Cores(loads) => self.picture.loads = Some(loads),
            Msg::OwnShare(share) => self.picture.own = Some(share),
            Msg::Resize(width, height) => self.size = (width, height),
            Msg::Focus(has) => self.has_focus = has,
            Msg::Tick => {}
        }
        Vec::new()
    }

    /// Changes whenever the screen would look different.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// When a [`Msg::Tick`] is due that changes something; `None` for never.
    #[must_use]
    pub fn next_tick(&self) -> Option<Nanos> {
        self.messages.ends()
    }

    /// The board to read while a sample goes on, and the row that is sampled.
    #[must_use]
    pub fn board(&self) -> Option<(&RunId, &Arc<Board>)> {
        self.runs.sampling().map(|sampling| (&sampling.row, &sampling.board))
    }

    /// Whether the terminal has the focus; without it, two frames a second are enough.
    #[must_use]
    pub const fn has_focus(&self) -> bool {
        self.has_focus
    }

    /// Whether the mouse is used here, or left to the terminal.
    #[must_use]
    pub const fn takes_mouse(&self) -> bool {
        self.takes_mouse
    }

    /// All results that were not deleted, oldest first.
    pub fn rows(&self) -> impl Iterator<Item = &ResultRow> {
        self.table.rows()
    }

    /// The machine's cores.
    #[must_use]
    pub const fn cores(&self) -> &Cores {
        &self.cores
    }

    /// The next run.
    #[must_use]
    pub const fn next(&self) -> &NextRun {
        &self.next
    }

    /// The runs that go on and wait.
    #[must_use]
    pub const fn runs(&self) -> &Runs {
        &self.runs
    }

    /// The results table.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// What was said.
    #[must_use]
    pub const fn messages(&self) -> &Messages {
        &self.messages
    }

    /// What the keys go to.
    #[must_use]
    pub const fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The pane that has the focus.
    #[must_use]
    pub const fn focus(&self) -> Pane {
        self.focus
    }

    /// The place of the field under the cursor.
    #[must_use]
    pub const fn field(&self) -> usize {
        self.field
    }

    /// How many rows a zoomed pane without a cursor is scrolled down.
    #[must_use]
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// Whether the focused pane is shown alone.
    #[must_use]
    pub const fn is_zoomed(&self) -> bool {
        self.zoomed
    }

    /// Whether the live panes are held.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// How things look.
    #[must_use]
    pub const fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Columns and rows of the terminal.
    #[must_use]
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// What the live panes show: held, or as it is.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        self.frozen.as_deref().unwrap_or(&self.picture)
    }

    /// The row whose workers are watched: the one under the cursor if it belongs to the run, else the first that was
    /// asked for.
    #[must_use]
    pub fn watched(&self) -> Option<&Entry> {
        let rows = self.runs.rows();
        let selected = self.table.selected().filter(|entry| rows.contains(&entry.row.run));
        let mut entries = rows.iter().filter_map(|run| self.table.entry(run));
        let asked = entries.clone().find(|entry| !entry.row.configuration.is_baseline());
        selected.or(asked).or_else(|| entries.next())
    }

    /// How long the next run should take; `None` where it cannot start.
    #[must_use]
    pub fn predicted(&self) -> Option<Nanos> {
        let request = self.next.request().ok()?;
        Some(predicted(&request.configurations, request.settings, &self.costs, self.next.usable))
    }

    /// How long the next run should take on every backend; `None` where it cannot start.
    #[must_use]
    pub fn predicted_all(&self) -> Option<Nanos> {
        let request = self.next.request_all().ok()?;
        Some(predicted(&request.configurations, request.settings, &self.costs, self.next.usable))
    }

    /// Whether an action that needs this can do something now.
    #[must_use]
    pub fn applies(&self, when: When) -> bool {
        let facts = self.next.wish().backend.facts();
        match when {
            When::Always => true,
            When::Running => self.runs.is_busy(),
            When::Rows => self.table.shown().len() > 0,
            When::Deleted => self.table.can_undo(),
            When::Lock => self.next.contends(),
            When::Transport => !facts.transports.is_empty(),
            When::Scales => facts.scales,
        }
    }

    /// Changes how things look.
    pub fn set_theme(&mut self, theme: Theme) {
        self.theme = theme;
        self.revision += 1;
    }

    fn say(&mut self, level: Level, text: &str, now: Nanos) {
        self.messages.say(level, text, now);
    }
}
