//! The parent's side: engines, rounds, cancelling, and what the views hear of it.
//!
//! Decisions are pure: [`agenda`] knows what comes next, [`run`] carries one run from the first look at its work
//! ([`scouting`]) through its samples ([`sampling`]) into its rows ([`table`]). Each takes what happened and answers with
//! a list of orders, which [`thread`], the only part that knows processes, carries out through [`engine_handle`].

mod agenda;
mod companions;
mod costs;
mod engine_handle;
mod hearing;
mod losses;
mod message;
mod order;
mod pace;
mod plan;
mod prediction;
mod queue;
#[cfg(test)]
mod rehearsal;
mod run;
mod sampling;
mod scouting;
mod seats;
mod table;
mod thread;

pub use self::costs::Costs;
pub use self::message::{Ask, Event, Request};
pub use self::plan::LONGEST_BASELINE;
pub use self::prediction::{predicted, predicted_sample, predicted_start};
pub use self::queue::QUEUE_LIMIT;
pub use self::thread::{Handle, Setup, start};
