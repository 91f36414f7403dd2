//! The report of a run: one Markdown file with a table for each operation, and pictures beside it.

mod heading;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::groups::{Group, group};
use super::plot;
use super::rating::Rated;
use super::saved::Run;
use crate::components::COMPONENTS;

const REPORT: &str = "report.md";
const COMPARISON: &str = "comparison.md";

/// The folder that a report goes to.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder and sees that it can be written to, before anybody measures for an hour.
    pub(super) fn new(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the folder {} for the report", path.display()))?;
        let probe = path.join(".flow-report");
        fs::write(&probe, "")
            .and_then(|()| fs::remove_file(&probe))
            .with_context(|| format!("cannot write the report to the folder {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes the report, in place of the last one, and returns its path.
    pub(super) fn write(&self, run: &Run, claims: &[Rated], comparison: Option<&str>) -> Result<PathBuf> {
        self.clear()?;
        let groups = group(&run.series);
        let mut text = heading::of(run, claims, comparison.is_some());
        for group in &groups {
            text += &tables::heading_of(group);
            text += &self.draw(group, claims)?;
            text += &tables::of(group, claims);
            text += &tables::losses(group);
        }
        if let Some(comparison) = comparison {
            self.put(COMPARISON, &format!("# Comparison\n\n{comparison}"))?;
        }
        self.put(REPORT, &text)
    }

    /// Draws all pictures of the component, and returns the lines that show them.
    fn draw(&self, group: &Group<'_>, claims: &[Rated]) -> Result<String> {
        let claimed = |target: &str, id: &str| claims.iter().any(|claim| claim.is_about(target, id));
        let mut text = String::new();
        for kind in plot::KINDS {
            if let Some(picture) = kind.draw(group, &claimed).map_err(|why| anyhow!(why))? {
                let name = kind.file(group.component);
                self.put(&name, &picture)?;
                text += &format!("![{}]({name})\n\n", kind.title(group.component));
            }
        }
        Ok(text)
    }

    fn put(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// Takes the files of the last report away, so that none of another run stays behind.
    fn clear(&self) -> Result<()> {
        let pictures = COMPONENTS.iter().flat_map(|component| plot::KINDS.map(|kind| kind.file(component)));
        for name in pictures.chain([REPORT, COMPARISON].map(str::to_owned)) {
            let path = self.0.join(name);
            if path.exists() {
                fs::remove_file(&path).with_context(|| format!("cannot replace {}", path.display()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    //! Which files are there afterwards.

    #[cfg(feature = "plots")]
    use super::super::{saved, series};
    use super::*;
    use crate::testing::folder;

    #[cfg(feature = "plots")]
    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[cfg(feature = "plots")]
    fn run(target: &str) -> Run {
        let ids = ["get/1/flow_pool/t=1", "get/1/malloc/t=1", "get/1/flow_pool/t=2", "get/1/malloc/t=2"];
        saved::sample(ids.iter().map(|id| series::sample(target, id, &[1.0, 1.5])).collect())
    }

    #[cfg(feature = "plots")]
    #[test]
    fn a_report_replaces_the_last_one() {
        let parent = folder("report-replaces");
        let path = parent.join("deep");
        let folder = Folder::new(&path).expect("a folder of our own");
        fs::write(path.join("README.md"), "of somebody else").expect("a file of our own");
        folder.write(&run("arena"), &[], Some("nothing changed")).expect("a folder of our own");
        assert_eq!(
            files(&path),
            ["README.md", "arena-bars.svg", "arena-threads.svg", "comparison.md", "report.md"]
        );
        let report = folder.write(&run("buffer_pool"), &[], None).expect("a folder of our own");
        assert_eq!(
            files(&path),
            ["README.md", "buffer-pool-bars.svg", "buffer-pool-threads.svg", "report.md"]
        );
        let text = fs::read_to_string(report).expect("just written");
        assert!(text.contains("](buffer-pool-bars.svg)\n") && text.contains("## buffer-pool\n"), "{text}");
        fs::remove_dir_all(&parent).expect("a folder of our own");
    }

    #[test]
    fn the_page_on_benchmarks_shows_all_of_the_recorded_report() {
        let docs = crate::process::root().join("docs");
        let page = fs::read_to_string(docs.join("benchmarks.md")).expect("the page");
        for entry in fs::read_dir(docs.join("benchmarks")).expect("the recorded report") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            assert!(
                page.contains(&format!("(benchmarks/{name})")),
                "docs/benchmarks.md does not link to {name}"
            );
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named_at_once() {
        let path = folder("report-file");
        fs::write(&path, "").expect("a file of our own");
        let problem = format!("{:#}", Folder::new(&path.join("report")).expect_err("a file is in the way"));
        assert!(problem.contains("cannot make the folder") && problem.contains("report-file"), "{problem}");
        fs::remove_file(&path).expect("a file of our own");
    }
}
