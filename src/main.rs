//! The `partui` program: routes its hidden roles, and leaves everything else to the library.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|role| role.to_str()) {
        Some("engine") => partui::engine::main(&texts(&arguments[1..])),
        Some("worker") => partui::worker::main(&texts(&arguments[1..])),
        Some("companion") => partui::companion::main(&texts(&arguments[1..])),
        _ => partui::run(&arguments),
    }
}

/// The arguments of the hidden roles, which are always text.
fn texts(arguments: &[OsString]) -> Vec<String> {
    arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
}
