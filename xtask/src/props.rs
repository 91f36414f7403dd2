//! `cargo xtask props`: the properties alone, with seeds.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::components::{self, COMPONENTS, Component, library_features, library_packages};
use crate::duration;
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::tally::{Tally, list_tests, run_tests};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The component whose properties to try; all if absent.
    #[arg(value_parser = components::parse)]
    component: Option<Component>,
    /// Try only the properties whose name contains this.
    property: Option<String>,
    /// How many cases of each property must pass.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    cases: u64,
    /// quickcheck's size: how long generated vectors and strings may be.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    size: u64,
    /// The seed of the first case; a fresh one is chosen and printed if absent.
    #[arg(long, conflicts_with = "time")]
    seed: Option<u64>,
    /// Start over with fresh seeds until the time is up: 90s, 10m, 1h30m.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
    time: Option<Duration>,
}

impl Arguments {
    /// All components, `cases` each, from a fresh seed.
    pub(crate) fn short(cases: u64) -> Self {
        Self { component: None, property: None, cases, size: 100, seed: None, time: None }
    }
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    let start = Instant::now();
    let mut total = Tally::default();
    loop {
        let round = run_round(cargo, arguments, arguments.seed.unwrap_or_else(fresh_seed))?;
        total += round.tests;
        let time_is_up = arguments.time.is_none_or(|time| start.elapsed() >= time);
        if time_is_up || !round.is_passed() {
            return Ok(Outcome { tests: total, ..round });
        }
    }
}

/// Every property of every chosen component once, from `seed`.
fn run_round(cargo: Cargo, arguments: &Arguments, seed: u64) -> Result<Outcome> {
    println!("seed {seed}, size {}, cases of each property: {}", arguments.size, arguments.cases);
    let chosen = COMPONENTS
        .iter()
        .filter(|each| arguments.component.is_none_or(|component| component.name == each.name));
    let mut total = Tally::default();
    for component in chosen {
        let outcome = run_component(cargo, arguments, component, seed)?;
        total += outcome.tests;
        if !outcome.is_passed() {
            return Ok(Outcome { tests: total, ..outcome });
        }
    }
    Ok(Outcome::passed(total))
}

fn run_component(cargo: Cargo, arguments: &Arguments, component: &Component, seed: u64) -> Result<Outcome> {
    // Many rounds would bury everything under the names of their tests.
    let quiet: &[&str] = if arguments.time.is_some() { &["--quiet"] } else { &[] };
    let command = properties(cargo, component, arguments.component.is_none(), quiet);
    let command = match &arguments.property {
        None => command.args(component.properties),
        Some(wanted) => {
            let known = list_tests(&command.clone().args(component.properties))?;
            let chosen = named(&known, wanted);
            if chosen.is_empty() {
                let known: Vec<&str> = known.iter().map(|path| name(path)).collect();
                let component = component.name;
                let why =
                    format!("{component} has no property named {wanted:?}; there are: {}", known.join(", "));
                return Ok(Outcome::failed(why, Tally::default()));
            }
            command.args(["--exact"]).args(chosen)
        }
    };
    let command = command
        .env("FLOW_PROP_SEED", seed)
        .env("FLOW_PROP_SIZE", arguments.size)
        .env("FLOW_PROP_CASES", arguments.cases)
        // Every step of shrinking is a panic; a backtrace of each would bury the result.
        .env("RUST_BACKTRACE", 0);
    run_tests(&command, &format!("properties of {}", component.name))
}

/// Those of the properties `known`, by their paths, whose name contains `wanted`.
fn named<'k>(known: &'k [String], wanted: &str) -> Vec<&'k str> {
    known.iter().map(String::as_str).filter(|path| name(path).contains(wanted)).collect()
}

/// The last part of the path of a test.
fn name(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The test binaries with the properties of `component`, up to the filter. When it is `one_of_all`, those of all crates,
/// which `cargo xtask test` has built already: a crate alone would be built again, since what it depends on has other
/// features then.
fn properties(cargo: Cargo, component: &Component, one_of_all: bool, options: &[&str]) -> Command {
    let packages = if one_of_all {
        library_packages().chain(library_features()).collect()
    } else {
        vec!["--all-features", "-p", component.package]
    };
    cargo
        .command(&["test"])
        .args(options)
        .args(["--profile", "test-release", "--lib", "--test", "it"])
        .args(packages)
        .args(["--"])
}

/// A number that differs from run to run; the standard library seeds its hashers from the system.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one(Instant::now())
}

#[cfg(test)]
mod tests {
    //! Which properties a name selects.

    use super::*;

    #[test]
    fn properties_are_chosen_by_a_part_of_their_name() {
        let known = [
            "arena_properties::memory_release",
            "arena_properties::non_overlapping_allocations",
            "overlapping::memory_reuse",
        ]
        .map(str::to_owned);
        assert_eq!(named(&known, "overlapping"), ["arena_properties::non_overlapping_allocations"]);
        assert_eq!(named(&known, "memory").len(), 2);
        assert_eq!(named(&known, "arena_properties"), [""; 0]);
    }
}
