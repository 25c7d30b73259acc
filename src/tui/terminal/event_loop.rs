//! The loop: waits for whatever comes first, lets the app take it, does what the app wants, and draws when a frame is due.
//!
//! It is written against three ports, so that it runs in tests without a terminal, an app or a clock: the pure [`App`],
//! the [`World`] that the app cannot reach by itself, and the [`Console`].

use std::io;
use std::time::Duration;

use crossterm::event::Event;

use super::console::Console;
use super::inbox::Inbox;
use super::pace::Pace;
use super::ports::{App, End, Reply, World};
use super::signals::Marks;
use crate::units::Nanos;

/// How long engines may take to stop before the program stops without having heard of it.
const ENGINES_STOP_WITHIN: Nanos = Nanos::from_millis(300);

/// How long to wait, once stopping has returned, for the news that the program goes on; there is none where it could not
/// be stopped.
const NEWS_WITHIN: Nanos = Nanos::from_millis(100);

/// Whether the terminal is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Here,
    /// Engines are being stopped; the program stops when they are, or then at the latest.
    Leaving(Nanos),
    /// The program was stopped, and looks by then whether it goes on.
    Away(Nanos),
}

/// The loop and all that it turns on.
pub(crate) struct EventLoop<'a, A: App, W: World<A>, C: Console> {
    /// The state.
    pub(crate) app: &'a mut A,
    /// Everything outside.
    pub(crate) world: W,
    /// Where it is drawn.
    pub(crate) console: C,
    /// What wakes it.
    pub(crate) inbox: Inbox,
    /// What signals have asked for.
    pub(crate) marks: &'a Marks,
    turn: Turn,
}

/// What the loop itself remembers from turn to turn.
struct Turn {
    pace: Pace,
    presence: Presence,
    /// The revision that is on the screen; `None` when all of it must be drawn.
    drawn: Option<u64>,
    end: Option<End>,
}

impl<'a, A: App, W: World<A>, C: Console> EventLoop<'a, A, W, C> {
    /// A loop that has drawn nothing yet.
    pub(crate) fn new(app: &'a mut A, world: W, console: C, inbox: Inbox, marks: &'a Marks) -> Self {
        let turn = Turn { pace: Pace::new(), presence: Presence::Here, drawn: None, end: None };
        Self { app, world, console, inbox, marks, turn }
    }

    /// Turns until the UI is over.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn run(mut self) -> io::Result<End> {
        self.measure()?;
        loop {
            self.obey_signals()?;
            self.take_in()?;
            self.come_and_go()?;
            if let Some(end) = self.turn.end.take() {
                return Ok(end);
            }
            self.draw()?;
            self.inbox.wait(self.patience());
        }
    }

    fn obey_signals(&mut self) -> io::Result<()> {
        let wishes = self.marks.take();
        let failure = self.inbox.failure().map(End::Failure);
        self.turn.end = wishes.end.map(End::Signal).or(failure);
        if wishes.resize && self.turn.presence == Presence::Here {
            self.measure()?;
        }
        if wishes.stop {
            self.leave_soon();
        }
        if wishes.go_on { self.come_back() } else { Ok(()) }
    }

    /// Keys first: their answer must not wait for telemetry.
    fn take_in(&mut self) -> io::Result<()> {
        let typed: Vec<Event> = self.inbox.typed().collect();
        for event in typed {
            match event {
                Event::FocusGained => self.turn.pace.focus(true),
                Event::FocusLost => self.turn.pace.focus(false),
                _ => self.turn.pace.answer(),
            }
            if let Some(message) = A::meaning(event) {
                self.tell(message)?;
            }
        }
        let now = self.world.now();
        for message in self.world.hear(self.app, now) {
            self.tell(message)?;
        }
        if self.app.next_due().is_some_and(|due| due <= now) {
            let effects = self.app.tick(now);
            self.perform(effects)?;
        }
        Ok(())
    }

    fn tell(&mut self, message: A::Message) -> io::Result<()> {
        let effects = self.app.update(message, self.world.now());
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<A::Effect>) -> io::Result<()> {
        for effect in effects {
            match self.world.perform(effect) {
                Reply::Done => {}
                Reply::Tell(message) => self.tell(message)?,
                Reply::Send(bytes) => self.console.send(&bytes)?,
                Reply::Mouse(wanted) => self.console.set_mouse(wanted)?,
                Reply::Suspend => self.leave_soon(),
                Reply::Quit => self.turn.end = Some(End::Quit),
            }
        }
        Ok(())
    }

    fn leave_soon(&mut self) {
        if self.turn.presence == Presence::Here {
            self.world.suspend();
            self.turn.presence = Presence::Leaving(self.world.now().plus(ENGINES_STOP_WITHIN));
        }
    }

    fn come_and_go(&mut self) -> io::Result<()> {
        let now = self.world.now();
        match self.turn.presence {
            _ if self.turn.end.is_some() => {}
            Presence::Leaving(latest) if self.world.is_suspended() || latest <= now => {
                self.console.release();
                self.stop();
            }
            Presence::Away(latest) if latest <= now => self.come_back()?,
            Presence::Here | Presence::Leaving(_) | Presence::Away(_) => {}
        }
        Ok(())
    }

    /// Does not take the terminal back by itself: a signal that ends the program may have come along with the one that
    /// let it go on, and the terminal may be another job's.
    fn stop(&mut self) {
        self.console.stop();
        self.turn.presence = Presence::Away(self.world.now().plus(NEWS_WITHIN));
    }

    fn come_back(&mut self) -> io::Result<()> {
        if self.turn.end.is_some() {
            return Ok(());
        }
        if !self.console.reclaim()? {
            self.stop();
            return Ok(());
        }
        if self.turn.presence != Presence::Here {
            self.world.resume();
        }
        self.turn.presence = Presence::Here;
        self.measure()
    }

    /// Tells the app the window's size and draws all of it.
    fn measure(&mut self) -> io::Result<()> {
        let size = self.console.size()?;
        self.turn.drawn = None;
        self.turn.pace.answer();
        A::meaning(Event::Resize(size.width, size.height)).map_or(Ok(()), |message| self.tell(message))
    }

    fn is_changed(&self) -> bool {
        self.turn.drawn != Some(self.app.revision())
    }

    /// When the next frame is due; `None` while there is nothing to draw or nowhere to draw it.
    fn frame_due(&self) -> Option<Nanos> {
        match self.turn.presence {
            Presence::Away(_) => None,
            Presence::Here | Presence::Leaving(_) => self.turn.pace.due(self.is_changed()),
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        self.turn.pace.settle(self.is_changed());
        if self.frame_due().is_some_and(|due| due <= self.world.now()) {
            let app = &*self.app;
            self.console.draw(|frame| app.draw(frame))?;
            self.turn.drawn = Some(app.revision());
            // Measured from its end: a terminal that takes long to write to gets fewer frames.
            self.turn.pace.drawn(self.world.now());
        }
        Ok(())
    }

    /// How long nothing is due; `None` for ever.
    fn patience(&self) -> Option<Duration> {
        let presence = match self.turn.presence {
            Presence::Here => None,
            Presence::Leaving(latest) | Presence::Away(latest) => Some(latest),
        };
        let due = [presence, self.frame_due(), self.app.next_due(), self.world.next_due(self.app)];
        let first = due.into_iter().flatten().min()?;
        Some(first.since(self.world.now()).into())
    }
}
