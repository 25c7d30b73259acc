//! The `partui` program: routes its hidden roles, and leaves everything else to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    match arguments.get(1).map(String::as_str) {
        Some("engine") => partui::engine::main(&arguments[2..]),
        Some("worker") => partui::worker::main(&arguments[2..]),
        _ => ExitCode::SUCCESS,
    }
}
