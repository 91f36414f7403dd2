//! Runs the benchmarks: of this tree, or of another.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, anyhow, ensure};

use super::baseline::Worktree;
use crate::components::known;
use crate::divan::{self, Measurement};
use crate::process::{Captured, Cargo, Command, root};
use crate::selection::Selection;
use crate::tally::strip_colors;

/// The measurements of each round.
pub(super) type Rounds = Vec<Vec<Measurement>>;

/// Rounds of this tree.
pub(super) fn alone(cargo: Cargo, selection: &Selection, rounds: u32) -> Result<Rounds> {
    (0..rounds).map(|_| here(cargo, selection)).collect()
}

/// Rounds of `worktree` and of this tree in turn, so that what disturbs the machine for a while disturbs both.
///
/// Both are built first.
pub(super) fn in_turn(
    cargo: Cargo,
    selection: &Selection,
    worktree: &Worktree,
    rounds: u32,
) -> Result<(Rounds, Rounds)> {
    let known = worktree.has(selection)?;
    let there = || elsewhere(cargo, &known, &worktree.folder);
    for command in [there(), benchmarks(cargo, selection)] {
        ensure!(command.args(["--no-run"]).run()?, "the benchmarks cannot be built, see above");
    }
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        old.push(round(&known, there())?);
        new.push(here(cargo, selection)?);
    }
    Ok((old, new))
}

fn here(cargo: Cargo, selection: &Selection) -> Result<Vec<Measurement>> {
    round(selection, benchmarks(cargo, selection))
}

/// Runs each benchmark once, and returns the names of all, if all work: target and id.
pub(super) fn smoke(cargo: Cargo, selection: &Selection) -> Result<Option<BTreeSet<(String, String)>>> {
    // As `cargo xtask test` builds, so that the peers are built already; nobody looks at the times.
    let command = cargo.command(&["test", "--workspace", "--all-features"]).args(targets(selection));
    let Captured { success, text } =
        command.args(["--bench", "counts", "--", "--test"]).args(&selection.names).run_teeing_stdout()?;
    let names = divan::names(&strip_colors(&text));
    ensure!(!success || !names.is_empty(), no_match(selection));
    Ok(success.then_some(names))
}

fn benchmarks(cargo: Cargo, selection: &Selection) -> Command {
    cargo.command(&["bench", "-p", "flow-benches"]).args(targets(selection))
}

/// The benchmarks of the tree in `folder`.
///
/// Its outputs must not be where ours are: cargo gives both trees the same names there, so that each build would undo the other.
fn elsewhere(cargo: Cargo, selection: &Selection, folder: &Path) -> Command {
    let outputs = root().join("target/bench/build").display().to_string();
    benchmarks(cargo, selection).args(["--target-dir", &outputs]).current_dir(folder)
}

fn targets(selection: &Selection) -> impl Iterator<Item = &'static str> {
    selection.targets.iter().flat_map(|&target| ["--bench", target])
}

/// Runs what `benchmarks` are there.
fn round(selection: &Selection, benchmarks: Command) -> Result<Vec<Measurement>> {
    let command = benchmarks.args(["--"]).args(&selection.names);
    let Captured { success, text } = command.run_teeing_stdout()?;
    ensure!(success, "the benchmarks failed, see above");
    let round = divan::parse(&strip_colors(&text)).map_err(|why| anyhow!(why))?;
    ensure!(!round.is_empty(), no_match(selection));
    Ok(round)
}

fn no_match(selection: &Selection) -> String {
    format!("no benchmark matches {}; the components are: {}", selection.names.join(" or "), known())
}

#[cfg(test)]
mod tests {
    //! The command lines.

    use super::*;

    #[test]
    fn another_tree_has_outputs_of_its_own() {
        let selection = Selection::new(&["arena".to_owned(), "alloc".to_owned()]);
        let command = elsewhere(Cargo { locked: true }, &selection, Path::new("old")).to_string();
        assert!(
            command.starts_with("cd old && cargo bench -p flow-benches --locked --bench arena"),
            "{command}"
        );
        assert!(command.contains("--target-dir") && command.ends_with("target/bench/build"), "{command}");
    }

    #[test]
    fn an_error_names_the_components() {
        let text = no_match(&Selection::new(&["arean".to_owned()]));
        assert!(text.contains("matches arean;") && text.contains("arena, buffer-pool"), "{text}");
    }
}
