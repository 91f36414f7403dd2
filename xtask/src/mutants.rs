//! `cargo xtask mutants`: bugs planted in the files that hold pure logic, each of which some test must see.
//!
//! cargo-mutants changes one expression at a time and runs the tests of its package. What no test sees is a gap in the tests,
//! or a change that changes nothing. Files with threads are left out: a mutant there may hang, or fail one time in ten.

use anyhow::Result;

use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::tally::{Tally, strip_colors};

/// The files, each of which can be run alone.
const FILES: &[&str] = &[
    "crates/flow-arena/src/raw/block.rs",
    "crates/flow-concurrent/src/raw/trie/branch.rs",
    "crates/flow-concurrent/src/raw/trie/edit.rs",
    "crates/flow-concurrent/src/raw/trie/leaf.rs",
    "crates/flow-concurrent/src/raw/trie/node.rs",
    "crates/flow-memory/src/raw/buffers.rs",
    "crates/flow-workflow/src/graph.rs",
    "crates/flow-workflow/src/graph/cycles.rs",
    "crates/flow-workflow/src/graph/lists.rs",
    "crates/flow-workflow/src/machine.rs",
    "crates/flow-workflow/src/retry.rs",
    "crates/flow-workflow/src/spec.rs",
    "crates/flow-workflow/src/spec/retry.rs",
    "crates/flow-workflow/src/spec/seconds.rs",
    "crates/flow-workflow/src/wfformat/check.rs",
    "crates/flow-workflow/src/wfformat/field.rs",
    "xtask/src/divan.rs",
    "xtask/src/duration.rs",
    "xtask/src/tally.rs",
];

/// Mutants that change nothing, as regular expressions, and why.
const EQUIVALENT: &[(&str, &str)] =
    &[("replace Retry::none -> Self with Default::default", "that is what it is already")];

/// A mutant whose tests take longer than this many seconds counts as seen: it hangs.
const TIMEOUT: &str = "120";

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file to change; all of the list if absent.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(FILES))]
    file: Option<String>,
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    if Command::new("cargo").args(["mutants", "--version"]).probe().is_none() {
        return Ok(Outcome::missing("cargo-mutants", "get it with `cargo install cargo-mutants --locked`"));
    }
    let files = FILES.iter().filter(|file| arguments.file.as_deref().is_none_or(|wanted| wanted == **file));
    let command = Command::new("cargo")
        .args(["mutants", "--no-shuffle", "--baseline", "run", "--timeout", TIMEOUT, "--output", "target"])
        // Doc tests take longer than all others, and are examples.
        .args(["--all-features", "--cargo-test-arg=--tests"])
        .args(EQUIVALENT.iter().flat_map(|(mutant, _)| ["--exclude-re", *mutant]))
        .args(files.flat_map(|file| ["--file", file]));
    let captured =
        if cargo.locked { command.args(["--cargo-arg=--locked"]) } else { command }.run_captured()?;
    let (tests, survivors) = parse(&captured.text);
    Ok(if !survivors.is_empty() {
        Outcome::failed(format!("no test sees:\n  {}", survivors.join("\n  ")), tests)
    } else if !captured.success || tests.executed() == 0 {
        Outcome::failed("cargo-mutants failed, see above", tests)
    } else {
        Outcome::passed(tests)
    })
}

/// How many mutants were seen, and which were not, from what cargo-mutants prints.
fn parse(output: &str) -> (Tally, Vec<String>) {
    let output = strip_colors(output);
    let survivors: Vec<String> = output
        .lines()
        .filter_map(|line| line.strip_prefix("MISSED"))
        .map(|line| line.trim().to_owned())
        .collect();
    // `11 mutants tested in 3s: 2 missed, 8 caught, 1 unviable, 0 timeouts`
    let summary = output.lines().filter_map(|line| line.split_once(" tested in ")).next_back();
    let counts = summary.and_then(|(_, rest)| rest.split_once(": ")).map_or("", |(_, counts)| counts);
    let count = |what: &str| -> u64 {
        let number = counts.split(", ").find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok());
        number.unwrap_or_default()
    };
    let passed = count("caught") + count("timeouts") + count("timeout");
    (Tally { passed, failed: count("missed"), skipped: count("unviable") }, survivors)
}

#[cfg(test)]
mod tests {
    //! What cargo-mutants prints, and that the files of the list are there.

    use super::*;
    use crate::process::root;

    #[test]
    fn survivors_are_named_and_counted() {
        let output = "Found 4 mutants to test\n\
            ok       Unmutated baseline in 3s build + 1s test\n\
            MISSED   a/src/b.rs:3:5: replace f -> bool with true in 1s build + 1s test\n\
            4 mutants tested in 9s: 1 missed, 2 caught, 1 unviable\n";
        let (tests, survivors) = parse(output);
        assert_eq!(tests, Tally { passed: 2, failed: 1, skipped: 1 });
        assert_eq!(survivors, ["a/src/b.rs:3:5: replace f -> bool with true in 1s build + 1s test"]);
        let (tests, _) = parse("1 mutant tested in 9s: 1 timeout\n");
        assert_eq!(tests, Tally { passed: 1, failed: 0, skipped: 0 });
        assert_eq!(parse("error: no files"), (Tally::default(), Vec::new()));
    }

    #[test]
    fn the_files_are_there() {
        for file in FILES {
            assert!(root().join(file).exists(), "{file}");
        }
    }
}
