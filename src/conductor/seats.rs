//! Which engines of a run are there, and how they are started and sent away. Pure.

use super::order::{Do, EngineId};

/// A place for the engine of each configuration.
#[derive(Debug)]
pub(super) struct Seats {
    seats: Vec<Seat>,
}

#[derive(Debug, Clone, Copy)]
struct Seat {
    workers: u32,
    presence: Presence,
}

/// Whether an engine is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It never was, or its end was reported.
    Absent,
    /// It follows orders.
    Alive,
    /// It was told to end; what it still says does not count.
    Leaving,
}

impl Seats {
    /// Empty seats for engines with these numbers of workers.
    pub(super) fn new(workers: impl Iterator<Item = u32>) -> Self {
        let seat = |workers| Seat { workers, presence: Presence::Absent };
        Self { seats: workers.map(seat).collect() }
    }

    /// Whether the engine at `place` is there.
    pub(super) fn presence(&self, place: usize) -> Presence {
        self.seats[place].presence
    }

    /// Whether any engine is in that state.
    pub(super) fn any(&self, presence: Presence) -> bool {
        self.seats.iter().any(|seat| seat.presence == presence)
    }

    /// Starts the engine at `place`.
    #[must_use]
    pub(super) fn fill(&mut self, place: usize) -> Do {
        self.seats[place].presence = Presence::Alive;
        Do::Spawn(EngineId::Row(place), self.seats[place].workers)
    }

    /// Lets the engine at `place` end.
    #[must_use]
    pub(super) fn send_home(&mut self, place: usize) -> Do {
        self.seats[place].presence = Presence::Leaving;
        Do::Finish(EngineId::Row(place))
    }

    /// Ends the engine at `place` at once.
    #[must_use]
    pub(super) fn kill(&mut self, place: usize) -> Do {
        self.seats[place].presence = Presence::Leaving;
        Do::Kill(EngineId::Row(place))
    }

    /// Lets all engines end that follow orders.
    #[must_use]
    pub(super) fn send_all_home(&mut self) -> Vec<Do> {
        let alive = |place: &usize| self.seats[*place].presence == Presence::Alive;
        let places: Vec<usize> = (0..self.seats.len()).filter(alive).collect();
        places.into_iter().map(|place| self.send_home(place)).collect()
    }

    /// Ends all engines at once, also those that are leaving.
    #[must_use]
    pub(super) fn kill_all(&mut self) -> Vec<Do> {
        let there = |place: &usize| self.seats[*place].presence != Presence::Absent;
        let places: Vec<usize> = (0..self.seats.len()).filter(there).collect();
        places.into_iter().map(|place| self.kill(place)).collect()
    }

    /// Notes that the engine at `place` is gone; says what it was before.
    pub(super) fn vacate(&mut self, place: usize) -> Presence {
        std::mem::replace(&mut self.seats[place].presence, Presence::Absent)
    }
}
