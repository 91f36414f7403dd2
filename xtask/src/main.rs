//! Drives tests, property runs, benchmarks and checkers of the workspace.
//!
//! This file holds the commands and nothing else: each is a module of its own with a `run` function. Every command
//! prints the command lines that it runs, so that nobody needs this tool to do without it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod api;
mod asan;
mod bench;
mod canary;
mod ci;
mod claims;
mod components;
mod counts;
mod cover;
mod divan;
mod duration;
mod failures;
mod fuzz;
mod lint;
mod loom;
mod memcheck;
mod metadata;
mod miri;
mod mutants;
mod outcome;
mod package;
mod process;
mod props;
mod selection;
mod tally;
mod test;
#[cfg(test)]
mod testing;
mod tidy;
mod toolchain;
mod tsan;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::outcome::Outcome;
use crate::process::Cargo;

const EXIT_CODES: &str = "Exit codes: 0 passed, 1 failed, 2 wrong usage, 3 nothing was checked: a tool is missing, or the record is of another one.";

/// Tests, property runs, benchmarks and checkers of the Flow workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true, after_help = EXIT_CODES)]
struct Arguments {
    /// Fail instead of changing Cargo.lock.
    #[arg(long, global = true, display_order = 100)]
    locked: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Unit, property, concurrency and doc tests of every crate, also without debug assertions.
    Test(test::Arguments),
    /// The properties alone: more cases, fresh seeds, and the command that repeats a failure.
    Props(props::Arguments),
    /// Benchmarks side by side with the peers, and a report; can check the claims of benches/claims.toml, and compare runs.
    Bench(bench::Arguments),
    /// Format, clippy and rustdoc with warnings denied, and the rules of the repository.
    Lint(lint::Arguments),
    /// The public interface of each crate, compared with the record in docs/api.
    Api(api::Arguments),
    /// Each published crate as a package: what is in it, and whether it builds from that alone.
    Package,
    /// The loom models: every interleaving of the lock-free parts, within a bound.
    Loom(loom::Arguments),
    /// The tests under AddressSanitizer, and canaries that it must report.
    Asan,
    /// The tests under ThreadSanitizer, and canaries that it must report.
    Tsan,
    /// The tests under valgrind's memcheck, and canaries that it must report.
    Memcheck,
    /// The tests of the crates with unsafe code under Miri.
    Miri,
    /// The fuzz targets under libFuzzer and AddressSanitizer.
    Fuzz(fuzz::Arguments),
    /// Which lines of the crates no test runs.
    Cover,
    /// Mutation tests of the pure modules: planted bugs, each of which some test must catch.
    Mutants(mutants::Arguments),
    /// All checkers that this machine has, as one table.
    Verify(verify::Arguments),
    /// What continuous integration runs: lint, test, short props, bench --smoke, api, loom, asan.
    Ci,
}

impl Command {
    fn run(&self, cargo: Cargo) -> Result<Outcome> {
        match self {
            Self::Test(arguments) => test::run(cargo, arguments),
            Self::Props(arguments) => props::run(cargo, arguments),
            Self::Bench(arguments) => bench::run(cargo, arguments),
            Self::Lint(arguments) => lint::run(cargo, arguments),
            Self::Api(arguments) => api::run(cargo, arguments),
            Self::Package => package::run(cargo),
            Self::Loom(arguments) => loom::run(cargo, arguments),
            Self::Asan => asan::run(cargo),
            Self::Tsan => tsan::run(cargo),
            Self::Memcheck => memcheck::run(cargo),
            Self::Miri => miri::run(cargo),
            Self::Fuzz(arguments) => fuzz::run(cargo, arguments),
            Self::Cover => cover::run(cargo),
            Self::Mutants(arguments) => mutants::run(cargo, arguments),
            Self::Verify(arguments) => verify::run(cargo, arguments),
            Self::Ci => ci::run(),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let cargo = Cargo { locked: arguments.locked };
    match arguments.command.run(cargo) {
        Ok(outcome) => outcome.finish(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(outcome::FAILED)
        }
    }
}

#[cfg(test)]
mod tests {
    //! The command line.

    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn error(arguments: &[&str]) -> clap::Error {
        let arguments = ["cargo xtask"].iter().chain(arguments);
        Arguments::try_parse_from(arguments).expect_err("these arguments are wrong")
    }

    #[test]
    fn the_commands_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn nothing_prints_help_and_is_wrong_usage() {
        let error = error(&[]);
        assert_eq!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn an_unknown_component_names_the_known_ones() {
        let text = error(&["props", "arean"]).to_string();
        assert!(
            text.contains("arean")
                && text.contains(
                    "arena, buffer-pool, concurrent-map, node-pool, read-map, string-pool, workflow"
                ),
            "{text}"
        );
    }

    #[test]
    fn senseless_numbers_are_refused() {
        for arguments in [
            &["props", "--cases", "0"][..],
            &["props", "--size", "0"],
            &["props", "--for", "10"],
            &["props", "--for", "0s"],
            &["props", "--seed", "1", "--for", "1m"],
            &["bench", "--rounds", "0"],
            &["bench", "--smoke", "--check"],
            &["bench", "--counts", "--smoke"],
            &["bench", "--counts", "--check"],
            &["bench", "--counts", "--rounds", "2"],
            &["bench", "--record"],
            &["bench", "--smoke", "--compare", "main"],
            &["bench", "--save", "../run"],
            &["loom", "--preemptions", "0"],
            &["mutants", "no/such/file.rs"],
            &["fuzz", "aren"],
            &["fuzz", "--for", "30"],
        ] {
            let error = error(arguments);
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
        }
    }
}
