//! `flow`: runs, checks, draws and generates workflows that are in files.
//!
//! This file holds the commands and nothing else: each is a module of its own with a `run` function.
//!
//! | file | owns |
//! |---|---|
//! | `run.rs` | `flow run`, and all that belongs to a run |
//! | `check.rs`, `graph.rs`, `generate.rs` | the other commands |
//! | `input.rs` | where workflows come from |
//! | `output.rs` | standard output, standard error, and files |
//! | `plain.rs` | text from files, without control characters |
//! | `failure.rs` | why a command ends without success, and its exit status |
//! | `analysis.rs` | what the shape of a workflow says before it runs |
//! | `units.rs` | times and numbers as people write and read them |
//! | `sync.rs` | atomics, locks and threads |
#![forbid(unsafe_code)]

mod analysis;
mod check;
mod failure;
mod generate;
mod graph;
mod input;
mod output;
mod plain;
mod run;
mod sync;
mod units;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

const EXIT_STATUS: &str = "Exit status: 0 all went well, 1 a run failed or was cancelled, 2 wrong usage or a file that cannot be used.";

/// Runs, checks, draws and generates workflows that are in files in WfFormat 1.5.
#[derive(Debug, Parser)]
#[command(name = "flow", version, arg_required_else_help = true, after_help = EXIT_STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a workflow: replay its times, execute its commands, or measure the engine alone.
    Run(run::Arguments),
    /// Check whether a file is valid, and describe it.
    Check(check::Arguments),
    /// Write a workflow as a picture, in the language of Graphviz or Mermaid.
    Graph(graph::Arguments),
    /// Generate a workflow of any size.
    Generate(generate::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments),
        Command::Check(arguments) => check::run(arguments).map(|()| ExitCode::SUCCESS),
        Command::Graph(arguments) => graph::run(arguments).map(|()| ExitCode::SUCCESS),
        Command::Generate(arguments) => generate::run(arguments).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(Failure::finish)
}

#[cfg(test)]
mod tests {
    //! The command line.

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Arguments::command().debug_assert();
    }
}
