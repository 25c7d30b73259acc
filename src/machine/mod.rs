//! Facts and readings of this computer: what it is, what this process may use of it, how busy it is, what time it is.
//!
//! The only room that knows where the operating system keeps these facts. It knows nothing of workloads or workers: it
//! answers for a process id or a core.

pub mod cgroup;
pub mod clock;
pub mod core_list;
pub mod cores;
mod hierarchy;
pub mod load;
pub mod memory;
pub mod printable;
pub mod process;
pub mod root;
pub mod topology;

pub use self::cores::Cores;
pub use self::printable::printable;
