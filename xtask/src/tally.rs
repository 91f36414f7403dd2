//! Counts tests, from what the test runners print.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

use anyhow::{Result, ensure};

use crate::failures::failed;
use crate::outcome::Outcome;
use crate::process::{Captured, Command};

/// How many tests passed, failed, and did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// How many really ran.
    pub(crate) fn executed(self) -> u64 {
        self.passed + self.failed
    }

    /// Adds up the closing lines of all runs in `output`: nextest's, which shows those that libtest wrote for single tests
    /// too, or else libtest's.
    ///
    /// Tests that a filter left out are not counted: nobody asked for them.
    pub(crate) fn parse(output: &str) -> Self {
        let output = strip_colors(output);
        let runs: Vec<Self> = output.lines().filter_map(nextest).collect();
        if runs.is_empty() { output.lines().filter_map(libtest).sum() } else { runs.into_iter().sum() }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        let mut sum = Self::default();
        tallies.for_each(|tally| sum += tally);
        sum
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// The names of the tests that `command` would run, from what it lists: `--list --format terse`.
pub(crate) fn list_tests(command: &Command) -> Result<Vec<String>> {
    let list = command.clone().args(["--list", "--format", "terse"]).read_stdout()?;
    ensure!(list.success, "the tests cannot be built, see above");
    Ok(list.text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

/// Runs a test runner and counts its tests. A run of no test at all is a failure, named `what`.
pub(crate) fn run_tests(command: &Command, what: &str) -> Result<Outcome> {
    Ok(conclude(&command.run_teeing()?, what))
}

fn conclude(run: &Captured, what: &str) -> Outcome {
    let tests = Tally::parse(&run.text);
    if !run.success {
        failed(what, &run.text)
    } else if tests.executed() == 0 {
        Outcome::failed(format!("{what}: no test ran"), tests)
    } else {
        Outcome::passed(tests)
    }
}

/// `test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 15 filtered out; finished in 0.11s`
fn libtest(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    Some(Tally {
        passed: count_before(counts, "passed"),
        failed: count_before(counts, "failed"),
        skipped: count_before(counts, "ignored"),
    })
}

/// `Summary [   0.013s] 30 tests run: 28 passed (1 slow), 1 failed, 1 timed out, 0 skipped`
fn nextest(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim().strip_prefix("Summary [")?.split_once("run: ")?;
    Some(Tally {
        passed: count_before(counts, "passed"),
        failed: count_before(counts, "failed")
            + count_before(counts, "exec failed")
            + count_before(counts, "timed out"),
        skipped: count_before(counts, "skipped"),
    })
}

/// The number directly before `word`, or zero.
fn count_before(counts: &str, word: &str) -> u64 {
    let items = counts.split([',', ';', '(', ')']).map(str::trim);
    let mut numbers = items.filter_map(|item| item.strip_suffix(word)?.trim_end().parse().ok());
    numbers.next().unwrap_or(0)
}

/// Removes the escape sequences with which programs color their output.
pub(crate) fn strip_colors(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split("\u{1b}[");
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        // A sequence ends with its first letter.
        let end =
            part.find(|character: char| character.is_ascii_alphabetic()).map_or(part.len(), |at| at + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    //! Closing lines as the runners print them.

    use super::*;

    #[test]
    fn libtest_lines_add_up() {
        let output = "\
running 19 tests
test result: ok. 19 passed; 0 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.12s

     Running tests/it/main.rs (target/debug/deps/it-0011223344556677)
test result: FAILED. 9 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.09s
";
        assert_eq!(Tally::parse(output), Tally { passed: 28, failed: 1, skipped: 2 });
    }

    #[test]
    fn nextest_lines_are_understood() {
        for (line, passed, failed, skipped) in [
            ("     Summary [   0.013s] 30 tests run: 30 passed, 0 skipped", 30, 0, 0),
            ("     Summary [   1.000s] 1 test run: 1 passed, 4 skipped", 1, 0, 4),
            (
                "     Summary [   9.1s] 5 tests run: 3 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 0 skipped",
                3,
                2,
                0,
            ),
            ("     Summary [   9.1s] 1/3 tests run: 0 passed, 1 exec failed, 0 skipped", 0, 1, 0),
            (
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33;1mskipped\u{1b}[0m",
                2,
                0,
                0,
            ),
        ] {
            assert_eq!(Tally::parse(line), Tally { passed, failed, skipped }, "{line}");
        }
    }

    #[test]
    fn a_run_passes_only_if_it_succeeds_and_a_test_ran() {
        let run = |success, text: &str| conclude(&Captured { success, text: text.to_owned() }, "tests");
        let line = "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let passed = Tally { passed: 2, failed: 0, skipped: 1 };
        assert_eq!(run(true, line), Outcome::passed(passed));
        assert_eq!(run(true, "nothing"), Outcome::failed("tests: no test ran", Tally::default()));
        assert_eq!(run(false, line), Outcome::failed("tests failed", passed));
    }

    #[test]
    fn what_failed_ran_too() {
        assert_eq!(Tally { passed: 3, failed: 2, skipped: 7 }.executed(), 5);
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(Tally::parse("test a ... ok\n3 passed\nerror: test failed"), Tally::default());
    }

    #[test]
    fn the_closing_line_is_plain() {
        assert_eq!(Tally { passed: 3, failed: 1, skipped: 2 }.to_string(), "3 passed, 1 failed, 2 skipped");
    }
}
