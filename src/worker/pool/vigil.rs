//! Which workers take too long: who owes an answer and was not heard of for the time limit of a task. Pure.
//!
//! Time is counted by turns of the engine's loop, and one that comes late counts no more than one in time. So time in
//! which the engine itself stood still, because it was stopped or had no core, is held against nobody.

use crate::units::Nanos;

/// The loop turns at least this often within a limit.
const TURNS: u64 = 8;

/// The vigil over the workers of a pool.
#[derive(Debug)]
pub(super) struct Vigil {
    limit: Nanos,
    /// Time that was counted so far, and when it was last looked at.
    counted: Nanos,
    looked: Nanos,
    /// When each worker was last heard of, or owed nothing.
    heard: Vec<Nanos>,
}

impl Vigil {
    /// A vigil over so many workers from `now` on.
    pub(super) fn new(limit: Nanos, workers: u32, now: Nanos) -> Self {
        Self { limit, counted: Nanos::ZERO, looked: now, heard: vec![Nanos::ZERO; workers as usize] }
    }

    /// How long a worker may owe an answer.
    pub(super) const fn limit(&self) -> Nanos {
        self.limit
    }

    /// How long the loop may sleep at most.
    pub(super) fn turn(&self) -> Nanos {
        Nanos((self.limit.0 / TURNS).max(1))
    }

    /// A turn of the loop begins; those who owe nothing have all of their time before them.
    pub(super) fn look(&mut self, now: Nanos, owes: impl Fn(usize) -> bool) {
        let (turn, passed) = (self.turn(), now.since(self.looked));
        // A sleep takes a little longer than it should, but not as long as another one.
        self.counted = self.counted.plus(if passed.0 > 2 * turn.0 { turn } else { passed });
        self.looked = now;
        for (seat, heard) in self.heard.iter_mut().enumerate() {
            if !owes(seat) {
                *heard = self.counted;
            }
        }
    }

    /// A worker has said something.
    pub(super) fn heard(&mut self, seat: usize) {
        self.heard[seat] = self.counted;
    }

    /// The workers that take too long.
    pub(super) fn overdue(&self, owes: impl Fn(usize) -> bool) -> Vec<usize> {
        let is_late = |seat: &usize| owes(*seat) && self.counted.since(self.heard[*seat]) > self.limit;
        (0..self.heard.len()).filter(is_late).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Looks every tenth of a second from one tenth to another.
    fn look_until(vigil: &mut Vigil, start: u64, end: u64, owes: impl Fn(usize) -> bool) {
        for tenth in start + 1..=end {
            vigil.look(Nanos(tenth * SECOND / 10), &owes);
        }
    }

    #[test]
    fn who_owes_an_answer_and_says_nothing_is_overdue() {
        let mut vigil = Vigil::new(Nanos::from_secs(1), 3, Nanos::ZERO);
        let owes = |seat| seat < 2;
        look_until(&mut vigil, 0, 10, owes);
        assert!(vigil.overdue(owes).is_empty());
        vigil.heard(1);
        look_until(&mut vigil, 10, 20, owes);
        assert_eq!(vigil.overdue(owes), [0]);
        vigil.look(Nanos::from_secs(2), |_| false);
        assert!(vigil.overdue(owes).is_empty());
        look_until(&mut vigil, 20, 40, owes);
        assert_eq!(vigil.overdue(owes), [0, 1]);
    }

    #[test]
    fn the_engines_own_standing_still_counts_against_nobody() {
        let mut vigil = Vigil::new(Nanos::from_secs(1), 1, Nanos::ZERO);
        let hour = 36_000;
        look_until(&mut vigil, 0, 8, |_| true);
        vigil.look(Nanos((8 + hour) * SECOND / 10), |_| true);
        assert_eq!(vigil.overdue(|_| true), [0; 0], "{vigil:?}");
        look_until(&mut vigil, 8 + hour, 12 + hour, |_| true);
        assert_eq!(vigil.overdue(|_| true), [0]);
    }
}
