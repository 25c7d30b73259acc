//! The page that shows time: a strip for each worker, and above them who holds the lock.
//!
//! ```text
//! ─ Timeline ─ primes threads n 4 GIL on ─ 500 µs a column ─ follows ─────────»
//!           at 212.500 ms                ▼ +17.0 ms                     +34.0 ms
//!  lock     11111111112222222222222333333333333444444444444111111111
//! ▌w1  c0   ██████████╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳█████████
//!  w2  c1   ╳╳╳╳╳╳╳╳╳╳█████████████╳╳╳╳f╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳
//!  w1 at ▼: ╳ gil for 5.02 ms, on core 0, then woken in vain
//!  █ compute  ╳ gil  ░ io  ▚ ipc  · idle  f woken in vain  a column: most of it
//! ```

mod columns;
mod guide;

use self::columns::{Cell, Window, cells, holders};
use super::pen::{Pen, cut, width_of};
use crate::board::{Span, State};
use crate::fault::Home;
use crate::results::ResultRow;
use crate::spec::{Configuration, LockScope};
use crate::text::wrap_text;
use crate::tui::app::App;
use crate::tui::app::timeline::{Timeline, worker_at};
use crate::tui::theme::{LOOKS, Role};
use crate::units::Nanos;

/// The columns left of the strips.
const LABELS: u16 = 11;

/// The rows above the workers: title, axis and lock; and below them: what is under the mark, and the legend.
const ABOVE: u16 = 3;
const BELOW: u16 = 2;

/// The most characters that a line of text has, so that the eye finds the next one.
const MEASURE: usize = 110;

/// The mark of a wake-up in vain.
const IN_VAIN: &str = "f";

/// How many columns the strips have on a screen of this width.
pub(super) const fn columns(screen: u16) -> u16 {
    screen.saturating_sub(LABELS)
}

/// The worker and the moment in this cell of the page, `rows` of which it has.
pub(super) fn spot_at(app: &App, screen: u16, rows: u16, x: u16, y: u16) -> Option<(usize, Nanos)> {
    let timeline = app.timeline();
    let (first, shown) = workers_shown(timeline, rows);
    let place = usize::from(y.checked_sub(ABOVE)?);
    let column = x.checked_sub(LABELS)?;
    let from = timeline.from(columns(screen));
    let moment = from.plus(Nanos(timeline.column(columns(screen)).0.saturating_mul(u64::from(column))));
    (place < shown).then_some((first + place, moment))
}

/// The first worker that is shown, and how many are: the one under the cursor always.
fn workers_shown(timeline: &Timeline, rows: u16) -> (usize, usize) {
    let all = timeline.strips().len();
    let shown = usize::from(rows.saturating_sub(ABOVE + BELOW)).min(all);
    (timeline.worker().saturating_sub(shown / 2).min(all - shown), shown)
}

/// Draws the page.
pub(super) fn draw(pen: &mut Pen<'_>, app: &App) {
    let timeline = app.timeline();
    draw_title(pen, app);
    if timeline.strips().is_empty() {
        return draw_promise(pen, app);
    }
    let columns = columns(pen.width());
    let window = Window { from: timeline.from(columns), column: timeline.column(columns), columns };
    draw_axis(pen, timeline, window);
    draw_lock(pen, app, window);
    let (first, shown) = workers_shown(timeline, pen.height());
    for (y, place) in (ABOVE..).zip(first..first + shown) {
        draw_strip(pen, y, timeline, place, window);
    }
    let below = pen.height().saturating_sub(BELOW);
    let strips_end = ABOVE.saturating_add(u16::try_from(shown).unwrap_or(u16::MAX));
    draw_guide(pen, strips_end + 1, below, app, window);
    draw_spot(pen, below, app, window);
    draw_legend(pen, below + 1, sharing(app).as_deref());
}

fn draw_title(pen: &mut Pen<'_>, app: &App) {
    let timeline = app.timeline();
    let line = pen.theme().lines(false).horizontal;
    pen.fill(0, 0, pen.width(), line, pen.theme().role(Role::Label));
    let mut words = vec!["Timeline".to_owned()];
    if !timeline.strips().is_empty() {
        words.extend(app.timeline_row().map(ResultRow::name));
        words.push(format!("{} a column", timeline.column(columns(pen.width()))));
        let follows = if timeline.follows() { "follows what happens" } else { "looking back, End follows again" };
        words.push(if app.is_frozen() { "FROZEN".to_owned() } else { follows.to_owned() });
        words.extend(workers_word(timeline, pen.height()));
        words.extend((timeline.missed() > 0).then(|| format!("{} spans missed", timeline.missed())));
    }
    let mut x = 1;
    for (place, word) in words.iter().enumerate() {
        let role = if place == 0 { Role::Strong } else { Role::Text };
        x = pen.text(x, 0, &format!(" {} ", cut(word, pen.width().saturating_sub(x + 2))), role) + 1;
    }
}

/// Which workers are shown where not all of them are.
fn workers_word(timeline: &Timeline, rows: u16) -> Option<String> {
    let (first, shown) = workers_shown(timeline, rows);
    let all = timeline.strips().len();
    (shown < all).then(|| format!("w{}–w{} of {all}", first + 1, first + shown))
}

/// Says what will be seen here, and which key starts it.
fn draw_promise(pen: &mut Pen<'_>, app: &App) {
    let wish = app.next().wish();
    let mut text = format!(
        "Each worker will have a line here that shows what it does, moment by moment: press r to run {} ({}).",
        wish.workload,
        wish.backend.id()
    );
    if !wish.gil && wish.backend.facts().lock == LockScope::Shared {
        text += " With g pressed first, threads take turns at one lock, as in Python, and you see them wait for it.";
    }
    let width = usize::from(pen.width().saturating_sub(2));
    for (y, line) in (2..).zip(wrap_text(&text, width)) {
        pen.text(1, y, &line, Role::Text);
    }
}

/// When the picture begins, counted from the sample's start, and how much later its middle and its end are.
fn draw_axis(pen: &mut Pen<'_>, timeline: &Timeline, window: Window) {
    let begins = milliseconds(window.from, timeline.start_before(timeline.center(window.columns)));
    pen.text(LABELS, 1, &format!("at {begins}"), Role::Label);
    let middle = window.columns / 2;
    let later = |columns: u16| Nanos(window.column.0.saturating_mul(u64::from(columns)));
    let x = pen.text(LABELS + middle, 1, pen.theme().mark(), Role::Strong);
    pen.text(x + 1, 1, &format!("+{}", later(middle)), Role::Label);
    pen.right(pen.width(), 1, &format!("+{}", later(window.columns)), Role::Label);
}

/// A moment after another one, or before it, to the microsecond.
fn milliseconds(moment: Nanos, start: Nanos) -> String {
    let before = start.since(moment);
    // What would be printed as nothing has no sign.
    let sign = if before >= Nanos(500) { "-" } else { "" };
    format!("{sign}{:.3} ms", before.plus(moment.since(start)).seconds() * 1e3)
}

fn draw_lock(pen: &mut Pen<'_>, app: &App, window: Window) {
    let locks = app.timeline_row().map(|row| shares_lock(&row.configuration));
    if locks == Some(false) {
        return;
    }
    let strips = app.timeline().strips();
    let found = holders(strips.iter().map(|strip| strip.within(window.from, window.to())), window);
    if found.iter().all(Option::is_none) && locks.is_none() {
        return;
    }
    pen.text(1, 2, "lock", Role::Label);
    let mut x = LABELS;
    for stretch in found.chunk_by(|one, other| one == other) {
        let cells = u16::try_from(stretch.len()).unwrap_or(u16::MAX);
        if let Some(worker) = stretch[0] {
            draw_holder(pen, x, cells, worker, strips.len());
        }
        x += cells;
    }
}

/// Whether its workers take turns at one lock.
fn shares_lock(configuration: &Configuration) -> bool {
    configuration.gil && configuration.backend.facts().home == Home::Shared
}

/// The holder's number over as many cells as it had the lock; one of several digits once, and a line behind it.
fn draw_holder(pen: &mut Pen<'_>, x: u16, cells: u16, worker: usize, all: usize) {
    let number = (worker + 1).to_string();
    let style = pen.theme().role(Role::Strong);
    if all < 10 {
        return pen.fill(x, 2, cells, &number, style);
    }
    pen.fill(x, 2, cells, pen.theme().lines(false).horizontal, style);
    if width_of(&number) <= cells {
        pen.text(x, 2, &number, Role::Strong);
    }
}

fn draw_strip(pen: &mut Pen<'_>, y: u16, timeline: &Timeline, place: usize, window: Window) {
    let strip = &timeline.strips()[place];
    if place == timeline.worker() {
        pen.text(0, y, pen.theme().cursor(), Role::Strong);
    }
    pen.text(1, y, &worker_at(place).to_string(), Role::Text);
    let core = strip.within(window.from, window.to()).filter_map(|span| span.core).last();
    if let Some(core) = core {
        pen.text(6, y, &format!("c{}", core.0), Role::Label);
    }
    for (x, cell) in (LABELS..).zip(cells(strip.within(window.from, window.to()), window)) {
        draw_cell(pen, x, y, cell);
    }
}

/// Says how all this is read, in the rows from `y` to `end` that are left: as many of its paragraphs as find room whole.
fn draw_guide(pen: &mut Pen<'_>, y: u16, end: u16, app: &App, window: Window) {
    let configuration = app.timeline_row().map(|row| &row.configuration);
    let width = usize::from(pen.width().saturating_sub(2)).min(MEASURE);
    let mut y = y;
    for paragraph in guide::paragraphs(configuration, window.column, pen.theme().mark()) {
        let lines = wrap_text(&paragraph, width);
        let next = y.saturating_add(u16::try_from(lines.len()).unwrap_or(u16::MAX));
        // A row stays free above the line that is told of.
        if next >= end {
            return;
        }
        for (y, line) in (y..).zip(&lines) {
            pen.text(1, y, line, Role::Label);
        }
        y = next + 1;
    }
}

fn draw_cell(pen: &mut Pen<'_>, x: u16, y: u16, cell: Cell) {
    if cell.in_vain {
        pen.text(x, y, IN_VAIN, Role::Reverse);
    } else if let Some(state) = cell.state {
        pen.state(x, y, state);
    }
}

/// What the worker under the cursor did under the mark.
fn draw_spot(pen: &mut Pen<'_>, y: u16, app: &App, window: Window) {
    let timeline = app.timeline();
    let moment = timeline.center(window.columns);
    let span = timeline.strips().get(timeline.worker()).and_then(|strip| strip.at(moment));
    let who = format!("{} at ", worker_at(timeline.worker()));
    let x = pen.pieces(1, y, &[(&who, Role::Label), (pen.theme().mark(), Role::Strong), (": ", Role::Label)]);
    if let Some(span) = span {
        let x = pen.state(x, y, span.state) + 1;
        pen.text(x, y, &told(span, sharing(app).is_some()), Role::Strong);
    } else {
        pen.text(x, y, "nothing is known", Role::Label);
    }
}

fn told(span: &Span, shares_cores: bool) -> String {
    let about = match span.state {
        State::Starting => "starting",
        State::Compute if shares_cores => "computing or waiting for a core",
        State::Compute => "computing",
        State::Gil => "waiting for the lock",
        State::Io => "waiting for input or output",
        State::Ipc => "passing tasks and results on",
        State::Idle => "nothing to do",
        State::Dead => "gone",
    };
    let held = if span.held { " with the lock" } else { "" };
    let core = span.core.map_or_else(String::new, |core| format!(", core {}", core.0));
    let in_vain = if span.in_vain { ", then woken in vain" } else { "" };
    format!("{about}{held} for {}{core}{in_vain}", span.length)
}

/// What is to be known of its computing where workers have to share cores.
fn sharing(app: &App) -> Option<String> {
    let workers = app.timeline().strips().len();
    let usable = app.next().usable() as usize;
    (workers > usable).then(|| format!("compute: also waiting for one of {usable} cores"))
}

fn draw_legend(pen: &mut Pen<'_>, y: u16, sharing: Option<&str>) {
    let mut x = 1;
    let rare = if pen.width() < 100 { &[State::Starting, State::Dead][..] } else { &[State::Dead] };
    for look in LOOKS.iter().filter(|look| !rare.contains(&look.state)) {
        x = pen.state(x, y, look.state) + 1;
        x = pen.text(x, y, look.state.label(), Role::Label) + 2;
    }
    x = pen.text(x, y, IN_VAIN, Role::Reverse) + 1;
    x = pen.text(x, y, "woken in vain", Role::Label) + 2;
    let fits = |text: &&str| x + width_of(text) <= pen.width();
    pen.text(x, y, sharing.filter(fits).unwrap_or("a column: most of it"), Role::Label);
}
