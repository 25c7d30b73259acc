//! An agenda whose engines are played: each answers at once, and does something else where a test says so.

mod rounds;
mod troubles;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::agenda::Agenda;
use super::order::{Do, Ending, EngineId, Happening};
use super::{Ask, Event, Request};
use crate::engine::{Calibration, Event as Said, Order, Sample};
use crate::results::{ResultRow, RunId, fixture};
use crate::spec::{BackendId, Configuration, RunSettings, Wish};
use crate::units::Nanos;
use crate::workload::{Artifact, Survey, by_id};

/// What happens instead of the plain answer to an order.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The engine dies of this signal.
    Dies(&'static str),
    /// The engine says something else.
    Says(Said),
    /// The engine says something before it answers, or before the next trouble.
    SaysFirst(Said),
    /// Somebody asks for something while the engine works; then it answers, if it still can.
    Meanwhile(Ask),
}

/// The agenda, the engines that it believes to be alive, and what was ordered and told.
pub(super) struct Rehearsal {
    agenda: Agenda,
    alive: BTreeSet<EngineId>,
    happenings: VecDeque<Happening>,
    troubles: Vec<(String, Trouble)>,
    /// Every order to engines, such as `spawn 0`, `1 sample 2` or `kill 1`.
    pub(super) log: Vec<String>,
    /// Everything the views heard.
    pub(super) events: Vec<Event>,
    /// What engines answer to [`Order::Sample`]; the wall is a millisecond for each place of the table from 1 on.
    pub(super) sample: fn(usize, Sample) -> Sample,
    /// What scouts answer for one task.
    pub(super) calibration: Calibration,
    /// Whether the agenda has quit.
    pub(super) has_quit: bool,
}

impl Rehearsal {
    /// On two cores, without troubles.
    pub(super) fn new() -> Self {
        Self {
            agenda: Agenda::new(2, || Timestamp::UNIX_EPOCH),
            alive: BTreeSet::new(),
            happenings: VecDeque::new(),
            troubles: Vec::new(),
            log: Vec::new(),
            events: Vec::new(),
            sample: |_, sample| sample,
            calibration: Calibration {
                survey: Survey::default(),
                tasks: 1_000,
                task_cost: Nanos::from_micros(1),
                steps_per_us: 1.0,
            },
            has_quit: false,
        }
    }

    /// The first time that this order is given, something else happens.
    pub(super) fn trouble(mut self, at: &str, trouble: Trouble) -> Self {
        self.troubles.push((at.to_owned(), trouble));
        self
    }

    /// Asks, and plays on until nothing happens any more.
    pub(super) fn ask(&mut self, ask: Ask) {
        let orders = self.agenda.asked(ask);
        self.carry_out(orders);
        while let Some(happening) = self.happenings.pop_front() {
            let orders = self.agenda.happened(happening);
            self.carry_out(orders);
        }
    }

    /// Asks for a run with these settings.
    pub(super) fn run(mut self, configurations: &[Configuration], settings: RunSettings) -> Self {
        self.ask(Ask::Run(request(configurations, settings)));
        self
    }

    fn carry_out(&mut self, orders: Vec<Do>) {
        for order in orders {
            match order {
                Do::Spawn(engine, _) => {
                    self.note(format!("spawn {}", name(engine)));
                    assert!(self.alive.insert(engine), "{engine:?} was alive already: {:?}", self.log);
                }
                Do::Send(engine, order) => self.send(engine, &order),
                Do::Finish(engine) => self.end(engine, "finish", "exited with code 0"),
                Do::Kill(engine) => self.end(engine, "kill", "SIGKILL"),
                Do::StopAll => self.note("stop all".to_owned()),
                Do::ResumeAll => self.note("resume all".to_owned()),
                Do::Tell(event) => self.events.push(event),
                Do::TellSampling(beginning) => assert!(self.alive.contains(&beginning.engine)),
                Do::Quit => self.has_quit = true,
            }
        }
    }

    fn note(&mut self, text: String) {
        self.log.push(text);
    }

    fn send(&mut self, engine: EngineId, order: &Order) {
        let (text, answer) = self.answer(engine, order);
        self.note(text.clone());
        if !self.alive.contains(&engine) {
            return;
        }
        self.react(engine, &text, answer);
    }

    /// Does what is to happen at an order.
    fn react(&mut self, engine: EngineId, order: &str, answer: Said) {
        let trouble = self.troubles.iter().position(|(at, _)| at == order).map(|place| self.troubles.remove(place).1);
        match trouble {
            Some(Trouble::SaysFirst(said)) => {
                self.happenings.push_back(Happening::Said(engine, said));
                self.react(engine, order, answer);
            }
            None => self.happenings.push_back(Happening::Said(engine, answer)),
            Some(Trouble::Says(other)) => self.happenings.push_back(Happening::Said(engine, other)),
            Some(Trouble::Dies(signal)) => self.gone(engine, signal),
            Some(Trouble::Meanwhile(ask)) => {
                let orders = self.agenda.asked(ask);
                self.carry_out(orders);
                if self.alive.contains(&engine) {
                    self.happenings.push_back(Happening::Said(engine, answer));
                }
            }
        }
    }

    fn answer(&self, engine: EngineId, order: &Order) -> (String, Said) {
        let place = name(engine);
        match order {
            Order::Calibrate { configuration, .. } => {
                (format!("calibrate {}", configuration.workload), Said::Calibrated(Box::new(self.calibration.clone())))
            }
            Order::Configure { configuration, artifact, .. } => {
                let with = if *artifact { " with artifact" } else { "" };
                let backend = configuration.backend.id();
                (format!("{place} configure {backend}{with}"), Said::Ready { tasks: 1_000, startup: Nanos(7) })
            }
            Order::Sample { sample, warmup } => {
                let EngineId::Row(row) = engine else { panic!("a scout was asked for a sample") };
                let text = format!("{place} {} {sample}", if *warmup { "warmup" } else { "sample" });
                let plain = fixture::sample(0.001).done();
                let wall = Nanos::from_millis(row as u64 + 1);
                let own = Sample { sample: *sample, warmup: *warmup, wall, ..plain };
                (text, Said::Sample(Box::new((self.sample)(row, own))))
            }
            Order::Finish => panic!("finishing has an order of its own"),
        }
    }

    fn end(&mut self, engine: EngineId, how: &str, cause: &str) {
        self.note(format!("{how} {}", name(engine)));
        if self.alive.contains(&engine) {
            self.gone(engine, cause);
        }
    }

    fn gone(&mut self, engine: EngineId, cause: &str) {
        self.alive.remove(&engine);
        let ending = Ending { cause: cause.to_owned(), last_words: String::new() };
        self.happenings.push_back(Happening::Ended(engine, ending));
    }

    /// The rows as they were told last, in the order of the table.
    pub(super) fn rows(&self) -> Vec<ResultRow> {
        let names = self.events.iter().rev().find_map(|event| match event {
            Event::Started { rows, .. } => Some(rows.clone()),
            _ => None,
        });
        names.unwrap_or_default().iter().map(|name| self.row(name)).collect()
    }

    fn row(&self, name: &RunId) -> ResultRow {
        let told = self.events.iter().rev().find_map(|event| match event {
            Event::Row(row) if row.run == *name => Some(row.as_ref().clone()),
            _ => None,
        });
        told.expect("every row is told")
    }

    /// The rows, each as `threads ok 5` with its number of samples.
    pub(super) fn table(&self) -> Vec<String> {
        let line =
            |row: ResultRow| format!("{} {} {}", row.configuration.backend.id(), row.status.id(), row.samples.len());
        self.rows().into_iter().map(line).collect()
    }

    /// How the runs finished: whether each was cancelled.
    pub(super) fn finished(&self) -> Vec<bool> {
        let finished = |event: &Event| match event {
            Event::Finished { cancelled } => Some(*cancelled),
            _ => None,
        };
        self.events.iter().filter_map(finished).collect()
    }

    /// Nothing may be left once nothing goes on.
    pub(super) fn is_quiet(&self) -> bool {
        self.alive.is_empty() && self.happenings.is_empty()
    }
}

fn name(engine: EngineId) -> String {
    match engine {
        EngineId::Scout => "scout".to_owned(),
        EngineId::Row(place) => place.to_string(),
    }
}

/// A run without artifact.
pub(super) fn request(configurations: &[Configuration], settings: RunSettings) -> Request {
    Request { configurations: configurations.to_vec(), settings, artifact: false }
}

/// `workload` at its defaults.
pub(super) fn configuration(workload: &str, backend: BackendId, workers: u32) -> Configuration {
    Configuration::new(Wish::of(by_id(workload).unwrap(), backend, workers)).unwrap()
}

/// Two workers on prime numbers.
pub(super) fn primes(backend: BackendId) -> Configuration {
    configuration("primes", backend, 2)
}

/// So many samples, after so many that are thrown away.
pub(super) fn settings(warmup: u32, runs: u32) -> RunSettings {
    RunSettings { runs, warmup, ..RunSettings::default() }
}

/// A sample that carries these bytes as its artifact.
pub(super) fn with_artifact(content: &[u8], mut sample: Sample) -> Sample {
    if let Some(answer) = &mut sample.answer {
        answer.artifact = Some(Artifact { content: content.to_vec() });
    }
    sample
}

/// What the views heard as the artifact, each time.
pub(super) fn artifacts(events: &[Event]) -> Vec<Arc<Vec<u8>>> {
    let artifact = |event: &Event| match event {
        Event::Artifact(content) => Some(Arc::clone(content)),
        _ => None,
    };
    events.iter().filter_map(artifact).collect()
}
