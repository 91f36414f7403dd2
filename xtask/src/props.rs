//! `cargo xtask props`: the properties alone, with seeds.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::components::{self, COMPONENTS, Component, library_features, library_packages};
use crate::duration;
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::tally::Tally;

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
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
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
        total = [total, round.tests].into_iter().sum();
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
        total = [total, outcome.tests].into_iter().sum();
        if !outcome.is_passed() {
            return Ok(Outcome { tests: total, ..outcome });
        }
    }
    Ok(Outcome::passed(total))
}

fn run_component(cargo: Cargo, arguments: &Arguments, component: &Component, seed: u64) -> Result<Outcome> {
    let filters = component.property_filters(arguments.property.as_deref().unwrap_or_default());
    // Many rounds would bury everything under the names of their tests.
    let quiet: &[&str] = if arguments.time.is_some() { &["--quiet"] } else { &[] };
    let command = properties(cargo, component, arguments.component.is_none(), quiet)
        .args(filters)
        .env("FLOW_PROP_SEED", seed)
        .env("FLOW_PROP_SIZE", arguments.size)
        .env("FLOW_PROP_CASES", arguments.cases)
        // Every step of shrinking is a panic; a backtrace of each would bury the result.
        .env("RUST_BACKTRACE", 0);
    let captured = command.run_captured()?;
    let tests = Tally::parse(&captured.text);
    if !captured.success {
        return Ok(Outcome::failed(
            format!("a property of {} does not hold, see above", component.name),
            tests,
        ));
    }
    if tests.executed() == 0 {
        let known = known_properties(cargo, component);
        let wanted = arguments.property.as_deref().map_or(String::new(), |name| format!(" named {name:?}"));
        let why = format!("{} has no property{wanted}; there are: {}", component.name, known.join(", "));
        return Ok(Outcome::failed(why, tests));
    }
    Ok(Outcome::passed(tests))
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

/// The names of the properties of `component`.
fn known_properties(cargo: Cargo, component: &Component) -> Vec<String> {
    let all = component.property_filters("");
    let list =
        properties(cargo, component, false, &[]).args(["--list", "--format", "terse"]).args(all).probe();
    list.unwrap_or_default()
        .lines()
        .filter_map(|line| line.strip_suffix(": test")?.rsplit("::").next().map(str::to_owned))
        .collect()
}

/// A number that differs from run to run; the standard library seeds its hashers from the system.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one(Instant::now())
}
