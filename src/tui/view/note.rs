//! The last column of the table: what a row's reader must know first.

use crate::board::State;
use crate::results::Status;
use crate::tui::app::App;
use crate::tui::app::table::Entry;
use crate::tui::theme::Role;

/// From this share on, waiting for the lock is worth a note.
const WORTH_A_NOTE: f64 = 0.10;

/// A note and how it is emphasized.
pub(super) struct Note {
    pub(super) text: String,
    pub(super) role: Role,
}

/// What to say of a row; `short` where there is little room.
pub(super) fn of(app: &App, entry: &Entry, short: bool) -> Note {
    let mut note = said(app, entry, short);
    if app.table().is_mixed() {
        let workload = &entry.row.configuration.workload;
        note.text = if note.text.is_empty() { workload.clone() } else { format!("{workload} {}", note.text) };
    }
    note
}

fn said(app: &App, entry: &Entry, short: bool) -> Note {
    let (kept, of) = (entry.row.samples.len(), entry.row.settings.runs);
    let (text, role) = match entry.row.status {
        Status::Running => (format!(": {}", running(app, entry, short)), Role::Text),
        Status::Failed => (format!("X {}", entry.row.failure.as_deref().unwrap_or("failed")), Role::Reverse),
        Status::Divergent => ("≠ DIVERGENT".to_owned(), Role::Reverse),
        Status::Cancelled if short => (format!("{kept}/{of} kept"), Role::Text),
        Status::Cancelled => (format!("cancelled, {kept} of {of}"), Role::Text),
        Status::Ok => finished(app, entry),
    };
    Note { text, role }
}

fn running(app: &App, entry: &Entry, short: bool) -> String {
    match app.runs().sampling().filter(|sampling| sampling.row == entry.row.run) {
        Some(sampling) if short => format!("{}/{}", sampling.sample, sampling.of),
        Some(sampling) => sampling.label(),
        None => format!("{}/{}", entry.row.samples.len(), entry.row.settings.runs),
    }
}

/// A warning goes before an explanation.
fn finished(app: &App, entry: &Entry) -> (String, Role) {
    let gil = entry.summary.shares.map_or(0.0, |shares| shares.gil);
    match entry.warnings.as_slice() {
        [] if gil >= WORTH_A_NOTE => {
            let (glyph, _) = app.theme().state(State::Gil);
            (format!("{glyph} {:.0} % gil", gil * 100.0), Role::Text)
        }
        [] => (String::new(), Role::Text),
        [only] => (format!("! {}", only.tag()), Role::Strong),
        [first, rest @ ..] => (format!("! {} +{}", first.tag(), rest.len()), Role::Strong),
    }
}
