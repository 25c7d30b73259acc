//! What to do about the lock, decided from what is known and nothing else.
//!
//! Pure: the lock in the file beside it gathers the facts under its mutex, asks here, and does as it is told.

/// How a timed wait for the lock ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Somebody signalled, or the wait ended for no reason at all.
    Notified,
    /// The switch interval passed.
    TimedOut,
}

/// What a waiter sees when its wait has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waited {
    /// How the wait ended.
    pub wake: Wake,
    /// Whether a thread holds the lock now.
    pub locked: bool,
    /// Whether the waiter was told to give up.
    pub cancelled: bool,
    /// The switch number when the wait began.
    pub seen: u64,
    /// The switch number now.
    pub now: u64,
}

/// What a waiter does next.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nobody holds the lock: take it.
    Take,
    /// Wait for a whole interval again, without a request.
    WaitAgain,
    /// Ask the holder to let go, then wait for a whole interval again.
    Ask,
    /// Leave without the lock, and leave no request behind.
    GiveUp,
}

impl Waited {
    /// Whether it was woken because the lock was released, and another thread took it first. A wait that ended by itself
    /// had nothing to hope for.
    #[must_use]
    pub const fn is_in_vain(self) -> bool {
        self.locked && matches!(self.wake, Wake::Notified)
    }

    /// What to do after a wait.
    ///
    /// A request is made only by a waiter that waited for a whole interval during which the lock did not change hands;
    /// a waiter that was woken and came too late starts over. That is why two computing threads can starve a third: each
    /// switch between them resets its clock.
    pub const fn decide(self) -> Decision {
        if self.cancelled {
            return Decision::GiveUp;
        }
        if !self.locked {
            return Decision::Take;
        }
        match self.wake {
            Wake::TimedOut if self.now == self.seen => Decision::Ask,
            Wake::TimedOut | Wake::Notified => Decision::WaitAgain,
        }
    }
}

/// Whether a thread that lets go must wait until another one has taken the lock.
///
/// With a request pending it must: otherwise it would be back before the thread that asked is awake. Without anyone in
/// line it must not, because nobody would end the wait.
#[must_use]
pub const fn must_hand_over(requested: bool, waiters: u32) -> bool {
    requested && waiters > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wake: Wake, locked: bool, switched: bool, cancelled: bool, expected: Decision) {
        let waited = Waited { wake, locked, cancelled, seen: 7, now: if switched { 8 } else { 7 } };
        assert_eq!(waited.decide(), expected, "{waited:?}");
    }

    #[test]
    fn a_free_lock_is_taken_however_the_wait_ended() {
        for wake in [Wake::Notified, Wake::TimedOut] {
            for switched in [false, true] {
                check(wake, false, switched, false, Decision::Take);
            }
        }
    }

    #[test]
    fn only_who_was_woken_and_came_too_late_woke_in_vain() {
        for (wake, locked, expected) in [
            (Wake::Notified, true, true),
            (Wake::Notified, false, false),
            (Wake::TimedOut, true, false),
            (Wake::TimedOut, false, false),
        ] {
            let waited = Waited { wake, locked, cancelled: false, seen: 7, now: 7 };
            assert_eq!(waited.is_in_vain(), expected, "{waited:?}");
        }
    }

    #[test]
    fn only_a_whole_interval_without_a_switch_ends_in_a_request() {
        check(Wake::TimedOut, true, false, false, Decision::Ask);
        check(Wake::TimedOut, true, true, false, Decision::WaitAgain);
        check(Wake::Notified, true, false, false, Decision::WaitAgain);
        check(Wake::Notified, true, true, false, Decision::WaitAgain);
    }

    #[test]
    fn a_cancelled_waiter_leaves_even_a_free_lock_alone() {
        for wake in [Wake::Notified, Wake::TimedOut] {
            for locked in [false, true] {
                for switched in [false, true] {
                    check(wake, locked, switched, true, Decision::GiveUp);
                }
            }
        }
    }

    #[test]
    fn a_dropper_hands_over_only_to_someone_who_waits() {
        for (requested, waiters, expected) in
            [(false, 0, false), (false, 1, false), (true, 0, false), (true, 1, true), (true, 9, true)]
        {
            assert_eq!(must_hand_over(requested, waiters), expected, "requested {requested}, waiters {waiters}");
        }
    }
}
