//! Everything that the app cannot reach by itself: the conductor, the boards, the cores, files, the clock.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use crossterm::event;
use ratatui::Frame;

use super::app::timeline::Reading;
use super::app::{App, Effect, Msg};
use super::standing::Lookout;
use super::terminal::{self, Bell, Reply, World};
use super::{saving, view};
use crate::board::Snapshot;
use crate::conductor::{self, Ask, Event, Handle};
use crate::machine::Machine;
use crate::machine::clock;
use crate::machine::load::{LoadMeter, SelfMeter};
use crate::units::{Nanos, WorkerId};

/// Between readings of a board: as often as it can be drawn.
const BOARD: Nanos = Nanos::from_millis(100);

/// Between readings of the cores while nothing is measured.
const AT_REST: Nanos = Nanos::from_secs(1);

/// Between all readings while the window is out of focus.
const UNWATCHED: Nanos = Nanos::from_millis(500);

impl terminal::App for App {
    type Message = Msg;
    type Effect = Effect;

    fn meaning(event: event::Event) -> Option<Msg> {
        Some(Msg::of(event))
    }

    fn update(&mut self, message: Msg, now: Nanos) -> Vec<Effect> {
        Self::update(self, message, now)
    }

    fn tick(&mut self, now: Nanos) -> Vec<Effect> {
        Self::update(self, Msg::Tick, now)
    }

    fn next_due(&self) -> Option<Nanos> {
        self.next_tick()
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        view::draw(frame, self);
    }

    fn revision(&self) -> u64 {
        Self::revision(self)
    }
}

/// The real world.
pub(crate) struct Outside {
    machine: Machine,
    conductor: Handle,
    events: Option<Receiver<Event>>,
    is_suspended: bool,
    /// Whether it was us who stopped the engines, or asked for it.
    holds_engines: bool,
    lookout: Lookout,
    /// `None` where the cores cannot be read.
    loads: Option<LoadMeter>,
    own: SelfMeter,
    loads_read: Nanos,
    board_read: Nanos,
    spans_read: Nanos,
}

impl Outside {
    /// Starts a conductor, which rings `bell` when it has something to say.
    ///
    /// # Errors
    /// The system has no thread or no descriptor to give.
    pub(crate) fn connect(machine: Machine, bell: Bell) -> io::Result<Self> {
        let usable = u32::try_from(machine.cores.usable).unwrap_or(u32::MAX);
        let setup = conductor::Setup { notify: Box::new(move || bell.ring()), ..conductor::Setup::new(usable) };
        let (conductor, events) = conductor::start(setup)?;
        Ok(Self {
            machine,
            conductor,
            events: Some(events),
            is_suspended: false,
            holds_engines: false,
            lookout: Lookout::default(),
            loads: LoadMeter::new().ok(),
            own: SelfMeter::start(),
            // The first reading is due as soon as the meter has one.
            loads_read: clock::now().since(AT_REST).plus(LoadMeter::INTERVAL),
            board_read: Nanos::ZERO,
            spans_read: Nanos::ZERO,
        })
    }

    fn hear_conductor(&mut self) -> Vec<Msg> {
        let mut messages = Vec::new();
        while let Some(events) = &self.events {
            match events.try_recv() {
                Ok(event) => {
                    if let Event::Suspended(is_suspended) = event {
                        (self.is_suspended, self.holds_engines) = (is_suspended, is_suspended);
                    }
                    messages.push(Msg::Conductor(event));
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.events = None;
                    messages.push(Msg::Trouble("the conductor has ended; nothing more can be measured".to_owned()));
                }
            }
        }
        messages
    }

    /// The board as it was when the conductor said something: what it says may end a sample, and the board of another
    /// follows.
    fn read_last(&mut self, app: &App, now: Nanos) -> Option<Msg> {
        let (run, board) = app.board()?;
        self.board_read = now;
        Some(Msg::Board(run.clone(), board.snapshot(now)))
    }

    fn read_board(&mut self, app: &App, now: Nanos) -> Vec<Msg> {
        let is_due = self.board_due(app).is_some_and(|due| due <= now);
        let Some((run, board)) = app.board().filter(|_| is_due) else { return Vec::new() };
        self.board_read = now;
        let snapshot = board.snapshot(now);
        let stopped = self.look_out(&snapshot, now);
        std::iter::once(Msg::Board(run.clone(), snapshot)).chain(stopped).collect()
    }

    /// The rings of the board that the app wants to see, as often as other readings.
    fn read_spans(&mut self, app: &App, now: Nanos) -> Option<Msg> {
        let (board, seen) = app.spans_wanted().filter(|_| self.spans_due(app) <= now)?;
        self.spans_read = now;
        // The present before the past: what ends in between is then seen as finished.
        let snapshot = board.snapshot(now);
        let workers = (0..).map(WorkerId).zip(seen);
        let recent = workers.map(|(worker, seen)| board.spans(worker, seen)).collect();
        Some(Msg::Spans(Box::new(Reading { board: Arc::clone(board), snapshot, recent })))
    }

    fn spans_due(&self, app: &App) -> Nanos {
        self.spans_read.plus(if app.has_focus() { BOARD } else { UNWATCHED })
    }

    /// Who stands still, unless that is what we wanted.
    fn look_out(&mut self, snapshot: &Snapshot, now: Nanos) -> Option<Msg> {
        let workers = snapshot.slots.iter().map(|slot| slot.process).filter(|pid| *pid != 0).collect();
        let stopped = (!self.holds_engines).then(|| self.lookout.look(&workers, std::process::id(), now))?;
        stopped.map(Msg::Stopped)
    }

    fn read_cores(&mut self, app: &App, now: Nanos) -> Vec<Msg> {
        if now < self.cores_due(app) {
            return Vec::new();
        }
        self.loads_read = now;
        let loads = self.loads.as_mut().and_then(|meter| meter.read(now)).cloned().map(Msg::Cores);
        loads.into_iter().chain(self.own.read(now).map(Msg::OwnShare)).collect()
    }

    fn board_due(&self, app: &App) -> Option<Nanos> {
        let interval = if app.has_focus() { BOARD } else { UNWATCHED };
        app.board().map(|_| self.board_read.plus(interval))
    }

    fn cores_due(&self, app: &App) -> Nanos {
        self.loads_read.plus(match (app.board(), app.has_focus()) {
            (None, _) => AT_REST,
            (Some(_), false) => UNWATCHED,
            (Some(_), true) => LoadMeter::INTERVAL,
        })
    }
}

impl World<App> for Outside {
    fn now(&self) -> Nanos {
        clock::now()
    }

    fn hear(&mut self, app: &App, now: Nanos) -> Vec<Msg> {
        let said = self.hear_conductor();
        let last = (!said.is_empty()).then(|| self.read_last(app, now)).flatten();
        let mut messages: Vec<Msg> = last.into_iter().chain(said).collect();
        messages.extend(self.read_board(app, now));
        messages.extend(self.read_spans(app, now));
        messages.extend(self.read_cores(app, now));
        messages
    }

    fn next_due(&self, app: &App) -> Option<Nanos> {
        let spans = app.spans_wanted().map(|_| self.spans_due(app));
        [self.board_due(app), spans].into_iter().flatten().chain([self.cores_due(app)]).min()
    }

    fn perform(&mut self, effect: Effect) -> Reply<Msg> {
        match effect {
            Effect::Ask(ask) => self.conductor.ask(ask),
            Effect::Export(order) => return Reply::Tell(Msg::Exported(saving::save(&order, &self.machine))),
            Effect::SuggestFile(format) => return Reply::Tell(Msg::Suggested(saving::fresh_name(format))),
            Effect::Copy(text) => {
                let too_long = || Reply::Tell(Msg::Trouble("too long for a terminal's clipboard".to_owned()));
                return terminal::copy(&text).map_or_else(too_long, Reply::Send);
            }
            Effect::TakeMouse(wanted) => return Reply::Mouse(wanted),
            Effect::Suspend => return Reply::Suspend,
            Effect::Quit => return Reply::Quit,
        }
        Reply::Done
    }

    fn suspend(&mut self) {
        self.holds_engines = true;
        self.conductor.ask(Ask::Suspend);
    }

    fn is_suspended(&self) -> bool {
        self.is_suspended
    }

    fn resume(&mut self) {
        self.conductor.ask(Ask::Resume);
    }
}
