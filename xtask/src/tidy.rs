//! The rules of the repository, as code: what clippy cannot know. `cargo xtask lint` and the tests of this package
//! check the whole tree.
//!
//! Each rule looks at one file and says what is wrong with it and what to do. Rules for `.rs` files see the text
//! without comments and literals where those would mislead them.

mod documents;
mod licenses;
mod links;
mod source;
mod sync;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use self::source::{code_only, words};
use crate::claims::{self, Claim};
use crate::metadata::Metadata;
use crate::process::Cargo;

/// A Rust file may have this many lines; beyond it, it has more than one subject.
const MAX_LINES: usize = 600;

/// Where `unsafe` may be besides `crates/*/src/raw/`, and why. A folder ends with a slash.
const UNSAFE_ALLOWED: &[(&str, &str)] = &[
    ("benches/", "peers have unsafe interfaces"),
    ("crates/flow-arena/src/lasso.rs", "lasso's traits are unsafe to implement"),
    ("crates/flow-arena/tests/it/", "tests read back raw memory, and one plants a bug for AddressSanitizer"),
    ("crates/flow-memory/src/buffer/bytes.rs", "`BufMut` is unsafe to implement"),
    ("crates/flow-memory/tests/it/", "tests read back raw memory, and one plants a bug for AddressSanitizer"),
    ("crates/flow-testkit/src/alloc.rs", "a global allocator is an unsafe trait"),
    ("crates/flow-testkit/tests/asan_canary.rs", "plants a bug for AddressSanitizer"),
    ("crates/flow-testkit/tests/memcheck_canary.rs", "plants a bug for memcheck"),
    ("crates/flow-testkit/tests/tsan_canary.rs", "plants a bug for ThreadSanitizer"),
];

/// Which crates of ours each crate may depend on, besides in its tests.
const LAYERS: &[(&str, &[&str])] = &[
    ("flow-arena", &[]),
    ("flow-concurrent", &[]),
    ("flow-fuzz", &["flow-arena", "flow-concurrent", "flow-testkit", "flow-workflow"]),
    ("flow-memory", &["flow-arena"]),
    ("flow-testkit", &[]),
    ("flow-workflow", &["flow-arena", "flow-concurrent", "flow-memory"]),
];

/// A file of the repository.
#[derive(Clone, Debug)]
struct File {
    /// Relative to the root, with slashes.
    path: String,
    text: String,
}

/// All breaches of all rules below `root`, each as a line that names the file.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let files = read_tree(root)?;
    let mut breaches = Vec::new();
    for file in &files {
        let found = if file.path.ends_with(".rs") {
            [
                opens_with_docs(file),
                is_short(file),
                keeps_unsafe_apart(file),
                sync::is_kept_apart(file),
                is_done(file),
            ]
            .concat()
        } else if file.path.ends_with(".md") {
            [links::resolve(file, &files, |target| root.join(target).exists()), links::work_alone(file)]
                .concat()
        } else if file.path == "Cargo.lock" {
            locks_crates_io(file)
        } else if is_member_manifest(&file.path) {
            manifest_is_in_order(file)
        } else {
            Vec::new()
        };
        let found = found.into_iter().chain(names_no_machine(file));
        breaches.extend(found.map(|breach| format!("{}: {breach}", file.path)));
    }
    breaches.extend(documents::code_is_tested(&files));
    breaches.extend(documents::speed_is_claimed(text_of(&files, "README.md"), &claims(&files)?));
    let metadata = Metadata::read(Cargo { locked: true })?;
    let published: Vec<&str> = metadata.published().map(|package| package.name.as_str()).collect();
    breaches.extend(changelog_has_all(text_of(&files, "CHANGELOG.md"), &published));
    breaches.extend(licenses::of_dependencies(&metadata));
    breaches.extend(licenses::of_crates(root, &metadata)?);
    Ok(breaches)
}

fn claims(files: &[File]) -> Result<Vec<Claim>> {
    claims::parse(text_of(files, "benches/claims.toml")).map_err(|why| anyhow!("benches/claims.toml: {why}"))
}

/// The text of a file that may be missing.
fn text_of<'a>(files: &'a [File], path: &str) -> &'a str {
    files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
}

/// How the names of the files end that some rule looks at; scripts have no ending.
const ENDINGS: &[&str] =
    &[".dict", ".json", ".lock", ".md", ".rs", ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml"];

/// The files that some rule looks at, without build outputs, and without hidden folders that are not ours.
fn read_tree(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        for entry in fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))? {
            let entry = entry.with_context(|| format!("cannot list {}", path.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                let is_ours = !name.starts_with('.') || [".cargo", ".ci", ".github"].contains(&name.as_str());
                if is_ours && name != "target" && name != "node_modules" {
                    folders.push(path);
                }
            } else if !name.contains('.') || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                let bytes = fs::read(entry.path()).with_context(|| format!("cannot read {path}"))?;
                // What is no text, such as an input of a fuzz target, follows no rule.
                files.extend(String::from_utf8(bytes).ok().map(|text| File { path, text }));
            }
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

fn opens_with_docs(file: &File) -> Vec<String> {
    // The face of a crate may be its README.
    if file.text.starts_with("//! ") || file.text.starts_with("#![doc = include_str!(") {
        return Vec::new();
    }
    vec!["does not begin with `//!`: say what the file is and which invariant it owns".to_owned()]
}

fn is_short(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines <= MAX_LINES {
        return Vec::new();
    }
    vec![format!("has {lines} lines, more than {MAX_LINES}: split it by subject")]
}

fn keeps_unsafe_apart(file: &File) -> Vec<String> {
    let in_raw = file.path.starts_with("crates/") && file.path.contains("/src/raw/");
    if in_raw || is_listed(UNSAFE_ALLOWED, file) {
        return Vec::new();
    }
    lines_with(&file.text, |line| words(line).any(|word| word == "unsafe"))
        .map(|line| {
            format!(
                "line {line}: `unsafe` outside of `src/raw/`: move it there, or list the file with the reason in \
                 UNSAFE_ALLOWED in xtask/src/tidy.rs"
            )
        })
        .collect()
}

/// Whether one of `rows`, files and folders with reasons, allows what a rule forbids elsewhere.
fn is_listed(rows: &[(&str, &str)], file: &File) -> bool {
    let covers = |row: &str| file.path == row || (row.ends_with('/') && file.path.starts_with(row));
    rows.iter().any(|(row, _)| covers(row))
}

/// The numbers of the lines whose code, without comments and literals, is `wanted`.
fn lines_with(text: &str, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    let code = code_only(text);
    let numbers: Vec<_> =
        code.lines().enumerate().filter(|(_, line)| wanted(line)).map(|(index, _)| index + 1).collect();
    numbers.into_iter()
}

fn is_done(file: &File) -> Vec<String> {
    lines_with(&file.text, |line| line.contains("todo!(") || line.contains("unimplemented!("))
        .map(|line| format!("line {line}: unfinished code does not belong in the repository"))
        .collect()
}

/// No file names a folder of the machine on which it was written: it would be wrong on every other.
fn names_no_machine(file: &File) -> Vec<String> {
    let is_path = |character: char| character.is_alphanumeric() || ".-_*".contains(character);
    let named = |line: &str| {
        ["home", "root", "tmp", "Users"].iter().any(|folder| {
            let path = format!("/{folder}/");
            line.match_indices(&path).any(|(at, _)| !line[..at].ends_with(is_path))
        })
    };
    let lines = file.text.lines().enumerate().filter(|(_, line)| named(line));
    lines.map(|(index, _)| format!("line {}: names a folder of one machine", index + 1)).collect()
}

/// Every locked package is from crates.io itself, and not from a mirror that others cannot reach.
fn locks_crates_io(file: &File) -> Vec<String> {
    let sources = file.text.lines().filter_map(|line| line.strip_prefix("source = "));
    let other =
        sources.filter(|source| *source != "\"registry+https://github.com/rust-lang/crates.io-index\"");
    other.map(|source| format!("{source} is not crates.io")).collect()
}

/// `crates/<name>/Cargo.toml` and those of the tools.
fn is_member_manifest(path: &str) -> bool {
    path.ends_with("/Cargo.toml")
}

/// The parts of a manifest that rules look at.
#[derive(Debug, serde::Deserialize)]
struct Manifest {
    package: Package,
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
    #[serde(default, rename = "build-dependencies")]
    build_dependencies: BTreeMap<String, toml::Value>,
    #[serde(default)]
    target: BTreeMap<String, Conditional>,
    lints: Option<Lints>,
}

#[derive(Debug, serde::Deserialize)]
struct Package {
    name: String,
}

#[derive(Debug, serde::Deserialize)]
struct Conditional {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

#[derive(Debug, serde::Deserialize)]
struct Lints {
    workspace: bool,
}

fn manifest_is_in_order(file: &File) -> Vec<String> {
    let manifest: Manifest = match toml::from_str(&file.text) {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let mut breaches = Vec::new();
    if !manifest.lints.as_ref().is_some_and(|lints| lints.workspace) {
        breaches.push("lacks `[lints] workspace = true`".to_owned());
    }
    if file.path.starts_with("crates/") {
        breaches.extend(keeps_layers(&manifest));
    }
    breaches
}

fn keeps_layers(manifest: &Manifest) -> Vec<String> {
    let name = &manifest.package.name;
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| layer == name) else {
        return vec![format!("{name} has no row in LAYERS in xtask/src/tidy.rs: say what it may depend on")];
    };
    let conditional = manifest.target.values().flat_map(|target| target.dependencies.keys());
    let all = manifest.dependencies.keys().chain(manifest.build_dependencies.keys()).chain(conditional);
    all.filter(|other| other.starts_with("flow-") && !allowed.contains(&other.as_str()))
        .map(|other| format!("{name} must not depend on {other}: see the layers in xtask/src/tidy.rs"))
        .collect()
}

/// The changelog has a section with an `Unreleased` part for each of the crates that are `published`.
fn changelog_has_all(changelog: &str, published: &[&str]) -> Vec<String> {
    published
        .iter()
        .filter(|name| !has_unreleased(changelog, name))
        .map(|name| format!("CHANGELOG.md: lacks `## {name}` with `### Unreleased` below it"))
        .collect()
}

fn has_unreleased(changelog: &str, name: &str) -> bool {
    let heading = format!("## {name}");
    let mut lines = changelog.lines().skip_while(|line| line.trim_end() != heading);
    lines.next().is_some()
        && lines.take_while(|line| !line.starts_with("## ")).any(|line| line.trim_end() == "### Unreleased")
}

#[cfg(test)]
mod tests;
