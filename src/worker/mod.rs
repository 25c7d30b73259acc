//! A worker process and its keeper: frames over a socket, the child's loop, and the supervisor that survives its death.
//!
//! The supervisor is a pure state machine from events to orders; the pool around it owns the processes and never blocks
//! on a write. Results come only from checked frames, and the first checked result of a task wins.

mod child;
mod frame;
mod member;
mod message;
mod pool;
mod supervisor;

pub use self::child::main;
pub use self::frame::{Decoder, FrameError, FrameKind, HEADER, LONGEST_PAYLOAD, encode};
pub use self::pool::{Deceased, PoolFailure, ProcessPool, ProcessRun, ProcessSetup};
pub use self::supervisor::{Event, Order, Policy, Supervisor};
