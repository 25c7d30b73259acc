//! Where keys go: to the line being typed, to the window on top, or through the table of actions.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::line::LineEdit;
use super::messages::Level;
use super::overlay::{ExportDialog, ExportLine, ExportProblem, FieldEdit, Screen};
use super::{App, Effect, ExportOrder};
use crate::tui::actions::{Action, Binding, Key, Leave, Step, by_key};
use crate::units::Nanos;

impl App {
    pub(super) fn on_key(&mut self, event: KeyEvent, now: Nanos) -> Vec<Effect> {
        if event.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let key = Key::from(event);
        match by_key(key) {
            Some((Action::Leave(leave @ (Leave::Interrupt | Leave::Suspend)), _)) => return self.leave(leave, now),
            found if matches!(self.screen, Screen::Workbench) => return self.on_action(found, now),
            _ => {}
        }
        match std::mem::take(&mut self.screen) {
            Screen::Workbench => Vec::new(),
            Screen::Edit(edit) => self.edit_key(edit, key, now),
            Screen::Filter(line) => self.filter_key(line, key),
            Screen::Details => self.details_key(key, now),
            Screen::Help(help) => self.help_key(help, key, now),
            Screen::Export(dialog) => self.export_key(dialog, key),
            Screen::ConfirmAll(offer) => match key.code {
                KeyCode::Enter => self.start(offer.request, "all backends", now),
                KeyCode::Esc => Vec::new(),
                _ => self.stay(Screen::ConfirmAll(offer)),
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
                dialog.typed = true;
            }
            Screen::Help(help) => help.search.paste(text),
            _ => {}
        }
    }

    fn stay(&mut self, screen: Screen) -> Vec<Effect> {
        self.screen = screen;
        Vec::new()
    }

    pub(super) fn on_action(&mut self, found: Option<(Action, &Binding)>, now: Nanos) -> Vec<Effect> {
        match found {
            Some((action, binding)) if self.applies(binding.when) => self.perform(action, now),
            Some((_, binding)) => {
                self.say(Level::Info, binding.when.reason(), now);
                Vec::new()
            }
            None => Vec::new(),
        }
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

    fn details_key(&mut self, key: Key, now: Nanos) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Up | KeyCode::Char('k') => self.table.move_cursor(-1),
            KeyCode::Down | KeyCode::Char('j') => self.table.move_cursor(1),
            KeyCode::Char('c' | 'y') => {
                self.screen = Screen::Details;
                return self.copy(now);
            }
            _ => {}
        }
        self.stay(Screen::Details)
    }

    fn help_key(&mut self, mut help: super::overlay::Help, key: Key, now: Nanos) -> Vec<Effect> {
        let last = help.found().len().saturating_sub(1);
        match key.code {
            KeyCode::Esc | KeyCode::F(1) => return Vec::new(),
            KeyCode::Enter => {
                let found = help.found().get(help.chosen).map(|binding| (binding.keys[0].1, *binding));
                return self.on_action(found, now);
            }
            KeyCode::Up => help.chosen = help.chosen.saturating_sub(1),
            KeyCode::Down => help.chosen = (help.chosen + 1).min(last),
            KeyCode::PageUp => help.chosen = help.chosen.saturating_sub(10),
            KeyCode::PageDown => help.chosen = (help.chosen + 10).min(last),
            _ if typed(&mut help.search, key) => help.chosen = 0,
            _ => {}
        }
        self.stay(Screen::Help(help))
    }

    fn log_key(&mut self, from: usize, key: Key) -> Vec<Effect> {
        let last = self.messages.newest_first().len().saturating_sub(1);
        let from = match key.code {
            KeyCode::Esc | KeyCode::Char('!') => return Vec::new(),
            KeyCode::Up | KeyCode::Char('k') => from.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => (from + 1).min(last),
            KeyCode::PageUp => from.saturating_sub(10),
            KeyCode::PageDown => (from + 10).min(last),
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => from,
        };
        self.stay(Screen::Log(from))
    }

    fn export_key(&mut self, mut dialog: ExportDialog, key: Key) -> Vec<Effect> {
        let mut effects = Vec::new();
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => effects.push(self.export(&dialog, false)),
            KeyCode::Char('o') if key.ctrl && dialog.problem == Some(ExportProblem::Exists) => {
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
            _ if dialog.line == ExportLine::File && typed(&mut dialog.file, key) => {
                (dialog.typed, dialog.problem) = (true, None);
            }
            _ => {}
        }
        self.screen = Screen::Export(dialog);
        effects
    }

    fn export(&self, dialog: &ExportDialog, overwrite: bool) -> Effect {
        let path = Some(dialog.file.text()).filter(|text| !text.is_empty()).map(Into::into);
        Effect::Export(ExportOrder {
            format: dialog.format,
            path,
            overwrite,
            rows: self.table.rows().cloned().collect(),
        })
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
