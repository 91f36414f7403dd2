//! `cargo xtask asan`: the tests under AddressSanitizer, after proof that it works.
//!
//! A checker that silently checks nothing looks like one that finds nothing. So the canaries come first: tests with
//! a planted bug, ignored by every other run, each of which must be reported. The crates mark free memory inside
//! their blocks as poisoned, which the sanitizer could not know otherwise.
//!
//! The pinned stable compiler can do this when told to accept unstable flags. Giving a `--target`, though it is the
//! host, keeps the flags away from build scripts and procedural macros.

use anyhow::Result;

use crate::components::{library_features, library_packages};
use crate::outcome::Outcome;
use crate::process::{Cargo, Command, host};
use crate::tally::{Tally, run_tests};

/// The hosts whose Rust toolchain comes with the sanitizer, its part for leaks included.
const HOSTS: &[&str] = &["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"];

/// `flow_sanitize` alone is for what any checker needs, such as smaller constants; with the name of the sanitizer it
/// is for calls into that one.
const FLAGS: &str = "-Zsanitizer=address --cfg flow_sanitize --cfg flow_sanitize=\"address\"";

/// A kind of canary.
#[derive(Debug)]
struct Canary {
    package: &'static str,
    /// The test binary.
    target: &'static str,
    /// What the names of its tests contain.
    name: &'static str,
    /// What the sanitizer must say of each; another report would prove nothing.
    report: &'static str,
}

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
    let host = host()?;
    if !HOSTS.contains(&host.as_str()) {
        let how = format!("the Rust toolchain for {host} has none; run this on one of {}", HOSTS.join(", "));
        return Ok(Outcome::missing("AddressSanitizer", &how));
    }
    let mut total = Tally::default();
    for canary in CANARIES {
        let outcome = run_canary(cargo, &host, canary)?;
        total = [total, outcome.tests].into_iter().sum();
        if !outcome.is_passed() {
            return Ok(Outcome { tests: total, ..outcome });
        }
    }
    let command = sanitized(cargo, &host).args(["--tests", "--no-fail-fast"]);
    let command = command.args(library_packages()).args(library_features());
    let tests = run_tests(&command.args(["--", "--skip", "asan_canary"]), "tests under AddressSanitizer")?;
    Ok(Outcome { tests: [total, tests.tests].into_iter().sum(), ..tests })
}

/// Each test of this kind alone, since a report ends the process.
fn run_canary(cargo: Cargo, host: &str, canary: &Canary) -> Result<Outcome> {
    let Canary { package, target, name, report } = canary;
    let binary = sanitized(cargo, host).args(["--all-features", "-p", package, "--test", target]);
    let binary = binary.args(["--", "--ignored"]);
    let list = binary.clone().args(["--list", "--format", "terse", name]).run_capturing_stdout()?;
    let mut tests = Tally::default();
    if !list.success {
        return Ok(Outcome::failed(format!("{package}: building the canaries failed"), tests));
    }
    for test in list.text.lines().filter_map(|line| line.strip_suffix(": test")) {
        println!("The canary {test} has a bug on purpose; the report that follows is wanted.");
        let captured = binary.clone().args(["--exact", test]).run_captured()?;
        if captured.success || !captured.text.contains(report) {
            tests.failed += 1;
            let why =
                format!("{package}: the canary {test} did not lead to {report:?}: the checker is blind");
            return Ok(Outcome::failed(why, tests));
        }
        tests.passed += 1;
    }
    if tests.passed == 0 {
        let why = format!("{package}: its test target {target} has no ignored test named {name}");
        return Ok(Outcome::failed(why, tests));
    }
    Ok(Outcome::passed(tests))
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
