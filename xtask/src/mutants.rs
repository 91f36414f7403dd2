//! `cargo xtask mutants`: bugs planted in the files that hold pure logic, each of which some test must see.
//!
//! cargo-mutants changes one expression at a time and runs the tests of its package. What no test sees is a gap in the tests,
//! or a change that changes nothing. Files with threads are left out: a mutant there may hang, or fail one time in ten.

use anyhow::{Result, ensure};

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
const TIMEOUT: &str = "240";

/// At most this many mutants are a sample.
const SAMPLE: usize = 15;

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// The file to change; all of the list if absent.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(FILES))]
    file: Option<String>,
    /// Try at most 15 of the mutants, evenly spread over the files and always the same: what `verify` does.
    #[arg(long)]
    sample: bool,
}

impl Arguments {
    /// A sample of all files.
    pub(crate) fn sample() -> Self {
        Self { sample: true, ..Self::default() }
    }
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    if Command::new("cargo").args(["mutants", "--version"]).probe().is_none() {
        return Ok(Outcome::missing("cargo-mutants", "get it with `cargo install cargo-mutants --locked`"));
    }
    let files = FILES.iter().filter(|file| arguments.file.as_deref().is_none_or(|wanted| wanted == **file));
    let chosen = Command::new("cargo")
        .args(["mutants", "--no-shuffle"])
        .args(EQUIVALENT.iter().flat_map(|(mutant, _)| ["--exclude-re", *mutant]))
        .args(files.flat_map(|file| ["--file", file]));
    let chosen = if arguments.sample {
        let list = chosen.clone().args(["--list"]).read_stdout()?;
        ensure!(list.success, "cargo-mutants cannot list its mutants, see above");
        // Each takes every so many-th of the list.
        let shards = list.text.lines().count().div_ceil(SAMPLE).max(1);
        chosen.args(["--sharding", "round-robin", "--shard", &format!("0/{shards}")])
    } else {
        chosen
    };
    let command = chosen
        .args(["--baseline", "run", "--timeout", TIMEOUT, "--output", "target"])
        // Doc tests take longer than all others, and are examples.
        .args(["--all-features", "--cargo-test-arg=--tests"])
        // Nobody looks at what a mutant does in a debugger, and it builds faster so.
        .env("CARGO_PROFILE_TEST_DEBUG", "none");
    let command = if cargo.locked { command.args(["--cargo-arg=--locked"]) } else { command };
    let captured = command.run_teeing()?;
    let Seen { tests, survivors, timeouts } = parse(&captured.text);
    Ok(if !survivors.is_empty() {
        Outcome::failed(format!("no test sees:\n  {}", survivors.join("\n  ")), tests)
    } else if (!captured.success && timeouts == 0) || tests.executed() == 0 {
        // It fails if a mutant timed out, too.
        Outcome::failed("cargo-mutants failed, see above", tests)
    } else {
        Outcome::passed(tests)
    })
}

/// What became of the mutants.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// One that was seen counts as passed, also if it hangs.
    tests: Tally,
    survivors: Vec<String>,
    timeouts: u64,
}

/// Reads what cargo-mutants prints.
fn parse(output: &str) -> Seen {
    let output = strip_colors(output);
    let survivors: Vec<String> = output
        .lines()
        .filter_map(|line| line.strip_prefix("MISSED"))
        .map(|line| line.trim().to_owned())
        .collect();
    // `11 mutants tested in 3s: 2 missed, 8 caught, 1 unviable, 1 timeouts`
    let summary = output.lines().filter_map(|line| line.split_once(" tested in ")).next_back();
    let counts = summary.and_then(|(_, rest)| rest.split_once(": ")).map_or("", |(_, counts)| counts);
    let count = |what: &str| -> u64 {
        let number = counts.split(", ").find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok());
        number.unwrap_or_default()
    };
    let timeouts = count("timeouts");
    let tests =
        Tally { passed: count("caught") + timeouts, failed: count("missed"), skipped: count("unviable") };
    Seen { tests, survivors, timeouts }
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
        let Seen { tests, survivors, timeouts } = parse(output);
        assert_eq!((tests, timeouts), (Tally { passed: 2, failed: 1, skipped: 1 }, 0));
        assert_eq!(survivors, ["a/src/b.rs:3:5: replace f -> bool with true in 1s build + 1s test"]);
        assert_eq!(parse("error: no files"), Seen::default());
    }

    #[test]
    fn a_mutant_that_hangs_is_seen() {
        let seen = parse("1 mutant tested in 9s: 1 timeouts\n");
        assert_eq!((seen.tests, seen.timeouts), (Tally { passed: 1, failed: 0, skipped: 0 }, 1));
    }

    #[test]
    fn the_files_are_there() {
        for file in FILES {
            assert!(root().join(file).exists(), "{file}");
        }
    }
}
