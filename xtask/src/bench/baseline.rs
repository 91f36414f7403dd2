//! What a run is compared with: a saved run, or another revision in a work tree of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::machine::Machine;
use super::saved::{self, Run};
use crate::process::{Command, root};
use crate::selection::Selection;

/// What `--compare` names.
#[derive(Debug)]
pub(super) enum Baseline {
    Saved(Run),
    Revision(Worktree),
}

impl Baseline {
    /// The saved run of that name, or else the git revision.
    pub(super) fn find(name: &str, saved: &Path) -> Result<Self> {
        if saved::parse_name(name).is_ok()
            && let Some(run) = saved::load(saved, name)?
        {
            if let Some(why) = Machine::here().differs_from(&run.machine) {
                bail!("{name:?} was saved on another machine, and times of two machines say nothing: {why}");
            }
            return Ok(Self::Saved(run));
        }
        let commit = format!("{name}^{{commit}}");
        let revision = Command::new("git")
            .args(["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
            .probe();
        let Some(revision) = revision else {
            if Command::new("git").args(["--version"]).probe().is_none() {
                bail!(
                    "git is missing, and {name:?} is no saved run; saved: {} (see --save)",
                    saved::names(saved)
                );
            }
            bail!(
                "{name:?} is neither a saved run nor a git revision; saved: {} (see --save)",
                saved::names(saved)
            );
        };
        Worktree::new(revision.trim()).map(Self::Revision)
    }
}

/// A revision, checked out below `target/`; taken away again when dropped.
#[derive(Debug)]
pub(super) struct Worktree {
    pub(super) folder: PathBuf,
}

impl Worktree {
    fn new(revision: &str) -> Result<Self> {
        let short = revision.get(..12).context("git named no revision")?;
        let worktree = Self { folder: root().join("target/bench/worktrees").join(short) };
        // One that a run left behind when it was interrupted.
        worktree.remove();
        let folder = worktree.folder.display().to_string();
        let is_there = Command::new("git").args(["worktree", "add", "--detach", &folder, revision]).run()?;
        ensure!(is_there, "git cannot check {short} out, see above");
        Ok(worktree)
    }

    /// What of `selection` this revision has.
    pub(super) fn has(&self, selection: &Selection) -> Result<Selection> {
        let sources = self.folder.join("benches/benches");
        let is_there =
            |target: &&str| sources.join(target).is_dir() || sources.join(format!("{target}.rs")).is_file();
        let targets: Vec<&str> = selection.targets.iter().copied().filter(is_there).collect();
        ensure!(
            !targets.is_empty(),
            "the revision in {} has no benchmark of {}",
            self.folder.display(),
            selection.targets.join(", ")
        );
        Ok(Selection { targets, ..selection.clone() })
    }

    fn remove(&self) {
        let folder = self.folder.display().to_string();
        // It fails if there is none, which is fine.
        Command::new("git").args(["worktree", "remove", "--force", &folder]).probe();
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    //! Names that are found, and names that are not.

    use std::fs;

    use super::super::series::sample;
    use super::*;
    use crate::testing::folder;

    #[test]
    fn an_unknown_name_lists_the_saved_ones() {
        let folder = folder("baseline-unknown");
        let run = saved::sample(vec![sample("arena", "a/flow", &[1.0])]);
        saved::save(&folder, "before", &run).expect("a folder of our own");
        for name in ["no-such-name", "../x", "--help"] {
            let problem = Baseline::find(name, &folder).expect_err("neither").to_string();
            assert!(problem.contains(&format!("{name:?}")) && problem.contains("saved: before"), "{problem}");
        }
        fs::remove_dir_all(&folder).expect("a folder of our own");
    }

    #[test]
    fn a_run_of_another_machine_is_refused() {
        let folder = folder("baseline-machine");
        let mut run = saved::sample(vec![sample("arena", "a/flow", &[1.0])]);
        saved::save(&folder, "there", &run).expect("a folder of our own");
        let problem = Baseline::find("there", &folder).expect_err("another machine").to_string();
        assert!(
            problem.contains("another machine") && problem.contains("that was A with 2 cores"),
            "{problem}"
        );
        run.machine = Machine::here();
        saved::save(&folder, "here", &run).expect("a folder of our own");
        let Baseline::Saved(found) = Baseline::find("here", &folder).expect("it was saved") else {
            panic!("it was saved")
        };
        assert_eq!(found, run);
        fs::remove_dir_all(&folder).expect("a folder of our own");
    }
}
