//! What the conductor does next: the run that goes on, those that wait, what was learned from those that are over. Pure.

use jiff::Timestamp;

use super::order::{Do, Happening};
use super::queue::Queue;
use super::run::Run;
use super::{Ask, Costs, Event, Request};

/// Everything that the conductor has to keep in mind.
#[derive(Debug)]
pub(super) struct Agenda {
    usable: u32,
    now: fn() -> Timestamp,
    costs: Costs,
    current: Option<Run>,
    queue: Queue,
    is_suspended: bool,
    is_quitting: bool,
}

impl Agenda {
    /// An empty agenda on a machine where a process may use `usable` cores.
    pub(super) fn new(usable: u32, now: fn() -> Timestamp) -> Self {
        Self {
            usable,
            now,
            costs: Costs::default(),
            current: None,
            queue: Queue::default(),
            is_suspended: false,
            is_quitting: false,
        }
    }

    /// Takes what a view asks for.
    #[must_use]
    pub(super) fn asked(&mut self, ask: Ask) -> Vec<Do> {
        let mut orders = match ask {
            Ask::Run(request) => self.enqueue(request),
            Ask::Restart(request) => self.restart(request),
            Ask::Cancel => self.cancel(),
            Ask::ClearQueue => self.clear_queue(),
            Ask::Suspend => self.suspend(),
            Ask::Resume => self.resume(),
            Ask::Quit => self.quit(),
        };
        orders.extend(self.go_on());
        orders
    }

    /// Takes what an engine did.
    #[must_use]
    pub(super) fn happened(&mut self, happening: Happening) -> Vec<Do> {
        let mut orders = self.current.as_mut().map(|run| run.on(happening)).unwrap_or_default();
        orders.extend(self.go_on());
        orders
    }

    fn enqueue(&mut self, request: Request) -> Vec<Do> {
        let refused = self.is_quitting || self.queue.push(request).is_err();
        vec![self.queue_told(refused)]
    }

    fn restart(&mut self, request: Request) -> Vec<Do> {
        self.queue.clear();
        let mut orders = self.enqueue(request);
        orders.extend(self.cancel());
        orders
    }

    fn cancel(&mut self) -> Vec<Do> {
        self.current.as_mut().map(Run::cancel).unwrap_or_default()
    }

    fn clear_queue(&mut self) -> Vec<Do> {
        self.queue.clear();
        vec![self.queue_told(false)]
    }

    fn suspend(&mut self) -> Vec<Do> {
        self.is_suspended = true;
        if let Some(run) = &mut self.current {
            run.suspend();
        }
        vec![Do::StopAll, Do::Tell(Event::Suspended(true))]
    }

    fn resume(&mut self) -> Vec<Do> {
        self.is_suspended = false;
        let mut orders = vec![Do::ResumeAll, Do::Tell(Event::Suspended(false))];
        orders.extend(self.current.as_mut().map(Run::resume).unwrap_or_default());
        orders
    }

    fn quit(&mut self) -> Vec<Do> {
        self.is_quitting = true;
        self.queue.clear();
        self.cancel()
    }

    fn queue_told(&self, refused: bool) -> Do {
        Do::Tell(Event::Queue { waiting: self.queue.len(), refused })
    }

    /// Puts a run that is over aside and takes the next one up, until one goes on or none waits.
    fn go_on(&mut self) -> Vec<Do> {
        let mut orders = Vec::new();
        loop {
            if let Some(run) = self.current.take_if(|run| run.is_over()) {
                self.costs = run.into_costs();
            }
            match self.next() {
                Some(request) => orders.extend(self.begin(request)),
                None => break,
            }
        }
        if self.is_quitting && self.current.is_none() {
            orders.push(Do::Quit);
        }
        orders
    }

    fn next(&mut self) -> Option<Request> {
        if self.current.is_some() || self.is_suspended { None } else { self.queue.pop() }
    }

    fn begin(&mut self, request: Request) -> Vec<Do> {
        let mut orders = vec![self.queue_told(false)];
        let (run, first) = Run::begin(request, self.usable, std::mem::take(&mut self.costs), (self.now)());
        self.current = Some(run);
        orders.extend(first);
        orders
    }
}

#[cfg(test)]
mod tests {
    use super::super::QUEUE_LIMIT;
    use super::super::rehearsal::{Rehearsal, Trouble, configuration, request, settings};
    use super::*;
    use crate::spec::BackendId::{Sequential, Threads};
    use crate::spec::{Baseline, RunSettings};
    use crate::units::Nanos;

    fn threads() -> Request {
        request(&[configuration("primes", Threads, 2)], settings(0, 1))
    }

    /// The queue's lengths and refusals as they were told.
    fn queue_of(rehearsal: &Rehearsal) -> Vec<(usize, bool)> {
        let told = |event: &Event| match event {
            Event::Queue { waiting, refused } => Some((*waiting, *refused)),
            _ => None,
        };
        rehearsal.events.iter().filter_map(told).collect()
    }

    #[test]
    fn runs_wait_for_each_other() {
        let sequential = request(&[configuration("sleep", Sequential, 1)], settings(0, 1));
        let mut rehearsal = Rehearsal::new().trouble("0 sample 0", Trouble::Meanwhile(Ask::Run(sequential)));
        rehearsal.ask(Ask::Run(threads()));
        assert_eq!(queue_of(&rehearsal), [(1, false), (0, false), (1, false), (0, false)]);
        assert_eq!(rehearsal.finished(), [false, false]);
        assert_eq!(rehearsal.table(), ["sequential ok 1"]);
        let of_the_first = rehearsal.log.iter().position(|order| order == "finish 1").unwrap();
        let of_the_second = rehearsal.log.iter().position(|order| order == "calibrate sleep").unwrap();
        assert!(of_the_first < of_the_second, "{:?}", rehearsal.log);
    }

    #[test]
    fn no_more_runs_wait_than_there_is_room_for() {
        let mut agenda = Agenda::new(2, || Timestamp::UNIX_EPOCH);
        let _ = agenda.asked(Ask::Run(threads()));
        let told = |orders: Vec<Do>| match orders[..] {
            [Do::Tell(Event::Queue { waiting, refused })] => (waiting, refused),
            _ => panic!("{orders:?}"),
        };
        for waiting in 1..=QUEUE_LIMIT {
            assert_eq!(told(agenda.asked(Ask::Run(threads()))), (waiting, false));
        }
        assert_eq!(told(agenda.asked(Ask::Run(threads()))), (QUEUE_LIMIT, true));
        assert_eq!(told(agenda.asked(Ask::ClearQueue)), (0, false));
    }

    #[test]
    fn restarting_drops_what_goes_on_and_what_waits() {
        let mut rehearsal = Rehearsal::new()
            .trouble("1 sample 0", Trouble::Meanwhile(Ask::Run(threads())))
            .trouble("0 sample 1", Trouble::Meanwhile(Ask::Restart(threads())));
        rehearsal.ask(Ask::Run(request(&[configuration("primes", Threads, 2)], settings(0, 2))));
        assert_eq!(rehearsal.finished(), [true, false]);
        assert_eq!(rehearsal.table(), ["sequential ok 1", "threads ok 1"]);
        assert!(rehearsal.is_quiet());
    }

    #[test]
    fn costs_are_measured_once_unless_files_are_read() {
        let mut rehearsal = Rehearsal::new();
        let both = [configuration("primes", Threads, 2), configuration("primes", Threads, 4)];
        let scouted = |rehearsal: &Rehearsal| rehearsal.log.iter().filter(|o| o.starts_with("calibrate")).count();
        for expected in [1, 1] {
            rehearsal.ask(Ask::Run(request(&both, settings(0, 1))));
            assert_eq!(scouted(&rehearsal), expected);
        }
        rehearsal.calibration.survey.files =
            vec![crate::workload::SurveyedFile { path: "a.csv".into(), bytes: 10, starts: Vec::new() }];
        for expected in [2, 3] {
            rehearsal.ask(Ask::Run(request(&[configuration("sleep", Threads, 2)], settings(0, 1))));
            assert_eq!(scouted(&rehearsal), expected);
        }
    }

    #[test]
    fn how_long_pools_took_to_start_is_remembered() {
        let mut rehearsal = Rehearsal::new();
        let predicted = |rehearsal: &Rehearsal| {
            let told = |event: &Event| match event {
                Event::Started { predicted, .. } => Some(*predicted),
                _ => None,
            };
            rehearsal.events.iter().rev().find_map(told).unwrap()
        };
        let only_threads = RunSettings { baseline: Baseline::None, ..settings(0, 1) };
        rehearsal.ask(Ask::Run(request(&[configuration("primes", Threads, 2)], only_threads)));
        let stated = predicted(&rehearsal);
        rehearsal.ask(Ask::Run(request(&[configuration("primes", Threads, 2)], only_threads)));
        // Engines on stage take 7 ns; two threads are stated to take 120 µs.
        assert_eq!(stated.since(predicted(&rehearsal)), Nanos::from_micros(120).since(Nanos(7)));
    }

    #[test]
    fn quitting_ends_what_goes_on_and_takes_nothing_more() {
        let mut rehearsal = Rehearsal::new().trouble("0 sample 0", Trouble::Meanwhile(Ask::Quit));
        rehearsal.ask(Ask::Run(threads()));
        assert!(rehearsal.has_quit && rehearsal.is_quiet());
        assert_eq!(rehearsal.table(), ["sequential cancelled 0", "threads cancelled 0"]);
        let mut idle = Rehearsal::new();
        idle.ask(Ask::Quit);
        assert!(idle.has_quit);
    }

    #[test]
    fn a_run_asked_for_while_suspended_waits() {
        let mut rehearsal = Rehearsal::new();
        rehearsal.ask(Ask::Suspend);
        rehearsal.ask(Ask::Run(threads()));
        assert_eq!(rehearsal.log, ["stop all"]);
        rehearsal.ask(Ask::Resume);
        assert_eq!(rehearsal.finished(), [false]);
    }

    #[test]
    fn a_run_of_nothing_is_over_at_once() {
        let rehearsal = Rehearsal::new().run(&[], settings(0, 1)).run(&[], settings(0, 1));
        assert_eq!(rehearsal.finished(), [false, false]);
    }
}
