//! What the lock counted.

use super::primitives::{AtomicU64, Ordering};

/// The lock's figures since it was made, or between two readings of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GilStats {
    /// How often a thread took the lock.
    pub acquisitions: u64,
    /// How often a thread found the lock held when it came for it and got it in the end.
    pub contended: u64,
    /// How often a waiter asked the holder to let go where nobody had asked already.
    pub requests: u64,
    /// How often a holder let go with a request pending, and therefore waited for its successor.
    pub forced_switches: u64,
    /// How often the lock came to another thread than the one that had it last: the switch number. The first
    /// acquisition is no switch.
    pub switches: u64,
}

impl GilStats {
    /// What was added since an `earlier` reading of the same lock.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            acquisitions: self.acquisitions.saturating_sub(earlier.acquisitions),
            contended: self.contended.saturating_sub(earlier.contended),
            requests: self.requests.saturating_sub(earlier.requests),
            forced_switches: self.forced_switches.saturating_sub(earlier.forced_switches),
            switches: self.switches.saturating_sub(earlier.switches),
        }
    }
}

/// A count with one writer at a time: whoever has the lock's mutex.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    /// A load and a store, and not an atomic addition, because the mutex already keeps other writers out.
    #[inline]
    pub(super) fn increment(&self) {
        self.0.store(self.read() + 1, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The live counts behind [`GilStats`], readable without disturbing the lock.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) acquisitions: Counter,
    pub(super) contended: Counter,
    pub(super) requests: Counter,
    pub(super) forced_switches: Counter,
    pub(super) switches: Counter,
}

impl Counters {
    /// Each count as it stands; counts read while threads run need not belong to one moment.
    pub(super) fn read(&self) -> GilStats {
        GilStats {
            acquisitions: self.acquisitions.read(),
            contended: self.contended.read(),
            requests: self.requests.read(),
            forced_switches: self.forced_switches.read(),
            switches: self.switches.read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_counts_what_was_added() {
        let earlier = GilStats { acquisitions: 10, contended: 1, requests: 2, forced_switches: 2, switches: 3 };
        let later = GilStats { acquisitions: 15, contended: 4, requests: 3, forced_switches: 2, switches: 7 };
        let added = GilStats { acquisitions: 5, contended: 3, requests: 1, forced_switches: 0, switches: 4 };
        assert_eq!(later.since(earlier), added);
        assert_eq!(later.since(GilStats::default()), later);
    }
}
