//! Where everything is: a pure function of the screen's size and of how much there is to show. Drawing and the mouse
//! both ask it.

mod stack;

use ratatui::layout::Rect;

use self::stack::{cores_shown, workers_shown};
use crate::tui::app::overlay::Screen;
use crate::tui::app::{App, Pane};

/// The smallest screen, in columns and rows.
pub const SMALLEST: (u16, u16) = (60, 16);

/// The column of the line between the workload pane and the others.
const SPLIT: u16 = 28;

/// How much of the arrangement fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Nothing but a message.
    TooSmall,
    /// Rules instead of frames, the workload in one line.
    Frameless,
    /// The workload in one line.
    Strip,
    /// All panes.
    Full,
}

/// How the cores are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreForm {
    /// A row with a bar for each.
    Rows,
    /// Cells with load and worker, so many a row.
    Cells(u16),
    /// Cells with the load, so many a row.
    Blocks(u16),
}

/// What a horizontal line is the top of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Top {
    /// A pane; that of the workers is the band while the lock is contended.
    Of(Pane),
    /// Nothing: the frame ends here.
    Nothing,
}

/// A horizontal line of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its row.
    pub y: u16,
    /// Its first column.
    pub from: u16,
    /// Its last column.
    pub to: u16,
    /// What is below it.
    pub top: Top,
}

/// Where bars are in the rows of cores and workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bars {
    /// The first column, within the pane.
    pub column: u16,
    /// How many cells.
    pub width: u16,
}

/// Where everything is. What does not fit has no rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// How much fits.
    pub form: Form,
    /// The whole screen.
    pub area: Rect,
    /// The horizontal lines.
    pub rules: Vec<Rule>,
    /// The columns of the vertical lines.
    pub verticals: Vec<u16>,
    /// The fields, or the strip.
    pub workload: Rect,
    /// The rows of the cores.
    pub cores: Rect,
    /// How they are drawn.
    pub core_form: CoreForm,
    /// The row that adds them up.
    pub sum: Rect,
    /// The rows of the workers.
    pub workers: Rect,
    /// The row that explains the glyphs.
    pub legend: Rect,
    /// The table's header and rows.
    pub results: Rect,
    /// Where bars are.
    pub bars: Bars,
    /// The row of progress and messages.
    pub progress: Rect,
    /// The row of keys.
    pub footer: Rect,
}

impl Layout {
    /// The arrangement for the app as it is.
    #[must_use]
    pub fn of(area: Rect, app: &App) -> Self {
        let form = form(area);
        let mut layout = Self::empty(area, form);
        match form {
            Form::TooSmall => {}
            _ if app.is_zoomed() || is_edited_in_strip(app, form) => layout.zoom(zoomed_pane(app)),
            _ => {
                layout.arrange(cores_shown(app), workers_shown(app), app.tour_stop().is_some());
            }
        }
        layout
    }

    fn empty(area: Rect, form: Form) -> Self {
        let none = Rect::new(area.x, area.y, 0, 0);
        let bars = match form {
            Form::Full => Bars { column: 25, width: area.width.saturating_sub(80).clamp(10, 40) },
            Form::Strip => Bars { column: 21, width: 20 },
            Form::Frameless | Form::TooSmall => Bars { column: 14, width: 20 },
        };
        Self {
            form,
            area,
            rules: Vec::new(),
            verticals: Vec::new(),
            workload: none,
            cores: none,
            core_form: CoreForm::Rows,
            sum: none,
            workers: none,
            legend: none,
            results: none,
            bars,
            progress: row(area, area.height.saturating_sub(2)),
            footer: row(area, area.height.saturating_sub(1)),
        }
    }

    /// One pane over the whole screen.
    fn zoom(&mut self, pane: Pane) {
        let (last, bottom) = (self.area.width - 1, self.area.height - 3);
        self.rules = vec![Rule { y: 1, from: 0, to: last, top: Top::Of(pane) }];
        let mut inside = Rect::new(0, 2, self.area.width, bottom - 1);
        if self.form != Form::Frameless {
            self.verticals = vec![0, last];
            self.rules.push(Rule { y: bottom, from: 0, to: last, top: Top::Nothing });
            inside = Rect::new(1, 2, self.area.width - 2, bottom - 2);
        }
        match pane {
            Pane::Workload => self.workload = inside,
            Pane::Results => self.results = inside,
            Pane::Workers => {
                self.legend = Rect { y: inside.bottom() - 1, height: 1, ..inside };
                self.workers = Rect { height: inside.height - 1, ..inside };
            }
            Pane::Cores => {
                self.sum = Rect { y: inside.bottom() - 1, height: 1, ..inside };
                self.cores = Rect { height: inside.height - 1, ..inside };
            }
        }
    }

    /// All panes. The numbers of cores and workers decide how rows are shared out.
    fn arrange(&mut self, cores: u16, workers: u16, is_toured: bool) {
        let framed = self.form != Form::Frameless;
        let stack = self.stack(cores, workers, is_toured);
        let last = self.area.width - 1;
        let left = if self.form == Form::Full { SPLIT } else { 0 };
        let mut y = 1;
        if framed {
            self.verticals = vec![0, last];
        }
        if self.form == Form::Full {
            self.verticals.insert(1, SPLIT);
            self.rules.push(Rule { y, from: 0, to: SPLIT, top: Top::Of(Pane::Workload) });
            self.workload = Rect::new(1, 2, SPLIT - 1, self.area.height - 5);
        } else {
            y = self.strip(y, last, framed);
        }
        let mut pen = Stacker { left, last, framed, y };
        self.rules.push(pen.rule(Top::Of(Pane::Cores)));
        self.cores = pen.take(stack.cores);
        self.sum = pen.take(1);
        self.rules.push(pen.rule(Top::Of(Pane::Workers)));
        self.workers = pen.take(stack.workers);
        self.legend = pen.take(stack.legend);
        self.rules.push(pen.rule(Top::Of(Pane::Results)));
        self.results = pen.take(1 + stack.results);
        if framed {
            self.rules.push(Rule { y: self.area.height - 3, from: 0, to: last, top: Top::Nothing });
        }
    }

    /// The workload in one line; answers the next free row.
    fn strip(&mut self, y: u16, last: u16, framed: bool) -> u16 {
        if framed {
            self.rules.push(Rule { y, from: 0, to: last, top: Top::Of(Pane::Workload) });
            self.workload = Rect::new(1, y + 1, last - 1, 1);
            y + 2
        } else {
            self.workload = Rect::new(0, y, last + 1, 1);
            y + 1
        }
    }
}

/// Hands out rows from top to bottom.
struct Stacker {
    left: u16,
    last: u16,
    framed: bool,
    y: u16,
}

impl Stacker {
    fn rule(&mut self, top: Top) -> Rule {
        self.y += 1;
        Rule { y: self.y - 1, from: self.left, to: self.last, top }
    }

    fn take(&mut self, rows: u16) -> Rect {
        let edge = u16::from(self.framed);
        let x = self.left + edge;
        let taken = Rect::new(x, self.y, (self.last + 1).saturating_sub(x + edge), rows);
        self.y += rows;
        taken
    }
}

fn form(area: Rect) -> Form {
    match (area.width, area.height) {
        (width, height) if width < SMALLEST.0 || height < SMALLEST.1 => Form::TooSmall,
        (..80, _) => Form::Frameless,
        (..100, _) => Form::Strip,
        _ => Form::Full,
    }
}

fn row(area: Rect, y: u16) -> Rect {
    Rect::new(area.x, area.y + y, area.width, 1).intersection(area)
}

fn zoomed_pane(app: &App) -> Pane {
    if app.is_zoomed() { app.focus() } else { Pane::Workload }
}

/// A field that is typed while there is only the strip: the pane opens for it.
fn is_edited_in_strip(app: &App, form: Form) -> bool {
    form < Form::Full && matches!(app.screen(), Screen::Edit(_))
}

/// Whether the workload is shown in one line, without its fields.
#[must_use]
pub fn shows_strip(app: &App) -> bool {
    let (width, height) = app.size();
    let strip = form(Rect::new(0, 0, width, height)) < Form::Full;
    strip && !app.is_zoomed()
}
