//! The guided tour: five experiments, one after the other, each watched on the workbench and explained where it is
//! compared.

use super::messages::Level;
use super::runs::Purpose;
use super::{App, Effect, Page};
use crate::experiment::{About, EXPERIMENTS};
use crate::results::ResultRow;
use crate::tui::actions::{Action, Binding, Move};
use crate::units::Nanos;

/// What is shown, in the order of a story: computing and waiting, the lock, cores, handing over data, crashes.
pub const STOPS: [&str; 5] = ["use-case", "gil", "concurrency", "communication", "faults"];

/// How long a person has for what was found before the next experiment begins by itself.
const READING: Nanos = Nanos::from_secs(6);

/// How far the tour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tour {
    /// The stop that is measured or comes next; that many stops were seen.
    stop: usize,
    /// When it begins; `None` while it is measured, and behind the last.
    due: Option<Nanos>,
}

impl Tour {
    /// Before its first stop, which comes at once.
    pub(super) const fn new() -> Self {
        Self { stop: 0, due: Some(Nanos::ZERO) }
    }

    /// The number of the stop that is measured or was seen last, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        if self.measured().is_some() { self.stop + 1 } else { self.stop }
    }

    /// What is measured; `None` while what was found is read.
    #[must_use]
    pub fn measured(self) -> Option<&'static About> {
        let place = place_of(self.stop)?;
        self.due.is_none().then(|| EXPERIMENTS[place].about())
    }

    /// When something happens by itself; `None` for never.
    pub(super) const fn due(self) -> Option<Nanos> {
        self.due
    }

    /// Whether all was seen.
    #[must_use]
    pub const fn is_at_its_end(self) -> bool {
        self.stop >= STOPS.len()
    }
}

/// The place of a stop in the table of experiments; `None` behind the last.
fn place_of(stop: usize) -> Option<usize> {
    let id = STOPS.get(stop)?;
    EXPERIMENTS.iter().position(|experiment| experiment.about().id == *id)
}

impl App {
    /// The tour, while it goes on.
    #[must_use]
    pub const fn tour(&self) -> Option<Tour> {
        self.tour
    }

    /// What the tour measures just now; `None` without a tour, and while what was found is read.
    #[must_use]
    pub fn tour_stop(&self) -> Option<&'static About> {
        self.tour?.measured()
    }

    /// Begins the next stop if its time has come.
    pub(super) fn guide(&mut self, now: Nanos) -> Vec<Effect> {
        match self.tour {
            Some(tour) if tour.due.is_some_and(|due| due <= now) => self.go_on(tour, now),
            _ => Vec::new(),
        }
    }

    fn go_on(&mut self, tour: Tour, now: Nanos) -> Vec<Effect> {
        self.revision += 1;
        let Some(place) = place_of(tour.stop) else { return Vec::new() };
        self.page = Page::Compare;
        self.look_at(place);
        let effects = self.measure(place, now);
        self.page = Page::Workbench;
        self.tour = Some(Tour { due: None, ..tour }).filter(|_| !effects.is_empty());
        effects
    }

    /// The run of a stop is over: what was found is shown.
    pub(super) fn seen(&mut self, purpose: Purpose, cancelled: bool, now: Nanos) {
        let Some(tour) = self.tour.filter(|tour| tour.due.is_none()) else { return };
        if place_of(tour.stop).map(Purpose::Experiment) != Some(purpose) {
            return;
        }
        self.page = Page::Compare;
        if cancelled {
            self.end_tour("the tour is over", now);
        } else {
            let stop = tour.stop + 1;
            self.tour = Some(Tour { stop, due: place_of(stop).map(|_| now.plus(READING)) });
        }
    }

    /// What is sampled while a stop is measured; `None` before the first sample, and where it is only looked at.
    #[must_use]
    pub fn toured(&self) -> Option<&ResultRow> {
        self.tour_stop()?;
        self.sampled()
    }

    /// What a key means on the tour: Enter goes on, Esc ends it, pages and windows may be looked at; whoever does anything
    /// else goes on alone. `None` where the key means what it always means.
    pub(super) fn tour_action(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Option<Vec<Effect>> {
        let tour = self.tour?;
        match found?.0 {
            Action::Move(Move::Activate | Move::Back) if tour.is_at_its_end() => self.tour = None,
            Action::Show(_) | Action::Leave(_) => return None,
            Action::Move(Move::Activate) if tour.due.is_some() => return Some(self.go_on(tour, now)),
            Action::Move(Move::Activate) => {}
            Action::Move(Move::Back) => self.end_tour("the tour is over: every key works now, ? lists them", now),
            _ => {
                self.tour = None;
                return None;
            }
        }
        Some(Vec::new())
    }

    fn end_tour(&mut self, text: &str, now: Nanos) {
        self.tour = None;
        self.say(Level::Info, text, now);
    }
}
