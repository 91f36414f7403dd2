//! Runs that are kept, in `target/bench/saved/NAME.toml`, with all their rounds.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::id::Id;
use super::machine::{Machine, Versions};
use super::series::{Per, Series};

/// A run, with what one must know to compare with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) machine: Machine,
    pub(super) versions: Versions,
    pub(super) series: Vec<Series>,
}

impl Run {
    pub(super) fn rounds(&self) -> usize {
        self.series.first().map_or(0, |series| series.rounds.len())
    }
}

/// The file. Another version of it is another file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    machine: Machine,
    versions: Versions,
    benchmark: Vec<Row>,
}

const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    target: String,
    id: String,
    per: Per,
    /// The medians, in nanoseconds.
    rounds: Vec<f64>,
}

/// Reads the name of a run from the command line: it becomes the name of a file.
pub(super) fn parse_name(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a name has letters, digits, `-`, `_` and `.`, and begins with a letter or a digit".to_owned())
    }
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.toml"))
}

/// Keeps `run` in `folder`, in place of what was kept under that name.
pub(super) fn save(folder: &Path, name: &str, run: &Run) -> Result<PathBuf> {
    let row = |Series { target, id, per, rounds }: &Series| Row {
        target: target.clone(),
        id: id.to_string(),
        per: *per,
        rounds: rounds.clone(),
    };
    let (machine, versions) = (run.machine.clone(), run.versions.clone());
    let file = File { format: FORMAT, machine, versions, benchmark: run.series.iter().map(row).collect() };
    let text = toml::to_string(&file).context("cannot write the run as TOML")?;
    let path = path(folder, name);
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// The run of that name, or None if there is none.
pub(super) fn load(folder: &Path, name: &str) -> Result<Option<Run>> {
    let path = path(folder, name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let run = read(&text);
    run.map(Some).with_context(|| format!("{} is damaged; save the run again", path.display()))
}

fn read(text: &str) -> Result<Run> {
    let File { format, machine, versions, benchmark } = toml::from_str(text)?;
    ensure!(format == FORMAT, "its format is {format}, and this xtask reads {FORMAT}");
    let mut series: Vec<Series> = Vec::new();
    for Row { target, id, per, rounds } in benchmark {
        if rounds.is_empty() || rounds.iter().any(|time| !(time.is_finite() && *time > 0.0)) {
            bail!("{target}: {id}: the rounds {rounds:?} are not times");
        }
        if series.first().is_some_and(|first| first.rounds.len() != rounds.len()) {
            bail!("{target}: {id} has another number of rounds than others");
        }
        let id = Id::parse(&id).map_err(anyhow::Error::msg)?;
        series.push(Series { target, id, per, rounds });
    }
    ensure!(!series.is_empty(), "it has no benchmark");
    Ok(Run { machine, versions, series })
}

/// The names of all runs in `folder`, for messages.
pub(super) fn names(folder: &Path) -> String {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
pub(super) fn sample(series: Vec<Series>) -> Run {
    let text = str::to_owned;
    Run {
        machine: Machine { processor: text("A"), cores: 2, memory: Some(4000), system: text("linux 6") },
        versions: Versions {
            rustc: text("rustc 1.95.0"),
            revision: text("0123456789ab"),
            libraries: [(text("papaya"), text("0.2.5"))].into(),
        },
        series,
    }
}

#[cfg(test)]
mod tests {
    //! What comes back, and what is refused.

    use super::super::series;
    use super::*;
    use crate::testing::folder;

    fn run() -> Run {
        let peer = Series { per: Per::Iteration, ..series::sample("arena", "a/1/std", &[5.5, 1e9]) };
        sample(vec![series::sample("arena", "a/1/flow/t=2", &[2.0, 2.125]), peer])
    }

    #[test]
    fn a_run_comes_back_as_it_was() {
        let folder = folder("saved-back");
        assert_eq!(names(&folder), "none");
        save(&folder, "b", &run()).expect("a folder of our own");
        save(&folder, "a.1", &run()).expect("a folder of our own");
        assert_eq!(load(&folder, "a.1").expect("just saved"), Some(run()));
        assert_eq!(load(&folder, "c").expect("not an error"), None);
        assert_eq!(names(&folder), "a.1, b");
        fs::remove_dir_all(&folder).expect("a folder of our own");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = folder("saved-damaged");
        let path = save(&folder, "run", &run()).expect("a folder of our own");
        let text = fs::read_to_string(&path).expect("just saved");
        for (from, to, says) in [
            ("2.125", "nan", "not times"),
            ("2.125", "-1.0", "not times"),
            ("[2.0, 2.125]", "[]", "not times"),
            ("[2.0, 2.125]", "[2.0]", "another number of rounds"),
            ("format = 1", "format = 2", "format is 2"),
            ("a/1/flow/t=2", "alone", "alone"),
            ("cores = 2", "", "cores"),
            ("rounds = [2.0,", "rounds = [2.0", "TOML"),
        ] {
            assert!(text.contains(from), "{text}");
            fs::write(&path, text.replace(from, to)).expect("a file of our own");
            let problem = format!("{:#}", load(&folder, "run").expect_err(to));
            assert!(problem.contains("run.toml is damaged") && problem.contains(says), "{problem}");
        }
        fs::write(&path, &text[..text.len() / 2]).expect("a file of our own");
        assert!(load(&folder, "run").is_err());
        fs::remove_dir_all(&folder).expect("a folder of our own");
    }

    #[test]
    fn names_stay_in_the_folder() {
        assert_eq!(parse_name("main-2.1"), Ok("main-2.1".to_owned()));
        for name in ["", ".", "../x", "a/b", "a b", "-a"] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = folder("saved-file");
        fs::write(&file, "").expect("a file of our own");
        let problem =
            format!("{:#}", save(&file.join("saved"), "run", &run()).expect_err("a file is in the way"));
        assert!(problem.contains("cannot make the folder"), "{problem}");
        fs::remove_file(&file).expect("a file of our own");
    }
}
