//! What becomes of results: those that came over a link, and those that were left at the desk.

use super::ProcessPool;
use crate::machine::clock;
use crate::task::{Results, Stretch, payload_proof};
use crate::units::WorkerId;
use crate::worker::supervisor::{Event, Order};

impl ProcessPool {
    /// Asks the supervisor whether these answers are wanted, and keeps them if so.
    pub(super) fn keep(&mut self, worker: WorkerId, results: Results, loads: &[u32]) {
        if !self.payloads_are_right(&results, loads) {
            return self.end(worker, "gave back another payload than it got".to_owned());
        }
        let stretches: Vec<Stretch> = results.stretches().collect();
        let mut outputs = results.outputs.into_iter();
        for Stretch { first, count, .. } in stretches {
            let event = Event::Done { worker, first, count: count as u64 };
            let orders = self.supervisor.on(event, clock::now());
            let wanted = !orders.iter().any(|order| matches!(order, Order::Kill { .. }));
            self.follow(orders);
            if !wanted {
                return;
            }
            let place = usize::try_from(first).unwrap_or(usize::MAX);
            for (kept, output) in self.run.outputs[place..place + count].iter_mut().zip(&mut outputs) {
                *kept = output;
            }
            self.run.payloads = self.run.payloads.wrapping_add(self.proof(first, count));
        }
        self.run.lost.extend(results.lost);
    }

    /// Whether each task read its payload, and all of it came back.
    fn payloads_are_right(&self, results: &Results, loads: &[u32]) -> bool {
        let Some(block) = &self.block else { return results.sums.is_empty() && loads.is_empty() };
        let numbers = results.stretches().flat_map(|it| (it.first..).take(it.count));
        results.sums == loads && numbers.map(|task| block.sum(task)).eq(loads.iter().copied())
    }

    /// What the payloads of these tasks add to the proof that all came back.
    fn proof(&self, first: u64, count: usize) -> u64 {
        let of = |task| self.block.as_ref().map_or(0, |block| payload_proof(task, block.sum(task)));
        (first..).take(count).fold(0, |whole, task| whole.wrapping_add(of(task)))
    }

    /// Serves the desk, if there is one: empties trays, fills areas, looks for tasks that are nobody's.
    pub(super) fn attend(&mut self) {
        let claims = match &mut self.attendant {
            Some(attendant) if attendant.must_sweep => attendant.claims(),
            Some(_) => None,
            None => return,
        };
        for worker in 0..self.setup.policy.workers {
            self.empty_tray(WorkerId(worker));
        }
        let Some(attendant) = &mut self.attendant else { return };
        if let Some(claims) = claims {
            self.events.push_back(Event::Orphaned(attendant.orphans(claims)));
        }
        attendant.refill();
    }

    /// Keeps what a worker has left in its tray, and ends it if that makes no sense.
    fn empty_tray(&mut self, worker: WorkerId) {
        let Some(attendant) = &mut self.attendant else { return };
        let kept =
            attendant.collect(worker).and_then(|left| left.into_iter().try_for_each(|it| self.keep_left(worker, it)));
        if let Err(why) = kept {
            self.end(worker, why);
        }
    }

    /// Keeps results that a worker has left, as far as nobody else's came before.
    fn keep_left(&mut self, worker: WorkerId, results: Results) -> Result<(), String> {
        let Some(attendant) = &mut self.attendant else { return Ok(()) };
        let wanted = attendant.settle(&results)?;
        self.vigil.iter_mut().for_each(|vigil| vigil.heard(worker.index()));
        let Results { outputs, lost, .. } = results;
        let mut count = 0;
        for ((task, is_wanted), output) in wanted.iter().zip(outputs) {
            if *is_wanted {
                self.run.outputs[usize::try_from(*task).unwrap_or(usize::MAX)] = output;
                self.run.payloads = self.run.payloads.wrapping_add(self.proof(*task, 1));
                count += 1;
            }
        }
        self.run.lost.extend(lost.into_iter().filter(|(task, _)| wanted.contains(&(*task, true))));
        let orders = self.supervisor.on(Event::Settled { worker, count }, clock::now());
        self.follow(orders);
        Ok(())
    }

    /// Takes what a dead worker has left, and hands what it had claimed to the supervisor.
    pub(super) fn clear_place(&mut self, worker: WorkerId) {
        let Some(attendant) = &mut self.attendant else { return };
        // What makes no sense is of no use, and its tasks run again.
        for results in attendant.collect(worker).unwrap_or_default() {
            let _ = self.keep_left(worker, results);
        }
        if let Some(attendant) = &mut self.attendant {
            let tasks = attendant.forget(worker);
            self.events.push_back(Event::Held { worker, tasks });
        }
    }
}
