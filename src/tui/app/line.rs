//! One line of text being typed: its characters and the place where the next one goes.

use crossterm::event::KeyCode;

/// The most characters that a line takes; a paste cannot fill the memory.
const LONGEST: usize = 4_096;

/// A line being edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineEdit {
    text: Vec<char>,
    place: usize,
}

impl LineEdit {
    /// A line that starts with `text`, ready to add to its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().take(LONGEST).collect();
        Self { place: text.len(), text }
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// The text before and after the place where the next character goes.
    #[must_use]
    pub fn halves(&self) -> (String, String) {
        let (before, after) = self.text.split_at(self.place);
        (before.iter().collect(), after.iter().collect())
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Does what a key does to a line; `false` where it means nothing to one.
    pub fn key(&mut self, code: KeyCode) -> bool {
        match code {
            KeyCode::Char(character) if !character.is_control() => self.insert(character),
            KeyCode::Backspace if self.place > 0 => {
                self.place -= 1;
                self.text.remove(self.place);
            }
            KeyCode::Delete if self.place < self.text.len() => {
                self.text.remove(self.place);
            }
            KeyCode::Left => self.place = self.place.saturating_sub(1),
            KeyCode::Right => self.place = (self.place + 1).min(self.text.len()),
            KeyCode::Home => self.place = 0,
            KeyCode::End => self.place = self.text.len(),
            KeyCode::Backspace | KeyCode::Delete => {}
            _ => return false,
        }
        true
    }

    /// Takes away what stands before the cursor.
    pub fn cut(&mut self) {
        self.text.drain(..self.place);
        self.place = 0;
    }

    /// Adds pasted text, without its control characters.
    pub fn paste(&mut self, text: &str) {
        text.chars().filter(|character| !character.is_control()).for_each(|character| self.insert(character));
    }

    fn insert(&mut self, character: char) {
        if self.text.len() < LONGEST {
            self.text.insert(self.place, character);
            self.place += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_at_the_cursor() {
        use KeyCode::{Backspace, Char, Delete, End, Home, Left, Right};
        let cases: [(&[KeyCode], &str); 6] = [
            (&[Char('4')], "1004"),
            (&[Backspace, Backspace], "1"),
            (&[Home, Delete, Char('9')], "900"),
            (&[Left, Char('5'), Right, Right, Char('!')], "1050!"),
            (&[Home, Backspace, End, Delete], "100"),
            (&[Char('é'), Left, Delete], "100"),
        ];
        for (keys, expected) in cases {
            let mut line = LineEdit::new("100");
            for key in keys {
                assert!(line.key(*key));
            }
            assert_eq!(line.text(), expected, "{keys:?}");
        }
    }

    #[test]
    fn a_cut_leaves_what_stands_behind_the_cursor() {
        let mut line = LineEdit::new("/tmp/a");
        line.key(KeyCode::Left);
        line.cut();
        line.key(KeyCode::Char('b'));
        assert_eq!(line.text(), "ba");
    }

    #[test]
    fn other_keys_are_left_alone() {
        let mut line = LineEdit::new("a");
        assert!(!line.key(KeyCode::Enter) && !line.key(KeyCode::Up) && !line.key(KeyCode::Char('\u{1b}')));
        assert_eq!(line.halves(), ("a".to_owned(), String::new()));
    }

    #[test]
    fn a_huge_paste_is_cut_and_cleaned() {
        let mut line = LineEdit::default();
        line.paste(&"x\n\u{1b}".repeat(1_000_000));
        assert_eq!(line.text(), "x".repeat(LONGEST));
    }
}
