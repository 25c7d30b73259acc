//! What the program is called where somebody is to type it: its own name, which is not ours where another program brings
//! workloads.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::OnceLock;

use super::scrub_os;

static NAME: OnceLock<String> = OnceLock::new();

/// Calls the program by the file name of `path`, the first word of its command line. Only the first call counts.
pub fn call(path: &OsStr) {
    if let Some(name) = Path::new(path).file_name() {
        let _ = NAME.set(scrub_os(name));
    }
}

/// The program's name; `partui` where nobody said so.
#[must_use]
pub fn program_name() -> &'static str {
    NAME.get().map_or("partui", String::as_str)
}
