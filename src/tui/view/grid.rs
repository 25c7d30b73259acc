//! Many cores in few rows.
//!
//! ```text
//!   0 █w01 ▇w02 █w03 █w04 █w05 ▇w06 █w07 █w08 █w09 █w10 █w11 █w12 ▆w13 █w14 █w15 █w16
//!    0 █▇██████ ████▇███ ██████▆█ ████████ ███▇████ ████████ ██▇█████ ████████  97 %
//!  128 -------- -------- -------- -------- -------- -------- -------- --------  forbidden
//! ```

use super::cores::{load_of, on_core};
use super::pen::Pen;
use crate::tui::app::App;
use crate::tui::theme::Role;
use crate::units::CoreId;

/// A cell with load and worker for each core.
pub(super) fn draw_cells(pen: &mut Pen<'_>, per_row: u16, app: &App) {
    for (y, cores) in (0..pen.height()).zip(app.cores().online.chunks(usize::from(per_row))) {
        pen.text(0, y, &format!("{:>3}", cores[0]), Role::Label);
        for (x, core) in (4..).step_by(5).zip(cores) {
            let end = draw_load(pen, x, y, app, *core);
            if let Some(worker) = on_core(app.live(), *core) {
                let role = if worker.holds { Role::Strong } else { Role::Text };
                pen.text(end, y, &short_name(worker.id.index() + 1), role);
            }
        }
    }
}

/// A cell with the load for each core, eight together.
pub(super) fn draw_blocks(pen: &mut Pen<'_>, per_row: u16, app: &App) {
    for (y, cores) in (0..pen.height()).zip(app.cores().online.chunks(usize::from(per_row))) {
        pen.text(0, y, &format!("{:>4}", cores[0]), Role::Label);
        let mut x = 5;
        for (place, core) in cores.iter().enumerate() {
            x += u16::from(place > 0 && place.is_multiple_of(8));
            x = draw_load(pen, x, y, app, *core);
        }
        let end = 5 + per_row + per_row / 8 - 1;
        if end + 6 <= pen.width() {
            pen.text(end, y, &row_load(app, cores), Role::Strong);
        }
    }
}

fn draw_load(pen: &mut Pen<'_>, x: u16, y: u16, app: &App, core: CoreId) -> u16 {
    let glyph = match load_of(app, core) {
        _ if !is_allowed(app, core) => return pen.text(x, y, "-", Role::Label),
        None => return pen.text(x, y, "–", Role::Label),
        Some(load) => pen.theme().spark(load),
    };
    pen.text(x, y, glyph, Role::Text)
}

/// The mean load of the allowed cores of a row.
#[expect(clippy::cast_precision_loss, reason = "counts of cores are small")]
fn row_load(app: &App, cores: &[CoreId]) -> String {
    if !cores.iter().any(|core| is_allowed(app, *core)) {
        return "  forbidden".to_owned();
    }
    let loads: Vec<f64> =
        cores.iter().filter(|core| is_allowed(app, **core)).filter_map(|core| load_of(app, *core)).collect();
    if loads.is_empty() {
        return "   – %".to_owned();
    }
    format!(" {:>3.0} %", loads.iter().sum::<f64>() / loads.len() as f64 * 100.0)
}

fn is_allowed(app: &App, core: CoreId) -> bool {
    app.cores().affinity.binary_search(&core).is_ok()
}

/// A worker's number in three characters.
fn short_name(number: usize) -> String {
    if number < 100 { format!("w{number:02}") } else { format!("{:03}", number % 1_000) }
}
