//! Text, whatever it is about: made safe to print, and cut into lines.

mod scrub;
mod wrap;

pub use self::scrub::{LONGEST, scrub, scrub_bytes, scrub_os};
pub use self::wrap::{wrap_text, wrap_whole};
