//! See `targets::command_line`.

#![no_main]

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each program fuzzes one of the targets")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::command_line(data));
