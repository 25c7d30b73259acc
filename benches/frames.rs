//! How long a frame of the timeline takes to draw, at its worst: 256 workers with full rings, and everything on the screen.
//!
//! `cargo bench --bench frames`. Each figure is a median and the slowest of the frames; the goal is 5 ms. Reading the rings
//! is shown beside it. Without `--bench` (as under `cargo test --benches`) a few frames prove that it works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use partui::board::{Board, Phase, RING_SPANS, SlotWriter, State};
use partui::conductor::Event;
use partui::machine::{Machine, clock};
use partui::results::RunId;
use partui::spec::{BackendId, RunSettings, Wish};
use partui::tui::app::timeline::Reading;
use partui::tui::app::{App, Msg, Setup};
use partui::tui::theme::{Palette, Theme};
use partui::tui::view;
use partui::units::{Nanos, WorkerId};
use partui::workload::by_id;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const WORKERS: u32 = 256;

/// What a frame may take.
const GOAL: Duration = Duration::from_millis(5);

fn main() {
    let is_real = std::env::args().any(|argument| argument == "--bench");
    let frames = if is_real { 400 } else { 3 };
    println!("{WORKERS} workers × {RING_SPANS} spans        median      slowest   goal {GOAL:?}");
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        for (keys, what) in [("", "as opened"), ("0", "whole sample"), ("++++++", "close")] {
            let mut app = opened(width, height);
            let reading = read(&mut app);
            keys.chars().for_each(|letter| press(&mut app, letter));
            let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen in memory");
            let times = (0..frames).map(|_| {
                let begun = Instant::now();
                terminal.draw(|frame| view::draw(frame, &app)).expect("a screen in memory can be drawn to");
                begun.elapsed()
            });
            let mut times: Vec<Duration> = times.collect();
            times.sort();
            let (median, slowest) = (times[frames / 2], times[frames - 1]);
            println!("{width:>3}×{height} {what:<14} {median:>12.2?} {slowest:>12.2?}   read once in {reading:.2?}");
        }
    }
}

/// The page that shows time, of a sample that goes on.
fn opened(width: u16, height: u16) -> App {
    let mut app = App::new(Setup {
        machine: Machine::discover(),
        wish: Wish::of(by_id("primes").expect("a workload"), BackendId::Threads, WORKERS),
        settings: RunSettings::default(),
        overrides: Vec::new(),
        theme: Theme { palette: Palette::Dark, true_color: true, ascii: false },
        tour: false,
        size: (width, height),
    });
    press(&mut app, '4');
    let row = RunId("bench".to_owned());
    let sampling = Event::Sampling { row: row.clone(), sample: 1, of: 1, warmup: false, board: board() };
    let started = Event::Started { rows: vec![row], predicted: Nanos::ZERO, notes: Vec::new() };
    for event in [Event::Preparing, started, sampling] {
        app.update(Msg::Conductor(event), clock::now());
    }
    app
}

/// Workers that took turns at the lock, a few microseconds each, until their rings were full.
fn board() -> Arc<Board> {
    let board = Arc::new(Board::create(WORKERS).expect("memory for a board"));
    let turns = u64::from(RING_SPANS) + 1;
    let start = clock::now().since(Nanos::from_secs(1));
    board.set_phase(Phase::Sampling, 0, turns, start);
    for worker in 0..WORKERS {
        let writer = SlotWriter::new(Arc::clone(&board), WorkerId(worker), start);
        for turn in 0..turns {
            let holds = (turn + u64::from(worker)) % 2 == 0;
            writer.holds_gil(holds);
            writer.enter(if holds { State::Compute } else { State::Gil }, start.plus(Nanos(turn * 5_000)));
        }
        // As if it were still there.
        std::mem::forget(writer);
    }
    board
}

/// Takes the rings in; answers how long reading them took.
fn read(app: &mut App) -> Duration {
    let begun = Instant::now();
    let (board, seen) = app.spans_wanted().expect("somebody looks");
    let board = Arc::clone(board);
    let snapshot = board.snapshot(clock::now());
    let recent = (0..).map(WorkerId).zip(seen).map(|(worker, seen)| board.spans(worker, seen)).collect();
    let took = begun.elapsed();
    app.update(Msg::Spans(Box::new(Reading { board, snapshot, recent })), clock::now());
    took
}

fn press(app: &mut App, letter: char) {
    app.update(Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)), clock::now());
}
