//! A real engine process, driven order by order.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::Arc;
use std::time::Duration;

use partui::board::{Board, Phase, Snapshot, State};
use partui::child::{ChildProcess, Role, send_with_descriptor, spawn};
use partui::companion::{self, Serving};
use partui::engine::{Calibration, Event, Order, Sample};
use partui::machine::clock;
use partui::spec::Configuration;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{PARTUI, PATIENCE, census, eventually};

/// An engine and what it says. Dropping it ends it and all of its workers.
pub(crate) struct Engine {
    pub(crate) child: ChildProcess,
    board: Arc<Board>,
    events: BufReader<ChildStdout>,
    companions: Vec<Serving>,
}

impl Engine {
    /// Starts an engine whose board has room for `workers`.
    pub(crate) fn start(workers: u32) -> Self {
        Self::start_from(Path::new(PARTUI), workers)
    }

    /// Starts an engine from another executable that becomes one.
    pub(crate) fn start_from(program: &Path, workers: u32) -> Self {
        let board = Arc::new(Board::create(workers).expect("memory for a board"));
        let mut child = spawn(program, Role::Engine).expect("the program starts");
        send_with_descriptor(&child.link, board.descriptor()).expect("a new engine listens");
        let events = BufReader::new(child.stdout.take().expect("an engine's output is heard"));
        Self { child, board, events, companions: Vec::new() }
    }

    /// Its process number, which is its group's as well.
    pub(crate) fn pid(&self) -> i32 {
        self.child.pid().as_raw_pid()
    }

    /// The process numbers of its living workers.
    pub(crate) fn workers(&self) -> Vec<i32> {
        census::children(self.pid())
    }

    /// Gives an order.
    pub(crate) fn order(&mut self, order: &Order) {
        let mut line = serde_json::to_vec(order).expect("orders are plain data");
        line.push(b'\n');
        (&self.child.link).write_all(&line).expect("a living engine listens");
    }

    /// Gives an order once what its work needs serves, for as long as this engine lives.
    fn order_served(&mut self, mut order: Order) {
        if let Some((wanted, address)) = order.wanted_companion() {
            let serving = companion::start(Path::new(PARTUI), &wanted).expect("a companion");
            *address = Some(serving.address.clone());
            self.companions.push(serving);
        }
        self.order(&order);
    }

    /// Whether it says something, or is gone, before `within` is over.
    pub(crate) fn speaks(&self, within: Duration) -> bool {
        let timeout = Timespec::try_from(within).expect("a sane duration");
        let mut output = [PollFd::new(self.events.get_ref(), PollFlags::IN)];
        !self.events.buffer().is_empty() || poll(&mut output, Some(&timeout)).expect("a pipe can be waited for") > 0
    }

    /// The next thing that the engine says; `None` when it is gone.
    pub(crate) fn event(&mut self) -> Option<Event> {
        assert!(self.speaks(PATIENCE), "waited in vain for an engine: {:?}", census::group(self.pid()));
        let mut line = String::new();
        let read = self.events.read_line(&mut line).expect("a pipe can be read");
        (read > 0).then(|| serde_json::from_str(&line).expect("an engine speaks its protocol"))
    }

    /// What it says up to the first thing that is no fault, and the faults and strikes that it tells of before.
    pub(crate) fn answer(&mut self) -> (Option<Event>, Vec<Event>) {
        let mut faults = Vec::new();
        loop {
            match self.event() {
                Some(fault @ (Event::Fault { .. } | Event::Struck { .. })) => faults.push(fault),
                other => return (other, faults),
            }
        }
    }

    /// Surveys and times the work of a configuration.
    pub(crate) fn calibrate(&mut self, configuration: &Configuration) -> Calibration {
        self.order_served(Order::Calibrate { configuration: Box::new(configuration.clone()), companion: None });
        match self.event() {
            Some(Event::Calibrated(calibration)) => *calibration,
            other => panic!("{other:?}"),
        }
    }

    /// Orders the pool of a configuration.
    pub(crate) fn order_pool(&mut self, configuration: &Configuration, calibration: &Calibration) {
        self.order_served(Order::Configure {
            configuration: Box::new(configuration.clone()),
            calibration: Box::new(calibration.clone()),
            companion: None,
            artifact: true,
        });
    }

    /// Waits for the pool that was ordered; returns the faults that are told meanwhile.
    pub(crate) fn ready(&mut self) -> Vec<Event> {
        match self.answer() {
            (Some(Event::Ready { .. }), faults) => faults,
            other => panic!("{other:?}"),
        }
    }

    /// Starts the pool of a configuration.
    pub(crate) fn configure(&mut self, configuration: &Configuration, calibration: &Calibration) {
        self.order_pool(configuration, calibration);
        assert_eq!(self.ready(), []);
    }

    /// Orders a sample.
    pub(crate) fn begin(&mut self, sample: u32) {
        self.order(&Order::Sample { sample, warmup: false });
    }

    /// Waits until all workers compute.
    pub(crate) fn wait_for_work(&self) {
        let all = || {
            let slots = self.snapshot().slots;
            slots.iter().all(|slot| slot.state == Some(State::Compute)).then_some(())
        };
        assert!(eventually(PATIENCE, all).is_some(), "nobody works: {:?}", census::group(self.pid()));
    }

    /// Waits until the workers have done that many tasks of a sample that was ordered.
    pub(crate) fn wait_for_tasks(&self, sample: u32, tasks: u64) {
        let done = || {
            let now = self.snapshot();
            let begun = now.sample == sample && now.phase == Some(Phase::Sampling);
            let over = now.sample == sample && now.phase == Some(Phase::Done);
            (over || (begun && self.tasks_done() >= tasks)).then_some(())
        };
        assert!(eventually(PATIENCE, done).is_some(), "no progress: {:?}", census::group(self.pid()));
    }

    /// Tasks that the workers show as done in the sample that goes on, or went on last.
    pub(crate) fn tasks_done(&self) -> u64 {
        let now = self.snapshot();
        // A worker that has not noticed the new sample still shows what it did in the one before.
        now.slots.iter().filter(|slot| slot.since >= now.sample_start).map(|slot| slot.tasks).sum()
    }

    /// Waits for the sample that was ordered; faults that are told meanwhile are returned with it.
    pub(crate) fn finish(&mut self) -> (Sample, Vec<Event>) {
        match self.answer() {
            (Some(Event::Sample(sample)), faults) => (*sample, faults),
            other => panic!("{other:?}"),
        }
    }

    /// Takes a sample; faults that are told meanwhile are returned with it.
    pub(crate) fn sample(&mut self, sample: u32) -> (Sample, Vec<Event>) {
        self.begin(sample);
        self.finish()
    }

    /// What its workers have shown of themselves.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.board.snapshot(clock::now())
    }

    /// Configures a fresh engine and takes one sample.
    pub(crate) fn once(configuration: &Configuration, calibration: &Calibration) -> Sample {
        let mut engine = Self::start(configuration.workers);
        engine.configure(configuration, calibration);
        engine.sample(0).0
    }

    /// Demands that nothing of its group is left, once `within` is over.
    pub(crate) fn assert_gone(&self, within: Duration) {
        let gone = eventually(within, || census::group(self.pid()).is_empty().then_some(()));
        assert!(gone.is_some(), "left over after {within:?}: {:#?}", census::group(self.pid()));
    }

    /// Lets it end by itself, and demands that it does so without complaint and leaves nothing.
    pub(crate) fn dismiss(mut self) {
        self.order(&Order::Finish);
        assert_eq!(self.event(), None);
        self.assert_gone(PATIENCE);
        assert!(self.child.wait().expect("a child of ours").is_success());
    }
}
