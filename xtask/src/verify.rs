//! `cargo xtask verify`: every checker that this machine has, as one table.

use anyhow::Result;

use crate::outcome::{Outcome, Row, conclude};
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
    Ok(conclude(&rows, arguments.strict))
}
