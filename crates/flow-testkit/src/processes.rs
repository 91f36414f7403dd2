//! Processes of a test's own.

use std::env;
use std::process::{Command, Stdio};

/// Whether this process runs the test `name` alone. If not, starts one that does, and fails if it fails: for what is
/// about the whole process, and for what might end it. `name` is that of the test with its module.
///
/// # Panics
///
/// Panics with what the other process printed, if the test fails there, or if there is none of that name.
#[track_caller]
#[must_use]
pub fn is_alone(name: &str) -> bool {
    const VARIABLE: &str = "FLOW_TEST_ALONE";
    if env::var_os(VARIABLE).is_some() {
        return true;
    }
    let output = Command::new(env::current_exe().expect("tests are files"))
        .args(["--exact", name, "--test-threads=1", "--nocapture"])
        .env(VARIABLE, "1")
        .stdin(Stdio::null())
        .output()
        .expect("a process starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{name} alone: {}\n{text}", output.status);
    assert!(text.contains("1 passed"), "there is no test {name}\n{text}");
    false
}
