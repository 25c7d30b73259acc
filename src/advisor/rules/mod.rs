//! The rules: each looks at a case and has something to say of it, or not. One file each.

mod computing;
mod crashes;
mod doubt;
mod lock;
mod memory;
mod other_lock;
mod overhead;
mod payload;
pub(super) mod unmeasured;
mod waiting;
mod workers;

use super::case::Case;
use super::command::Flag;

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Why the chosen way is the one.
    Because(String),
    /// When another would be.
    Unless(String),
    /// What to measure next of the same work, as flags of `partui run`.
    Next(Vec<Flag>),
}

/// Something that may be said of a case.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name.
    pub id: &'static str,
    /// What it says; `None` where it does not apply.
    pub says: fn(&Case<'_>) -> Option<Remark>,
}

/// All rules. The first reason that one gives goes into the sentence.
pub const RULES: &[Rule] = &[
    Rule { id: "doubt", says: doubt::says },
    Rule { id: "overhead", says: overhead::says },
    Rule { id: "lock", says: lock::says },
    Rule { id: "waiting", says: waiting::says },
    Rule { id: "computing", says: computing::says },
    Rule { id: "payload", says: payload::says },
    Rule { id: "other-lock", says: other_lock::says },
    Rule { id: "crashes", says: crashes::says },
    Rule { id: "memory", says: memory::says },
    Rule { id: "workers", says: workers::says },
    Rule { id: "unmeasured", says: unmeasured::says },
];

/// A fraction in percent.
fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
