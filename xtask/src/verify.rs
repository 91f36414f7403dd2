//! `cargo xtask verify`: every checker that this machine has, as one table.

use anyhow::Result;

use crate::outcome::{Outcome, Row, Status, sum, table};
use crate::process::Cargo;
use crate::{api, asan, cover, fuzz, lint, loom, memcheck, miri, mutants, package, props, test, tsan};

/// Cases of each property.
const CASES: u64 = 1000;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Fail also if a checker is missing.
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    let rows = [
        Row::run("lint", || lint::run(cargo, &lint::Arguments::default())),
        Row::run("test", || test::run(cargo, &test::Arguments::default())),
        Row::run("props", || props::run(cargo, &props::Arguments::short(CASES))),
        Row::run("api", || api::run(cargo, &api::Arguments::default())),
        Row::run("package", || package::run(cargo)),
        Row::run("loom", || loom::run(cargo, &loom::Arguments::default())),
        Row::run("asan", || asan::run(cargo)),
        Row::run("tsan", || tsan::run(cargo)),
        Row::run("memcheck", || memcheck::run(cargo)),
        Row::run("fuzz", || fuzz::run(cargo, &fuzz::Arguments::default())),
        Row::run("mutants --sample", || mutants::run(cargo, &mutants::Arguments::sample())),
        Row::run("cover", || cover::run(cargo)),
        Row::run("miri", || miri::run(cargo)),
    ];
    println!("\n{}", table(&rows));
    Ok(verdict(&rows, arguments.strict))
}

/// Passed if no row failed and, when `strict`, none was skipped.
pub(crate) fn verdict(rows: &[Row], strict: bool) -> Outcome {
    let named = |is_one: fn(&Status) -> bool| -> Vec<&str> {
        rows.iter().filter(|row| is_one(&row.outcome.status)).map(|row| row.name).collect()
    };
    let failed = named(|status| matches!(status, Status::Failed(_)));
    let skipped = named(|status| matches!(status, Status::Skipped(_)));
    let tests = sum(rows);
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

#[cfg(test)]
mod tests {
    //! What a missing tool means.

    use super::*;
    use crate::tally::Tally;

    fn rows() -> [Row; 2] {
        [
            Row::run("one", || Ok(Outcome::passed(Tally::default()))),
            Row::run("two", || Ok(Outcome::missing("tool", "get it"))),
        ]
    }

    #[test]
    fn a_missing_tool_is_fatal_only_when_strict() {
        assert!(verdict(&rows(), false).is_passed());
        let Status::Failed(why) = verdict(&rows(), true).status else { panic!("strict wants all") };
        assert!(why.contains("two"), "{why}");
    }

    #[test]
    fn a_failure_is_named() {
        let failed = Row::run("three", || Ok(Outcome::failed("broken", Tally::default())));
        assert_eq!(verdict(&[failed], false).status, Status::Failed("three".to_owned()));
    }
}
