//! A real engine process, driven order by order.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::Arc;

use partui::board::Board;
use partui::child::{ChildProcess, Role, send_with_descriptor, spawn};
use partui::engine::{Calibration, Event, Order, Sample};
use partui::spec::Configuration;

use super::PARTUI;

/// An engine and what it says. Dropping it ends it and all of its workers.
pub(crate) struct Engine {
    pub(crate) child: ChildProcess,
    /// Kept mapped, as the conductor would.
    _board: Arc<Board>,
    events: BufReader<ChildStdout>,
}

impl Engine {
    /// Starts an engine whose board has room for `workers`.
    pub(crate) fn start(workers: u32) -> Self {
        let board = Arc::new(Board::create(workers).expect("memory for a board"));
        let mut child = spawn(Path::new(PARTUI), Role::Engine).expect("the program starts");
        send_with_descriptor(&child.link, board.descriptor()).expect("a new engine listens");
        let events = BufReader::new(child.stdout.take().expect("an engine's output is heard"));
        Self { child, _board: board, events }
    }

    /// Gives an order.
    pub(crate) fn order(&mut self, order: &Order) {
        let mut line = serde_json::to_vec(order).expect("orders are plain data");
        line.push(b'\n');
        (&self.child.link).write_all(&line).expect("a living engine listens");
    }

    /// The next thing that the engine says; `None` when it is gone.
    pub(crate) fn event(&mut self) -> Option<Event> {
        let mut line = String::new();
        let read = self.events.read_line(&mut line).expect("a pipe can be read");
        (read > 0).then(|| serde_json::from_str(&line).expect("an engine speaks its protocol"))
    }

    /// Surveys and times the work of a configuration.
    pub(crate) fn calibrate(&mut self, configuration: &Configuration) -> Calibration {
        self.order(&Order::Calibrate { configuration: Box::new(configuration.clone()) });
        match self.event() {
            Some(Event::Calibrated(calibration)) => *calibration,
            other => panic!("{other:?}"),
        }
    }

    /// Starts the pool of a configuration.
    pub(crate) fn configure(&mut self, configuration: &Configuration, calibration: &Calibration) {
        self.order(&Order::Configure {
            configuration: Box::new(configuration.clone()),
            calibration: Box::new(calibration.clone()),
            artifact: true,
        });
        match self.event() {
            Some(Event::Ready { .. }) => {}
            other => panic!("{other:?}"),
        }
    }

    /// Takes a sample; faults that are told meanwhile are returned with it.
    pub(crate) fn sample(&mut self, sample: u32) -> (Sample, Vec<Event>) {
        self.order(&Order::Sample { sample, warmup: false });
        let mut faults = Vec::new();
        loop {
            match self.event() {
                Some(Event::Sample(sample)) => return (*sample, faults),
                Some(fault @ Event::Fault { .. }) => faults.push(fault),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Configures a fresh engine and takes one sample.
    pub(crate) fn once(configuration: &Configuration, calibration: &Calibration) -> Sample {
        let mut engine = Self::start(configuration.workers);
        engine.configure(configuration, calibration);
        engine.sample(0).0
    }
}
