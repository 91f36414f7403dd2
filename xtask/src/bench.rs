//! `cargo xtask bench`: the benchmarks, a report of them, a check of the claims, and a comparison with earlier runs.

mod baseline;
mod compare;
mod groups;
mod id;
mod machine;
mod measure;
mod plot;
mod rating;
mod report;
mod saved;
mod series;
pub(crate) mod units;
mod verdict;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs, process};

use anyhow::{Context, Result, anyhow};

use self::baseline::Baseline;
use self::compare::Comparison;
use self::machine::{Machine, Versions};
use self::report::Folder;
use self::saved::Run;
use crate::claims::{self, Claim};
use crate::counts;
use crate::divan::Measurement;
use crate::outcome::Outcome;
use crate::process::{Cargo, root};
use crate::selection::Selection;
use crate::tally::Tally;

/// How often everything runs for --check.
const ROUNDS_TO_CHECK: u32 = 3;
/// How often everything runs to be compared: by chance alone, five rounds lie all below or all above five others once in 126
/// times.
const ROUNDS_TO_COMPARE: u32 = 5;

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Components (arena, buffer-pool, concurrent-map, node-pool, read-map, string-pool, workflow), or parts of the names of
    /// benchmarks.
    filters: Vec<String>,
    /// Run each benchmark once, to see that it works.
    #[arg(long, conflicts_with_all = ["check", "rounds", "report", "save", "compare"])]
    smoke: bool,
    /// Check the claims of benches/claims.toml, and fail if one does not hold, unless it is noted there as missed.
    #[arg(long)]
    check: bool,
    /// How many times to run everything; the best median of a benchmark counts. [default: 5 with --save or
    /// --compare, 3 with --check, else 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Count instructions under valgrind, and fail if one of benches/counts.toml got worse.
    #[arg(long, conflicts_with_all = ["smoke", "check", "rounds", "report", "save", "compare"])]
    counts: bool,
    /// Write the counts to benches/counts.toml instead of comparing with it.
    #[arg(long, requires = "counts")]
    record: bool,
    /// The folder for the report and its pictures. [default: target/bench]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Keep the measurements of all rounds as target/bench/saved/NAME.toml.
    #[arg(long, value_name = "NAME", value_parser = saved::parse_name)]
    save: Option<String>,
    /// Compare with a saved run or a git revision; the benchmarks of a revision run alternately with ours.
    #[arg(long, value_name = "NAME|REVISION")]
    compare: Option<String>,
}

impl Arguments {
    /// Every benchmark once.
    pub(crate) fn smoke() -> Self {
        Self { smoke: true, ..Self::default() }
    }

    fn rounds(&self) -> u32 {
        let default = if self.save.is_some() || self.compare.is_some() {
            ROUNDS_TO_COMPARE
        } else if self.check {
            ROUNDS_TO_CHECK
        } else {
            1
        };
        self.rounds.unwrap_or(default)
    }
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    if arguments.counts {
        return counts::run(cargo, &arguments.filters, arguments.record);
    }
    let selection = Selection::new(&arguments.filters);
    if arguments.smoke {
        return smoke(cargo, &selection);
    }
    if !cfg!(feature = "plots") {
        return again_with_plots(cargo);
    }
    report(cargo, arguments, &selection)
}

/// Runs each benchmark once. The claims must name what is there: a measurement for `--check` takes an hour.
fn smoke(cargo: Cargo, selection: &Selection) -> Result<Outcome> {
    let claims = read_claims(selection)?;
    let Some(names) = measure::smoke(cargo, selection)? else {
        return Ok(Outcome::failed("the benchmarks failed, see above", Tally::default()));
    };
    // A part of a name leaves out benchmarks that claims name, too.
    let dangling = if selection.names.is_empty() { dangling(&claims, &names) } else { Vec::new() };
    Ok(if dangling.is_empty() {
        Outcome::passed(Tally::default())
    } else {
        Outcome::failed(format!("benches/claims.toml: {}", dangling.join("\n  ")), Tally::default())
    })
}

/// Measures, writes the report, and does what else the command line asks for.
fn report(cargo: Cargo, arguments: &Arguments, selection: &Selection) -> Result<Outcome> {
    // All that can be wrong with the command line is found before anything is measured.
    let claims = read_claims(selection)?;
    anyhow::ensure!(
        !arguments.check || !claims.is_empty(),
        "no row of benches/claims.toml is about the selected benchmarks"
    );
    let bench = root().join("target/bench");
    let saved = bench.join("saved");
    let folder = Folder::new(arguments.report.as_ref().unwrap_or(&bench))?;
    let baseline = arguments.compare.as_ref().map(|name| Baseline::find(name, &saved)).transpose()?;
    // Files may change while it runs.
    let versions = Versions::of(&root())?;

    let rounds = arguments.rounds();
    let (measurements, old) = match baseline {
        None => (measure::alone(cargo, selection, rounds)?, None),
        Some(Baseline::Saved(run)) => (measure::alone(cargo, selection, rounds)?, Some(run)),
        Some(Baseline::Revision(worktree)) => {
            let (old, ours) = measure::in_turn(cargo, selection, &worktree, rounds)?;
            (ours, Some(run_of(Versions::of(&worktree.folder)?, &old)?))
        }
    };
    let new = run_of(versions, &measurements)?;
    if let Some(name) = &arguments.save {
        println!("\nsaved: {}", saved::save(&saved, name, &new)?.display());
    }
    let comparison = old.as_ref().map(|old| Comparison::new(old, &new).text());
    if let Some(comparison) = &comparison {
        println!("\n{comparison}");
    }
    let rated = rating::rate(&claims, &new.series);
    let path = folder.write(&new, &rated, comparison.as_deref())?;
    let passed = Outcome::passed(Tally::default());
    let outcome = if arguments.check { rating::check(&rated) } else { passed };
    println!("\nreport: {}", path.display());
    Ok(outcome)
}

/// Runs the same command by an xtask that can draw, and ends as that does, which has said why.
fn again_with_plots(cargo: Cargo) -> Result<Outcome> {
    let mut arguments = Vec::new();
    for argument in env::args_os().skip(1) {
        let text = argument.into_string();
        arguments.push(text.map_err(|bad| anyhow!("the argument {} is not UTF-8", bad.display()))?);
    }
    // A folder for the report is relative to where we are.
    let here = env::current_dir().context("there is no current folder")?;
    let command = cargo.command(&["run", "--quiet", "--package", "xtask", "--features", "plots"]);
    process::exit(command.args(["--"]).args(arguments).current_dir(&here).exit_code()?)
}

/// What was measured on this machine with those versions.
fn run_of(versions: Versions, rounds: &[Vec<Measurement>]) -> Result<Run> {
    let series = series::collect(rounds).map_err(|why| anyhow!(why))?;
    Ok(Run { machine: Machine::here(), versions, series })
}

/// The claims about the selected benchmarks.
fn read_claims(selection: &Selection) -> Result<Vec<Claim>> {
    let path = root().join("benches/claims.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut claims = claims::parse(&text).map_err(|why| anyhow!("benches/claims.toml: {why}"))?;
    claims.retain(|claim| selection.includes_claim(claim));
    Ok(claims)
}

/// The benchmarks that a claim names and nobody has, as lines.
fn dangling(claims: &[Claim], names: &BTreeSet<(String, String)>) -> Vec<String> {
    let of_claim = |claim: &Claim| {
        let ids: Vec<String> = claim.peer.iter().chain([&claim.ours]).cloned().collect();
        let target = claim.component.bench;
        let missing = ids.into_iter().filter(move |id| !names.contains(&(target.to_owned(), id.clone())));
        let name = claim.name.clone();
        missing.map(move |id| format!("claim {name:?}: the target {target} has no benchmark {id}"))
    };
    claims.iter().flat_map(of_claim).collect()
}

#[cfg(test)]
mod tests {
    //! How often is measured, and what is found before.

    use super::*;

    #[test]
    fn comparisons_have_more_rounds() {
        let rounds = |arguments: Arguments| arguments.rounds();
        assert_eq!(rounds(Arguments::default()), 1);
        assert_eq!(rounds(Arguments { check: true, ..Arguments::default() }), 3);
        assert_eq!(rounds(Arguments { check: true, save: Some("a".to_owned()), ..Arguments::default() }), 5);
        let chosen = Arguments { rounds: Some(2), compare: Some("a".to_owned()), ..Arguments::default() };
        assert_eq!(rounds(chosen), 2);
    }

    #[test]
    fn claims_name_benchmarks_that_are_there() {
        let all = ["alloc_64/flow/t=1", "alloc_64/peer", "reset/flow"]
            .map(|id| ("arena".to_owned(), id.to_owned()));
        let mut names: BTreeSet<(String, String)> = all.into();
        let claims = &claims::samples()[..2];
        assert_eq!(dangling(claims, &names), [""; 0]);
        names.remove(&("arena".to_owned(), "reset/flow".to_owned()));
        assert_eq!(dangling(claims, &names), ["claim \"b\": the target arena has no benchmark reset/flow"]);
    }
}
