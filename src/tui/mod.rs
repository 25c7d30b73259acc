//! Looking at it: the terminal UI.

pub mod terminal;
