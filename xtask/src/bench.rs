//! `cargo xtask bench`: the benchmarks, and the claims held against them.

use std::fs;

use anyhow::{Context, Result, anyhow};

use crate::claims::{self, Claim, Verdict};
use crate::components::{self, COMPONENTS, Component};
use crate::counts;
use crate::divan::{self, Measurement};
use crate::outcome::Outcome;
use crate::process::{Cargo, Command, root};
use crate::tally::{Tally, strip_colors};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Components (arena, buffer-pool, concurrent-map, node-pool, read-map, string-pool, workflow) whose benchmarks to
    /// run, or parts of names of benchmarks.
    filters: Vec<String>,
    /// Run each benchmark once, to see that it works.
    #[arg(long, conflicts_with_all = ["check", "rounds"])]
    smoke: bool,
    /// Hold the claims of benches/claims.toml against the measurements, and fail if one does not hold.
    #[arg(long)]
    check: bool,
    /// How many times to run everything; for --check the best median of a benchmark counts. [default: 3 with --check]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Count instructions under valgrind, and fail if one of benches/counts.toml got worse.
    #[arg(long, conflicts_with_all = ["smoke", "check", "rounds"])]
    counts: bool,
    /// Write what is counted to benches/counts.toml, instead of failing.
    #[arg(long, requires = "counts")]
    record: bool,
}

impl Arguments {
    /// Every benchmark once.
    pub(crate) fn smoke() -> Self {
        Self { filters: Vec::new(), smoke: true, check: false, rounds: None, counts: false, record: false }
    }
}

/// The filters of the command line, told apart.
#[derive(Debug, PartialEq)]
struct Selection {
    /// The bench targets to run.
    targets: Vec<&'static str>,
    /// What divan shall select by.
    names: Vec<String>,
}

impl Selection {
    fn new(filters: &[String]) -> Self {
        let (mut targets, mut names) = (Vec::new(), Vec::new());
        for filter in filters {
            match components::find(filter) {
                Some(component) => targets.push(component.bench),
                None => names.push(filter.clone()),
            }
        }
        if targets.is_empty() {
            targets = COMPONENTS.iter().map(|component| component.bench).collect();
        }
        Self { targets, names }
    }

    /// Whether the benchmarks of `claim` were to run.
    fn includes(&self, claim: &Claim) -> bool {
        let target = components::find(&claim.component).map(|Component { bench, .. }| bench);
        // divan joins the names along a path in its own way, so only parts of a single name work for both.
        let named = |name: &String| claim.ours.split('/').any(|part| part.contains(name.as_str()));
        target.is_some_and(|target| self.targets.contains(&target))
            && (self.names.is_empty() || self.names.iter().any(named))
    }
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    if arguments.counts {
        return counts::run(cargo, &arguments.filters, arguments.record);
    }
    let selection = Selection::new(&arguments.filters);
    let command = benchmarks(cargo, &selection, arguments.smoke);
    let rounds = arguments.rounds.unwrap_or(if arguments.check { 3 } else { 1 });
    let claims = if arguments.check { read_claims(&selection)? } else { Vec::new() };
    let mut measurements = Vec::new();
    for _ in 0..rounds {
        let captured = command.run_capturing_stdout()?;
        if !captured.success {
            return Ok(Outcome::failed("the benchmarks failed, see above", Tally::default()));
        }
        let output = strip_colors(&captured.text);
        let round =
            if arguments.smoke { None } else { Some(divan::parse(&output).map_err(|why| anyhow!(why))?) };
        if round.as_ref().map_or_else(|| !output.contains("─ "), Vec::is_empty) {
            return Ok(Outcome::failed(
                format!("no benchmark matches {:?}", arguments.filters),
                Tally::default(),
            ));
        }
        measurements.extend(round.unwrap_or_default());
    }
    Ok(if arguments.check { check(&claims, &measurements) } else { Outcome::passed(Tally::default()) })
}

fn benchmarks(cargo: Cargo, selection: &Selection, smoke: bool) -> Command {
    let targets = selection.targets.iter().flat_map(|target| ["--bench", target]);
    let command = if smoke {
        // As `cargo xtask test` builds, so that the peers are built already; nobody looks at the times.
        let command = cargo.command(&["test", "--workspace", "--all-features"]).args(targets);
        command.args(["--bench", "counts", "--", "--test"])
    } else {
        cargo.command(&["bench", "-p", "flow-benches"]).args(targets).args(["--"])
    };
    command.args(&selection.names)
}

/// The claims about the selected benchmarks; having none is an error, because nothing would be checked.
fn read_claims(selection: &Selection) -> Result<Vec<Claim>> {
    let path = root().join("benches/claims.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut claims = claims::parse(&text).map_err(|why| anyhow!("benches/claims.toml: {why}"))?;
    claims.retain(|claim| selection.includes(claim));
    anyhow::ensure!(!claims.is_empty(), "no row of benches/claims.toml is about the selected benchmarks");
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
    //! Which benchmarks and which claims a command line selects.

    use super::*;
    use crate::outcome::Status;

    fn selection(filters: &[&str]) -> Selection {
        Selection::new(&filters.iter().map(|&filter| filter.to_owned()).collect::<Vec<_>>())
    }

    fn claims() -> Vec<Claim> {
        let row = |name: &str, component: &str, ours: &str| {
            format!(
                "[[claim]]\nname = \"{name}\"\ncomponent = \"{component}\"\nours = \"{ours}\"\n\
                 peer = [\"peer\"]\nratio = 1.0\n"
            )
        };
        let file = [
            row("a", "arena", "alloc_64/flow/t=1"),
            row("b", "arena", "reset/flow"),
            row("c", "string-pool", "intern/flow"),
        ];
        claims::parse(&file.concat()).expect("a good file")
    }

    fn selected(filters: &[&str]) -> Vec<String> {
        let selection = selection(filters);
        claims().into_iter().filter(|claim| selection.includes(claim)).map(|claim| claim.name).collect()
    }

    fn measured(id: &str, median: f64) -> Measurement {
        Measurement { target: "arena".to_owned(), id: id.to_owned(), median }
    }

    #[test]
    fn components_select_targets_and_other_words_select_names() {
        let everything = Selection {
            targets: vec![
                "arena",
                "buffer_pool",
                "concurrent_map",
                "node_pool",
                "read_map",
                "string_pool",
                "workflow",
            ],
            names: vec![],
        };
        assert_eq!(selection(&[]), everything);
        let one = Selection { targets: vec!["string_pool"], names: vec!["hit".to_owned()] };
        assert_eq!(selection(&["hit", "string-pool"]), one);
    }

    #[test]
    fn filters_select_claims_too() {
        assert_eq!(selected(&[]), ["a", "b", "c"]);
        assert_eq!(selected(&["arena"]), ["a", "b"]);
        assert_eq!(selected(&["alloc"]), ["a"]);
        assert_eq!(selected(&["arena", "intern"]), [""; 0]);
    }

    #[test]
    fn an_unmeasured_claim_fails_the_check() {
        let measurements = [measured("alloc_64/flow/t=1", 1.0), measured("peer", 1.0)];
        assert!(check(&claims()[..1], &measurements).is_passed());
        let Status::Failed(why) = check(&claims(), &measurements).status else { panic!("two are missing") };
        assert!(why.contains("of 3 claims 0 do not hold and 2 were not measured"), "{why}");
    }

    #[test]
    fn an_untrue_claim_fails_the_check() {
        let measurements = [measured("alloc_64/flow/t=1", 2.0), measured("peer", 1.0)];
        let Status::Failed(why) = check(&claims()[..1], &measurements).status else { panic!("2 > 1") };
        assert!(why.contains("1 do not hold and 0 were not measured"), "{why}");
    }
}
