//! LOOKING AT IT: what a person sees and does.
//!
//! [`actions`] names every key, [`app`] is the state and how messages change it, [`view`] draws it, [`theme`] decides
//! how things look. None of them touches the terminal, a clock or a file: [`terminal`] feeds messages in, carries effects
//! out and draws when the revision has changed. [`run`] puts them together.

pub mod actions;
pub mod app;
pub mod columns;
#[cfg(test)]
mod fixture;
mod outside;
mod saving;
mod session;
mod standing;
pub mod terminal;
pub mod theme;
pub mod view;

pub use self::session::{Left, run};
pub use self::terminal::End;
