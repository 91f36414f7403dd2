//! `cargo xtask ci`: what continuous integration runs, in under twenty minutes on two cores.
//!
//! The last line alone says how many tests passed, failed and were skipped, over all steps and configurations. A
//! step without tests counts as one.

use anyhow::Result;

use crate::outcome::{Outcome, Row, conclude};
use crate::process::Cargo;
use crate::{api, asan, bench, lint, loom, props, test};

/// Cases of each property.
const CASES: u64 = 500;

pub(crate) fn run() -> Result<Outcome> {
    let cargo = Cargo { locked: true };
    let rows = [
        // rustdoc is a part of it.
        Row::run("lint", || lint::run(cargo, &lint::Arguments::default())),
        Row::run("test", || test::run(cargo, &test::Arguments::default())),
        Row::run("props", || props::run(cargo, &props::Arguments::short(CASES))),
        Row::run("bench --smoke", || bench::run(cargo, &bench::Arguments::smoke())),
        Row::run("api", || api::run(cargo, &api::Arguments::default())),
        Row::run("loom", || loom::run(cargo, &loom::Arguments::default())),
        Row::run("asan", || asan::run(cargo)),
    ];
    Ok(conclude(&rows, false))
}
