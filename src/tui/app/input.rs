//! Where keys go: to the line being typed, to the window on top, or through the table of actions.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::line::LineEdit;
use super::messages::Level;
use super::overlay::{ExportDialog, ExportLine, ExportProblem, FieldEdit, HelpLine, Screen};
use super::runs::Purpose;
use super::{App, Effect, ExportOrder, Page};
use crate::tui::actions::{Action, Binding, Key, Leave, Step, by_key};
use crate::tui::view;
use crate::units::Nanos;

impl App {
    pub(super) fn on_key(&mut self, event: KeyEvent, now: Nanos) -> Vec<Effect> {
        if event.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let key = Key::from(event);
        match by_key(key) {
            Some((Action::Leave(leave @ (Leave::Interrupt | Leave::Suspend)), _)) => return self.leave(leave, now),
            found if view::is_too_small(self) && !self.is_asking() => {
                return match found {
                    Some((Action::Leave(leave), _)) => self.leave(leave, now),
                    _ => Vec::new(),
                };
            }
            found if matches!(self.screen, Screen::Workbench) => return self.act(found, now),
            _ => {}
        }
        match std::mem::take(&mut self.screen) {
            Screen::Workbench => Vec::new(),
            Screen::Edit(edit) => self.edit_key(edit, key, now),
            Screen::Filter(line) => self.filter_key(line, key),
            Screen::Details(from) => self.details_key(from, key, now),
            Screen::Help(help) => self.help_key(help, key, now),
            Screen::Export(dialog) => self.export_key(dialog, key),
            Screen::ConfirmAll(offer) => match key.code {
                KeyCode::Enter => self.start(offer.request, "all backends", Purpose::Results, now),
                KeyCode::Esc => Vec::new(),
                _ => self.stay(Screen::ConfirmAll(offer)),
            },
            Screen::ConfirmPage(predicted) => match key.code {
                KeyCode::Enter => self.measure_page(now),
                KeyCode::Esc => Vec::new(),
                _ => self.stay(Screen::ConfirmPage(predicted)),
            },
            Screen::ConfirmQuit => match key.code {
                KeyCode::Char('y') => vec![Effect::Quit],
                KeyCode::Char('n') | KeyCode::Esc => Vec::new(),
                _ => self.stay(Screen::ConfirmQuit),
            },
            Screen::Log(from) => self.log_key(from, key),
        }
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        match &mut self.screen {
            Screen::Edit(edit) => edit.line.paste(text),
            Screen::Filter(line) => {
                line.paste(text);
                let filter = line.text();
                self.table.set_filter(&filter);
            }
            Screen::Export(dialog) if dialog.line == ExportLine::File => {
                dialog.file.paste(text);
                dialog.typed_into();
            }
            Screen::Help(help) => help.search.paste(text),
            _ => {}
        }
    }

    fn stay(&mut self, screen: Screen) -> Vec<Effect> {
        self.screen = screen;
        Vec::new()
    }

    /// What an action means on the page that is shown.
    pub(super) fn act(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Vec<Effect> {
        if let Some(effects) = self.tour_action(found, now) {
            return effects;
        }
        match self.page {
            Page::Workbench => self.on_action(found, now),
            Page::Compare | Page::Scaling => self.list_action(found, now),
            Page::Timeline => self.timeline_action(found, now),
        }
    }

    pub(super) fn on_action(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Vec<Effect> {
        match found {
            Some((action, binding)) if self.applies(binding.when) => self.perform(action, now),
            Some((_, binding)) => {
                self.say(Level::Info, binding.when.reason(), now);
                Vec::new()
            }
            None => {
                self.say(Level::Info, "no key: ? lists all of them", now);
                Vec::new()
            }
        }
    }

    const fn is_asking(&self) -> bool {
        matches!(self.screen, Screen::ConfirmQuit)
    }

    fn edit_key(&mut self, mut edit: FieldEdit, key: Key, now: Nanos) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter if edit.line.text() == self.next.written(edit.field) => return Vec::new(),
            KeyCode::Enter => match self.next.take(edit.field, &edit.line.text()) {
                Ok(()) => {
                    self.keep_cursor_on(edit.field);
                    return Vec::new();
                }
                Err(allowed) => {
                    let text = format!("{} {}: allowed is {allowed}", self.next.name(edit.field), edit.line.text());
                    self.say(Level::Warning, &text, now);
                    edit.refused = Some(allowed);
                }
            },
            _ if typed(&mut edit.line, key) => edit.refused = None,
            _ => {}
        }
        self.stay(Screen::Edit(edit))
    }

    fn filter_key(&mut self, mut line: LineEdit, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Enter => return Vec::new(),
            KeyCode::Esc => {
                self.table.set_filter("");
                return Vec::new();
            }
            _ if typed(&mut line, key) => self.table.set_filter(&line.text()),
            _ => {}
        }
        self.stay(Screen::Filter(line))
    }

    fn details_key(&mut self, from: usize, key: Key, now: Nanos) -> Vec<Effect> {
        self.screen = Screen::Details(from);
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return self.stay(Screen::Workbench),
            KeyCode::Up => self.read_row(-1),
            KeyCode::Down => self.read_row(1),
            KeyCode::Char('c' | 'y') => return self.copy(now),
            _ => self.scroll_window(scrolled(key)),
        }
        Vec::new()
    }

    /// Opens the details of another row.
    fn read_row(&mut self, rows: isize) {
        self.table.move_cursor(rows);
        self.screen = Screen::Details(0);
    }

    fn help_key(&mut self, mut help: super::overlay::Help, key: Key, now: Nanos) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc | KeyCode::F(1) => return Vec::new(),
            KeyCode::Enter => {
                if let Some(HelpLine::Key(binding)) = help.found().get(help.chosen) {
                    return self.act(Some((binding.keys[0].1, *binding)), now);
                }
            }
            KeyCode::Up => help.move_by(-1),
            KeyCode::Down => help.move_by(1),
            KeyCode::PageUp => help.move_by(-10),
            KeyCode::PageDown => help.move_by(10),
            _ if typed(&mut help.search, key) => help.chosen = 0,
            _ => {}
        }
        self.stay(Screen::Help(help))
    }

    fn log_key(&mut self, from: usize, key: Key) -> Vec<Effect> {
        self.screen = Screen::Log(from);
        match key.code {
            KeyCode::Esc | KeyCode::Char('!' | 'q') => return self.stay(Screen::Workbench),
            KeyCode::Up => self.scroll_window(-1),
            KeyCode::Down => self.scroll_window(1),
            _ => self.scroll_window(scrolled(key)),
        }
        Vec::new()
    }

    /// Scrolls the window on top by that many lines, held at the ends.
    pub(super) fn scroll_window(&mut self, lines: isize) {
        let end = view::scroll_end(self);
        match &mut self.screen {
            Screen::Details(from) | Screen::Log(from) => *from = (*from).min(end).saturating_add_signed(lines).min(end),
            Screen::Help(help) => help.move_by(lines),
            _ => {}
        }
    }

    fn export_key(&mut self, mut dialog: ExportDialog, key: Key) -> Vec<Effect> {
        let mut effects = Vec::new();
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => effects.push(self.export(&dialog, false)),
            KeyCode::Char('o')
                if key.ctrl && dialog.problem.as_ref().is_some_and(ExportProblem::can_be_overwritten) =>
            {
                effects.push(self.export(&dialog, true));
            }
            KeyCode::Up => dialog.line = ExportLine::Format,
            KeyCode::Down => dialog.line = ExportLine::File,
            KeyCode::Tab | KeyCode::BackTab => {
                dialog.line = if dialog.line == ExportLine::File { ExportLine::Format } else { ExportLine::File };
            }
            KeyCode::Left | KeyCode::Right if dialog.line == ExportLine::Format => {
                let step = if key.code == KeyCode::Right { Step::Up } else { Step::Down };
                dialog.step(step);
                effects.push(Effect::SuggestFile(dialog.format));
            }
            _ if dialog.line == ExportLine::File && typed(&mut dialog.file, key) => dialog.typed_into(),
            _ => {}
        }
        self.screen = Screen::Export(dialog);
        effects
    }

    fn export(&self, dialog: &ExportDialog, overwrite: bool) -> Effect {
        let path = Some(dialog.file.text()).filter(|text| !text.is_empty()).map(Into::into);
        Effect::Export(ExportOrder { format: dialog.format, path, overwrite, rows: self.rows_of_page() })
    }
}

/// How many lines a key scrolls.
fn scrolled(key: Key) -> isize {
    match key.code {
        KeyCode::Char('k') => -1,
        KeyCode::Char('j') => 1,
        KeyCode::PageUp => -10,
        KeyCode::PageDown => 10,
        KeyCode::Home => isize::MIN,
        KeyCode::End => isize::MAX,
        _ => 0,
    }
}

/// Does to a line what the key means there; Ctrl-U empties it as in a shell.
fn typed(line: &mut LineEdit, key: Key) -> bool {
    match key.code {
        KeyCode::Char('u') if key.ctrl => line.cut(),
        code => return !key.ctrl && line.key(code),
    }
    true
}
