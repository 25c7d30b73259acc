//! The guided tour: five experiments, one after the other, each watched on the workbench and explained where it is
//! compared.

use super::messages::Level;
use super::overlay::Screen;
use super::runs::Purpose;
use super::{App, Effect, Page};
use crate::experiment::{About, EXPERIMENTS};
use crate::results::ResultRow;
use crate::tui::actions::{Action, Binding, Move, RunAction};
use crate::tui::view;
use crate::units::Nanos;

/// A stop of the tour.
#[derive(Debug)]
pub struct Stop {
    /// The experiment that is measured.
    pub experiment: &'static str,
    /// What one must know to follow it.
    pub first: &'static str,
}

/// What is shown, in the order of a story: computing and waiting, the lock, cores, handing over data, crashes.
pub const STOPS: [Stop; 5] = [
    Stop {
        experiment: "use-case",
        first: "The GIL is Python's lock, imitated here: of the threads of one process, one computes at a time. Every \
                process has its own. Work that computes is called CPU-bound, work that waits I/O-bound.",
    },
    Stop {
        experiment: "gil",
        first: "The GIL is Python's lock: of the threads of one process, one computes at a time. Another that wants it \
                waits for 5 ms (the switch interval), then asks for it.",
    },
    Stop {
        experiment: "concurrency",
        first: "With the GIL, threads of one process take turns; worker processes need not, since each has its own.",
    },
    Stop {
        experiment: "communication",
        first: "Threads see each other's data (reference) or send it (channel). To a process it is copied by the system \
                (pipe), or both see the same bytes (shm).",
    },
    Stop {
        experiment: "faults",
        first: "In each job a task goes wrong on purpose: by an exception (panic), a crash (abort, segv, kill), a hang, \
                or nonsense that is written into memory (scribble).",
    },
];

/// How long a person has for what was found before the next experiment begins by itself.
const READING: Nanos = Nanos::from_secs(6);

const SECOND: Nanos = Nanos::from_secs(1);

/// How far the tour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tour {
    /// The stop that is measured or comes next; that many stops were seen.
    stop: usize,
    phase: Phase,
}

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The stop is measured.
    Measured,
    /// What was found at the one before is read, and the stop begins by itself at `due`, so many `seconds` after the last
    /// tick.
    Due { due: Nanos, seconds: u64 },
    /// What was found is read, for as long as that takes.
    Held,
}

impl Tour {
    /// Before its first stop, which comes at once.
    pub(super) const fn new() -> Self {
        Self { stop: 0, phase: Phase::Due { due: Nanos::ZERO, seconds: 0 } }
    }

    /// The number of the stop that is measured or was seen last, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        if self.measured().is_some() { self.stop + 1 } else { self.stop }
    }

    /// The stop that is measured, with its experiment; `None` while what was found is read.
    #[must_use]
    pub fn measured(self) -> Option<(&'static Stop, &'static About)> {
        let place = place_of(self.stop).filter(|_| self.phase == Phase::Measured)?;
        Some((&STOPS[self.stop], EXPERIMENTS[place].about()))
    }

    /// In how many seconds the next stop begins by itself; `None` where it does not.
    #[must_use]
    pub const fn begins_in(self) -> Option<u64> {
        match self.phase {
            Phase::Due { seconds, .. } => Some(seconds),
            Phase::Measured | Phase::Held => None,
        }
    }

    /// When something changes by itself; `None` for never.
    pub(super) fn due(self) -> Option<Nanos> {
        match self.phase {
            Phase::Due { due, seconds } => Some(due.since(Nanos(SECOND.0 * seconds.saturating_sub(1)))),
            Phase::Measured | Phase::Held => None,
        }
    }

    /// Whether all was seen.
    #[must_use]
    pub const fn is_at_its_end(self) -> bool {
        self.stop >= STOPS.len()
    }
}

/// The place of a stop in the table of experiments; `None` behind the last.
fn place_of(stop: usize) -> Option<usize> {
    let stop = STOPS.get(stop)?;
    EXPERIMENTS.iter().position(|experiment| experiment.about().id == stop.experiment)
}

impl App {
    /// The tour, while it goes on.
    #[must_use]
    pub const fn tour(&self) -> Option<Tour> {
        self.tour
    }

    /// What the tour measures just now; `None` without a tour, and while what was found is read.
    #[must_use]
    pub fn tour_stop(&self) -> Option<(&'static Stop, &'static About)> {
        self.tour?.measured()
    }

    /// What is sampled while a stop is measured; `None` before the first sample, and where it is only looked at.
    #[must_use]
    pub fn toured(&self) -> Option<&ResultRow> {
        self.tour_stop()?;
        self.sampled()
    }

    /// Begins the next stop if its time has come, else counts down to it.
    pub(super) fn guide(&mut self, now: Nanos) -> Vec<Effect> {
        let Some(tour) = self.tour else { return Vec::new() };
        let Phase::Due { due, seconds } = tour.phase else { return Vec::new() };
        if due <= now {
            return self.go_on(tour, now);
        }
        let left = due.since(now).0.div_ceil(SECOND.0);
        self.revision += u64::from(left != seconds);
        self.tour = Some(Tour { phase: Phase::Due { due, seconds: left }, ..tour });
        Vec::new()
    }

    fn go_on(&mut self, tour: Tour, now: Nanos) -> Vec<Effect> {
        self.revision += 1;
        let Some(place) = place_of(tour.stop) else {
            self.leave_tour();
            return Vec::new();
        };
        self.open(Page::Compare);
        self.look_at(place);
        let effects = self.measure(place, now);
        self.zoomed = false;
        self.page = Page::Workbench;
        self.tour = Some(Tour { phase: Phase::Measured, ..tour }).filter(|_| !effects.is_empty());
        effects
    }

    /// The run of a stop is over: what was found is shown, without the table where there is no room beside it. Whoever
    /// reads something else meanwhile is waited for.
    pub(super) fn seen(&mut self, purpose: Purpose, cancelled: bool, now: Nanos) {
        let Some(tour) = self.tour.filter(|tour| tour.phase == Phase::Measured) else { return };
        if place_of(tour.stop).map(Purpose::Experiment) != Some(purpose) {
            return;
        }
        if cancelled {
            self.end_tour("the tour is over: r measures this, ? lists the keys, partui demo starts it again", now);
            return;
        }
        self.page = Page::Compare;
        self.zoomed = !view::compares_beside(self);
        self.scroll = 0;
        let stop = tour.stop + 1;
        let is_read_at_once = matches!(self.screen, Screen::Workbench) && place_of(stop).is_some();
        let due = Phase::Due { due: now.plus(READING), seconds: READING.0.div_ceil(SECOND.0) };
        self.tour = Some(Tour { stop, phase: if is_read_at_once { due } else { Phase::Held } });
    }

    /// What a key means on the tour: Enter goes on, Esc ends it, whoever looks around is waited for, and whoever does
    /// anything else goes on alone, without what was just measured for the tour. `None` where the key means what it always means.
    pub(super) fn tour_action(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Option<Vec<Effect>> {
        let tour = self.tour?;
        let is_measured = tour.phase == Phase::Measured;
        match found.map(|(action, _)| action) {
            Some(Action::Move(Move::Activate)) if is_measured => {
                self.say(Level::Info, "this is being measured; Esc ends the tour", now);
            }
            Some(Action::Move(Move::Activate)) => return Some(self.go_on(tour, now)),
            Some(Action::Move(Move::Back)) if is_measured => {
                return Some(self.perform(Action::Run(RunAction::Cancel), now));
            }
            Some(Action::Move(Move::Back)) if tour.is_at_its_end() => self.leave_tour(),
            Some(Action::Move(Move::Back)) => self.end_tour("the tour is over: every key works now, ? lists them", now),
            // The end of the run tells that it was cancelled.
            Some(Action::Run(RunAction::Cancel)) if is_measured => return None,
            Some(Action::Show(_) | Action::Leave(_) | Action::Move(_)) => {
                self.hold(tour);
                return None;
            }
            None if !is_measured => self.hold(tour),
            _ if is_measured => {
                self.leave_tour();
                let cancelled = self.perform(Action::Run(RunAction::Cancel), now);
                return Some(cancelled.into_iter().chain(self.act(found, now)).collect());
            }
            _ => {
                self.leave_tour();
                return None;
            }
        }
        Some(Vec::new())
    }

    /// Waits for Enter from now on.
    fn hold(&mut self, tour: Tour) {
        if tour.phase != Phase::Measured {
            self.tour = Some(Tour { phase: Phase::Held, ..tour });
        }
    }

    fn end_tour(&mut self, text: &str, now: Nanos) {
        self.leave_tour();
        self.say(Level::Info, text, now);
    }

    fn leave_tour(&mut self) {
        self.tour = None;
        self.zoomed = false;
    }
}
