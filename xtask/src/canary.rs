//! Canaries of the checkers: tests with a planted bug, each of which must be reported.
//!
//! A checker that silently checks nothing looks like one that finds nothing.

use anyhow::Result;

use crate::outcome::Outcome;
use crate::process::Command;
use crate::tally::{Tally, list_tests, run_tests};

/// A kind of canary.
#[derive(Debug)]
pub(crate) struct Canary {
    pub(crate) package: &'static str,
    /// The test binary.
    pub(crate) target: &'static str,
    /// What the names of its tests contain.
    pub(crate) name: &'static str,
    /// What the checker must say of each; another report would prove nothing.
    pub(crate) report: &'static str,
}

/// Runs `tests`, named `what`, if each of `canaries` is reported when `cargo test` runs it as `checked` has it.
pub(crate) fn guard(canaries: &[Canary], checked: &Command, tests: &Command, what: &str) -> Result<Outcome> {
    let mut total = Tally::default();
    for canary in canaries {
        let outcome = run(canary, checked)?;
        total += outcome.tests;
        if !outcome.is_passed() {
            return Ok(Outcome { tests: total, ..outcome });
        }
    }
    let outcome = run_tests(tests, what)?;
    total += outcome.tests;
    Ok(Outcome { tests: total, ..outcome })
}

/// Each test of this kind alone, since a report ends the process.
fn run(canary: &Canary, checked: &Command) -> Result<Outcome> {
    let Canary { package, target, name, report } = canary;
    let binary = checked.clone().args(["--all-features", "-p", package, "--test", target]);
    let binary = binary.args(["--", "--ignored"]);
    let mut tests = Tally::default();
    for test in list_tests(&binary.clone().args([name]))? {
        println!("The canary {test} has a bug on purpose; the report below is expected.");
        let captured = binary.clone().args(["--exact", &test]).run_teeing()?;
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
