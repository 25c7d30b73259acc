//! How many workers share few rows: pure. Those that wait for the lock go first, the holder keeps a row of its own, those
//! that were stopped are shown above all others, and nobody is left out.

use crate::board::State;
use crate::tui::app::live::Worker;

/// A row of the workers' pane.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Row<'a> {
    /// One worker.
    One(&'a Worker),
    /// Several.
    Group {
        /// What they have in common.
        of: Kind,
        /// Who they are.
        workers: Vec<&'a Worker>,
    },
}

/// What workers can have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What they do.
    Doing(State),
    /// That they were stopped.
    Stopped,
    /// Nothing.
    Mixed,
}

impl Kind {
    fn of(worker: &Worker) -> Self {
        if worker.stopped { Self::Stopped } else { worker.state.map_or(Self::Mixed, Self::Doing) }
    }
}

/// The order in which workers are folded.
const FOLDED: [Kind; 9] = [
    Kind::Doing(State::Gil),
    Kind::Doing(State::Idle),
    Kind::Doing(State::Starting),
    Kind::Doing(State::Dead),
    Kind::Doing(State::Io),
    Kind::Doing(State::Ipc),
    Kind::Doing(State::Compute),
    Kind::Mixed,
    Kind::Stopped,
];

/// At most `rows` rows that hold all workers.
pub(super) fn fold(workers: &[Worker], rows: usize) -> Vec<Row<'_>> {
    if workers.len() <= rows {
        return workers.iter().map(Row::One).collect();
    }
    let mut found: Vec<Row<'_>> = workers.iter().map(Row::One).collect();
    found.sort_by_key(|row| !matches!(row, Row::One(worker) if worker.stopped));
    for kind in FOLDED {
        let excess = found.len().saturating_sub(rows);
        found = match (excess, kind) {
            (0, _) => break,
            (_, Kind::Doing(State::Gil)) => fold_kind(found, kind, usize::MAX),
            // One row more goes than is missing: the row that the others share.
            (excess, _) => fold_kind(found, kind, excess + 1),
        };
    }
    merge_rest(found, rows)
}

/// Puts the last `most` workers of a kind into one row, unless there is only one: at the end, or above all others.
fn fold_kind<'a>(rows: Vec<Row<'a>>, kind: Kind, most: usize) -> Vec<Row<'a>> {
    let is_of = |row: &Row<'a>| matches!(row, Row::One(worker) if Kind::of(worker) == kind && !worker.holds);
    let count = rows.iter().filter(|row| is_of(row)).count();
    if count < 2 {
        return rows;
    }
    let mut spared = count.saturating_sub(most);
    let is_folded = |row: &Row<'a>| {
        is_of(row)
            && if spared > 0 {
                spared -= 1;
                false
            } else {
                true
            }
    };
    let (folded, mut kept): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_folded);
    let place = if kind == Kind::Stopped { 0 } else { kept.len() };
    kept.insert(place, Row::Group { of: kind, workers: folded.into_iter().flat_map(members).collect() });
    kept
}

/// Puts everything past the last row but one together.
fn merge_rest(mut rows: Vec<Row<'_>>, limit: usize) -> Vec<Row<'_>> {
    if rows.len() > limit && limit > 0 {
        let rest = rows.split_off(limit - 1);
        rows.push(Row::Group { of: Kind::Mixed, workers: rest.into_iter().flat_map(members).collect() });
    }
    rows.truncate(limit);
    rows
}

fn members(row: Row<'_>) -> Vec<&Worker> {
    match row {
        Row::One(worker) => vec![worker],
        Row::Group { workers, .. } => workers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{CoreId, WorkerId};

    /// Workers by a letter each: c(ompute) g(il) i(dle) d(ead), H(older), T for one that was stopped.
    fn workers(letters: &str) -> Vec<Worker> {
        let state = |letter| match letter {
            'g' => State::Gil,
            'i' => State::Idle,
            'd' => State::Dead,
            _ => State::Compute,
        };
        let worker = |(id, letter)| Worker {
            id: WorkerId(id),
            process: 0,
            state: Some(state(letter)),
            holds: letter == 'H',
            stopped: letter == 'T',
            core: CoreId(0),
            tasks: 0,
            shares: [0.0; 7],
        };
        (0..).zip(letters.chars()).map(worker).collect()
    }

    /// The rows as text: `w2` for one, `3 gil` for a group.
    fn check(letters: &str, rows: usize, expected: &[&str]) {
        let workers = workers(letters);
        let found = fold(&workers, rows);
        let text = |row: &Row<'_>| match row {
            Row::One(worker) => worker.id.to_string(),
            Row::Group { of: Kind::Doing(state), workers } => format!("{} {}", workers.len(), state.label()),
            Row::Group { of: Kind::Stopped, workers } => format!("{} stopped", workers.len()),
            Row::Group { of: Kind::Mixed, workers } => format!("{} rest", workers.len()),
        };
        assert_eq!(found.iter().map(text).collect::<Vec<_>>(), expected, "{letters} in {rows}");
        if rows > 0 {
            assert_eq!(found.into_iter().flat_map(members).count(), workers.len(), "nobody is left out");
        }
    }

    #[test]
    fn waiting_workers_are_folded_first() {
        check("gHgg", 4, &["w1", "w2", "w3", "w4"]);
        check("gHgg", 3, &["w2", "3 gil"]);
        check("gHggcc", 4, &["w2", "w5", "w6", "3 gil"]);
        check("gHggcc", 3, &["w2", "3 gil", "2 compute"]);
        check("cccc", 2, &["w1", "3 compute"]);
        check("cccc", 3, &["w1", "w2", "2 compute"]);
        check("ccid", 2, &["w3", "3 rest"]);
        check("gHggccii", 2, &["w2", "7 rest"]);
        check("gHgg", 1, &["4 rest"]);
        check("gHgg", 0, &[]);
    }

    #[test]
    fn those_that_were_stopped_are_shown_above_all_others() {
        check("cTc", 3, &["w1", "w2", "w3"]);
        check("ccccT", 3, &["w5", "w1", "3 compute"]);
        check("gHgT", 2, &["w4", "3 rest"]);
        check("gHgTT", 3, &["2 stopped", "w2", "2 gil"]);
        check("gHgTiT", 2, &["2 stopped", "4 rest"]);
        check("TTTT", 2, &["3 stopped", "w1"]);
    }
}
