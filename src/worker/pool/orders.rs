//! Doing what the supervisor orders: workers are started, fed and ended.

use std::ops::Range;

use super::{Deceased, PoolFailure, ProcessPool, place_of};
use crate::child::{Cause, SpawnError};
use crate::machine::clock;
use crate::machine::process::{Activity, ProcessState};
use crate::units::WorkerId;
use crate::worker::dataset::SharedDataset;
use crate::worker::frame::{FrameError, FrameKind};
use crate::worker::member::Member;
use crate::worker::message::Assignment;
use crate::worker::supervisor::{Event, Order};
use crate::workload::TaskFailure;

impl ProcessPool {
    pub(super) fn follow(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn(worker) => self.spawn(worker),
                Order::Begin(worker) => {
                    if self.setup.policy.claims {
                        // Which of them it will claim, nobody knows.
                        self.arm(worker, &(0..self.setup.policy.tasks));
                    }
                    // A successor's account starts with its own life; before it, the seat was idle.
                    let start = if self.supervisor.respawns > 0 { clock::now() } else { self.run.start };
                    self.queue(worker, FrameKind::Begin, &start);
                }
                Order::Send { worker, tasks } => self.send(worker, &tasks),
                Order::Drain(worker) => self.queue(worker, FrameKind::Drained, &()),
                Order::Kill { worker, why } => self.end(worker, why),
                Order::Tell { worker, cause, retried } => (self.setup.witness)(Deceased { worker, cause, retried }),
                Order::GiveUp { task, cause } => {
                    self.run.lost.push((task, TaskFailure(format!("given up after its workers died: {cause}"))));
                    self.run.given_up += 1;
                }
                Order::Fail { deaths, cause } => self.failure = Some(PoolFailure::CannotWork { deaths, cause }),
            }
        }
    }

    fn spawn(&mut self, worker: WorkerId) {
        let desk = self.attendant.as_ref().map(|attendant| attendant.desk().descriptor());
        let shared = desk.into_iter().chain(self.dataset.as_ref().map(SharedDataset::descriptor));
        let started = Member::start(&self.program, &self.setup.board, shared);
        let greeted = started.and_then(|mut member| {
            let refused = |error: FrameError| SpawnError {
                program: self.program.clone(),
                source: std::io::Error::other(error.to_string()),
            };
            member.queue(FrameKind::Setup, &self.assignment(worker)).map_err(refused)?;
            member.flush();
            Ok(member)
        });
        match greeted {
            Ok(member) => self.members[worker.index()] = Some(member),
            Err(error) => self.failure = Some(PoolFailure::Spawn { worker, error }),
        }
    }

    fn assignment(&self, worker: WorkerId) -> Assignment {
        Assignment {
            worker,
            configuration: (*self.setup.configuration).clone(),
            job: (*self.setup.job).clone(),
            task_cost: self.setup.policy.task_cost,
            owner: self.owner.as_ref().map(|owner| owner.name().to_owned()),
            desk: self.attendant.as_ref().map(|attendant| attendant.desk().shape()),
            has_dataset: self.dataset.is_some(),
        }
    }

    fn send(&mut self, worker: WorkerId, tasks: &Range<u64>) {
        self.arm(worker, tasks);
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let sent = &self.setup.plan.tasks[place(tasks.start)..place(tasks.end)];
        if let Some(member) = &mut self.members[worker.index()]
            && let Err(error) = member.queue_tasks(tasks.start, sent, self.block.as_ref())
        {
            self.failure = Some(PoolFailure::Encode(error));
        }
    }

    /// Tells a worker which of these tasks are to be struck, if any is.
    fn arm(&mut self, worker: WorkerId, tasks: &Range<u64>) {
        let Some(trap) = &self.setup.trap else { return };
        let struck = trap.tasks_in(tasks.start, tasks.end);
        if !struck.is_empty() {
            self.queue(worker, FrameKind::Arm, &struck);
        }
    }

    /// Counts a strike that a worker tells of.
    pub(super) fn note_strike(&mut self, worker: WorkerId, task: u64) {
        if !self.setup.trap.as_ref().is_some_and(|trap| trap.was_sprung(task)) {
            self.end(worker, format!("was struck at task {task}, which was not to be"));
        }
    }

    /// Queues a frame for a worker; one that is gone is heard of by reading.
    fn queue(&mut self, worker: WorkerId, kind: FrameKind, what: &impl serde::Serialize) {
        if let Some(member) = &mut self.members[worker.index()]
            && let Err(error) = member.queue(kind, what)
        {
            self.failure = Some(PoolFailure::Encode(error));
        }
    }

    /// Ends a worker that says what makes no sense.
    pub(super) fn end(&mut self, worker: WorkerId, why: String) {
        if let Some(member) = &self.members[worker.index()] {
            member.kill();
        }
        self.bury(worker, Some(Cause::Protocol(why)));
    }

    /// Begins a turn in which time is counted, if workers have a limit.
    pub(super) fn look(&mut self) {
        if let Some(mut vigil) = self.vigil.take() {
            vigil.look(clock::now(), |seat| self.owes(seat));
            self.vigil = Some(vigil);
        }
    }

    /// Ends the workers that take too long.
    pub(super) fn end_overdue(&mut self) {
        let Some(vigil) = &self.vigil else { return };
        let limit = vigil.limit();
        for seat in vigil.overdue(|seat| self.owes(seat)) {
            let Some(member) = &self.members[seat] else { continue };
            let stopped = Activity::of(member.process()).state == ProcessState::Stopped;
            member.kill();
            self.bury(place_of(seat), Some(Cause::Silent { limit, stopped }));
        }
    }

    /// Whether a worker owes an answer, and does not wait for the engine to give it.
    fn owes(&self, seat: usize) -> bool {
        let worker = place_of(seat);
        let waits = || self.attendant.as_ref().is_some_and(|attendant| attendant.waits_for_payload(worker));
        self.supervisor.owes(worker) && !waits()
    }

    /// Takes a worker that ends out of its seat; `cause` is known, or is found out.
    pub(super) fn bury(&mut self, worker: WorkerId, cause: Option<Cause>) {
        if let Some(member) = self.members[worker.index()].take() {
            self.run.bytes += member.bytes;
            let ended = member.bury();
            self.clear_place(worker);
            self.events.push_back(Event::Died { worker, cause: cause.unwrap_or(ended) });
        }
    }
}
