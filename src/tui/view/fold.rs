//! How many workers share few rows: pure. Those that wait for the lock go first, the holder keeps a row of its own, and
//! nobody is left out.

use crate::board::State;
use crate::tui::app::live::Worker;

/// A row of the workers' pane.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Row<'a> {
    /// One worker.
    One(&'a Worker),
    /// Several that do the same, or the rest where `state` is `None`.
    Group {
        /// What they do.
        state: Option<State>,
        /// Who they are.
        workers: Vec<&'a Worker>,
    },
}

/// The order in which states are folded.
const FOLDED: [Option<State>; 8] = [
    Some(State::Gil),
    Some(State::Idle),
    Some(State::Starting),
    Some(State::Dead),
    Some(State::Io),
    Some(State::Ipc),
    Some(State::Compute),
    None,
];

/// At most `rows` rows that hold all workers.
pub(super) fn fold(workers: &[Worker], rows: usize) -> Vec<Row<'_>> {
    if workers.len() <= rows {
        return workers.iter().map(Row::One).collect();
    }
    let mut found: Vec<Row<'_>> = workers.iter().map(Row::One).collect();
    for state in FOLDED {
        let excess = found.len().saturating_sub(rows);
        found = match (excess, state) {
            (0, _) => break,
            (_, Some(State::Gil)) => fold_state(found, state, usize::MAX),
            // One row more goes than is missing: the row that the others share.
            (excess, _) => fold_state(found, state, excess + 1),
        };
    }
    merge_rest(found, rows)
}

/// Puts the last `most` workers of a state into one row at the end, unless there is only one.
fn fold_state<'a>(rows: Vec<Row<'a>>, state: Option<State>, most: usize) -> Vec<Row<'a>> {
    let is_of = |row: &Row<'a>| matches!(row, Row::One(worker) if worker.state == state && !worker.holds);
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
    kept.push(Row::Group { state, workers: folded.into_iter().flat_map(members).collect() });
    kept
}

/// Puts everything past the last row but one together.
fn merge_rest(mut rows: Vec<Row<'_>>, limit: usize) -> Vec<Row<'_>> {
    if rows.len() > limit && limit > 0 {
        let rest = rows.split_off(limit - 1);
        rows.push(Row::Group { state: None, workers: rest.into_iter().flat_map(members).collect() });
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

    /// Workers by a letter each: c(ompute) g(il) i(dle) d(ead), H(older).
    fn workers(letters: &str) -> Vec<Worker> {
        let state = |letter| match letter {
            'g' => State::Gil,
            'i' => State::Idle,
            'd' => State::Dead,
            _ => State::Compute,
        };
        let worker = |(id, letter)| Worker {
            id: WorkerId(id),
            state: Some(state(letter)),
            holds: letter == 'H',
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
            Row::Group { state, workers } => format!("{} {}", workers.len(), state.map_or("rest", State::label)),
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
}
