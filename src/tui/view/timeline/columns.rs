//! What a column of the picture shows: many spans may fall into it, or a part of one. Pure.

use crate::board::{Span, State};
use crate::units::Nanos;

/// A part of time, cut into columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// When the first column begins.
    pub(super) from: Nanos,
    /// How long a column is; not 0.
    pub(super) column: Nanos,
    /// How many there are.
    pub(super) columns: u16,
}

/// What a worker did in a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// What took most of the time that is known of; `None` where nothing is.
    pub(super) state: Option<State>,
    /// Whether it was woken in vain.
    pub(super) in_vain: bool,
}

impl Window {
    /// When it is over.
    pub(super) fn to(self) -> Nanos {
        self.at(self.columns)
    }

    fn at(self, column: u16) -> Nanos {
        self.from.plus(Nanos(self.column.0.saturating_mul(u64::from(column))))
    }

    /// The column of a moment within the window, or the nearest one.
    fn column_of(self, moment: Nanos) -> u16 {
        let place = moment.since(self.from).0 / self.column.0.max(1);
        u16::try_from(place).unwrap_or(u16::MAX).min(self.columns.saturating_sub(1))
    }

    /// Calls `take` with each column that the span reaches into, and for how long.
    fn spread(self, span: &Span, mut take: impl FnMut(usize, Nanos)) {
        let (start, end) = (span.start.max(self.from), span.end().min(self.to()));
        if start >= end {
            return;
        }
        for column in self.column_of(start)..=self.column_of(Nanos(end.0 - 1)) {
            let (from, to) = (self.at(column).max(start), self.at(column + 1).min(end));
            take(usize::from(column), to.since(from));
        }
    }
}

/// The columns of a worker's strip.
pub(super) fn cells<'a>(spans: impl Iterator<Item = &'a Span>, window: Window) -> Vec<Cell> {
    let mut times = vec![[Nanos::ZERO; State::ALL.len()]; usize::from(window.columns)];
    let mut cells = vec![Cell::default(); usize::from(window.columns)];
    for span in spans {
        window.spread(span, |column, length| {
            let time = &mut times[column][span.state.index()];
            *time = time.plus(length);
        });
        if span.in_vain && (window.from..window.to()).contains(&span.end()) {
            cells[usize::from(window.column_of(span.end()))].in_vain = true;
        }
    }
    for (cell, times) in cells.iter_mut().zip(times) {
        let longest = State::ALL.into_iter().max_by_key(|state| times[state.index()]);
        cell.state = longest.filter(|state| times[state.index()] > Nanos::ZERO);
    }
    cells
}

/// Who had the lock most of each column, of the workers whose spans these are; `None` where nobody had it.
pub(super) fn holders<'a, S>(workers: impl Iterator<Item = S>, window: Window) -> Vec<Option<usize>>
where
    S: Iterator<Item = &'a Span>,
{
    let mut longest = vec![(Nanos::ZERO, None); usize::from(window.columns)];
    let mut own = vec![Nanos::ZERO; longest.len()];
    for (worker, spans) in workers.enumerate() {
        own.fill(Nanos::ZERO);
        for span in spans.filter(|span| span.held) {
            window.spread(span, |column, length| own[column] = own[column].plus(length));
        }
        for (longest, own) in longest.iter_mut().zip(&own) {
            if *own > longest.0 {
                *longest = (*own, Some(worker));
            }
        }
    }
    longest.into_iter().map(|(_, worker)| worker).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(state: State, start: u64, length: u64) -> Span {
        let (start, length) = (Nanos(start), Nanos(length));
        Span { state, start, length, core: None, held: state == State::Compute, in_vain: false }
    }

    fn drawn(spans: &[Span], window: Window) -> String {
        let glyph = |cell: &Cell| match (cell.in_vain, cell.state) {
            (true, _) => 'f',
            (_, Some(state)) => state.label().chars().next().unwrap(),
            (_, None) => ' ',
        };
        cells(spans.iter(), window).iter().map(glyph).collect()
    }

    const WINDOW: Window = Window { from: Nanos(100), column: Nanos(10), columns: 8 };

    #[test]
    fn a_column_shows_what_took_most_of_it() {
        let spans = [span(State::Compute, 0, 116), span(State::Gil, 116, 20), span(State::Io, 136, 1)];
        assert_eq!(drawn(&spans, WINDOW), "ccgg    ");
        let short: Vec<Span> = (0..40)
            .map(|place| {
                let state = if place % 2 == 0 { State::Compute } else { State::Io };
                span(state, 100 + 2 * place, if place % 2 == 0 { 2 } else { 1 })
            })
            .collect();
        assert_eq!(drawn(&short, WINDOW), "cccccccc");
    }

    #[test]
    fn what_is_outside_is_left_out_and_what_reaches_in_is_cut() {
        let spans = [span(State::Io, 0, 50), span(State::Gil, 170, 1_000), span(State::Io, 5_000, 1)];
        assert_eq!(drawn(&spans, WINDOW), "       g");
        assert_eq!(drawn(&[span(State::Idle, 0, u64::MAX)], WINDOW), "iiiiiiii");
        assert_eq!(drawn(&spans, Window { columns: 0, ..WINDOW }), "");
    }

    #[test]
    fn a_wake_up_in_vain_is_seen_where_it_was_however_short() {
        let wait = Span { in_vain: true, ..span(State::Gil, 100, 35) };
        assert_eq!(drawn(&[wait, span(State::Gil, 135, 45)], WINDOW), "gggfgggg");
    }

    #[test]
    fn the_lock_belongs_to_whoever_had_it_longest() {
        let workers =
            [vec![span(State::Compute, 100, 24)], vec![span(State::Compute, 124, 16), span(State::Gil, 140, 9)]];
        let found = holders(workers.iter().map(|spans| spans.iter()), Window { columns: 5, ..WINDOW });
        assert_eq!(found, [Some(0), Some(0), Some(1), Some(1), None]);
    }
}
