//! Everything about one row.
//!
//! ```text
//! ┌ 5 threads ─ n 4 ─ GIL on 5 ms ──────────────────────────────────────────────┐
//! │ why: one worker at a time holds the lock. next: g (GIL off), b (processes)   │
//! │ wall 1.04 s ±2.3 %   1.02 … 1.08   5 runs   start-up 0.21 ms   cold 1.04 s   │
//! │ speed-up 0.98×, 95 % 0.95–1.00 (Student's t, 5 pairs), against row 1         │
//! └ Esc back ─ ↑↓ row ─ c copy ─ jk scroll ↓3 ──────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Layout;
use super::pen::{Pen, width_of};
use super::window::{self, Window};
use crate::advisor::sentences;
use crate::board::State;
use crate::results::{Next, Shares, Summary};
use crate::stats::Method;
use crate::text::wrap_text;
use crate::tui::app::App;
use crate::tui::app::shown::{shown_duration, shown_value};
use crate::tui::app::table::Entry;
use crate::tui::columns::shown_factor;
use crate::tui::theme::Role;
use crate::units::{Bytes, Nanos, significant};

/// A line of the window.
enum Line {
    Text(String),
    Budget(Shares),
}

pub(super) fn draw(buffer: &mut Buffer, layout: &Layout, app: &App, from: usize) {
    let Some(entry) = app.table().selected() else { return };
    let lines = content(app, entry, layout.area);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let hidden = window::hidden(lines.len(), layout.area);
    let from = from.min(hidden);
    let hint = window::scroll_hint(from, hidden);
    let keys: Vec<&str> = ["Esc back", "↑↓ row", "c copy"].into_iter().chain(hint.as_deref()).collect();
    let window = Window { title: &title(entry), keys: &keys, width: width(layout.area), rows };
    window.draw(buffer, layout, app, |pen| {
        for (y, line) in (0..pen.height()).zip(&lines[from..]) {
            match line {
                Line::Text(text) => drop(pen.text(1, y, text, Role::Text)),
                Line::Budget(shares) => draw_budget(pen, y, shares),
            }
        }
    });
}

/// How many lines do not fit on the screen.
pub(super) fn hidden(app: &App, screen: Rect) -> usize {
    let lines = app.table().selected().map_or(0, |entry| content(app, entry, screen).len());
    window::hidden(lines, screen)
}

fn width(screen: Rect) -> u16 {
    80.min(screen.width)
}

/// All lines, broken to the width of the window.
fn content(app: &App, entry: &Entry, screen: Rect) -> Vec<Line> {
    wrapped(lines(app, entry), usize::from(width(screen).saturating_sub(4)))
}

fn title(entry: &Entry) -> Vec<String> {
    let configuration = &entry.row.configuration;
    let interval = configuration.switch_interval.map_or_else(String::new, |span| format!(" {}", shown_duration(span)));
    let lock = if configuration.gil { "GIL on" } else { "GIL off" };
    vec![
        format!("{} {}", entry.number, configuration.backend.id()),
        format!("n {}", configuration.workers),
        format!("{lock}{interval}"),
        configuration.workload.clone(),
    ]
}

fn lines(app: &App, entry: &Entry) -> Vec<Line> {
    let texts = [wall(entry), speedup(app, entry)].into_iter().flatten().map(Line::Text);
    let budget = entry.summary.shares.map(Line::Budget);
    let more = [tasks(&entry.summary), costs(&entry.summary), answer(app, entry), faults(&entry.summary)];
    let warnings = entry.warnings.iter().map(|warning| format!("! {}: {}", warning.tag(), warning.text));
    std::iter::once(Line::Text(why(entry)))
        .chain(texts)
        .chain(budget)
        .chain(more.into_iter().flatten().map(Line::Text))
        .chain(entry.row.failure.iter().map(|failure| Line::Text(format!("X {failure}"))))
        .chain(warnings.map(Line::Text))
        .chain([Line::Text(settings(entry))])
        .chain(app.advice().iter().flat_map(sentences).map(Line::Text))
        .collect()
}

fn milliseconds(seconds: f64) -> String {
    significant(seconds * 1e3, 3)
}

fn seconds(seconds: f64) -> String {
    Nanos::from_seconds(seconds).to_string()
}

fn wall(entry: &Entry) -> Option<String> {
    let wall = entry.summary.wall?;
    let variation = wall.variation_percent().map_or_else(String::new, |percent| format!(" ±{percent:.1} %"));
    let text = format!(
        "wall {} s{variation}   {} … {}   {} runs",
        significant(wall.median, 3),
        significant(wall.min, 3),
        significant(wall.max, 3),
        wall.n
    );
    let cold = entry
        .summary
        .startup
        .map(|startup| format!("   start-up {}   cold {}", seconds(startup), seconds(startup + wall.median)));
    Some(text + &cold.unwrap_or_default())
}

fn speedup(app: &App, entry: &Entry) -> Option<String> {
    if entry.row.configuration.is_baseline() {
        return Some("this is the baseline that speed-ups are measured against".to_owned());
    }
    let ratio = entry.row.speedup?;
    let interval = match (ratio.low, ratio.high, ratio.method) {
        (Some(low), Some(high), Some(method)) => {
            let name = if method == Method::StudentT { "Student's t" } else { "bootstrap" };
            let pairs = entry.row.complete().count();
            format!(", 95 % {}–{} ({name}, {pairs} pairs)", shown_factor(low), shown_factor(high))
        }
        _ => String::new(),
    };
    let against = against(app, entry).unwrap_or_default();
    Some(format!("speed-up {}×{interval}{against}", shown_factor(ratio.estimate)))
}

/// `, against row 1`; where that row shows a later measurement by now, with the time that was compared.
fn against(app: &App, entry: &Entry) -> Option<String> {
    let (baseline, is_current) = app.table().baseline(entry)?;
    let earlier = baseline.summary.wall.filter(|_| !is_current);
    let then = earlier.map_or_else(String::new, |wall| format!(" as it was: {} s", significant(wall.median, 3)));
    Some(format!(", against row {}{then}", baseline.number))
}

fn tasks(summary: &Summary) -> Option<String> {
    let task = summary.task?;
    let [p50, p95, p99, max] = [task.p50, task.p95, task.p99, task.max].map(milliseconds);
    let rate =
        summary.tasks_per_second.map_or_else(String::new, |rate| format!("      {} tasks/s", significant(rate, 3)));
    Some(format!("task ms  p50 {p50}   p95 {p95}   p99 {p99}   max {max}{rate}"))
}

fn costs(summary: &Summary) -> Option<String> {
    let cpu = summary.cpu.map(|cpu| {
        let cores = summary.cores_used.map_or_else(String::new, |cores| format!(" = {} cores", significant(cores, 3)));
        format!("cpu {}{cores}", seconds(cpu))
    });
    let parts = [
        cpu,
        summary.gil_switches.map(|switches| format!("GIL switches {switches}")),
        summary.ipc_bytes.map(|bytes| format!("IPC {}", Bytes(bytes))),
        summary.pss.map(|pss| format!("PSS {pss}")),
        summary.peak_rss.map(|rss| format!("RSS {rss}")),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("   ");
    (!text.is_empty()).then_some(text)
}

fn answer(app: &App, entry: &Entry) -> Option<String> {
    let answer = entry.row.answer()?;
    let baseline = entry.row.baseline_run.as_ref().and_then(|run| app.table().entry(run));
    let agrees = baseline
        .filter(|baseline| baseline.row.run != entry.row.run)
        .and_then(|baseline| Some((baseline.number, baseline.row.answer()?.checksum == answer.checksum)));
    let checksum = match agrees {
        Some((row, true)) => format!("same checksum as row {row}"),
        Some((row, false)) => format!("checksum differs from row {row}"),
        None => format!("checksum {}", answer.checksum),
    };
    Some(format!("answer {}   {checksum}", answer.sentence))
}

fn faults(summary: &Summary) -> Option<String> {
    let counts = [summary.faults_seen, summary.respawns, summary.tasks_retried, summary.tasks_lost];
    let [seen, respawns, retried, lost] = counts.map(Option::unwrap_or_default);
    let text = || format!("faults {seen}   respawns {respawns}   tasks run again {retried}   tasks lost {lost}");
    (seen + lost > 0).then(text)
}

fn why(entry: &Entry) -> String {
    let next: Vec<_> = entry.explanation.next.iter().map(|next| key_for(*next)).collect();
    let next = if next.is_empty() { String::new() } else { format!(" next: {}", next.join(", ")) };
    format!("why: {}.{next}", entry.explanation.sentence)
}

/// A change of the configuration as keys of this screen.
fn key_for(next: Next) -> String {
    match next {
        Next::LockOff => "g (GIL off)".to_owned(),
        Next::Backend(backend) => format!("b ({})", backend.id()),
        Next::Workers(workers) => format!("+/- ({workers} workers)"),
        Next::MoreWorkers => "+ (more workers)".to_owned(),
        Next::LargerChunk => "a larger chunk".to_owned(),
        Next::SmallerChunk => "a smaller chunk".to_owned(),
        Next::MoreTasks => "more tasks".to_owned(),
    }
}

/// What was asked: the values of the workload, and what its tasks carry and how they compute and travel.
fn settings(entry: &Entry) -> String {
    let configuration = &entry.row.configuration;
    let values = configuration.settings().map(|(name, value)| format!("{name} {}", shown_value(value)));
    let transport = configuration.transport.filter(|transport| transport.is_notable());
    let transport = transport.map(|transport| format!("transport {}", transport.id()));
    let payload = Some(configuration.payload).filter(|payload| *payload > Bytes(0));
    let payload = payload.map(|payload| format!("payload {payload}"));
    let model = configuration.gil_model.map(|model| format!("GIL model {}", model.id()));
    values.chain(payload).chain(model).chain(transport).collect::<Vec<_>>().join("   ")
}

/// `budget ██████████╳╳╳  25 % compute  75 % gil`
fn draw_budget(pen: &mut Pen<'_>, y: u16, shares: &Shares) {
    let x = pen.text(1, y, "budget ", Role::Text);
    // Waiting for a core is what oversubscription costs; it has no state of its own, so it stays blank like idling.
    let parts =
        [(State::Compute, shares.compute), (State::Gil, shares.gil), (State::Io, shares.io), (State::Ipc, shares.ipc)];
    let named = [
        ("compute", shares.compute),
        ("ready", shares.ready),
        ("gil", shares.gil),
        ("io", shares.io),
        ("ipc", shares.ipc),
        ("idle", shares.idle),
    ];
    let worth_a_word = named.iter().filter(|(_, share)| *share >= 0.005);
    let words: Vec<String> = worth_a_word.map(|(name, share)| format!("  {:.0} % {name}", share * 100.0)).collect();
    let words = words.concat();
    // The words say more than the bar: it gives way to them.
    let cells = pen.width().saturating_sub(x + width_of(&words) + 1).clamp(4, 40);
    pen.bar(x, y, cells, &parts);
    pen.text(x + cells, y, &words, Role::Text);
}

/// Long texts over several lines, broken at spaces.
fn wrapped(lines: Vec<Line>, width: usize) -> Vec<Line> {
    let wrap = |line| match line {
        Line::Text(text) => wrap_text(&text, width).into_iter().map(Line::Text).collect(),
        Line::Budget(shares) => vec![Line::Budget(shares)],
    };
    lines.into_iter().flat_map(wrap).collect()
}
