//! Text, whatever it is about: made safe to print and to type, and cut into lines.

mod count;
mod name;
mod quote;
mod scrub;
mod wrap;

pub use self::count::counted;
pub use self::name::{call, program_name};
pub use self::quote::quoted;
pub use self::scrub::{LONGEST, scrub, scrub_bytes, scrub_os};
pub use self::wrap::{wrap_text, wrap_whole};
