//! The cores one by one, and what they come to together.
//!
//! ```text
//!  core 0  w2 ► compute    ██████████████████████▍·················   56 %
//!  core 1  w1 ╳ gil        ███████████████████▏····················   48 %
//!  Σ 1.04 of 2 cores busy  ████████████████████▊╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳  0.96 lost to lock
//! ```

use super::layout::{Form, Layout};
use super::pen::Pen;
use crate::board::State;
use crate::tui::app::live::{Live, Worker};
use crate::tui::app::{App, Pane};
use crate::tui::theme::{Role, STOPPED};
use crate::units::{CoreId, significant};

pub(super) fn draw(pen: &mut Pen<'_>, layout: &Layout, app: &App) {
    let from = if app.is_zoomed() && app.focus() == Pane::Cores { app.scroll() } else { 0 };
    let cores = &app.cores().online;
    let from = from.min(cores.len().saturating_sub(usize::from(pen.height())));
    for (y, core) in (0..pen.height()).zip(&cores[from..]) {
        draw_core(pen, y, layout, app, *core);
    }
}

fn draw_core(pen: &mut Pen<'_>, y: u16, layout: &Layout, app: &App, core: CoreId) {
    let narrow = layout.form != Form::Full;
    let name = if narrow { core.to_string() } else { format!("core {core}") };
    let x = pen.text(1, y, &name, Role::Label);
    if !app.cores().affinity.contains(&core) {
        pen.text(x + 2, y, "forbidden", Role::Label);
        return;
    }
    let column = if narrow { 3.max(x + 1) } else { 9.max(x + 1) };
    if let Some(worker) = on_core(app.live(), core) {
        draw_worker(pen, column, y, worker, app.live().workers().len(), layout.bars.column);
    }
    let Some(load) = load_of(app, core) else {
        pen.bar(layout.bars.column, y, layout.bars.width, &[]);
        pen.text(layout.bars.column + layout.bars.width, y, "    – %", Role::Label);
        return;
    };
    pen.bar(layout.bars.column, y, layout.bars.width, &[(State::Compute, load)]);
    pen.text(layout.bars.column + layout.bars.width, y, &format!("  {:>3.0} %", load * 100.0), Role::Strong);
}

/// `w2 ► compute`, cut where the bar begins; the names of `all` workers take the same room.
pub(super) fn draw_worker(pen: &mut Pen<'_>, x: u16, y: u16, worker: &Worker, all: usize, end: u16) -> u16 {
    let digits = all.to_string().len();
    let x = pen.text(x, y, &format!("{:<width$}", worker.id, width = digits + 1), Role::Text) + 1;
    draw_state(pen, x, y, worker, end)
}

/// `► compute`: the glyph of the state, or the holder's mark.
pub(super) fn draw_state(pen: &mut Pen<'_>, x: u16, y: u16, worker: &Worker, end: u16) -> u16 {
    if worker.stopped {
        return draw_stopped(pen, x, y, end);
    }
    let Some(state) = worker.state else { return pen.text(x, y, "?", Role::Strong) };
    let x = if worker.holds { pen.text(x, y, "►", Role::Strong) } else { pen.state(x, y, state) } + 1;
    let label = cut_before(end, x, state.label());
    pen.text(x, y, label, if worker.holds { Role::Strong } else { Role::Text })
}

/// `T stopped`
pub(super) fn draw_stopped(pen: &mut Pen<'_>, x: u16, y: u16, end: u16) -> u16 {
    let x = pen.text(x, y, STOPPED, Role::Reverse) + 1;
    pen.text(x, y, cut_before(end, x, "stopped"), Role::Strong)
}

/// As much of a word in ASCII that starts at `x` as leaves a blank before `end`.
fn cut_before(end: u16, x: u16, word: &str) -> &str {
    word.get(..usize::from(end.saturating_sub(x + 1))).unwrap_or(word)
}

/// The worker that is shown at a core: of those that ran there last, the one that matters most.
pub(super) fn on_core(live: &Live, core: CoreId) -> Option<&Worker> {
    let rank = |worker: &Worker| match worker.state {
        _ if worker.stopped => None,
        _ if worker.holds => Some(0),
        Some(State::Compute) => Some(1),
        Some(State::Ipc) => Some(2),
        Some(State::Gil) => Some(3),
        Some(State::Io) => Some(4),
        _ => None,
    };
    let here = live.workers().iter().filter(|worker| worker.core == core);
    here.filter_map(|worker| Some((rank(worker)?, worker)))
        .min_by_key(|(rank, worker)| (*rank, worker.id))
        .map(|found| found.1)
}

/// The busy share of a core, 0…1; `None` before the first reading.
pub(super) fn load_of(app: &App, core: CoreId) -> Option<f64> {
    Some(f64::from(app.readings().loads.as_ref()?.of(core)?).clamp(0.0, 1.0))
}

/// How many of the usable cores are busy; `None` before the first reading.
#[expect(clippy::cast_precision_loss, reason = "counts of cores are small")]
fn busy(app: &App) -> Option<f64> {
    app.readings().loads.as_ref()?;
    let sum: f64 = app.cores().affinity.iter().filter_map(|core| load_of(app, *core)).sum();
    Some(sum.min(app.cores().usable as f64))
}

#[expect(clippy::cast_precision_loss, reason = "counts of cores are small")]
pub(super) fn draw_sum(pen: &mut Pen<'_>, layout: &Layout, app: &App) {
    let (usable, live) = (app.cores().usable as f64, app.live());
    let words = match layout.form {
        Form::Full => " cores busy",
        Form::Strip => " busy",
        Form::Frameless | Form::TooSmall => "",
    };
    let busy = busy(app);
    let count = busy.map_or_else(|| "–".to_owned(), significant_load);
    pen.pieces(
        1,
        0,
        &[("Σ ", Role::Label), (&count, Role::Strong), (&format!(" of {}{words}", app.cores().usable), Role::Label)],
    );
    let (share, lost) = (busy.unwrap_or(0.0) / usable, live.lost(busy.unwrap_or(0.0), usable));
    pen.bar(layout.bars.column, 0, layout.bars.width, &[(State::Compute, share), (State::Gil, lost / usable)]);
    let end = layout.bars.column + layout.bars.width;
    if live.is_contended() {
        pen.text(end + 2, 0, &format!("{} lost to lock", significant_load(lost)), Role::Strong);
    } else if busy.is_some() {
        pen.text(end, 0, &format!("  {:>3.0} %", share * 100.0), Role::Strong);
    }
}

/// Cores with two decimals below ten, three digits above: `0.02`, `61.2`.
fn significant_load(cores: f64) -> String {
    if cores < 9.995 { format!("{cores:.2}") } else { significant(cores, 3) }
}
