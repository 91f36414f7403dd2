//! `benches/counts.toml`: the counts that were recorded, and what they were made with.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use serde::Deserialize;

use super::Counts;
use crate::process::Command;
use crate::toolchain::Rustc;

/// What counts depend on, apart from the code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tools {
    rustc: String,
    target: String,
    /// For readers: every version counts the same instructions.
    valgrind: String,
}

impl Tools {
    /// Those of this machine; `None` without valgrind.
    pub(super) fn here() -> Result<Option<Self>> {
        let Rustc { version, host, .. } = Rustc::pinned()?;
        let valgrind = Command::new("valgrind").args(["--version"]).probe();
        Ok(valgrind.map(|valgrind| Self {
            rustc: version,
            target: host,
            valgrind: valgrind.trim().trim_start_matches("valgrind-").to_owned(),
        }))
    }

    /// Why counts made with these cannot be compared with those of `other`.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        [("rustc", &self.rustc, &other.rustc), ("target", &self.target, &other.target)]
            .into_iter()
            .find(|(_, ours, others)| ours != others)
            .map(|(what, ours, others)| format!("{what} {ours}, here it is {others}"))
    }
}

/// The file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) made_with: Tools,
    pub(super) counts: Counts,
}

/// The file as it is written: a table for each component.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    made_with: Tools,
    instructions: BTreeMap<String, BTreeMap<String, f64>>,
}

pub(super) fn parse(text: &str) -> Result<Record, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut counts = Counts::new();
    for (component, cases) in file.instructions {
        for (case, count) in cases {
            if !(count.is_finite() && count > 0.0) {
                return Err(format!("{component}/{case}: {count} is not a positive number"));
            }
            counts.insert(format!("{component}/{case}"), count);
        }
    }
    Ok(Record { made_with: file.made_with, counts })
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tools { rustc, target, valgrind } = &self.made_with;
        writeln!(f, "# Instructions per operation. Written by `cargo xtask bench --counts --record`.\n")?;
        writeln!(f, "[made_with]\nrustc = {rustc:?}\ntarget = {target:?}\nvalgrind = {valgrind:?}")?;
        let mut last = "";
        for (name, count) in &self.counts {
            let (component, case) = name.split_once('/').unwrap_or(("", name));
            if component != last {
                writeln!(f, "\n[instructions.{component}]")?;
                last = component;
            }
            writeln!(f, "{case} = {count:.2}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    //! What is written can be read, and says when it cannot be compared.

    use super::*;

    fn record() -> Record {
        let counts = [("arena/alloc_str", 57.74), ("arena/alloc_value", 18.0), ("read_map/get", 121.25)];
        Record {
            made_with: Tools {
                rustc: "1.95.0 (0123 2026-04-14)".to_owned(),
                target: "x86_64-unknown-linux-gnu".to_owned(),
                valgrind: "3.19.0".to_owned(),
            },
            counts: counts.map(|(name, count)| (name.to_owned(), count)).into(),
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let text = record().to_string();
        assert!(
            text.contains("\n[instructions.arena]\nalloc_str = 57.74\nalloc_value = 18.00\n\n"),
            "{text}"
        );
        assert_eq!(parse(&text), Ok(record()));
    }

    #[test]
    fn bad_files_are_refused() {
        for (from, to, says) in [
            ("57.74", "0.0", "arena/alloc_str: 0 is not a positive number"),
            ("57.74", "nan", "positive"),
            ("rustc =", "rustcc =", "rustcc"),
            ("[instructions.arena]", "[arena]", "arena"),
        ] {
            let problem = parse(&record().to_string().replace(from, to)).expect_err(to);
            assert!(problem.contains(says), "{problem}");
        }
    }

    #[test]
    fn another_compiler_or_target_is_a_difference() {
        let here = record().made_with;
        let other = |change: fn(&mut Tools)| {
            let mut other = here.clone();
            change(&mut other);
            here.difference(&other)
        };
        assert_eq!(other(|_| {}), None);
        assert_eq!(other(|tools| tools.valgrind = "3.25.1".to_owned()), None);
        let rustc = other(|tools| tools.rustc = "1.96.0".to_owned()).expect("another compiler");
        assert_eq!(rustc, "rustc 1.95.0 (0123 2026-04-14), here it is 1.96.0");
        assert!(other(|tools| tools.target = "aarch64-apple-darwin".to_owned()).is_some());
    }
}
