//! Everything that needs the built program or the source tree: one binary, so that it links once.

mod advise;
mod cli;
mod command;
mod compare;
mod conductor;
mod corpus;
mod exports;
mod faults;
mod harness;
mod interface;
mod own;
mod readme;
mod rooms;
mod secured;
mod laws;
mod support;
mod terminal;
mod trace;
