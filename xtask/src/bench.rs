//! `cargo xtask bench`: the benchmarks, a report of them, the claims held against them, and a comparison with earlier ones.

mod baseline;
mod compare;
mod groups;
mod id;
mod machine;
mod measure;
mod plot;
mod report;
mod saved;
mod selection;
mod series;
pub(crate) mod units;
mod verdict;

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result, anyhow};

use self::baseline::Baseline;
use self::compare::Comparison;
use self::machine::{Machine, Versions};
use self::report::Folder;
use self::saved::Run;
use self::selection::Selection;
use crate::claims::{self, Claim, Verdict};
use crate::counts;
use crate::divan::Measurement;
use crate::outcome::Outcome;
use crate::process::{Cargo, root};
use crate::tally::Tally;

/// How often everything runs for --check.
const ROUNDS_TO_CHECK: u32 = 3;
/// How often everything runs to be compared: by chance alone, five rounds lie all below or all above five others once in 126
/// times.
const ROUNDS_TO_COMPARE: u32 = 5;

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Components (arena, buffer-pool, concurrent-map, node-pool, read-map, string-pool, workflow) whose benchmarks to
    /// run, or parts of names of benchmarks.
    filters: Vec<String>,
    /// Run each benchmark once, to see that it works.
    #[arg(long, conflicts_with_all = ["check", "rounds", "report", "save", "compare"])]
    smoke: bool,
    /// Hold the claims of benches/claims.toml against the measurements, and fail if one does not hold.
    #[arg(long)]
    check: bool,
    /// How many times to run everything; the best median of a benchmark counts. [default: 5 with --save or
    /// --compare, 3 with --check, else 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Count instructions under valgrind, and fail if one of benches/counts.toml got worse.
    #[arg(long, conflicts_with_all = ["smoke", "check", "rounds", "report", "save", "compare"])]
    counts: bool,
    /// Write what is counted to benches/counts.toml, instead of failing.
    #[arg(long, requires = "counts")]
    record: bool,
    /// The folder for the report and its pictures. [default: target/bench]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Keep the measurements of all rounds as target/bench/saved/NAME.toml.
    #[arg(long, value_name = "NAME", value_parser = saved::parse_name)]
    save: Option<String>,
    /// Compare with a saved run, or with a git revision, whose benchmarks then run in turn with ours.
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
        let works = measure::smoke(cargo, &selection)?;
        let failed = || Outcome::failed("the benchmarks failed, see above", Tally::default());
        return Ok(if works { Outcome::passed(Tally::default()) } else { failed() });
    }
    if !cfg!(feature = "plots") {
        return again_with_plots(cargo);
    }
    report(cargo, arguments, &selection)
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
    let measurements = measurements.concat();
    let path = folder.write(&new, &report::rate(&claims, &measurements), comparison.as_deref())?;
    let passed = Outcome::passed(Tally::default());
    let outcome = if arguments.check { check(&claims, &measurements) } else { passed };
    println!("\nreport: {}", path.display());
    Ok(outcome)
}

/// Runs the same command by an xtask that can draw.
fn again_with_plots(cargo: Cargo) -> Result<Outcome> {
    let mut arguments = Vec::new();
    for argument in env::args_os().skip(1) {
        let text = argument.into_string();
        arguments.push(text.map_err(|bad| anyhow!("the argument {} is not UTF-8", bad.display()))?);
    }
    // A folder for the report is relative to where we are.
    let here = env::current_dir().context("there is no current folder")?;
    let command = cargo.command(&["run", "--quiet", "--package", "xtask", "--features", "plots"]);
    let passed = command.args(["--"]).args(arguments).current_dir(&here).run()?;
    Ok(if passed {
        Outcome::passed(Tally::default())
    } else {
        Outcome::failed("the benchmarks, see above", Tally::default())
    })
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
    claims.retain(|claim| selection.includes(claim));
    Ok(claims)
}

/// Prints which claims hold; one that does not, or that could not be measured, is a failure.
fn check(claims: &[Claim], measurements: &[Measurement]) -> Outcome {
    let results: Vec<Result<Verdict, String>> =
        claims.iter().map(|claim| claims::evaluate(claim, measurements)).collect();
    let verdicts: Vec<Verdict> = results.iter().flatten().cloned().collect();
    println!("\n{}", claims::table(&verdicts));
    for problem in results.iter().filter_map(|result| result.as_ref().err()) {
        eprintln!("error: {problem}");
    }
    let unmeasured = results.len() - verdicts.len();
    let untrue = verdicts.iter().filter(|verdict| !verdict.holds()).count();
    if unmeasured + untrue == 0 {
        return Outcome::passed(Tally::default());
    }
    let why = format!("of {} claims {untrue} do not hold and {unmeasured} were not measured", claims.len());
    Outcome::failed(why, Tally::default())
}

#[cfg(test)]
mod tests {
    //! What a check says.

    use super::*;
    use crate::outcome::Status;

    fn measured(id: &str, median: f64) -> Measurement {
        Measurement { target: "arena".to_owned(), id: id.to_owned(), median, operation: None }
    }

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
    fn an_unmeasured_claim_fails_the_check() {
        let measurements = [measured("alloc_64/flow/t=1", 1.0), measured("peer", 1.0)];
        assert!(check(&claims::samples()[..1], &measurements).is_passed());
        let Status::Failed(why) = check(&claims::samples(), &measurements).status else {
            panic!("two are missing")
        };
        assert!(why.contains("of 3 claims 0 do not hold and 2 were not measured"), "{why}");
    }

    #[test]
    fn an_untrue_claim_fails_the_check() {
        let measurements = [measured("alloc_64/flow/t=1", 2.0), measured("peer", 1.0)];
        let Status::Failed(why) = check(&claims::samples()[..1], &measurements).status else {
            panic!("2 > 1")
        };
        assert!(why.contains("1 do not hold and 0 were not measured"), "{why}");
    }
}
