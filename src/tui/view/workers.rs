//! What each worker does with its time.
//!
//! ```text
//!  w1 ╳ gil      93 tasks  ██████████╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳  25 % compute  75 % gil
//!  w2 ► compute  96 tasks  ██████████▍╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳  26 % compute  74 % gil
//!  █ compute  ╳ gil  ░ io  ▚ ipc  · idle  : starting  X dead
//! ```

use super::cores::{draw_state, draw_worker};
use super::fold::{Kind, Row, fold};
use super::layout::{Form, Layout};
use super::pen::{Pen, width_of};
use crate::board::State;
use crate::text::counted;
use crate::tui::app::live::Worker;
use crate::tui::app::{App, Pane};
use crate::tui::theme::{LOOKS, Role, STOPPED};

/// Shares by state, as in [`Worker::shares`].
type Shares = [f64; State::ALL.len()];

/// The states of a bar, in its order; what is idle, starting or dead is what is left of it.
const PARTS: [State; 4] = [State::Compute, State::Gil, State::Io, State::Ipc];

pub(super) fn draw(pen: &mut Pen<'_>, layout: &Layout, app: &App) {
    let workers = app.live().workers();
    if workers.is_empty() {
        let short = pen.width() < 62;
        let text = if short {
            "One row per worker: what it does with its time."
        } else {
            "One row per worker appears here: what it does with its time."
        };
        pen.text(1, 0, text, Role::Label);
        return;
    }
    if app.is_zoomed() && app.focus() == Pane::Workers {
        let from = app.scroll().min(workers.len().saturating_sub(usize::from(pen.height())));
        for (y, worker) in (0..pen.height()).zip(&workers[from..]) {
            draw_one(pen, y, layout, worker, workers.len());
        }
        return;
    }
    for (y, row) in (0..).zip(fold(workers, usize::from(pen.height()))) {
        match row {
            Row::One(worker) => draw_one(pen, y, layout, worker, workers.len()),
            Row::Group { of, workers } => draw_group(pen, y, layout, of, &workers),
        }
    }
}

pub(super) fn draw_legend(pen: &mut Pen<'_>) {
    let mut x = 1;
    for look in &LOOKS {
        x = pen.state(x, 0, look.state) + 1;
        x = pen.text(x, 0, look.state.label(), Role::Label) + 2;
    }
}

fn draw_one(pen: &mut Pen<'_>, y: u16, layout: &Layout, worker: &Worker, all: usize) {
    let bars = layout.bars;
    let x = draw_worker(pen, 1, y, worker, all, bars.column);
    let tasks = match layout.form {
        Form::Full => counted(worker.tasks, "task"),
        _ => worker.tasks.to_string(),
    };
    let (gap, short) = if layout.form == Form::Full { (2, worker.tasks.to_string()) } else { (1, tasks.clone()) };
    let room = bars.column.saturating_sub(gap + x + 1);
    let text = if width_of(&tasks) <= room { tasks } else { short };
    if layout.form != Form::Frameless && width_of(&text) <= room {
        pen.right(bars.column - gap, y, &text, Role::Label);
    }
    if worker.stopped {
        draw_nothing(pen, y, layout, &format!("pid {}", worker.process));
    } else {
        draw_budget(pen, y, layout, &worker.shares, None);
    }
}

/// `╳ 3 workers  █████╳╳╳  75 % gil`; among those that do different things, who stands out is marked.
fn draw_group(pen: &mut Pen<'_>, y: u16, layout: &Layout, of: Kind, workers: &[&Worker]) {
    let mut x = 1;
    x = match of {
        Kind::Doing(state) => pen.state(x, y, state),
        Kind::Stopped => pen.text(x, y, STOPPED, Role::Reverse),
        Kind::Mixed => pen.text(x, y, "+", Role::Label),
    } + 1;
    x = pen.text(x, y, &format!("{} workers", workers.len()), Role::Text) + 1;
    let marked = workers.iter().find(|worker| worker.stopped).or_else(|| workers.iter().find(|worker| worker.holds));
    if let Some(worker) = marked.filter(|_| of == Kind::Mixed) {
        draw_state(pen, x, y, worker, x + 2);
    }
    match of {
        Kind::Doing(state) => draw_budget(pen, y, layout, &mean(workers), Some(state)),
        Kind::Mixed => draw_budget(pen, y, layout, &mean(workers), None),
        Kind::Stopped => draw_nothing(pen, y, layout, "stopped"),
    }
}

/// An empty bar, and why it is empty.
fn draw_nothing(pen: &mut Pen<'_>, y: u16, layout: &Layout, why: &str) {
    let bars = layout.bars;
    pen.bar(bars.column, y, bars.width, &[]);
    pen.text(bars.column + bars.width + 2, y, why, Role::Strong);
}

#[expect(clippy::cast_precision_loss, reason = "at most 1,024 workers")]
fn mean(workers: &[&Worker]) -> Shares {
    std::array::from_fn(|state| workers.iter().map(|worker| worker.shares[state]).sum::<f64>() / workers.len() as f64)
}

/// The bar and the largest shares in words; in a narrow screen only the share of `main`, else of computing.
fn draw_budget(pen: &mut Pen<'_>, y: u16, layout: &Layout, shares: &Shares, main: Option<State>) {
    let bars = layout.bars;
    let parts = PARTS.map(|state| (state, shares[state.index()]));
    pen.bar(bars.column, y, bars.width, &parts);
    let x = bars.column + bars.width;
    let narrow = layout.form == Form::Frameless;
    let largest = largest(shares, if narrow { 1 } else { 2 }, main.filter(|_| narrow));
    let words = |digits: [usize; 2]| -> String {
        let word = |(state, digits): (&State, usize)| {
            format!(" {:>digits$.0} % {}", shares[state.index()] * 100.0, state.label())
        };
        largest.iter().zip(digits).map(word).collect()
    };
    // A blank before the frame is worth more than the second figures below each other.
    let aligned = words([3, 3]);
    let words = if x + width_of(&aligned) < pen.width() { aligned } else { words([3, 2]) };
    pen.text(x, y, &words, Role::Text);
}

/// The states with the largest shares that are worth a word, in the order of the bar.
fn largest(shares: &Shares, count: usize, main: Option<State>) -> Vec<State> {
    if shares.iter().all(|share| *share <= 0.0) {
        return Vec::new();
    }
    if count == 1 {
        return vec![main.unwrap_or(State::Compute)];
    }
    let mut states: Vec<State> = LOOKS.iter().map(|look| look.state).collect();
    states.sort_by(|one, other| shares[other.index()].total_cmp(&shares[one.index()]));
    states.retain(|state| shares[state.index()] >= 0.005);
    states.truncate(count);
    states.sort_by_key(|state| LOOKS.iter().position(|look| look.state == *state));
    states
}
