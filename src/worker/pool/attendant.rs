//! The engine's side of a desk: fills the payloads' areas, empties the trays, knows which task is whose.

use crate::task::{PayloadBlock, Results};
use crate::units::WorkerId;
use crate::worker::decoder::Decoder;
use crate::worker::desk::{Desk, MemoryError, Shape};
use crate::worker::frame::{FrameError, FrameKind};
use crate::worker::parcel::read_results;

/// Whose a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Nobody's yet, or a worker's that has claimed it.
    Workers,
    /// The supervisor's, who gives it to one worker alone.
    Supervisor,
    /// Its result is there.
    Done,
}

/// Serves a desk.
pub(super) struct Attendant {
    desk: Desk,
    block: Option<PayloadBlock>,
    owners: Vec<Owner>,
    filled: u32,
    /// What came from each worker's tray and is not a whole frame yet.
    decoders: Vec<Decoder>,
    /// Whether a worker died while it claimed, so that tasks may belong to nobody.
    pub(super) must_sweep: bool,
}

impl Attendant {
    pub(super) fn new(shape: Shape, block: Option<PayloadBlock>) -> Result<Self, MemoryError> {
        Ok(Self {
            desk: Desk::create(shape)?,
            block,
            owners: Vec::new(),
            filled: 0,
            decoders: (0..shape.workers).map(|_| Decoder::default()).collect(),
            must_sweep: false,
        })
    }

    pub(super) const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Clears the desk for a sample, in which no worker takes part yet.
    pub(super) fn begin(&mut self) {
        self.owners.clear();
        self.owners.resize(self.desk.shape().tasks as usize, Owner::Workers);
        (self.filled, self.must_sweep) = (0, false);
        self.desk.clear();
    }

    /// Fills the areas that are free: a task's turn comes when the one before it in its area needs it no more.
    pub(super) fn refill(&mut self) {
        let Some(block) = &self.block else { return };
        let Shape { tasks, areas, .. } = self.desk.shape();
        let is_free = |task: u32| {
            let before = (task as usize).checked_sub(areas);
            before.is_none_or(|before| self.owners.get(before).is_some_and(|owner| *owner != Owner::Workers))
        };
        while self.filled < tasks && is_free(self.filled) && !self.owners.is_empty() {
            block.fill(self.filled.into(), self.desk.area(self.filled));
            self.filled += 1;
            self.desk.set_filled(self.filled);
        }
    }

    /// What has been left in a worker's tray.
    ///
    /// # Errors
    /// What makes no sense there.
    pub(super) fn collect(&mut self, worker: WorkerId) -> Result<Vec<Results>, String> {
        let decoder = &mut self.decoders[worker.index()];
        self.desk.tray(worker).empty_into(decoder).map_err(|error| error.to_string())?;
        let mut collected = Vec::new();
        while let Some((kind, content)) = decoder.next_frame().map_err(|error| error.to_string())? {
            if kind != FrameKind::Done {
                return Err(FrameError::Unexpected(kind).to_string());
            }
            collected.push(read_results(content).map_err(|error| error.to_string())?);
        }
        Ok(collected)
    }

    /// Takes the tasks of these results for done; names each in order, and whether its result is the one to keep.
    ///
    /// # Errors
    /// When they are no tasks that can have been claimed, or a payload is not as it was.
    pub(super) fn settle(&mut self, results: &Results) -> Result<Vec<(u64, bool)>, String> {
        let claimed = u64::from(self.desk.claimed());
        let mut wanted = Vec::with_capacity(results.outputs.len());
        for stretch in results.stretches() {
            if stretch.first.checked_add(stretch.count as u64).is_none_or(|end| end > claimed) {
                return Err("left results of tasks that nobody has claimed".to_owned());
            }
            for task in (stretch.first..).take(stretch.count) {
                let sum = results.sums.get(wanted.len()).copied();
                wanted.push((task, self.settle_one(task, sum)?));
            }
        }
        Ok(wanted)
    }

    fn settle_one(&mut self, task: u64, sum: Option<u32>) -> Result<bool, String> {
        let place = usize::try_from(task).unwrap_or(usize::MAX);
        if self.owners[place] != Owner::Workers {
            return Ok(false);
        }
        if let Some(block) = &self.block {
            let short = u32::try_from(task).unwrap_or(u32::MAX);
            if sum != Some(block.sum(task)) || !block.is_in(self.desk.area(short), task) {
                return Err("gave back another payload than it got".to_owned());
            }
        }
        self.owners[place] = Owner::Done;
        Ok(true)
    }

    /// Clears the place of a worker that is dead, whose tray has been emptied; the tasks that it had claimed without a
    /// result are the supervisor's from here on.
    pub(super) fn forget(&mut self, worker: WorkerId) -> Vec<u64> {
        let (noted, was_claiming) = self.desk.noted(worker);
        self.must_sweep |= was_claiming;
        self.desk.forget_claims(worker, None);
        self.desk.tray(worker).clear();
        self.decoders[worker.index()] = Decoder::default();
        let chunk = self.desk.shape().chunk;
        let tasks = noted.into_iter().flat_map(|first| first..first.saturating_add(chunk)).map(u64::from).collect();
        self.take_over(tasks)
    }

    /// Gives the supervisor those of these tasks that are the workers'.
    fn take_over(&mut self, tasks: Vec<u64>) -> Vec<u64> {
        let mut taken: Vec<u64> = tasks;
        taken.retain(|task| {
            let owner = usize::try_from(*task).ok().and_then(|place| self.owners.get_mut(place));
            owner.is_some_and(|owner| {
                let was_workers = *owner == Owner::Workers;
                if was_workers {
                    *owner = Owner::Supervisor;
                }
                was_workers
            })
        });
        taken
    }

    /// Which tasks living workers may have claimed; `None` while one is claiming. The trays are to be emptied after
    /// this and before [`Attendant::orphans`].
    pub(super) fn claims(&self) -> Option<(u32, Vec<u32>)> {
        let claimed = self.desk.claimed();
        let noted: Vec<_> = (0..self.desk.shape().workers).map(|worker| self.desk.noted(WorkerId(worker))).collect();
        let is_settled = noted.iter().all(|(_, is_claiming)| !is_claiming);
        is_settled.then(|| (claimed, noted.into_iter().flat_map(|(firsts, _)| firsts).collect()))
    }

    /// The tasks that were claimed but are nobody's, now the supervisor's.
    pub(super) fn orphans(&mut self, (claimed, noted): (u32, Vec<u32>)) -> Vec<u64> {
        self.must_sweep = false;
        let chunk = self.desk.shape().chunk;
        let is_noted = |task: u32| noted.iter().any(|first| task.checked_sub(*first).is_some_and(|it| it < chunk));
        self.take_over((0..claimed).filter(|task| !is_noted(*task)).map(u64::from).collect())
    }

    /// Whether a worker can do nothing before areas become free, as far as its claims tell.
    pub(super) fn waits_for_payload(&self, worker: WorkerId) -> bool {
        if self.block.is_none() {
            return false;
        }
        let chunk = self.desk.shape().chunk;
        let claimed = self.desk.noted(worker).0.into_iter().flat_map(|first| first..first.saturating_add(chunk));
        let is_open = |task: &u32| self.owners.get(*task as usize) == Some(&Owner::Workers);
        claimed.filter(is_open).min().is_some_and(|next| next >= self.filled)
    }

    /// Whether a tray holds so much that the engine should not sleep.
    pub(super) fn is_wanted(&self) -> bool {
        let filled = |worker| self.desk.tray(WorkerId(worker)).filled();
        (0..self.desk.shape().workers).any(|worker| filled(worker) >= self.desk.enough())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bytes;
    use crate::worker::frame::write_frame;
    use crate::worker::parcel::write_results;

    const W0: WorkerId = WorkerId(0);
    const W1: WorkerId = WorkerId(1);

    fn attendant(tasks: u64, chunk: u64, payload: u64) -> Attendant {
        let shape = Shape::new(2, tasks, chunk, payload);
        let mut attendant = Attendant::new(shape, PayloadBlock::new(Bytes(payload))).unwrap();
        attendant.begin();
        attendant.refill();
        attendant
    }

    fn results(first: u64, count: u64, sum: impl Fn(u64) -> Option<u32>) -> Results {
        let mut results = Results::default();
        results.start_at(first);
        for task in first..first + count {
            results.add(Ok(task.into()));
            results.sums.extend(sum(task));
        }
        results
    }

    fn leave(attendant: &Attendant, worker: WorkerId, results: &Results) {
        let mut frame = Vec::new();
        write_frame(&mut frame, FrameKind::Done, |frame| write_results(frame, results)).unwrap();
        attendant.desk.tray(worker).leave(&frame, || Ok::<(), ()>(())).unwrap();
    }

    #[test]
    fn a_dead_workers_claims_are_found_and_others_are_left_alone() {
        let mut attendant = attendant(20, 4, 0);
        let claims = [W0, W1, W0, W1].map(|worker| attendant.desk.claim(worker).unwrap().start);
        assert_eq!(claims, [0, 4, 8, 12]);
        leave(&attendant, W0, &results(0, 3, |_| None));
        let collected = attendant.collect(W0).unwrap();
        assert_eq!(attendant.settle(&collected[0]), Ok(vec![(0, true), (1, true), (2, true)]));
        assert_eq!(attendant.settle(&collected[0]), Ok(vec![(0, false), (1, false), (2, false)]));
        assert_eq!(attendant.forget(W0), [3, 8, 9, 10, 11]);
        assert!(attendant.forget(W0).is_empty());
        assert!(!attendant.must_sweep);
        // A result of a task that is the supervisor's is not wanted.
        assert_eq!(attendant.settle(&results(8, 1, |_| None)), Ok(vec![(8, false)]));
        let claims = attendant.claims().unwrap();
        assert!(attendant.orphans(claims).is_empty());
    }

    #[test]
    fn tasks_that_were_claimed_by_nobody_knows_whom_are_found() {
        let mut attendant = attendant(20, 4, 0);
        for worker in [W0, W1, W0] {
            let _ = attendant.desk.claim(worker);
        }
        // The third claim was never noted.
        attendant.desk.forget_claims(W0, Some(0));
        assert_eq!(attendant.forget(W0), [0, 1, 2, 3]);
        let claims = attendant.claims().unwrap();
        assert_eq!(attendant.orphans(claims), [8, 9, 10, 11]);
    }

    #[test]
    fn results_that_nobody_can_have_are_refused() {
        let mut attendant = attendant(20, 4, 0);
        let _ = attendant.desk.claim(W0);
        for (first, count) in [(4, 1), (3, 2), (u64::MAX - 1, 1), (1 << 40, 1)] {
            assert!(attendant.settle(&results(first, count, |_| None)).is_err(), "{first} × {count}");
        }
        leave(&attendant, W0, &results(0, 1, |_| None));
        let _ = attendant.desk.tray(W1).leave(b"nonsense", || Ok::<(), ()>(()));
        assert_eq!((attendant.collect(W0).unwrap().len(), attendant.collect(W1).is_err()), (1, true));
    }

    #[test]
    fn areas_are_filled_again_when_their_tasks_are_done_and_payloads_are_checked() {
        let mut attendant = attendant(20, 1, 100);
        let block = attendant.block.clone().unwrap();
        assert_eq!((attendant.desk.shape().areas, attendant.filled), (4, 4));
        let _ = [W0, W1, W0].map(|worker| attendant.desk.claim(worker));
        let right = |task| Some(block.sum(task));
        assert_eq!(attendant.settle(&results(0, 1, right)), Ok(vec![(0, true)]));
        attendant.refill();
        assert_eq!(attendant.filled, 5);
        assert!(attendant.settle(&results(1, 1, |_| Some(7))).is_err());
        assert!(attendant.settle(&results(1, 1, |_| None)).is_err());
        attendant.desk.area(1)[3].store(0, std::sync::atomic::Ordering::Relaxed);
        assert!(attendant.settle(&results(1, 1, right)).is_err());
        // What the supervisor has got waits for no worker any more.
        assert_eq!(attendant.forget(W1), [1]);
        attendant.refill();
        assert_eq!(attendant.filled, 6);
    }
}
