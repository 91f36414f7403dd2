//! `cargo xtask test`: the tests of every crate, twice, and the doc tests.

use anyhow::Result;

use crate::components::{library_features, library_packages};
use crate::failures::failed;
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::tally::{Tally, run_tests};

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Run only the tests whose name contains this.
    #[arg(value_parser = parse_filter)]
    filter: Option<String>,
}

/// Refuses what the test runners would take for an option of theirs.
fn parse_filter(text: &str) -> Result<String, String> {
    if text.starts_with('-') {
        return Err(
            "part of a test's name, not an option; `cargo test` and `cargo nextest run` take options"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    let nextest = Command::new("cargo").args(["nextest", "--version"]).probe().is_some();
    if !nextest {
        eprintln!(
            "note: cargo-nextest is not installed (`cargo install cargo-nextest --locked`): using cargo test"
        );
    }
    let filter = arguments.filter.as_deref();
    let parts = [
        ("unit and integration tests", tests(cargo, nextest).args(["--workspace", "--all-features"])),
        ("doc tests", cargo.command(&["test", "--doc", "--no-fail-fast", "--workspace", "--all-features"])),
        // The tests again, as the crates ship: optimized, without debug assertions.
        ("tests without debug assertions", optimized(tests(cargo, nextest), nextest)),
    ];
    let mut total = Tally::default();
    for (name, command) in parts {
        let command = command.args(filter);
        let part = if filter.is_some() { run_filtered(&command, name) } else { run_tests(&command, name) }?;
        total += part.tests;
        if !part.is_passed() {
            return Ok(Outcome { tests: total, ..part });
        }
    }
    Ok(match filter {
        Some(filter) if total.executed() == 0 => {
            Outcome::failed(format!("no test matches {filter:?}"), total)
        }
        _ => Outcome::passed(total),
    })
}

/// The runner for unit and integration tests.
fn tests(cargo: Cargo, nextest: bool) -> Command {
    if nextest {
        // One part may well match nothing of a filter; whether any did is seen at the end.
        cargo.command(&["nextest", "run"]).args(["--no-fail-fast", "--no-tests=pass"])
    } else {
        cargo.command(&["test"]).args(["--tests", "--no-fail-fast"])
    }
}

fn optimized(tests: Command, nextest: bool) -> Command {
    let profile = if nextest { "--cargo-profile" } else { "--profile" };
    tests.args([profile, "test-release"]).args(library_packages()).args(library_features())
}

/// Like `run_tests`, but a part may run no test.
fn run_filtered(command: &Command, what: &str) -> Result<Outcome> {
    let captured = command.run_teeing()?;
    // What the filter left out is not skipped: nobody asked for it. nextest does not tell the two apart.
    let tests = Tally { skipped: 0, ..Tally::parse(&captured.text) };
    Ok(if captured.success {
        Outcome::passed(tests)
    } else {
        Outcome { tests, ..failed(what, &captured.text) }
    })
}

#[cfg(test)]
mod tests {
    //! What a filter may be.

    use super::parse_filter;

    #[test]
    fn an_option_is_no_filter() {
        assert_eq!(parse_filter("reset"), Ok("reset".to_owned()));
        assert!(parse_filter("--nocapture").is_err_and(|why| why.contains("not an option")));
    }
}
