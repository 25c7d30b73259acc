//! Pages with a list whose entries are measured one by one: what keys do there.

use super::messages::Level;
use super::overlay::Screen;
use super::runs::Purpose;
use super::scaling::WAYS;
use super::{App, Effect, Page};
use crate::conductor::{QUEUE_LIMIT, Request, predicted};
use crate::experiment::EXPERIMENTS;
use crate::results::ResultRow;
use crate::tui::actions::{Action, Binding, Move, RowAction, RunAction};
use crate::tui::view;
use crate::units::Nanos;
use crate::workload::Refusal;

/// An entry of a page's list, as it would be measured.
struct Entry {
    purpose: Purpose,
    label: String,
    request: Result<Request, Refusal>,
}

impl App {
    /// What a key means on a page with a list: that of the workbench, unless it is about the next run or its rows.
    pub(super) fn list_action(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Vec<Effect> {
        match found {
            Some((Action::Move(direction), _)) => return self.move_in_list(direction, now),
            Some((Action::Run(RunAction::Start), _)) => return self.measure(self.list_cursor(), now),
            Some((Action::Run(RunAction::All), _)) => self.screen = Screen::ConfirmPage(self.price_of_page()),
            Some((Action::Run(RunAction::Cancel) | Action::Show(_) | Action::Leave(_), _)) => {
                return self.on_action(found, now);
            }
            Some((Action::Rows(RowAction::Export | RowAction::ExportAs), _)) => return self.on_action(found, now),
            Some(_) => self.say(Level::Info, "that key belongs to the workbench: press 1", now),
            None => return self.on_action(None, now),
        }
        Vec::new()
    }

    fn move_in_list(&mut self, direction: Move, now: Nanos) -> Vec<Effect> {
        if self.scroll_zoomed(direction) {
            return Vec::new();
        }
        match direction {
            Move::Up | Move::PreviousPane => self.move_list_cursor(-1),
            Move::Down | Move::NextPane => self.move_list_cursor(1),
            Move::First | Move::PageUp => self.move_list_cursor(isize::MIN),
            Move::Last | Move::PageDown => self.move_list_cursor(isize::MAX),
            Move::Activate => return self.measure(self.list_cursor(), now),
            Move::Left | Move::Right => {}
            Move::Back if self.messages.dismiss() => {}
            Move::Back if self.zoomed => self.zoomed = false,
            Move::Back => self.page = Page::Workbench,
        }
        Vec::new()
    }

    /// Scrolls a page that is zoomed and longer than the screen; says whether that is what the key means.
    pub(super) fn scroll_zoomed(&mut self, direction: Move) -> bool {
        let lines = match direction {
            Move::Up => -1,
            Move::Down => 1,
            Move::PageUp => -10,
            Move::PageDown => 10,
            Move::First => isize::MIN,
            Move::Last => isize::MAX,
            _ => return false,
        };
        let end = view::scroll_end(self);
        self.scroll = self.scroll.min(end).saturating_add_signed(lines).min(end);
        let jumps = matches!(direction, Move::PageUp | Move::PageDown | Move::First | Move::Last);
        end > 0 || self.zoomed && jumps
    }

    /// Shows a page. What was zoomed is on the page that is left.
    pub(super) fn open(&mut self, page: Page) {
        self.zoomed &= page == self.page;
        self.page = page;
    }

    /// How many entries the page's list has.
    fn list_length(&self) -> usize {
        match self.page {
            Page::Workbench | Page::Timeline => 0,
            Page::Compare => EXPERIMENTS.len(),
            Page::Scaling => WAYS.len(),
        }
    }

    fn list_cursor(&self) -> usize {
        match self.page {
            Page::Workbench | Page::Timeline => 0,
            Page::Compare => self.textbook.cursor(),
            Page::Scaling => self.scaling.cursor(),
        }
    }

    /// Puts the cursor on the entry at this place, held at the ends.
    pub(super) fn look_at(&mut self, place: usize) {
        let place = place.min(self.list_length().saturating_sub(1));
        self.scroll = 0;
        match self.page {
            Page::Workbench | Page::Timeline => {}
            Page::Compare => self.textbook.look_at(place),
            Page::Scaling => self.scaling.look_at(place),
        }
    }

    pub(super) fn move_list_cursor(&mut self, entries: isize) {
        self.look_at(self.list_cursor().saturating_add_signed(entries));
    }

    fn entry(&self, place: usize) -> Option<Entry> {
        match self.page {
            Page::Workbench | Page::Timeline => None,
            Page::Compare => {
                let experiment = EXPERIMENTS.get(place)?;
                let label = experiment.about().feature.to_owned();
                Some(Entry {
                    purpose: Purpose::Experiment(place),
                    label,
                    request: self.experiment_request(*experiment),
                })
            }
            Page::Scaling => {
                let way = WAYS.get(place)?;
                let label = format!("{} at every n", way.name());
                Some(Entry { purpose: Purpose::Curve(place), label, request: way.request(&self.next) })
            }
        }
    }

    /// Asks for one entry, unless that was asked for already.
    pub(super) fn measure(&mut self, place: usize, now: Nanos) -> Vec<Effect> {
        let Some(entry) = self.entry(place).filter(|entry| self.runs.stage(entry.purpose).is_none()) else {
            return Vec::new();
        };
        self.with_request(entry.request, now, |app, request| app.start(request, &entry.label, entry.purpose, now))
    }

    /// Asks for all entries, in the order of the list.
    pub(super) fn measure_page(&mut self, now: Nanos) -> Vec<Effect> {
        if self.runs.waiting().len() + self.list_length() > QUEUE_LIMIT {
            self.say(Level::Warning, "too many runs wait already; x twice empties the queue", now);
            return Vec::new();
        }
        (0..self.list_length()).flat_map(|place| self.measure(place, now)).collect()
    }

    /// How long all entries should take.
    fn price_of_page(&self) -> Nanos {
        let requests = (0..self.list_length()).filter_map(|place| self.entry(place)?.request.ok());
        let price = |asked: Request| predicted(&asked.configurations, asked.settings, &self.costs, self.next.usable);
        requests.map(price).fold(Nanos::ZERO, Nanos::plus)
    }

    /// What was measured for this page, oldest first.
    #[must_use]
    pub fn rows_of_page(&self) -> Vec<ResultRow> {
        match self.page {
            Page::Workbench | Page::Timeline => self.table.rows().cloned().collect(),
            Page::Compare => self.textbook.evidence().cloned().collect(),
            Page::Scaling => self.scaling.rows().to_vec(),
        }
    }
}
