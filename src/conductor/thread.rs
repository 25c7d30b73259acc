//! The conductor's own thread. It lives until the conductor is told to quit and starts every engine, since an engine dies
//! with the thread that started it; it sleeps in `poll` whenever there is nothing to do.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use jiff::Timestamp;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::agenda::Agenda;
use super::companions::Companions;
use super::engine_handle::{Channel, EngineHandle};
use super::order::{Beginning, Do, Ending, EngineId, Happening};
use super::{Ask, Event};
use crate::board::{RecordedAs, Recording};
use crate::child::executable;
use crate::engine;

/// How a conductor is set up.
pub struct Setup {
    /// On how many cores a process may run here.
    pub usable: u32,
    /// The executable that engines start from.
    pub program: PathBuf,
    /// Where the workers' spans are kept, with the rows of the results table for names; `None` keeps none. For one run.
    pub recording: Option<Arc<Recording>>,
    /// Called after each event that was sent, from the conductor's thread.
    pub notify: Box<dyn Fn() + Send>,
}

impl Setup {
    /// Engines from the running executable, for a reader that waits on the events themselves.
    #[must_use]
    pub fn new(usable: u32) -> Self {
        Self { usable, program: executable(), recording: None, notify: Box::new(|| {}) }
    }
}

/// The way to a running conductor. Dropping it ends the conductor and all engines, and waits for that.
#[derive(Debug)]
pub struct Handle {
    asks: Sender<Ask>,
    wake: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Asks for something; the answer comes as events. A conductor that has quit does not answer: its events have ended.
    pub fn ask(&self, ask: Ask) {
        if self.asks.send(ask).is_ok() {
            // The counter can only refuse when it is full, and then the conductor is awake.
            let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.ask(Ask::Quit);
        if let Some(thread) = self.thread.take() {
            // A conductor that panicked has dropped its engines on the way, which ended them.
            let _ = thread.join();
        }
    }
}

/// Starts a conductor. Its events end when it has quit.
///
/// # Errors
/// When the system has no thread or no descriptor to give.
pub fn start(setup: Setup) -> io::Result<(Handle, Receiver<Event>)> {
    let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let ((asks, asked), (events, heard)) = (channel(), channel());
    let shell = Shell {
        agenda: Agenda::new(setup.usable, Timestamp::now),
        program: setup.program,
        recording: setup.recording,
        engines_started: 0,
        engines: BTreeMap::new(),
        companions: Companions::default(),
        asked,
        wake: Arc::clone(&wake),
        events,
        notify: setup.notify,
        orders: VecDeque::new(),
        is_over: false,
    };
    let thread = std::thread::Builder::new().name("conductor".to_owned()).spawn(|| shell.run())?;
    Ok((Handle { asks, wake, thread: Some(thread) }, heard))
}

/// Carries out what the agenda decides.
struct Shell {
    agenda: Agenda,
    program: PathBuf,
    recording: Option<Arc<Recording>>,
    engines_started: u32,
    engines: BTreeMap<EngineId, EngineHandle>,
    companions: Companions,
    asked: Receiver<Ask>,
    wake: Arc<OwnedFd>,
    events: Sender<Event>,
    notify: Box<dyn Fn() + Send>,
    orders: VecDeque<Do>,
    is_over: bool,
}

impl Shell {
    fn run(mut self) {
        while !self.is_over {
            match self.wait() {
                Ok(ready) => ready.into_iter().for_each(|(engine, channel)| self.serve(engine, channel)),
                Err(Errno::INTR) => {}
                // Without `poll` nothing can be conducted; dropping the engines ends them, and the events end.
                Err(_) => return,
            }
            self.end_overdue();
            self.take_asks();
            self.carry_out();
        }
    }

    /// Sleeps until an ask or something of an engine is there, or an engine is overdue.
    fn wait(&self) -> Result<Vec<(EngineId, Channel)>, Errno> {
        let mut names = Vec::new();
        let mut polled = vec![PollFd::new(&self.wake, PollFlags::IN)];
        for (engine, handle) in &self.engines {
            for (channel, descriptor) in handle.channels() {
                names.push((*engine, channel));
                polled.push(descriptor);
            }
        }
        poll(&mut polled, self.patience().as_ref())?;
        let is_ready = |descriptor: &PollFd<'_>| !descriptor.revents().is_empty();
        Ok(names.into_iter().zip(&polled[1..]).filter(|(_, fd)| is_ready(fd)).map(|(name, _)| name).collect())
    }

    /// How long until the first engine is overdue; `None` where none will be.
    fn patience(&self) -> Option<Timespec> {
        let first = self.engines.values().filter_map(EngineHandle::deadline).min()?;
        Timespec::try_from(first.saturating_duration_since(Instant::now())).ok()
    }

    fn serve(&mut self, engine: EngineId, channel: Channel) {
        let Some(handle) = self.engines.get_mut(&engine) else { return };
        match channel {
            Channel::Listens => handle.flush(),
            Channel::Complained => handle.hear_complaints(),
            Channel::Said => {
                let events = handle.listen();
                self.said(engine, events);
            }
            Channel::Ended => self.part(engine),
        }
    }

    fn said(&mut self, engine: EngineId, events: Vec<engine::Event>) {
        for event in events {
            self.orders.extend(self.agenda.happened(Happening::Said(engine, event)));
        }
    }

    fn part(&mut self, engine: EngineId) {
        if let Some(handle) = self.engines.remove(&engine) {
            let (events, ending) = handle.part();
            self.said(engine, events);
            self.ended(engine, ending);
        }
    }

    fn ended(&mut self, engine: EngineId, ending: Ending) {
        self.orders.extend(self.agenda.happened(Happening::Ended(engine, ending)));
    }

    fn end_overdue(&mut self) {
        let now = Instant::now();
        self.engines.values_mut().for_each(|handle| handle.end_if_overdue(now));
    }

    fn take_asks(&mut self) {
        // Emptied before the asks are taken: whatever is sent after that wakes the next `poll`.
        let _ = rustix::io::read(&self.wake, &mut [0_u8; 8]);
        while let Ok(ask) = self.asked.try_recv() {
            self.orders.extend(self.agenda.asked(ask));
        }
    }

    fn carry_out(&mut self) {
        while let Some(order) = self.orders.pop_front() {
            self.carry_out_one(order);
        }
    }

    fn carry_out_one(&mut self, order: Do) {
        match order {
            Do::Spawn(engine, workers) => self.spawn(engine, workers),
            Do::Send(engine, order) => self.send(engine, order),
            Do::Finish(engine) => self.with(engine, EngineHandle::finish),
            Do::Kill(engine) => self.with(engine, EngineHandle::kill),
            Do::StopAll => self.engines.values().for_each(EngineHandle::stop),
            Do::ResumeAll => self.engines.values().for_each(EngineHandle::resume),
            Do::Tell(event) => {
                // What served the run ends with it.
                if matches!(event, Event::Finished { .. }) {
                    self.companions = Companions::default();
                }
                self.tell(event);
            }
            Do::TellSampling(beginning) => self.tell_sampling(beginning),
            Do::Quit => self.is_over = true,
        }
    }

    fn spawn(&mut self, engine: EngineId, workers: u32) {
        let recording = self.recording.clone().zip(self.name_in_recording(engine));
        match EngineHandle::start(&self.program, workers, recording) {
            Ok(handle) => {
                self.engines.insert(engine, handle);
            }
            Err(cause) => self.ended(engine, Ending { cause, last_words: String::new() }),
        }
    }

    /// Nobody wants to know what engines do that only look at the work.
    fn name_in_recording(&mut self, engine: EngineId) -> Option<RecordedAs> {
        let EngineId::Row(place) = engine else { return None };
        let named = RecordedAs { row: u32::try_from(place).ok()?, engine: self.engines_started };
        self.engines_started = self.engines_started.wrapping_add(1);
        Some(named)
    }

    /// Says something to an engine, once what its work needs is there.
    fn send(&mut self, engine: EngineId, mut order: engine::Order) {
        if let Some((wanted, address)) = order.wanted_companion() {
            match self.companions.address(&self.program, &wanted) {
                Ok(serves_at) => *address = Some(serves_at),
                Err(error) => {
                    let why = engine::Event::Failed { message: error.to_string() };
                    return self.said(engine, vec![why]);
                }
            }
        }
        self.with(engine, |handle| handle.tell(&order));
    }

    /// Does something with an engine; one that never started has reported its end already.
    fn with(&mut self, engine: EngineId, act: impl FnOnce(&mut EngineHandle)) {
        if let Some(handle) = self.engines.get_mut(&engine) {
            act(handle);
        }
    }

    fn tell_sampling(&mut self, beginning: Beginning) {
        let Beginning { engine, row, sample, of, warmup } = beginning;
        if let Some(handle) = self.engines.get(&engine) {
            let board = handle.board();
            self.tell(Event::Sampling { row, sample, of, warmup, board });
        }
    }

    /// Views that do not listen any more are about to drop the handle, which ends the conductor.
    fn tell(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.notify)();
        }
    }
}
