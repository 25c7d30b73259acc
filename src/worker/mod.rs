//! A worker process and its keeper: frames over a socket, the child's loop, and the supervisor that survives its death.
//!
//! The supervisor is a pure state machine from events to orders; the pool around it owns the processes and never blocks
//! on a write. Results come only from checked frames, and the first checked result of a task wins.

mod child;
mod claimant;
mod connection;
mod dataset;
mod decoder;
mod desk;
mod frame;
mod member;
mod message;
mod outgoing;
mod owner;
mod parcel;
mod pool;
mod struck;
mod supervisor;

pub use self::child::main;
pub use self::decoder::Decoder;
pub use self::desk::MemoryError;
pub use self::frame::{FrameError, FrameKind, HEADER, LONGEST_PAYLOAD, encode};
pub use self::pool::{Deceased, PoolFailure, ProcessPool, ProcessRun, ProcessSetup};
pub use self::supervisor::{Event, Order, Policy, Supervisor};
