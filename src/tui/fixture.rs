//! A frozen machine and a frozen story for tests: two cores, `primes`, the figures of the drawings that the screen is
//! built after.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Effect, Msg, Setup};
use super::theme::{Palette, Theme};
use crate::board::{Board, Phase, SlotView, Snapshot, State};
use crate::conductor::Event;
use crate::machine::Cores;
use crate::machine::load::CoreLoads;
use crate::results::fixture::{row, sample};
use crate::results::{ResultRow, RunId, Status};
use crate::spec::{BackendId, RunSettings, Wish};
use crate::stats::{Method, Ratio};
use crate::units::{Bytes, CoreId, Nanos};
use crate::workload::{Value, by_id};

/// The colours of the tests: none, in Unicode.
pub(crate) const THEME: Theme = Theme { palette: Palette::Dark, true_color: false, ascii: false };

/// An app and the clock that it lives by.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) now: Nanos,
}

/// A machine with that many cores, all usable.
pub(crate) fn cores(count: u32) -> Cores {
    let online: Vec<CoreId> = (0..count).map(CoreId).collect();
    Cores {
        usable: online.len(),
        logical: online.len(),
        physical: None,
        affinity: online.clone(),
        online,
        quota: None,
        reason: format!("all {count} logical cores"),
    }
}

impl Session {
    /// The first screen: `primes` on four threads, nothing measured yet.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self::on(cores(2), width, height)
    }

    pub(crate) fn on(cores: Cores, width: u16, height: u16) -> Self {
        let mut wish = Wish::of(by_id("primes").unwrap(), BackendId::Threads, 4);
        wish.values.set("tasks", Value::Count(1_000));
        wish.values.set("size", Value::Count(1_000_000));
        let setup = Setup {
            cores,
            wish,
            settings: RunSettings::default(),
            overrides: Vec::new(),
            theme: THEME,
            size: (width, height),
        };
        Self { app: App::new(setup), now: Nanos::from_secs(100) }
    }

    pub(crate) fn send(&mut self, msg: Msg) -> Vec<Effect> {
        self.app.update(msg, self.now)
    }

    pub(crate) fn hear(&mut self, event: Event) {
        assert!(self.send(Msg::Conductor(event)).is_empty());
    }

    pub(crate) fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.send(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub(crate) fn ctrl(&mut self, letter: char) -> Vec<Effect> {
        self.send(Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)))
    }

    /// Types characters one by one; the effects of the last.
    pub(crate) fn keys(&mut self, letters: &str) -> Vec<Effect> {
        letters.chars().map(|letter| self.press(KeyCode::Char(letter))).last().unwrap_or_default()
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Nanos::from_secs(seconds));
        self.send(Msg::Tick);
    }

    /// Takes readings in: each core's busy share.
    pub(crate) fn loads(&mut self, shares: &[f32]) {
        let cores = self.app.cores().online.iter().copied().zip(shares.iter().copied()).collect();
        self.send(Msg::Cores(CoreLoads { cores, taken_at: self.now }));
        self.send(Msg::OwnShare(0.006));
    }

    /// A run is taken up with these rows.
    pub(crate) fn start(&mut self, rows: &[ResultRow]) {
        self.hear(Event::Preparing);
        let names = rows.iter().map(|row| row.run.clone()).collect();
        self.hear(Event::Started { rows: names, predicted: Nanos::from_secs(6), notes: Vec::new() });
        for row in rows {
            self.hear(Event::Row(Box::new(row.clone())));
        }
    }

    /// A sample of a row begins.
    pub(crate) fn sampling(&mut self, run: &RunId, workers: u32, number: u32) {
        let board = Arc::new(Board::create(workers).unwrap());
        self.hear(Event::Sampling { row: run.clone(), sample: number, of: 5, warmup: false, board });
    }
}

/// A worker on the board.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) state: State,
    pub(crate) holds: bool,
    pub(crate) core: u32,
    pub(crate) tasks: u64,
    /// Shares of its time in compute and gil, in per mille.
    pub(crate) compute: u64,
    pub(crate) gil: u64,
}

/// A board one second into a sample.
pub(crate) fn snapshot(slots: &[Slot]) -> Snapshot {
    let start = Nanos::from_secs(50);
    let view = |(place, slot): (usize, &Slot)| {
        let mut times = [Nanos::ZERO; 7];
        times[State::Compute.index()] = Nanos::from_millis(slot.compute);
        times[State::Gil.index()] = Nanos::from_millis(slot.gil);
        times[State::Idle.index()] = Nanos::from_millis(1_000 - slot.compute - slot.gil);
        SlotView {
            state: Some(slot.state),
            since: start,
            process: 1,
            thread: 1,
            core: CoreId(slot.core),
            holds_gil: slot.holds,
            times,
            tasks: slot.tasks,
            gil_acquisitions: 0,
            gil_switches: if place == 0 { 196 } else { 0 },
            bytes_in: 0,
            bytes_out: 0,
        }
    };
    Snapshot {
        phase: Some(Phase::Sampling),
        sample: 2,
        tasks: 1_000,
        sample_start: start,
        taken_at: start.plus(Nanos::from_secs(1)),
        slots: slots.iter().enumerate().map(view).collect(),
    }
}

/// The board of the drawing: w2 holds, the others wait.
pub(crate) fn contended_slots() -> [Slot; 4] {
    let waits =
        |core, tasks, compute| Slot { state: State::Gil, holds: false, core, tasks, compute, gil: 1_000 - compute };
    let holder = Slot { state: State::Compute, holds: true, ..waits(0, 96, 260) };
    [waits(1, 93, 250), holder, waits(1, 89, 242), waits(1, 92, 250)]
}

/// The figures of a row of the drawing.
pub(crate) struct Figures {
    pub(crate) wall: f64,
    pub(crate) variation: f64,
    pub(crate) p99_ms: f64,
    pub(crate) mebibytes: f64,
    pub(crate) samples: usize,
    pub(crate) speedup: Option<(f64, f64, f64)>,
}

/// A row with these figures.
pub(crate) fn with_figures(backend: BackendId, workers: u32, figures: &Figures) -> ResultRow {
    let scatter = figures.variation / 100.0 * if figures.samples > 2 { 2.0_f64.sqrt() } else { 0.5_f64.sqrt() };
    let last = figures.samples - 1;
    let walls = (0..figures.samples).map(|number| match number {
        0 => figures.wall * (1.0 - scatter),
        _ if number == last => figures.wall * (1.0 + scatter),
        _ => figures.wall,
    });
    let nanos = |millis: f64| Nanos::from_seconds(millis / 1e3).0;
    let samples = walls.map(|wall| {
        let change = |sample: &mut crate::engine::Sample| {
            sample.latency = vec![(1_000_000, 980), (nanos(figures.p99_ms), 20)];
            sample.pss = Some(Bytes::from_mebibytes(figures.mebibytes));
        };
        sample(wall).with(change).done()
    });
    row(backend, workers)
        .samples(samples.collect())
        .with(|row| {
            row.configuration.values.set("skew", Value::Real(0.0));
            row.speedup = figures.speedup.map(|(estimate, low, high)| Ratio {
                estimate,
                low: Some(low),
                high: Some(high),
                method: Some(Method::StudentT),
            });
        })
        .done()
}

impl Bytes {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small test figures")]
    fn from_mebibytes(mebibytes: f64) -> Self {
        Self((mebibytes * f64::from(1 << 20)) as u64)
    }
}

/// The first four rows of the drawing.
pub(crate) fn finished_rows() -> Vec<ResultRow> {
    let figures = |wall, variation, p99_ms, mebibytes, speedup| Figures {
        wall,
        variation,
        p99_ms,
        mebibytes,
        samples: 5,
        speedup,
    };
    let processes = figures(0.529, 1.4, 1.25, 14.2, Some((1.93, 1.89, 1.96)));
    vec![
        own_baseline(with_figures(BackendId::Sequential, 1, &figures(1.02, 0.6, 1.21, 9.1, Some((1.0, 1.0, 1.0))))),
        with_figures(BackendId::Threads, 2, &figures(0.523, 0.9, 1.24, 9.4, Some((1.95, 1.92, 1.98)))),
        with_figures(BackendId::Rayon, 2, &figures(0.531, 1.1, 1.27, 9.6, Some((1.92, 1.88, 1.95)))),
        ResultRow {
            configuration: gil_on(BackendId::Processes, 2),
            ..with_figures(BackendId::Processes, 2, &processes)
        },
    ]
}

/// A baseline measured against itself.
fn own_baseline(mut row: ResultRow) -> ResultRow {
    row.baseline_run = Some(row.run.clone());
    row
}

fn gil_on(backend: BackendId, workers: u32) -> crate::spec::Configuration {
    let mut configuration = row(backend, workers).gil().done().configuration;
    configuration.values.set("skew", Value::Real(0.0));
    configuration
}

/// The row that is measured in the drawing.
pub(crate) fn running_row() -> ResultRow {
    let figures = Figures { wall: 1.04, variation: 2.3, p99_ms: 16.4, mebibytes: 9.9, samples: 2, speedup: None };
    ResultRow {
        configuration: gil_on(BackendId::Threads, 4),
        status: Status::Running,
        speedup: Some(Ratio { estimate: 0.984, low: None, high: None, method: None }),
        ..with_figures(BackendId::Threads, 4, &figures)
    }
}

/// The contended screen of the drawing.
pub(crate) fn contended(width: u16, height: u16) -> Session {
    let mut session = Session::new(width, height);
    for row in finished_rows() {
        session.hear(Event::Row(Box::new(row)));
    }
    session.keys("gr");
    let running = running_row();
    let baseline = row(BackendId::Sequential, 1)
        .status(Status::Running)
        .with(|row| row.configuration.values.set("skew", Value::Real(0.0)))
        .done();
    session.start(&[baseline, running.clone()]);
    session.sampling(&running.run, 4, 3);
    session.send(Msg::Board(running.run, snapshot(&contended_slots())));
    session.loads(&[0.56, 0.48]);
    session.hear(Event::Progress { done: 0.56, left: Some(Nanos::from_millis(2_700)) });
    session.keys("gbb--rBB++g");
    for _ in 0..8 {
        session.press(KeyCode::Up);
    }
    session.wait(5);
    session
}

/// The contended screen with the cursor on a row of which there is much to say.
pub(crate) fn troubled(width: u16, height: u16) -> Session {
    let mut session = contended(width, height);
    let failure = "the whole pool died: 14 of 1000 tasks lost, of which none was started again".to_owned();
    let troubled = row(BackendId::Processes, 2).walls(&[0.5, 0.9, 0.7, 0.6, 0.8]);
    session.hear(Event::Row(Box::new(troubled.with(|row| row.failure = Some(failure)).done())));
    session.press(KeyCode::Tab);
    session.press(KeyCode::End);
    session
}

/// A machine with many busy cores and a worker for each; from the 129th on they are forbidden.
pub(crate) fn many(count: u32, width: u16, height: u16) -> Session {
    let mut cores = cores(count);
    if count > 128 {
        cores.affinity.truncate(128);
        cores.usable = 128;
    }
    let workers = u32::try_from(cores.usable).unwrap();
    let mut session = Session::on(cores, width, height);
    let running = row(BackendId::Processes, workers).status(Status::Running).done();
    session.start(std::slice::from_ref(&running));
    session.sampling(&running.run, workers, 3);
    let slot = |core| Slot { state: State::Compute, holds: false, core, tasks: 12, compute: 990, gil: 0 };
    session.send(Msg::Board(running.run, snapshot(&(0..workers).map(slot).collect::<Vec<_>>())));
    let load = |core: u32| if core % 7 == 3 { 0.8 } else { 0.99 };
    session.loads(&(0..count).map(load).collect::<Vec<f32>>());
    session
}
