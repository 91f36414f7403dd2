//! `cargo xtask miri`: the tests of the crates under Miri, the one tool that checks the aliasing model.
//!
//! Miri is a component of nightly toolchains, and not of every one; without it this command says how to get it.

use anyhow::Result;

use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::tally::run_tests;

/// Properties run this many cases, because everything is hundreds of times slower.
const CASES: u64 = 2;

pub(crate) fn run(cargo: Cargo) -> Result<Outcome> {
    // The pinned toolchain first, for those who have Miri there.
    let toolchains: [&[&str]; 2] = [&["miri"], &["+nightly", "miri"]];
    let works = |toolchain: &&[&str]| {
        Command::new("cargo").args(toolchain.iter().copied()).args(["--version"]).probe().is_some()
    };
    let Some(miri) = toolchains.into_iter().find(works) else {
        return Ok(Outcome::missing("Miri", "get it with `rustup +nightly component add miri rust-src`"));
    };
    let command = cargo
        .command(&[miri, &["test"]].concat())
        .args([
            "-p",
            "flow-arena",
            "-p",
            "flow-concurrent",
            "-p",
            "flow-memory",
            "--tests",
            "--all-features",
            "--no-fail-fast",
        ])
        .args(["--", "--skip", "compile_fail"])
        // Properties read their settings from the environment.
        .env("MIRIFLAGS", "-Zmiri-disable-isolation -Zmiri-strict-provenance")
        .env("FLOW_PROP_CASES", CASES);
    run_tests(&command, "tests under Miri")
}
