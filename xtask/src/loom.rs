//! `cargo xtask loom`: the models of the lock-free parts, under every interleaving within a bound.
//!
//! The models are unit tests with `loom` in their path, because they need private types. They are built with
//! `--cfg flow_loom`, in a target directory of their own, so that the other builds stay warm.

use anyhow::Result;

use crate::components::LOOM_CRATES;
use crate::outcome::Outcome;
use crate::process::Cargo;
use crate::tally::run_tests;

/// What makes `sync.rs` take its types from loom.
pub(crate) const FLAGS: &str = "--cfg flow_loom";
/// Where such builds go.
pub(crate) const TARGET: &str = "target/loom";

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run only the models whose path contains this; all of them have `loom` in it.
    filter: Option<String>,
    /// How often a thread may be interrupted in one execution; more finds more and takes much longer.
    #[arg(long, default_value_t = Self::PREEMPTIONS, value_parser = clap::value_parser!(u32).range(1..))]
    preemptions: u32,
}

impl Arguments {
    const PREEMPTIONS: u32 = 3;
}

impl Default for Arguments {
    fn default() -> Self {
        Self { filter: None, preemptions: Self::PREEMPTIONS }
    }
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    let command = cargo
        .command(&["test", "--release", "--lib"])
        .args(LOOM_CRATES.iter().flat_map(|package| ["-p", package]))
        .args(["--", arguments.filter.as_deref().unwrap_or("loom")])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", TARGET)
        .env("LOOM_MAX_PREEMPTIONS", arguments.preemptions);
    run_tests(&command, "loom models")
}
