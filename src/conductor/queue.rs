//! Runs that were asked for and wait for their turn.

use std::collections::VecDeque;

use super::Request;

/// The most runs that wait.
pub const QUEUE_LIMIT: usize = 16;

/// Runs that wait, first come, first served.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Request>,
}

/// The queue is full; nothing was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Queue {
    /// Adds a run at the end.
    pub(super) fn push(&mut self, request: Request) -> Result<(), Full> {
        if self.waiting.len() == QUEUE_LIMIT {
            return Err(Full);
        }
        self.waiting.push_back(request);
        Ok(())
    }

    /// Takes the run whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Request> {
        self.waiting.pop_front()
    }

    /// Forgets all that wait.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
