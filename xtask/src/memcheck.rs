//! `cargo xtask memcheck`: the tests under valgrind's memcheck, after proof that it works.
//!
//! It sees what AddressSanitizer does not: branches on uninitialized memory. It knows nothing of the inside of an
//! arena's block, and runs one thread at a time.

use anyhow::Result;

use crate::canary::{self, Canary};
use crate::components::{library_features, library_packages};
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::toolchain::Rustc;

/// Only definite leaks: the standard library keeps a handle to the main thread that looks possibly lost.
const VALGRIND: &str = "valgrind -q --fair-sched=yes --error-exitcode=99 \
     --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite";

const CANARIES: &[Canary] = &[
    Canary {
        package: "flow-testkit",
        target: "memcheck_canary",
        name: "memcheck_canary_uninitialized",
        report: "depends on uninitialised value",
    },
    Canary {
        package: "flow-testkit",
        target: "memcheck_canary",
        name: "memcheck_canary_leak",
        report: "are definitely lost",
    },
];

/// Smaller constants, and nothing that leaks on purpose: as under a sanitizer.
const FLAGS: &str = "--cfg flow_sanitize";

/// Properties run this many cases, because everything is twenty to fifty times slower.
const CASES: u64 = 5;

pub(crate) fn run(cargo: Cargo) -> Result<Outcome> {
    if Command::new("valgrind").args(["--version"]).probe().is_none() {
        return Ok(Outcome::missing("valgrind", "install your system's package `valgrind`"));
    }
    let runner = format!("CARGO_TARGET_{}_RUNNER", Rustc::pinned()?.host.to_uppercase().replace('-', "_"));
    let checked = cargo
        .command(&["test"])
        .env(&runner, VALGRIND)
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", "target/memcheck")
        // A wanted panic would spend seconds on its backtrace.
        .env("RUST_BACKTRACE", 0);
    let tests = checked
        .clone()
        .args(["--tests", "--no-fail-fast"])
        .args(library_packages())
        .args(library_features())
        // Tests of what must not compile run the compiler, not our code.
        .args(["--", "--skip", "compile_fail"])
        .env("FLOW_PROP_CASES", CASES);
    canary::guard(CANARIES, &checked, &tests, "tests under valgrind")
}
