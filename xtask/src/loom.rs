//! `cargo xtask loom`: the models of the lock-free parts, under every interleaving within a bound.
//!
//! The models are unit tests with `loom` in their path, because they need private types. They are built with
//! `--cfg flow_loom`, in a target directory of their own, so that the other builds stay warm.

use anyhow::Result;

use crate::components::LOOM_CRATES;
use crate::failures::failed;
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::tally::{Tally, list_tests, run_tests, strip_colors};

/// What makes `sync.rs` take its types from loom.
pub(crate) const FLAGS: &str = "--cfg flow_loom";
/// What the paths of all models contain.
const MODELS: &str = "loom";
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
    let tests = cargo
        .command(&["test", "--release", "--lib"])
        .args(LOOM_CRATES.iter().flat_map(|package| ["-p", package]))
        .args(["--"])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", TARGET)
        .env("LOOM_MAX_PREEMPTIONS", arguments.preemptions);
    let Some(filter) = &arguments.filter else { return run_all(&tests.args([MODELS])) };
    let models = list_tests(&tests.clone().args([MODELS]))?;
    let chosen: Vec<&String> = models.iter().filter(|model| model.contains(filter)).collect();
    if chosen.is_empty() {
        let why = format!("no model has {filter:?} in its path; there are: {}", models.join(", "));
        return Ok(Outcome::failed(why, Tally::default()));
    }
    run_tests(&tests.args(["--exact"]).args(chosen), "loom models")
}

/// Runs all models; each of the crates must have some.
fn run_all(command: &Command) -> Result<Outcome> {
    let captured = command.run_teeing()?;
    let tests = Tally::parse(&captured.text);
    let without = without_models(&captured.text);
    Ok(if !captured.success {
        failed("loom models", &captured.text)
    } else if !without.is_empty() {
        Outcome::failed(format!("no loom model ran of: {}", without.join(", ")), tests)
    } else {
        Outcome::passed(tests)
    })
}

/// The crates none of whose tests ran, by what cargo and libtest print.
fn without_models(output: &str) -> Vec<&'static str> {
    let output = strip_colors(output);
    // `Running unittests src/lib.rs (target/loom/release/deps/flow_arena-0123456789abcdef)`
    let runs: Vec<(&str, &str)> =
        output.split("Running unittests ").skip(1).filter_map(|run| run.split_once('\n')).collect();
    let ran = |package: &str| {
        let binary = format!("/{}-", package.replace('-', "_"));
        runs.iter().any(|(head, rest)| head.contains(&binary) && Tally::parse(rest).executed() > 0)
    };
    LOOM_CRATES.iter().copied().filter(|package| !ran(package)).collect()
}

#[cfg(test)]
mod tests {
    //! A crate whose models vanish is missed.

    use super::*;

    #[test]
    fn every_crate_must_have_models() {
        let run = |package: &str, passed: u32| {
            let binary = package.replace('-', "_");
            format!(
                "\u{1b}[1m     Running\u{1b}[0m unittests src/lib.rs (target/loom/release/deps/{binary}-0011)\n\
                 test result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; 3 filtered out\n"
            )
        };
        let output: String = LOOM_CRATES.iter().map(|package| run(package, 2)).collect();
        assert_eq!(without_models(&output), [""; 0]);
        assert_eq!(without_models(&output.replace("flow_memory-", "flow_other-")), ["flow-memory"]);
        assert_eq!(
            without_models(&LOOM_CRATES.iter().map(|package| run(package, 0)).collect::<String>()),
            LOOM_CRATES
        );
    }
}
