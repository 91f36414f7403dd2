//! `cargo xtask cover`: which lines of the library crates no test runs, by cargo-llvm-cov.
//!
//! It needs the tools of the LLVM that the compiler is built on: the toolchain's own component, or those of Debian.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::components::{library_features, library_packages};
use crate::outcome::{Outcome, align};
use crate::process::{Cargo, Command, root};
use crate::tally::{Tally, run_tests};
use crate::toolchain::Rustc;

/// Where the report goes.
const REPORT: &str = "target/cover.lcov";

/// How many files are listed.
const LISTED: usize = 20;

pub(crate) fn run(cargo: Cargo) -> Result<Outcome> {
    if Command::new("cargo").args(["llvm-cov", "--version"]).probe().is_none() {
        let how = "get it with `cargo install cargo-llvm-cov --locked`";
        return Ok(Outcome::missing("cargo-llvm-cov", how));
    }
    let llvm = Rustc::pinned()?.llvm;
    let Some(tools) = tools(&llvm) else {
        let how = format!(
            "get them with `rustup component add llvm-tools`, or on Debian with `apt-get install llvm-{llvm}`"
        );
        return Ok(Outcome::missing(&format!("llvm-cov and llvm-profdata of LLVM {llvm}"), &how));
    };
    let command = cargo
        .command(&["llvm-cov", "test"])
        .args(["--lcov", "--output-path", REPORT, "--tests"])
        .args(library_packages())
        .args(library_features())
        .args(["--", "--skip", "compile_fail"]);
    let command = tools.into_iter().fold(command, |command, (name, path)| command.env(name, path));
    let tests = run_tests(&command, "tests with coverage")?;
    if !tests.is_passed() {
        return Ok(tests);
    }
    let text =
        std::fs::read_to_string(root().join(REPORT)).with_context(|| format!("cannot read {REPORT}"))?;
    let files = parse(&text, &root());
    if files.is_empty() {
        return Ok(Outcome::failed("the report has no file of a library crate", Tally::default()));
    }
    println!("\n{}\n{}", by_crate(&files), least_covered(&files));
    Ok(tests)
}

/// What to tell cargo-llvm-cov of its tools, those of this major version of LLVM; nothing if the toolchain has them. None if
/// nobody has them.
fn tools(llvm: &str) -> Option<Vec<(&'static str, String)>> {
    const NAMES: [(&str, &str); 2] = [("LLVM_COV", "llvm-cov"), ("LLVM_PROFDATA", "llvm-profdata")];
    let sysroot = Command::new("rustc").args(["--print", "target-libdir"]).probe()?;
    let own = Path::new(sysroot.trim_end()).with_file_name("bin");
    if NAMES.iter().all(|(_, tool)| own.join(tool).exists()) {
        return Some(Vec::new());
    }
    // Where Debian puts them.
    let elsewhere =
        [(format!("/usr/lib/llvm-{llvm}/bin"), String::new()), ("/usr/bin".to_owned(), format!("-{llvm}"))];
    elsewhere.iter().find_map(|(folder, suffix)| {
        let path = |tool: &str| format!("{folder}/{tool}{suffix}");
        let found = NAMES.iter().all(|(_, tool)| Path::new(&path(tool)).exists());
        found.then(|| NAMES.iter().map(|&(name, tool)| (name, path(tool))).collect())
    })
}

/// How many lines a file has, and how many of them ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lines {
    count: u64,
    covered: u64,
}

impl Lines {
    fn missed(self) -> u64 {
        self.count - self.covered
    }

    fn percent(self) -> String {
        let percent = 100.0 * self.covered as f64 / self.count.max(1) as f64;
        format!("{percent:.1} %")
    }
}

/// The files of the library crates' sources, by their paths below `crates/`, from a report in the format of lcov: for each
/// file its path (`SF:`), how many lines it has (`LF:`), and how many ran (`LH:`).
fn parse(report: &str, root: &Path) -> BTreeMap<String, Lines> {
    let crates = root.join("crates");
    let number = |text: &str| text.parse().unwrap_or_default();
    let (mut files, mut path, mut lines) = (BTreeMap::new(), None, Lines::default());
    for line in report.lines() {
        match line.split_once(':') {
            Some(("SF", file)) => path = Path::new(file).strip_prefix(&crates).ok().and_then(Path::to_str),
            Some(("LF", count)) => lines.count = number(count),
            Some(("LH", covered)) => lines.covered = number(covered),
            _ if line == "end_of_record" => {
                let lines = std::mem::take(&mut lines);
                files
                    .extend(path.take().filter(|path| is_library(path)).map(|path| (path.to_owned(), lines)));
            }
            _ => {}
        }
    }
    files
}

fn is_library(path: &str) -> bool {
    path.contains("/src/") && !path.contains("/src/bin/") && !path.starts_with("flow-testkit/")
}

/// A table of the crates.
fn by_crate(files: &BTreeMap<String, Lines>) -> String {
    let mut crates: BTreeMap<&str, Lines> = BTreeMap::new();
    for (path, lines) in files {
        let sum = crates.entry(path.split('/').next().unwrap_or_default()).or_default();
        sum.count += lines.count;
        sum.covered += lines.covered;
    }
    table("crate", crates.into_iter())
}

/// A table of the files with the most lines that nothing runs.
fn least_covered(files: &BTreeMap<String, Lines>) -> String {
    let mut files: Vec<_> = files.iter().map(|(path, lines)| (path.as_str(), *lines)).collect();
    files.retain(|(_, lines)| lines.missed() > 0);
    files.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.missed()));
    table("least covered", files.into_iter().take(LISTED))
}

fn table(what: &str, rows: impl Iterator<Item = (impl AsRef<str>, Lines)>) -> String {
    let mut cells = vec![[what, "lines", "missed", "covered"].map(str::to_owned)];
    cells.extend(rows.map(|(name, lines)| {
        [name.as_ref().to_owned(), lines.count.to_string(), lines.missed().to_string(), lines.percent()]
    }));
    align(&cells)
}

#[cfg(test)]
mod tests {
    //! A report as llvm-cov writes it.

    use super::*;

    const REPORT: &str = "\
SF:/flow/crates/flow-arena/src/arena.rs
FN:1,new
DA:1,0
BRF:0
LF:10
LH:9
end_of_record
SF:/flow/crates/flow-arena/src/raw/block.rs
LF:30
LH:30
end_of_record
SF:/flow/crates/flow-memory/src/buffer.rs
LF:4
LH:1
end_of_record
SF:/flow/crates/flow-workflow/src/bin/flow/main.rs
LF:9
LH:0
end_of_record
SF:/flow/crates/flow-arena/tests/it/main.rs
LF:9
LH:0
end_of_record
SF:/flow/crates/flow-testkit/src/lib.rs
LF:9
LH:0
end_of_record
";

    #[test]
    fn only_sources_of_libraries_count() {
        let files = parse(REPORT, Path::new("/flow"));
        let names: Vec<_> = files.keys().collect();
        assert_eq!(
            names,
            ["flow-arena/src/arena.rs", "flow-arena/src/raw/block.rs", "flow-memory/src/buffer.rs"]
        );
        assert_eq!(
            by_crate(&files),
            "| crate       | lines | missed | covered |\n\
             | ----------- | ----- | ------ | ------- |\n\
             | flow-arena  | 40    | 1      | 97.5 %  |\n\
             | flow-memory | 4     | 3      | 25.0 %  |\n"
        );
    }

    #[test]
    fn the_file_with_most_uncovered_lines_is_first() {
        let files = parse(REPORT, Path::new("/flow"));
        let text = least_covered(&files);
        let lines: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("buffer.rs") && lines[1].contains("arena.rs"), "{text}");
    }
}
