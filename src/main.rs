//! The `partui` program.

fn main() {}
