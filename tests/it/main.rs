//! Everything that needs the built program or the source tree: one binary, so that it links once.

mod harness;
mod rooms;
mod support;
mod terminal;
