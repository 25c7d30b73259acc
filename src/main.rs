//! The `partui` program: the library with no workloads but its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    partui::run_with(std::env::args_os(), &[])
}
