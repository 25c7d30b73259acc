//! LOOKING AT IT: what a person sees and does.

pub mod actions;
pub mod theme;
