//! The parent's side: engines, rounds, cancelling, and what the views hear of it.

mod message;

pub use self::message::{Ask, Event, Request};
