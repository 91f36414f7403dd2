//! `cargo xtask bench --counts`: how many instructions the hot paths take, compared with what was recorded.
//!
//! gungraun runs each case of `benches/benches/counts` under valgrind. What else the machine does changes nothing, so that a
//! difference of a few percent is one of the code. This file gets the tools and the numbers; the parts are under `counts/`.

mod compare;
mod record;
mod summary;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, anyhow};

use crate::outcome::Outcome;
use crate::process::{Cargo, Command, root};
use crate::selection::Selection;
use crate::tally::Tally;
use record::{Record, Tools};

/// Instructions per operation, by the name of the case: `arena/alloc_str`.
type Counts = BTreeMap<String, f64>;

/// What makes `benches/benches/counts` count. No command of `lint` sees that code, so warnings are denied here.
const FLAGS: &str = "--cfg flow_counts -D warnings";
/// Where such builds go. From the root on, because gungraun takes a relative path as one inside of the package.
const TARGET: &str = "target/counts";
/// The environment of the cases. What glibc's `malloc` does depends on all that it did before, and with it the count of what
/// calls it, by a tenth; but not where it keeps what is freed in a list for each size.
const ENVIRONMENT: &str =
    "--envs=GLIBC_TUNABLES=glibc.malloc.tcache_max=65536:glibc.malloc.tcache_count=1000";
/// Where the record is.
const FILE: &str = "benches/counts.toml";

/// What gungraun shall select by: its names are `counts::component::case::count`.
fn patterns(selection: &Selection) -> Vec<String> {
    let components = if selection.has_all_targets() { vec!["*"] } else { selection.targets.clone() };
    if components == ["*"] && selection.names.is_empty() {
        return vec!["*".to_owned()];
    }
    let names = if selection.names.is_empty() {
        vec!["*".to_owned()]
    } else {
        selection.names.iter().map(|name| format!("*{name}*")).collect()
    };
    components
        .iter()
        .flat_map(|component| names.iter().map(move |name| format!("*::{component}::{name}")))
        .collect()
}

/// Whether `case`, such as `arena/alloc_str`, is selected.
fn includes(selection: &Selection, case: &str) -> bool {
    let (component, name) = case.split_once('/').unwrap_or((case, ""));
    selection.includes(component, &[name])
}

/// Counts what `filters` select, and compares it with the record, or records it.
pub(crate) fn run(cargo: Cargo, filters: &[String], record: bool) -> Result<Outcome> {
    let (tools, runner) = (Tools::here()?, library_version()?);
    let Some(tools) = tools else {
        return Ok(Outcome::missing("valgrind", "install your system's package `valgrind`"));
    };
    if let Some(problem) = problem_of_runner(installed_runner().as_deref(), &runner) {
        let how = format!("cargo install gungraun-runner --version {runner} --locked");
        return Ok(Outcome::missing(&problem, &how));
    }
    let recorded = match (read(), record && filters.is_empty()) {
        (Ok(recorded), false) => match recorded.made_with.difference(&tools) {
            Some(difference) => return Ok(not_comparable(&difference)),
            None => recorded.counts,
        },
        (Err(error), false) => return Err(error),
        // All of it is about to be replaced.
        (recorded, true) => recorded.map(|recorded| recorded.counts).unwrap_or_default(),
    };
    let selection = Selection::new(filters);
    let Some(counts) = count(cargo, &selection)? else {
        return Ok(Outcome::failed("the cases did not run, see above", Tally::default()));
    };
    if counts.is_empty() {
        return Ok(Outcome::failed(format!("no case matches {filters:?}"), Tally::default()));
    }
    let (selected, others): (Counts, Counts) =
        recorded.into_iter().partition(|(case, _)| includes(&selection, case));
    let rows = compare::rows(&selected, &counts);
    println!("\n{}", compare::table(&rows));
    if !record {
        return Ok(compare::outcome(&rows));
    }
    let record = Record { made_with: tools, counts: others.into_iter().chain(counts).collect() };
    fs::write(root().join(FILE), record.to_string()).with_context(|| format!("cannot write {FILE}"))?;
    println!("recorded in {FILE}");
    Ok(Outcome::passed(Tally::default()))
}

/// Runs the cases, and returns what was counted; `None` if that failed.
fn count(cargo: Cargo, selection: &Selection) -> Result<Option<Counts>> {
    let command = cargo
        .command(&["bench", "-p", "flow-benches", "--bench", "counts"])
        .args(["--", "--output-format=json", "--callgrind-args=--cache-sim=no", ENVIRONMENT])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", root().join(TARGET).display());
    let mut counts = Counts::new();
    // It takes one pattern at a time.
    for pattern in patterns(selection) {
        let captured = command.clone().args([pattern]).read_stdout()?;
        if !captured.success {
            return Ok(None);
        }
        counts.extend(summary::parse(&captured.text).map_err(|why| anyhow!("gungraun-runner: {why}"))?);
    }
    // Its patterns see more than names of cases.
    counts.retain(|case, _| includes(selection, case));
    Ok(Some(counts))
}

fn read() -> Result<Record> {
    let text = fs::read_to_string(root().join(FILE))
        .with_context(|| format!("cannot read {FILE}; `cargo xtask bench --counts --record` writes it"))?;
    record::parse(&text).map_err(|why| anyhow!("{FILE}: {why}"))
}

/// Nothing is compared: that would show what a compiler does, and look like a change of the code.
fn not_comparable(difference: &str) -> Outcome {
    let why = format!(
        "{FILE} was recorded with another tool: {difference}; nothing was compared. Record it here on the commit to compare \
         with (`cargo xtask bench --counts --record`)"
    );
    Outcome::skipped(why)
}

/// The version of gungraun that `Cargo.toml` wants, which the runner must have too.
fn library_version() -> Result<String> {
    let text = fs::read_to_string(root().join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let manifest: toml::Table = toml::from_str(&text).context("Cargo.toml")?;
    let wanted = manifest["workspace"]["dependencies"]["gungraun"].as_str();
    let exactly = wanted.and_then(|wanted| wanted.strip_prefix('='));
    Ok(exactly.context("Cargo.toml does not want exactly one version of gungraun")?.to_owned())
}

/// The version of the runner in PATH.
fn installed_runner() -> Option<String> {
    let text = Command::new("gungraun-runner").args(["--version"]).probe()?;
    text.trim().strip_prefix("gungraun-runner ").map(str::to_owned)
}

/// Why a runner of version `installed` cannot be used, if so.
fn problem_of_runner(installed: Option<&str>, wanted: &str) -> Option<String> {
    match installed {
        None => Some("gungraun-runner".to_owned()),
        Some(installed) if installed != wanted => {
            Some(format!("gungraun-runner {wanted} (installed is {installed})"))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    //! What a command line selects, and which runners are refused.

    use super::*;

    fn selection(filters: &[&str]) -> Selection {
        Selection::new(&filters.iter().map(|&filter| filter.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn nothing_selects_everything() {
        assert_eq!(patterns(&selection(&[])), ["*"]);
        assert!(includes(&selection(&[]), "arena/alloc_str"));
    }

    #[test]
    fn components_and_names_narrow_each_other() {
        let both = selection(&["get", "read-map", "set", "arena"]);
        assert_eq!(
            patterns(&both),
            ["*::arena::*get*", "*::arena::*set*", "*::read_map::*get*", "*::read_map::*set*"]
        );
        assert!(includes(&both, "read_map/get_reader"));
        assert!(!includes(&both, "read_map/insert_remove") && !includes(&both, "concurrent_map/get"));
        assert_eq!(patterns(&selection(&["read-map"])), ["*::read_map::*"]);
        assert_eq!(patterns(&selection(&["get"])), ["*::*::*get*"]);
    }

    #[test]
    fn a_runner_of_another_version_is_refused() {
        assert_eq!(problem_of_runner(Some("0.20.0"), "0.20.0"), None);
        assert_eq!(problem_of_runner(None, "0.20.0").as_deref(), Some("gungraun-runner"));
        let other = problem_of_runner(Some("0.19.1"), "0.20.0").expect("another version");
        assert!(other.contains("0.20.0") && other.contains("0.19.1"), "{other}");
    }

    #[test]
    fn the_manifest_names_one_version() {
        let version = library_version().expect("an exact version");
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{version}");
    }

    #[test]
    fn what_is_in_the_repository_can_be_read() {
        assert!(!read().expect("a record").counts.is_empty());
    }
}
