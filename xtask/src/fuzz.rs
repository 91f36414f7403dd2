//! `cargo xtask fuzz`: the fuzz targets under libFuzzer and AddressSanitizer, with the pinned toolchain.
//!
//! libFuzzer is C++, which `libfuzzer-sys` builds; the flags are those that cargo-fuzz sets. What a target found once is
//! tried first, from `crates/flow-fuzz/regressions/`; the corpus that libFuzzer collects is kept for the next time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::asan;
use crate::duration;
use crate::outcome::Outcome;
use crate::process::{Cargo, Command, root};
use crate::tally::Tally;
use crate::toolchain::Rustc;

/// The targets: the programs of `crates/flow-fuzz`.
const TARGETS: &[&str] = &["arena", "concurrent_map", "read_map", "string_pool", "wfformat"];

/// Which edges and comparisons an input reached, for libFuzzer to be guided by.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1 -Cdebug-assertions";

/// An input that takes longer than this many seconds is a finding. So is one that takes more memory than this many MiB.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The target; all if absent.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(TARGETS))]
    target: Option<String>,
    /// How long to run each target: 90s, 10m, 1h30m.
    #[arg(long = "for", value_name = "TIME", default_value = Self::TIME, value_parser = duration::parse)]
    time: Duration,
}

impl Arguments {
    const TIME: &str = "30s";
}

impl Default for Arguments {
    fn default() -> Self {
        Self { target: None, time: duration::parse(Self::TIME).expect("a duration") }
    }
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    let host = Rustc::pinned()?.host;
    if let Some(missing) = asan::missing(&host) {
        return Ok(missing);
    }
    if Command::new("c++").args(["--version"]).probe().is_none() {
        return Ok(Outcome::missing(
            "a C++ compiler",
            "libFuzzer needs one: install your system's package `g++`",
        ));
    }
    let build = cargo
        .command(&["build", "--release", "--package", "flow-fuzz", "--bins", "--target", &host])
        .env("RUSTC_BOOTSTRAP", 1)
        .env("RUSTFLAGS", format!("{} {COVERAGE}", asan::FLAGS))
        .env("CARGO_TARGET_DIR", "target/fuzz");
    if !build.run()? {
        return Ok(Outcome::failed("building the fuzz targets failed", Tally::default()));
    }
    let chosen =
        TARGETS.iter().filter(|target| arguments.target.as_deref().is_none_or(|name| name == **target));
    let (mut tests, mut failed) = (Tally::default(), Vec::new());
    for target in chosen {
        if run_target(&host, target, arguments.time)? {
            tests.passed += 1;
        } else {
            tests.failed += 1;
            failed.push(*target);
        }
    }
    Ok(if failed.is_empty() {
        Outcome::passed(tests)
    } else {
        Outcome::failed(format!("found something, see above: {}", failed.join(", ")), tests)
    })
}

/// What was found once, and then new inputs. Returns whether nothing was found.
fn run_target(host: &str, target: &str, time: Duration) -> Result<bool> {
    let program = format!("target/fuzz/{host}/release/{target}");
    let regressions = files(&root().join(regressions(target)))?;
    let run = |arguments: &[String]| {
        Command::new(&program)
            .args(LIMITS)
            .args(arguments)
            // Targets ask for more memory than there is.
            .env("ASAN_OPTIONS", "allocator_may_return_null=1")
            .run()
    };
    if !regressions.is_empty() {
        let files: Vec<String> = regressions.iter().map(|path| path.display().to_string()).collect();
        if !run(&files)? {
            eprintln!("{target}: what was found once is back, see above: {}", files.join(", "));
            return Ok(false);
        }
    }
    let (corpus, found) = (format!("target/fuzz/corpus/{target}"), format!("target/fuzz/found/{target}"));
    for folder in [&corpus, &found] {
        let folder = root().join(folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let known = files(&root().join(&found))?;
    let mut arguments = vec![
        corpus,
        format!("-artifact_prefix={found}/"),
        format!("-max_total_time={}", time.as_secs()),
        "-max_len=4096".to_owned(),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ];
    arguments.extend(starts(target));
    if run(&arguments)? {
        return Ok(true);
    }
    let new = files(&root().join(&found))?.into_iter().find(|file| !known.contains(file));
    eprintln!("{}", advice(target, &program, new.as_deref()));
    Ok(false)
}

/// Where libFuzzer starts from besides its corpus.
fn starts(target: &str) -> Vec<String> {
    match target {
        // Files that are right, and the words of which they are made.
        "wfformat" => ["crates/flow-workflow/workflows", "-dict=crates/flow-fuzz/wfformat.dict"]
            .map(str::to_owned)
            .to_vec(),
        _ => Vec::new(),
    }
}

fn regressions(target: &str) -> String {
    format!("crates/flow-fuzz/regressions/{target}")
}

/// The files of a folder, in order; none if it is not there.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>();
    let mut paths = paths.with_context(|| format!("cannot list {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

/// What to do with what was found.
fn advice(target: &str, program: &str, file: Option<&Path>) -> String {
    let Some(file) = file else {
        return format!("{target}: the fuzzer failed, see above, and left no input");
    };
    let file = file.strip_prefix(root()).unwrap_or(file).display();
    format!(
        "{target} found something: {file}\n  \
         repeat: {program} {file}\n  \
         without libFuzzer: cargo run --package flow-fuzz --bin {target} -- {file}\n  \
         make it smaller: {program} -minimize_crash=1 -max_total_time=60 {file}\n  \
         keep it: put it into {}/, where every run and `cargo test` try it first",
        regressions(target)
    )
}

#[cfg(test)]
mod tests {
    //! The targets, and what is said of a finding.

    use super::*;

    #[test]
    fn every_program_is_a_target() {
        let programs = files(&root().join("crates/flow-fuzz/src/bin")).expect("a folder");
        let names: Vec<_> = programs.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
        assert_eq!(names, TARGETS);
    }

    #[test]
    fn what_targets_start_from_is_there() {
        for start in TARGETS.iter().flat_map(|target| starts(target)) {
            let path = start.strip_prefix("-dict=").unwrap_or(&start);
            assert!(root().join(path).exists(), "{path}");
        }
    }

    #[test]
    fn a_finding_says_how_to_repeat_it() {
        let file = root().join("target/fuzz/found/arena/crash-1");
        let text = advice("arena", "target/fuzz/host/release/arena", Some(&file));
        assert!(
            text.contains("repeat: target/fuzz/host/release/arena target/fuzz/found/arena/crash-1\n"),
            "{text}"
        );
        assert!(text.contains("crates/flow-fuzz/regressions/arena/"), "{text}");
        assert!(advice("arena", "p", None).contains("left no input"));
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_files() {
        assert!(files(Path::new("no/such/folder")).expect("no error").is_empty());
    }
}
