//! When the next frame may be drawn: what a person did shows at once, what the machine does at a steady pace.

use crate::units::Nanos;

/// Between frames that answer a person; a key held down or a window being dragged asks for more than can be seen.
const ANSWERING: Nanos = Nanos::from_millis(16);
/// Between frames that show telemetry.
const WATCHED: Nanos = Nanos::from_millis(100);
/// Between frames of a window that is out of focus.
const UNWATCHED: Nanos = Nanos::from_millis(500);

/// Decides when frames are drawn.
#[derive(Debug)]
pub(crate) struct Pace {
    last: Option<Nanos>,
    is_answering: bool,
    is_focused: bool,
}

impl Pace {
    /// Nothing was drawn yet; a terminal that never reports its focus is watched.
    pub(crate) const fn new() -> Self {
        Self { last: None, is_answering: false, is_focused: true }
    }

    /// A person did something: what it changes is an answer.
    pub(crate) fn answer(&mut self) {
        self.is_answering = true;
    }

    /// The window got or lost the focus.
    pub(crate) fn focus(&mut self, is_focused: bool) {
        self.is_focused = is_focused;
    }

    /// When the next frame is due; `None` while there is nothing new to draw.
    #[must_use]
    pub(crate) fn due(&self, is_changed: bool) -> Option<Nanos> {
        let interval = match (self.is_answering, self.is_focused) {
            (true, _) => ANSWERING,
            (false, true) => WATCHED,
            (false, false) => UNWATCHED,
        };
        is_changed.then(|| self.last.map_or(Nanos::ZERO, |last| last.plus(interval)))
    }

    /// A turn of the loop is over: an act that has changed nothing needs no answer.
    pub(crate) fn settle(&mut self, is_changed: bool) {
        self.is_answering &= is_changed;
    }

    /// A frame was drawn.
    pub(crate) fn drawn(&mut self, now: Nanos) {
        self.last = Some(now);
        self.is_answering = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames are drawn in a second in which something changes every millisecond.
    fn frames_in_a_second(pace: &mut Pace, is_person: bool) -> usize {
        let mut is_drawn = |millisecond: &u64| {
            let now = Nanos::from_millis(10_000 + *millisecond);
            if is_person {
                pace.answer();
            }
            let is_due = pace.due(true).is_some_and(|due| due <= now);
            if is_due {
                pace.drawn(now);
            }
            is_due
        };
        (0..1_000).filter(|millisecond| is_drawn(millisecond)).count()
    }

    #[test]
    fn telemetry_is_slow_and_slower_out_of_focus() {
        for (is_focused, is_person, expected) in
            [(true, false, 10), (false, false, 2), (true, true, 63), (false, true, 63)]
        {
            let mut pace = Pace::new();
            pace.focus(is_focused);
            assert_eq!(frames_in_a_second(&mut pace, is_person), expected, "focused {is_focused}, person {is_person}");
        }
    }

    #[test]
    fn a_key_is_answered_at_once_though_telemetry_has_just_been_drawn() {
        let mut pace = Pace::new();
        let now = Nanos::from_secs(1);
        pace.drawn(now);
        assert_eq!(pace.due(true), Some(now.plus(WATCHED)));
        pace.answer();
        assert_eq!(pace.due(true), Some(now.plus(ANSWERING)));
        assert_eq!(pace.due(false), None);
    }

    #[test]
    fn a_key_that_changes_nothing_does_not_hurry_telemetry() {
        let mut pace = Pace::new();
        pace.drawn(Nanos::ZERO);
        pace.answer();
        pace.settle(false);
        assert_eq!(pace.due(true), Some(WATCHED));
    }
}
