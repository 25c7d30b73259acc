//! What is told of a wait for the lock while it lasts.

/// Hears of one wait for the lock. A closure hears of its beginning only.
pub trait Waiting {
    /// Another worker has the lock and this one is about to wait; called once, outside the lock's own mutex, and not at
    /// all where the lock is free.
    fn begins(&mut self);

    /// A release woke this worker, and another one took the lock before it could. Called under the lock's own mutex:
    /// it must be quick and may not touch the lock.
    fn woke_in_vain(&mut self) {}
}

impl<F: FnMut()> Waiting for F {
    fn begins(&mut self) {
        self();
    }
}
