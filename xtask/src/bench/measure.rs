//! Runs the benchmarks: of this tree, or of another.

use std::path::Path;

use anyhow::{Result, anyhow, ensure};

use super::selection::Selection;
use crate::components::known;
use crate::divan::{self, Measurement};
use crate::process::{Captured, Cargo, Command, root};
use crate::tally::strip_colors;

/// One round of this tree.
pub(super) fn here(cargo: Cargo, selection: &Selection) -> Result<Vec<Measurement>> {
    round(selection, &benchmarks(cargo, selection).args(["--"]).args(&selection.names))
}

/// One round of the tree in `folder`, which shares our build outputs: the peers are the same in both.
pub(super) fn elsewhere(cargo: Cargo, selection: &Selection, folder: &Path) -> Result<Vec<Measurement>> {
    round(selection, &from(cargo, selection, folder).args(["--"]).args(&selection.names))
}

/// Builds the benchmarks of the tree in `folder`.
pub(super) fn build_elsewhere(cargo: Cargo, selection: &Selection, folder: &Path) -> Result<()> {
    let is_built = from(cargo, selection, folder).args(["--no-run"]).run()?;
    ensure!(is_built, "the benchmarks in {} cannot be built, see above", folder.display());
    Ok(())
}

/// Runs each benchmark once and says whether all work.
pub(super) fn smoke(cargo: Cargo, selection: &Selection) -> Result<bool> {
    // As `cargo xtask test` builds, so that the peers are built already; nobody looks at the times.
    let command = cargo.command(&["test", "--workspace", "--all-features"]).args(targets(selection));
    let Captured { success, text } =
        command.args(["--bench", "counts", "--", "--test"]).args(&selection.names).run_capturing_stdout()?;
    ensure!(!success || strip_colors(&text).contains("─ "), no_match(selection));
    Ok(success)
}

fn benchmarks(cargo: Cargo, selection: &Selection) -> Command {
    cargo.command(&["bench", "-p", "flow-benches"]).args(targets(selection))
}

fn from(cargo: Cargo, selection: &Selection, folder: &Path) -> Command {
    let outputs = root().join("target").display().to_string();
    benchmarks(cargo, selection).args(["--target-dir", &outputs]).current_dir(folder)
}

fn targets(selection: &Selection) -> impl Iterator<Item = &'static str> {
    selection.targets.iter().flat_map(|&target| ["--bench", target])
}

fn round(selection: &Selection, command: &Command) -> Result<Vec<Measurement>> {
    let Captured { success, text } = command.run_capturing_stdout()?;
    ensure!(success, "the benchmarks failed, see above");
    let round = divan::parse(&strip_colors(&text)).map_err(|why| anyhow!(why))?;
    ensure!(!round.is_empty(), no_match(selection));
    Ok(round)
}

fn no_match(selection: &Selection) -> String {
    format!("no benchmark matches {:?}; the components are: {}", selection.names, known())
}

#[cfg(test)]
mod tests {
    //! The command lines.

    use super::*;

    #[test]
    fn another_tree_shares_build_outputs() {
        let selection = Selection::new(&["arena".to_owned(), "alloc".to_owned()]);
        let command = from(Cargo { locked: true }, &selection, Path::new("old")).to_string();
        assert!(
            command.starts_with("cd old && cargo bench -p flow-benches --locked --bench arena"),
            "{command}"
        );
        assert!(command.contains("--target-dir") && command.ends_with("target"), "{command}");
    }

    #[test]
    fn an_error_names_the_components() {
        let text = no_match(&Selection::new(&["arean".to_owned()]));
        assert!(text.contains("[\"arean\"]") && text.contains("arena, buffer-pool"), "{text}");
    }
}
