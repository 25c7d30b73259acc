//! What each action of the table does.

use super::fields::Field;
use super::line::LineEdit;
use super::messages::Level;
use super::overlay::{ExportDialog, FieldEdit, Help, Offer, Screen};
use super::runs::{Cancelling, Purpose};
use super::shown::shown_duration;
use super::{App, Effect, ExportOrder, Pane};
use crate::cli::command_line;
use crate::conductor::{Ask, QUEUE_LIMIT, Request, predicted};
use crate::export::EXPORTERS;
use crate::spec::Configuration;
use crate::tui::actions::{Action, Leave, Move, RowAction, RunAction, Setting, Show, Step};
use crate::tui::view;
use crate::units::Nanos;
use crate::workload::Refusal;

impl App {
    pub(super) fn perform(&mut self, action: Action, now: Nanos) -> Vec<Effect> {
        match action {
            Action::Run(run) => self.run(run, now),
            Action::Set(setting) => self.set(setting, now),
            Action::Move(direction) => self.go(direction, now),
            Action::Rows(action) => self.rows_action(action, now),
            Action::Show(show) => self.show(show, now),
            Action::Leave(leave) => self.leave(leave, now),
        }
    }

    fn run(&mut self, run: RunAction, now: Nanos) -> Vec<Effect> {
        match run {
            RunAction::Start => self.with_request(self.next.request(), now, |app, request| {
                app.table.follow();
                let label = app.next.label();
                app.start(request, &label, Purpose::Results, now)
            }),
            RunAction::Restart => self.with_request(self.next.request(), now, |app, request| {
                app.table.follow();
                app.runs.forget_waiting();
                app.runs.asked(app.next.label(), Purpose::Results);
                vec![Effect::Ask(Ask::Restart(request))]
            }),
            RunAction::Cancel => self.cancel(now),
            RunAction::All => self.with_request(self.next.request_all(), now, |app, request| {
                let predicted = predicted(&request.configurations, request.settings, &app.costs, app.next.usable);
                app.screen = Screen::ConfirmAll(Box::new(Offer { request, predicted }));
                Vec::new()
            }),
        }
    }

    /// Goes on with a request, or says why it cannot be served.
    pub(super) fn with_request(
        &mut self,
        request: Result<Request, Refusal>,
        now: Nanos,
        then: impl FnOnce(&mut Self, Request) -> Vec<Effect>,
    ) -> Vec<Effect> {
        match request {
            Ok(request) => then(self, request),
            Err(refusal) => {
                self.say(Level::Error, refusal.to_string().trim_start_matches('-'), now);
                Vec::new()
            }
        }
    }

    pub(super) fn start(&mut self, request: Request, label: &str, purpose: Purpose, now: Nanos) -> Vec<Effect> {
        if self.runs.waiting().len() >= QUEUE_LIMIT {
            self.say(Level::Warning, &format!("{QUEUE_LIMIT} runs wait already; x twice empties the queue"), now);
            return Vec::new();
        }
        if self.runs.is_busy() {
            self.say(Level::Info, &format!("queued: {label}"), now);
        }
        self.runs.asked(label.to_owned(), purpose);
        vec![Effect::Ask(Ask::Run(request))]
    }

    fn cancel(&mut self, now: Nanos) -> Vec<Effect> {
        match self.runs.cancel(now) {
            Cancelling::Current => vec![Effect::Ask(Ask::Cancel)],
            Cancelling::Queue => {
                self.runs.forget_waiting();
                self.say(Level::Info, "queue emptied", now);
                vec![Effect::Ask(Ask::ClearQueue)]
            }
        }
    }

    /// Says what the lock does once it is on, unless that was said before.
    fn explain_lock(&mut self, now: Nanos) {
        let wish = self.next.wish();
        let after = shown_duration(wish.switch_interval);
        let text = format!("GIL on for the next run: one thread computes, others ask for it after {after}");
        if wish.gil && self.messages.newest_first().all(|said| said.text != text) {
            self.say(Level::Info, &text, now);
        }
    }

    /// Says what will go wrong from the next run on, since it does until somebody takes it back.
    fn explain_fault(&mut self, now: Nanos) {
        let text = self.next.wish().fault.map_or_else(
            || "nothing goes wrong on purpose any more".to_owned(),
            |fault| format!("in each sample from now on, {}: {}", fault.kind.id(), fault.kind.summary()),
        );
        self.say(Level::Info, &text, now);
    }

    fn set(&mut self, setting: Setting, now: Nanos) -> Vec<Effect> {
        let field = self.next.fields().get(self.field).copied();
        match setting {
            Setting::Backend(step) => self.next.step(Field::Backend, step),
            Setting::Workload(step) => self.next.step(Field::Workload, step),
            Setting::Gil => {
                self.next.step(Field::Gil, Step::Up);
                self.explain_lock(now);
            }
            Setting::GilModel => self.next.step(Field::GilModel, Step::Up),
            Setting::Payload => self.next.step_payload(),
            Setting::Transport => self.next.step(Field::Transport, Step::Up),
            Setting::Fault => {
                self.next.step(Field::Fault, Step::Up);
                self.explain_fault(now);
            }
            Setting::Workers(step) => self.next.step_workers(step),
            Setting::Interval(step) => self.next.step_interval(step),
        }
        self.keep_cursor_on(field.unwrap_or(Field::Start));
        Vec::new()
    }

    /// Another workload has other fields: the cursor stays on the same one, or goes to the button.
    pub(super) fn keep_cursor_on(&mut self, field: Field) {
        let fields = self.next.fields();
        self.field = fields.iter().position(|other| *other == field).unwrap_or(fields.len() - 1);
    }

    fn go(&mut self, direction: Move, now: Nanos) -> Vec<Effect> {
        match direction {
            Move::Up => self.move_by(-1),
            Move::Down => self.move_by(1),
            Move::First => self.move_by(isize::MIN),
            Move::Last => self.move_by(isize::MAX),
            Move::PageUp => self.move_by(-10),
            Move::PageDown => self.move_by(10),
            Move::Left => self.step_field(Step::Down),
            Move::Right => self.step_field(Step::Up),
            Move::NextPane => self.step_pane(Step::Up),
            Move::PreviousPane => self.step_pane(Step::Down),
            Move::Activate => return self.activate(now),
            Move::Back => self.back(now),
        }
        Vec::new()
    }

    pub(super) fn move_by(&mut self, rows: isize) {
        match self.focus {
            Pane::Workload => {
                let last = self.next.fields().len() - 1;
                self.field = self.field.saturating_add_signed(rows).min(last);
            }
            Pane::Results => {
                self.table.move_cursor(rows);
            }
            Pane::Workers | Pane::Cores => {
                let last = self.live().workers().len().max(self.machine.cores.online.len());
                self.scroll = self.scroll.saturating_add_signed(rows).min(last);
            }
        }
    }

    /// A strip shows no field under a cursor, so its fields are not stepped blindly: the pane opens first.
    pub(super) fn step_field(&mut self, step: Step) {
        if self.focus != Pane::Workload {
            return;
        }
        if view::shows_strip(self) {
            self.zoomed = true;
        } else if let Some(field) = self.next.fields().get(self.field).copied() {
            self.next.step(field, step);
            self.keep_cursor_on(field);
        }
    }

    fn step_pane(&mut self, step: Step) {
        self.focus = super::stepping::neighbour(&Pane::ALL, &self.focus, step).unwrap_or(Pane::Workload);
        self.scroll = 0;
    }

    fn activate(&mut self, now: Nanos) -> Vec<Effect> {
        match (self.focus, self.next.fields().get(self.field).copied()) {
            (Pane::Workload, _) if view::shows_strip(self) => self.zoomed = true,
            (Pane::Workload, Some(Field::Start) | None) => return self.run(RunAction::Start, now),
            (Pane::Workload, Some(field)) => self.edit(field),
            (Pane::Results, _) if self.table.selected().is_some() => self.screen = Screen::Details(0),
            (Pane::Results, _) => {}
            (Pane::Workers | Pane::Cores, _) => self.zoomed = !self.zoomed,
        }
        Vec::new()
    }

    pub(super) fn edit(&mut self, field: Field) {
        let line = LineEdit::new(&self.next.written(field));
        self.screen = Screen::Edit(FieldEdit { field, line, refused: None });
    }

    /// Closes one thing, from the top; never a run.
    fn back(&mut self, now: Nanos) {
        if self.messages.dismiss() {
        } else if !self.table.filter().is_empty() {
            self.table.set_filter("");
        } else if self.zoomed {
            self.zoomed = false;
        } else if self.frozen.is_some() {
            self.frozen = None;
        } else if self.runs.is_busy() {
            self.say(Level::Info, "Esc goes back; x cancels the run", now);
        }
    }

    fn rows_action(&mut self, action: RowAction, now: Nanos) -> Vec<Effect> {
        match action {
            RowAction::Sort => self.table.sort_by_next(),
            RowAction::Reverse => self.table.reverse(),
            RowAction::Filter => self.screen = Screen::Filter(LineEdit::new(self.table.filter())),
            RowAction::Delete => {
                if let Some(number) = self.table.delete() {
                    self.say(Level::Info, &format!("row {number} deleted; u brings it back"), now);
                }
            }
            RowAction::Undo => {
                if let Some(number) = self.table.undo() {
                    self.say(Level::Info, &format!("row {number} is back"), now);
                }
            }
            RowAction::Export => return vec![self.export_at_once()],
            RowAction::ExportAs => {
                let dialog = ExportDialog::new();
                let format = dialog.format;
                self.screen = Screen::Export(dialog);
                return vec![Effect::SuggestFile(format)];
            }
            RowAction::Copy => return self.copy(now),
        }
        Vec::new()
    }

    fn export_at_once(&self) -> Effect {
        Effect::Export(ExportOrder { format: &EXPORTERS[0], path: None, overwrite: false, rows: self.rows_of_page() })
    }

    /// Copies the command of the row under the cursor; before there is one, that of the next run.
    pub(super) fn copy(&mut self, now: Nanos) -> Vec<Effect> {
        let row = self.table.selected().map(|entry| command_line(&entry.row.configuration, &entry.row.settings));
        let next = || Configuration::new(self.next.wish().clone()).map(|it| command_line(&it, &self.next.settings()));
        match row.map_or_else(next, Ok) {
            Ok(line) => {
                self.say(Level::Info, &format!("copied: {line}"), now);
                vec![Effect::Copy(line)]
            }
            Err(refusal) => {
                self.say(Level::Warning, &refusal.to_string(), now);
                Vec::new()
            }
        }
    }

    fn show(&mut self, show: Show, now: Nanos) -> Vec<Effect> {
        match show {
            Show::Page(page) => self.open(page),
            Show::All => self.say(Level::Info, "that key belongs to the timeline: press 4", now),
            Show::Zoom => (self.zoomed, self.scroll) = (!self.zoomed, 0),
            Show::Freeze => {
                let held = || Box::new((self.live().clone(), self.readings.clone()));
                self.frozen = if self.frozen.is_some() { None } else { Some(held()) };
            }
            Show::Theme => {
                self.theme.palette = self.theme.palette.next();
                self.say(Level::Info, &format!("theme: {}", self.theme.palette.label()), now);
            }
            Show::Mouse => {
                self.takes_mouse = !self.takes_mouse;
                let text = if self.takes_mouse { "the mouse is used here" } else { "the mouse is free to mark text" };
                self.say(Level::Info, text, now);
                return vec![Effect::TakeMouse(self.takes_mouse)];
            }
            Show::Messages => {
                self.messages.read_all();
                self.screen = Screen::Log(0);
            }
            Show::Help => self.screen = Screen::Help(Help::default()),
        }
        Vec::new()
    }

    pub(super) fn leave(&mut self, leave: Leave, now: Nanos) -> Vec<Effect> {
        match leave {
            Leave::Suspend => vec![Effect::Suspend],
            Leave::Interrupt if self.runs.is_busy() => self.cancel(now),
            Leave::Quit if self.runs.is_busy() => {
                self.screen = Screen::ConfirmQuit;
                Vec::new()
            }
            Leave::Interrupt | Leave::Quit => vec![Effect::Quit],
        }
    }
}
