//! `cargo xtask asan`: the tests under AddressSanitizer, after proof that it works.
//!
//! The canaries come first. The crates mark free memory inside their blocks as poisoned, which the sanitizer could not know
//! otherwise.
//!
//! The pinned stable compiler can do this when told to accept unstable flags. Giving a `--target`, though it is the
//! host, keeps the flags away from build scripts and procedural macros.

use anyhow::Result;

use crate::canary::{self, Canary};
use crate::components::{library_features, library_packages};
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::toolchain::Rustc;

/// The hosts whose Rust toolchain comes with the sanitizer, its part for leaks included.
const HOSTS: &[&str] = &["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"];

/// `flow_sanitize` alone is for what any checker needs, such as smaller constants; with the name of the sanitizer it
/// is for calls into that one.
pub(crate) const FLAGS: &str = "-Zsanitizer=address --cfg flow_sanitize --cfg flow_sanitize=\"address\"";

const CANARIES: &[Canary] = &[
    Canary {
        package: "flow-testkit",
        target: "asan_canary",
        name: "asan_canary_heap_use_after_free",
        report: "ERROR: AddressSanitizer: heap-use-after-free",
    },
    Canary {
        package: "flow-testkit",
        target: "asan_canary",
        name: "asan_canary_leak",
        report: "ERROR: LeakSanitizer: detected memory leaks",
    },
    Canary {
        package: "flow-arena",
        target: "it",
        name: "asan_canary",
        report: "ERROR: AddressSanitizer: use-after-poison",
    },
    Canary {
        package: "flow-memory",
        target: "it",
        name: "asan_canary",
        report: "ERROR: AddressSanitizer: use-after-poison",
    },
];

pub(crate) fn run(cargo: Cargo) -> Result<Outcome> {
    let host = Rustc::pinned()?.host;
    if let Some(missing) = missing(&host) {
        return Ok(missing);
    }
    let sanitized = sanitized(cargo, &host);
    let tests = sanitized.clone().args(["--tests", "--no-fail-fast"]).args(library_packages());
    let tests = tests.args(library_features()).args(["--", "--skip", "asan_canary"]);
    canary::guard(CANARIES, &sanitized, &tests, "tests under AddressSanitizer")
}

/// That the toolchain of `host` has no sanitizer, if so.
pub(crate) fn missing(host: &str) -> Option<Outcome> {
    let how = || format!("the Rust toolchain for {host} has none; run this on one of {}", HOSTS.join(", "));
    (!HOSTS.contains(&host)).then(|| Outcome::missing("AddressSanitizer", &how()))
}

/// `cargo test` with the sanitizer, in a target directory of its own.
fn sanitized(cargo: Cargo, host: &str) -> Command {
    cargo
        .command(&["test", "--target", host])
        .env("RUSTC_BOOTSTRAP", 1)
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", "target/asan")
        // Tests ask for more memory than there is; that must come back as null, as it does without the sanitizer.
        .env("ASAN_OPTIONS", "allocator_may_return_null=1")
}
