//! Drives tests, property runs, benchmarks and checkers of the workspace.

fn main() {}
