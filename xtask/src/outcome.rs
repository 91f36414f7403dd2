//! How a command ended, as an exit code, as a row of a table, and as a count.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::tally::Tally;

/// The exit code of a failure.
pub(crate) const FAILED: u8 = 1;
/// The exit code when nothing was checked.
const SKIPPED: u8 = 3;

/// Whether what was to be checked holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was checked and holds.
    Passed,
    /// It does not hold, or could not be checked as it should; the text says why. A table shows its first line.
    Failed(String),
    /// Nothing was checked; the text says why: which tool is missing, and how to get it, or that the record is of another one.
    Skipped(String),
}

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    /// The tests that ran; empty for a command that runs none.
    pub(crate) tests: Tally,
}

impl Outcome {
    pub(crate) fn passed(tests: Tally) -> Self {
        Self { status: Status::Passed, tests }
    }

    pub(crate) fn failed(why: impl Into<String>, tests: Tally) -> Self {
        Self { status: Status::Failed(why.into()), tests }
    }

    /// Nothing was checked.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self { status: Status::Skipped(why.into()), tests: Tally::default() }
    }

    /// A tool is missing.
    pub(crate) fn missing(tool: &str, how_to_get_it: &str) -> Self {
        Self::skipped(format!("missing: {tool}; {how_to_get_it}"))
    }

    pub(crate) fn is_passed(&self) -> bool {
        self.status == Status::Passed
    }

    /// Says how it ended, with the count of the tests alone on the last line, and turns it into the exit code.
    pub(crate) fn finish(self) -> ExitCode {
        let code = match &self.status {
            Status::Passed => {
                if self.tests == Tally::default() {
                    eprintln!("passed");
                }
                ExitCode::SUCCESS
            }
            Status::Failed(why) => {
                eprintln!("FAILED: {why}");
                ExitCode::from(FAILED)
            }
            Status::Skipped(how) => {
                eprintln!("skipped: {how}");
                ExitCode::from(SKIPPED)
            }
        };
        if self.tests != Tally::default() {
            println!("{}", self.counted());
        }
        code
    }

    /// What this counts for in a sum over several commands.
    ///
    /// Tests count one by one. A command that ran none counts as one; so does a failure that is not a test's, such as
    /// a build that does not compile, which must not vanish from the sum.
    fn counted(&self) -> Tally {
        let mut counted = self.tests;
        match self.status {
            Status::Passed if self.tests == Tally::default() => counted.passed = 1,
            Status::Passed => {}
            Status::Failed(_) => counted.failed = counted.failed.max(1),
            Status::Skipped(_) => counted.skipped += 1,
        }
        counted
    }
}

/// A command of several, with its name and how long it took.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    time: Duration,
}

impl Row {
    /// Runs `step` under a heading. An error of it is a failure of this row, so that the rows after it still run.
    pub(crate) fn run(name: &'static str, step: impl FnOnce() -> Result<Outcome>) -> Self {
        println!("\n=== {name} ===");
        let start = Instant::now();
        let outcome = step().unwrap_or_else(|error| Outcome::failed(format!("{error:#}"), Tally::default()));
        Self { name, outcome, time: start.elapsed() }
    }
}

/// Prints the table of `rows`. Passed if none failed and, when `strict`, none was skipped.
pub(crate) fn conclude(rows: &[Row], strict: bool) -> Outcome {
    println!("\n{}{}", table(rows), reasons(rows));
    let named = |is_one: fn(&Status) -> bool| -> Vec<&str> {
        rows.iter().filter(|row| is_one(&row.outcome.status)).map(|row| row.name).collect()
    };
    let failed = named(|status| matches!(status, Status::Failed(_)));
    let skipped = named(|status| matches!(status, Status::Skipped(_)));
    let tests = rows.iter().map(|row| row.outcome.counted()).sum();
    if !failed.is_empty() {
        Outcome::failed(failed.join(", "), tests)
    } else if strict && !skipped.is_empty() {
        Outcome::failed(format!("skipped, and --strict wants all: {}", skipped.join(", ")), tests)
    } else {
        if !skipped.is_empty() {
            println!("not checked: {}", skipped.join(", "));
        }
        Outcome::passed(tests)
    }
}

/// The table of `rows`: name, result, tests, time, note.
fn table(rows: &[Row]) -> String {
    let mut cells = vec![["step", "result", "tests", "time", "note"].map(str::to_owned)];
    for Row { name, outcome, time } in rows {
        let (result, remark) = match &outcome.status {
            Status::Passed => ("passed", ""),
            Status::Failed(why) => ("FAILED", why.lines().next().unwrap_or_default()),
            Status::Skipped(how) => ("skipped", how.as_str()),
        };
        let tests = outcome.tests.executed();
        let tests = if tests == 0 { "-".to_owned() } else { tests.to_string() };
        let time = format!("{:.1} s", time.as_secs_f64());
        cells.push([(*name).to_owned(), result.to_owned(), tests, time, remark.to_owned()]);
    }
    align(&cells)
}

/// What the table has only the first line of.
fn reasons(rows: &[Row]) -> String {
    let mut text = String::new();
    for Row { name, outcome, .. } in rows {
        if let Status::Failed(why) = &outcome.status
            && why.contains('\n')
        {
            text.push_str(&format!("\n{name}: {why}\n"));
        }
    }
    text
}

/// Lays out cells in columns, the first row as the heading.
pub(crate) fn align<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let widths: [usize; COLUMNS] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
        if index == 0 {
            let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            text.push_str(&format!("| {} |\n", rules.join(" | ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    //! Nothing that did not run may look as if it had passed.

    use anyhow::anyhow;

    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    fn sum(rows: &[Row]) -> Tally {
        conclude(rows, false).tests
    }

    fn row(outcome: Outcome) -> Row {
        Row { name: "step", outcome, time: Duration::from_millis(1250) }
    }

    #[test]
    fn a_missing_tool_counts_as_skipped() {
        let rows = [row(Outcome::passed(tally(5, 0, 1))), row(Outcome::missing("valgrind", "get it"))];
        assert_eq!(sum(&rows), tally(5, 0, 2));
    }

    #[test]
    fn a_step_without_tests_counts_once() {
        let rows = [row(Outcome::passed(Tally::default())), row(Outcome::failed("no", Tally::default()))];
        assert_eq!(sum(&rows), tally(1, 1, 0));
    }

    #[test]
    fn a_failure_beyond_the_tests_is_counted() {
        assert_eq!(sum(&[row(Outcome::failed("did not compile", tally(3, 0, 0)))]), tally(3, 1, 0));
        assert_eq!(sum(&[row(Outcome::failed("two failed", tally(3, 2, 0)))]), tally(3, 2, 0));
    }

    #[test]
    fn what_was_skipped_is_fatal_only_when_strict() {
        let rows = [row(Outcome::passed(tally(1, 0, 0))), row(Outcome::missing("tool", "get it"))];
        assert!(conclude(&rows, false).is_passed());
        let Status::Failed(why) = conclude(&rows, true).status else { panic!("strict wants all") };
        assert!(why.contains("step"), "{why}");
    }

    #[test]
    fn a_failure_is_named() {
        let failed = row(Outcome::failed("broken", Tally::default()));
        assert_eq!(conclude(&[failed], false).status, Status::Failed("step".to_owned()));
    }

    #[test]
    fn the_table_has_the_first_line_and_what_follows_the_others() {
        let rows = [
            row(Outcome::failed("two failed:\n  a\n  b", Tally::default())),
            row(Outcome::failed("c", tally(1, 0, 0))),
        ];
        assert!(table(&rows).contains("| two failed: |\n"), "{}", table(&rows));
        assert_eq!(reasons(&rows), "\nstep: two failed:\n  a\n  b\n");
    }

    #[test]
    fn an_error_is_a_failed_row() {
        let row = Row::run("broken", || Err(anyhow!("no such program")));
        assert_eq!(row.outcome.status, Status::Failed("no such program".to_owned()));
    }

    #[test]
    fn the_table_names_what_is_missing() {
        let rows = [row(Outcome::passed(tally(12, 0, 0))), row(Outcome::missing("valgrind", "get it"))];
        let text = table(&rows);
        assert_eq!(
            text,
            "| step | result  | tests | time  | note                      |\n\
             | ---- | ------- | ----- | ----- | ------------------------- |\n\
             | step | passed  | 12    | 1.2 s |                           |\n\
             | step | skipped | -     | 1.2 s | missing: valgrind; get it |\n"
        );
    }
}
