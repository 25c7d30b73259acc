//! How the panes that stand on each other share the rows of the screen.

use super::{CoreForm, Form, Layout, SPLIT};
use crate::tui::app::App;

/// The most rows that results keep for themselves when workers want room.
const RESULTS: u16 = 8;

/// How many rows the stack on the right gives to each part.
pub(super) struct Stack {
    pub(super) cores: u16,
    pub(super) workers: u16,
    pub(super) legend: u16,
    pub(super) results: u16,
}

impl Layout {
    /// Shares the rows out between so many cores, the workers and the results, which keep all of their rows where they
    /// are to be `read` on the tour.
    pub(super) fn stack(&mut self, cores: u16, workers: u16, read: bool) -> Stack {
        let height = self.area.height;
        let legend = u16::from(height >= 30);
        let fixed = if self.form == Form::Strip { 11 } else { 9 } + legend;
        let free = height.saturating_sub(fixed);
        let cores = self.core_rows(cores, free, workers.min(4) + 3);
        let free = free - cores;
        let keep = if read { RESULTS } else { (free / 3).clamp(1, RESULTS) };
        let wanted = if self.form == Form::Frameless && height < 24 && workers > 3 { 2 } else { workers };
        let workers = wanted.min(free.saturating_sub(keep)).max(1).min(free);
        Stack { cores, workers, legend, results: free - workers }
    }

    /// How many rows the cores get when `others` rows must be left; chooses the form that fits.
    fn core_rows(&mut self, cores: u16, free: u16, others: u16) -> u16 {
        let width = match self.form {
            Form::Full => self.area.width.saturating_sub(SPLIT + 2),
            Form::Strip => self.area.width.saturating_sub(2),
            Form::Frameless | Form::TooSmall => self.area.width,
        };
        if self.area.height < 24 {
            return 0;
        }
        let forms = [CoreForm::Rows, cells(width), blocks(width)];
        let fitting = forms.into_iter().find(|form| {
            let fits = rows_of(*form, cores) + others <= free;
            fits && match form {
                CoreForm::Rows => cores <= 16,
                CoreForm::Cells(_) => cores <= 64,
                CoreForm::Blocks(_) => true,
            }
        });
        self.core_form = fitting.unwrap_or(CoreForm::Rows);
        fitting.map_or(0, |form| rows_of(form, cores))
    }
}

/// Cells with load and worker: five columns each, after four for the first core's number.
fn cells(width: u16) -> CoreForm {
    CoreForm::Cells(if width >= 84 { 16 } else { 8 })
}

/// Cells with the load: nine columns for eight, after five for the first core's number.
fn blocks(width: u16) -> CoreForm {
    CoreForm::Blocks(if width >= 76 { 64 } else { 32 })
}

fn rows_of(form: CoreForm, cores: u16) -> u16 {
    match form {
        CoreForm::Rows => cores,
        CoreForm::Cells(per_row) | CoreForm::Blocks(per_row) => cores.div_ceil(per_row),
    }
}

pub(super) fn cores_shown(app: &App) -> u16 {
    u16::try_from(app.cores().online.len()).unwrap_or(u16::MAX)
}

/// How many workers there are rows for: those of the run that goes on; before it, those of the next run as well.
pub(super) fn workers_shown(app: &App) -> u16 {
    let picture = app.live().workers().len();
    let next = if app.next().wish().backend.facts().scales { app.next().wish().workers as usize } else { 1 };
    let watched = app.watched().map_or(0, |row| row.configuration.workers as usize);
    let workers = match (app.runs().going().is_some(), picture) {
        (true, 0) => watched,
        (true, picture) => picture,
        (false, picture) => picture.max(next),
    };
    u16::try_from(workers.max(1)).unwrap_or(u16::MAX)
}
