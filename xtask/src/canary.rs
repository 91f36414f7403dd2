//! Canaries of the sanitizers: tests with a planted bug, each of which must be reported.
//!
//! A checker that silently checks nothing looks like one that finds nothing.

use anyhow::Result;

use crate::outcome::Outcome;
use crate::process::Command;
use crate::tally::Tally;

/// A kind of canary.
#[derive(Debug)]
pub(crate) struct Canary {
    pub(crate) package: &'static str,
    /// The test binary.
    pub(crate) target: &'static str,
    /// What the names of its tests contain.
    pub(crate) name: &'static str,
    /// What the sanitizer must say of each; another report would prove nothing.
    pub(crate) report: &'static str,
}

/// Runs all of `canaries` with `cargo test` as `sanitized` has it, until one is not reported.
pub(crate) fn run_all(canaries: &[Canary], sanitized: &Command) -> Result<Outcome> {
    let mut total = Tally::default();
    for canary in canaries {
        let outcome = run(canary, sanitized)?;
        total += outcome.tests;
        if !outcome.is_passed() {
            return Ok(Outcome { tests: total, ..outcome });
        }
    }
    Ok(Outcome::passed(total))
}

/// Each test of this kind alone, since a report ends the process.
fn run(canary: &Canary, sanitized: &Command) -> Result<Outcome> {
    let Canary { package, target, name, report } = canary;
    let binary = sanitized.clone().args(["--all-features", "-p", package, "--test", target]);
    let binary = binary.args(["--", "--ignored"]);
    let list = binary.clone().args(["--list", "--format", "terse", name]).run_teeing_stdout()?;
    let mut tests = Tally::default();
    if !list.success {
        return Ok(Outcome::failed(format!("{package}: building the canaries failed"), tests));
    }
    for test in list.text.lines().filter_map(|line| line.strip_suffix(": test")) {
        println!("The canary {test} has a bug on purpose; the report that follows is wanted.");
        let captured = binary.clone().args(["--exact", test]).run_teeing()?;
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
