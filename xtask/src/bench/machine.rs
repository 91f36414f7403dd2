//! What a run ran on: the machine, and the versions of everything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::process::Command;

/// A machine, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) cores: usize,
    /// In MiB; None where there is no /proc.
    pub(super) memory: Option<u64>,
    pub(super) system: String,
}

impl Machine {
    /// This one.
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let release = read("/etc/os-release");
        let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        let kernel = read("/proc/sys/kernel/osrelease");
        Self {
            processor: processor(&read("/proc/cpuinfo")),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory: memory(&read("/proc/meminfo")),
            system: match (name, kernel.trim()) {
                (Some(name), kernel) => {
                    format!("{}, {} {kernel}", name.trim_matches('"'), std::env::consts::OS)
                }
                (None, kernel) => format!("{} {kernel}", std::env::consts::OS).trim_end().to_owned(),
            },
        }
    }

    /// What makes times of `self` and `other` incomparable, if anything does.
    ///
    /// Another kernel does not: it is told to the reader.
    pub(super) fn differs_from(&self, other: &Self) -> Option<String> {
        let differs = self.processor != other.processor || self.cores != other.cores;
        differs.then(|| format!("this is {}, that was {}", self.short(), other.short()))
    }

    fn short(&self) -> String {
        format!("{} with {} cores", self.processor, self.cores)
    }
}

/// The model, and whether it is a virtual one; the architecture where the file does not say.
fn processor(cpuinfo: &str) -> String {
    let field = |wanted: &str| {
        let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        lines
            .map(|(name, value)| (name.trim(), value.trim()))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    let model = field("model name").map_or_else(|| std::env::consts::ARCH.to_owned(), str::to_owned);
    let is_virtual = field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor"));
    if is_virtual { format!("{model} (virtual machine)") } else { model }
}

/// All of it, in MiB.
fn memory(meminfo: &str) -> Option<u64> {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024)
}

/// What was measured, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Versions {
    pub(super) rustc: String,
    /// The git revision, with `+changes` if files differ from it.
    pub(super) revision: String,
    /// All that the benchmarks depend on besides Flow: the peers, what Flow is built on, and tools.
    pub(super) libraries: BTreeMap<String, String>,
}

impl Versions {
    /// Those of the tree at `root`.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let lock = root.join("Cargo.lock");
        let text = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        let rustc = Command::new("rustc").args(["--version"]).current_dir(root).probe();
        Ok(Self {
            rustc: rustc.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned()),
            revision: revision(root),
            libraries: libraries(&text)
                .with_context(|| format!("cannot make sense of {}", lock.display()))?,
        })
    }
}

fn revision(root: &Path) -> String {
    let git = |arguments: &[&str]| Command::new("git").args(arguments).current_dir(root).probe();
    let Some(revision) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return "unknown: no git repository".to_owned();
    };
    let is_dirty = git(&["status", "--porcelain"]).is_none_or(|changes| !changes.trim().is_empty());
    format!("{}{}", revision.trim(), if is_dirty { "+changes" } else { "" })
}

#[derive(Debug, Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// What `flow-benches` depends on, with versions.
fn libraries(lock: &str) -> Result<BTreeMap<String, String>> {
    let Lock { package: packages } = toml::from_str(lock)?;
    let benches = packages.iter().find(|package| package.name == "flow-benches");
    let benches = benches.context("it has no package flow-benches")?;
    let mut libraries = BTreeMap::new();
    for dependency in benches.dependencies.iter().filter(|name| !name.starts_with("flow-")) {
        // The version is there only if there are several.
        let (name, version) = dependency.split_once(' ').unwrap_or((dependency, ""));
        let package = packages.iter().find(|package| package.name == name);
        let known = package.map(|package| package.version.as_str());
        let version = if version.is_empty() { known } else { version.split(' ').next() };
        libraries.insert(
            name.to_owned(),
            version.with_context(|| format!("it has no package {name}"))?.to_owned(),
        );
    }
    Ok(libraries)
}

#[cfg(test)]
mod tests {
    //! What files under /proc and Cargo.lock say.

    use super::*;

    #[test]
    fn the_processor_is_named() {
        let text = "processor\t: 0\nmodel name\t: A Processor 9000\nflags\t\t: fpu vme hypervisor sse\n";
        assert_eq!(processor(text), "A Processor 9000 (virtual machine)");
        assert_eq!(processor(&text.replace("hypervisor", "avx")), "A Processor 9000");
        assert_eq!(processor(""), std::env::consts::ARCH);
    }

    #[test]
    fn memory_is_in_mebibytes() {
        assert_eq!(memory("MemTotal:        4028440 kB\nMemFree: 1 kB\n"), Some(3934));
        assert_eq!(memory(""), None);
        assert_eq!(memory("MemTotal: many"), None);
    }

    #[test]
    fn libraries_have_the_versions_of_the_lock_file() {
        let lock = r#"
            [[package]]
            name = "flow-benches"
            version = "0.1.0"
            dependencies = ["dashmap", "flow-arena", "hashbrown 0.17.1"]
            [[package]]
            name = "dashmap"
            version = "6.2.1"
            [[package]]
            name = "hashbrown"
            version = "0.14.5"
            [[package]]
            name = "hashbrown"
            version = "0.17.1"
        "#;
        let libraries = libraries(lock).expect("a good file");
        let libraries: Vec<_> = libraries.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(libraries, ["dashmap 6.2.1", "hashbrown 0.17.1"]);
    }

    #[test]
    fn our_own_lock_file_has_the_peers() {
        let versions = Versions::of(&crate::process::root()).expect("this repository");
        for peer in ["bumpalo", "papaya", "lasso", "rayon"] {
            assert!(versions.libraries.contains_key(peer), "{peer}: {versions:?}");
        }
        assert!(versions.rustc.starts_with("rustc "), "{versions:?}");
    }

    #[test]
    fn another_processor_makes_another_machine_and_another_kernel_does_not() {
        let one = Machine { processor: "A".to_owned(), cores: 2, memory: None, system: "linux 6".to_owned() };
        assert_eq!(one.differs_from(&Machine { system: "linux 7".to_owned(), ..one.clone() }), None);
        let other = Machine { processor: "B".to_owned(), ..one.clone() };
        let why = one.differs_from(&other).expect("another processor");
        assert_eq!(why, "this is A with 2 cores, that was B with 2 cores");
        assert!(one.differs_from(&Machine { cores: 4, ..one.clone() }).is_some());
    }
}
