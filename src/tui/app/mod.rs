//! The state of the screen and how it changes: `update(message, now)` → effects. Pure: no clock, no terminal, no file
//! but what checking a workload's input reads.

pub mod fields;
mod input;
pub mod line;
pub mod live;
mod message;
pub mod messages;
mod meaning;
mod mouse;
pub mod next;
pub mod overlay;
mod pages;
mod perform;
mod reading;
mod reports;
pub mod runs;
pub mod scaling;
#[cfg(test)]
mod session;
pub mod shown;
pub mod standstill;
mod stepping;
pub mod table;
pub mod textbook;
pub mod timeline;
pub mod tour;
mod typed;

use std::sync::Arc;

use self::live::Live;
pub use self::message::{Effect, ExportOrder, Msg, Setup};
use self::messages::{Level, Messages};
use self::next::NextRun;
use self::overlay::Screen;
use self::runs::Runs;
use self::scaling::Scaling;
use self::standstill::Standstill;
use self::table::Table;
use self::textbook::Textbook;
use self::timeline::Timeline;
use self::tour::Tour;
use super::theme::Theme;
use crate::board::Board;
use crate::conductor::{Costs, Event, Request, predicted};
use crate::machine::Machine;
use crate::machine::load::CoreLoads;
use crate::results::RunId;
use crate::spec::{RunSettings, Wish};
use crate::units::Nanos;
use crate::workload::Refusal;

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// One workload: choose, run, watch, read.
    Workbench,
    /// What textbooks say, measured.
    Compare,
    /// What more workers bring.
    Scaling,
    /// What each worker does, moment by moment.
    Timeline,
}

impl Page {
    /// Every page, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Workbench, Self::Compare, Self::Scaling, Self::Timeline];

    /// Its number and name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Workbench => "1 Workbench",
            Self::Compare => "2 Compare",
            Self::Scaling => "3 Scaling",
            Self::Timeline => "4 Timeline",
        }
    }

    /// Its number and name where there is little room.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Workbench => "1 Workbench",
            Self::Compare => "2 Cmp",
            Self::Scaling => "3 Scale",
            Self::Timeline => "4 Time",
        }
    }
}

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

/// The readings that the live panes show.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// The cores' loads; `None` before the first reading.
    pub loads: Option<CoreLoads>,
    /// What partui itself takes of a core, as a share of 1; `None` before the first reading.
    pub own: Option<f64>,
}

/// How long the next run should take, and what was asked then.
#[derive(Debug, Default)]
struct Price {
    asked: Option<(Wish, RunSettings)>,
    one: Option<Nanos>,
    all: Option<Nanos>,
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
    machine: Machine,
    next: NextRun,
    costs: Costs,
    runs: Runs,
    table: Table,
    lives: Vec<(RunId, Live)>,
    /// The newest board of each row of the run that goes on, or of the last one; that of the newest sample is the last.
    boards: Vec<(RunId, Arc<Board>)>,
    /// Shown while nothing of the watched row was seen.
    nobody: Live,
    standstill: Standstill,
    readings: Readings,
    frozen: Option<Box<(Live, Readings)>>,
    price: Price,
    messages: Messages,
    page: Page,
    textbook: Textbook,
    scaling: Scaling,
    tour: Option<Tour>,
    timeline: Timeline,
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
        let mut app = Self::unpriced(setup);
        app.price_next(true);
        app
    }

    fn unpriced(setup: Setup) -> Self {
        let usable = u32::try_from(setup.machine.cores.usable).unwrap_or(u32::MAX);
        let next = NextRun::new(setup.wish, setup.settings, setup.overrides, usable);
        Self {
            field: next.fields().len() - 1,
            machine: setup.machine,
            next,
            costs: Costs::default(),
            runs: Runs::default(),
            table: Table::default(),
            lives: Vec::new(),
            boards: Vec::new(),
            nobody: Live::default(),
            standstill: Standstill::default(),
            readings: Readings::default(),
            frozen: None,
            price: Price::default(),
            messages: Messages::default(),
            page: Page::Workbench,
            textbook: Textbook::default(),
            scaling: Scaling::default(),
            tour: setup.tour.then(Tour::new),
            timeline: Timeline::default(),
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
        let guided = self.guide(now);
        match msg {
            Msg::Tick => return guided,
            Msg::Board(..) | Msg::Spans(_) | Msg::Cores(_) | Msg::OwnShare(_) if self.frozen.is_some() => {}
            _ => self.revision += 1,
        }
        let costs_changed = matches!(msg, Msg::Conductor(Event::Calibrated { .. }));
        let effects = self.take_in(msg, now);
        self.price_next(costs_changed);
        guided.into_iter().chain(effects).collect()
    }

    fn take_in(&mut self, msg: Msg, now: Nanos) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => return self.on_key(key, now),
            Msg::Mouse(mouse) => return self.on_mouse(mouse, now),
            Msg::Paste(text) => self.on_paste(&text),
            Msg::Conductor(event) => self.on_event(event, now),
            Msg::Exported(outcome) => self.on_exported(outcome, now),
            Msg::Suggested(path) => self.on_suggested(&path),
            Msg::Trouble(text) => self.say(Level::Error, &text, now),
            Msg::Board(run, snapshot) => self.on_board(&run, snapshot),
            Msg::Spans(reading) => self.on_spans(*reading),
            Msg::Stopped(processes) => self.on_stopped(&processes, now),
            Msg::Cores(loads) => self.readings.loads = Some(loads),
            Msg::OwnShare(share) => self.readings.own = Some(share),
            Msg::Resize(width, height) => self.size = (width, height),
            Msg::Focus(has) => self.has_focus = has,
            Msg::Tick => {}
        }
        Vec::new()
    }

    /// Predicts the next run anew if it or what is known of its cost has changed. Checking a wish may read the entries
    /// of a folder, so it is not done for every frame.
    fn price_next(&mut self, costs_changed: bool) {
        let asked = Some((self.next.wish().clone(), self.next.settings()));
        if costs_changed || self.price.asked != asked {
            let price = |request: Result<Request, Refusal>| {
                let request = request.ok()?;
                Some(predicted(&request.configurations, request.settings, &self.costs, self.next.usable))
            };
            self.price = Price { one: price(self.next.request()), all: price(self.next.request_all()), asked };
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
