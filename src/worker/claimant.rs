//! A worker at a desk: claims tasks, executes them, leaves the results in its tray.

use std::ops::Range;
use std::os::fd::OwnedFd;

use super::child::{ANSWERS, PATIENCE};
use super::connection::{Connection, WorkerError};
use super::desk::{Desk, Shape};
use super::frame::{FrameKind, write_frame};
use super::parcel::write_results;
use crate::board::State;
use crate::task::{Payload, Results, Runner, Trap};
use crate::units::{Nanos, WorkerId};
use crate::workload::{Plan, Task};

/// What a worker needs at a desk.
pub(super) struct Claimant {
    desk: Desk,
    plan: Plan,
    worker: WorkerId,
    results: Results,
    frame: Vec<u8>,
    /// When results were last left.
    left: Nanos,
}

impl Claimant {
    /// Takes a seat at the desk behind `descriptor`.
    ///
    /// # Errors
    /// When it is no desk of that shape, or the plan is not the one that it was made for.
    pub(super) fn new(descriptor: OwnedFd, shape: Shape, plan: Plan, worker: WorkerId) -> Result<Self, WorkerError> {
        if plan.tasks.len() != shape.tasks as usize || worker.0 >= shape.workers {
            return Err(WorkerError::NoSeat);
        }
        let desk = Desk::open(descriptor, shape)?;
        desk.tray(worker).touch();
        let (results, frame) = (Results::default(), Vec::new());
        Ok(Self { desk, plan, worker, results, frame, left: Nanos::ZERO })
    }

    /// Works until nothing is left to claim, and says so. What lay in `trap` was for claims of any worker; from then on
    /// only what is sent with a task strikes it.
    pub(super) fn work(
        &mut self,
        runner: &mut Runner,
        link: &mut Connection,
        trap: Option<&Trap>,
    ) -> Result<(), WorkerError> {
        self.left = runner.last_clock();
        while let Some(claim) = self.desk.claim(self.worker) {
            self.results.start_at(claim.start.into());
            if self.desk.shape().areas > 0 {
                self.execute_loaded(claim, runner, link)?;
            } else {
                self.execute(claim, runner, link)?;
            }
        }
        self.leave(None, runner, link)?;
        runner.seat().rest(State::Idle);
        trap.into_iter().for_each(Trap::clear);
        link.say(FrameKind::Exhausted, &())
    }

    fn execute(&mut self, claim: Range<u32>, runner: &mut Runner, link: &mut Connection) -> Result<(), WorkerError> {
        let mut results = std::mem::take(&mut self.results);
        let tasks: &[Task] = &self.plan.tasks[claim.start as usize..claim.end as usize];
        let (mut left, worker) = (self.left, self.worker);
        let (desk, frame) = (&self.desk, &mut self.frame);
        let mut outcome = Ok(());
        runner.run_each(tasks, &mut results, |runner, results| {
            let is_due = results.outputs.len() >= ANSWERS || runner.last_clock().since(left) >= PATIENCE;
            if is_due && outcome.is_ok() {
                let current = Some(claim.start).filter(|_| results.next() < u64::from(claim.end));
                outcome = leave(desk, worker, current, results, frame, runner, link);
                left = runner.last_clock();
            }
        });
        (self.results, self.left) = (results, left);
        outcome
    }

    /// Executes tasks with payloads. Each result is left at once, since its payload's area is wanted for another task.
    fn execute_loaded(
        &mut self,
        claim: Range<u32>,
        runner: &mut Runner,
        link: &mut Connection,
    ) -> Result<(), WorkerError> {
        for task in claim.clone() {
            if !self.desk.is_filled(task) {
                runner.seat().rest(State::Ipc);
                self.desk.wait_for_payload(task);
            }
            let payload = Payload::Shared(self.desk.area(task), self.desk.shape().payload);
            runner.run_loaded(&self.plan.tasks[task as usize], payload, &mut self.results);
            self.leave(Some(claim.start).filter(|_| task + 1 < claim.end), runner, link)?;
        }
        Ok(())
    }

    fn leave(&mut self, current: Option<u32>, runner: &Runner, link: &mut Connection) -> Result<(), WorkerError> {
        leave(&self.desk, self.worker, current, &mut self.results, &mut self.frame, runner, link)
    }
}

/// Leaves what has been done in the tray; `current` is the claim that is not done yet.
fn leave(
    desk: &Desk,
    worker: WorkerId,
    current: Option<u32>,
    results: &mut Results,
    frame: &mut Vec<u8>,
    runner: &Runner,
    link: &mut Connection,
) -> Result<(), WorkerError> {
    if results.outputs.is_empty() {
        return Ok(());
    }
    runner.seat().rest(State::Ipc);
    frame.clear();
    write_frame(frame, FrameKind::Done, |frame| write_results(frame, results))?;
    results.clear();
    let tray = desk.tray(worker);
    let mut nudge = || if desk.must_nudge() { link.say(FrameKind::Nudge, &()) } else { Ok(()) };
    tray.leave(frame, &mut nudge)?;
    desk.forget_claims(worker, current);
    if tray.filled() >= desk.enough() { nudge() } else { Ok(()) }
}
