//! `cargo xtask api`: the public interface of each published crate, compared with its record in `docs/api`, and that each item is shown in an example.
//!
//! rustdoc writes what it knows of a crate as JSON, which is an unstable part of the pinned stable toolchain, and the crate
//! `public-api` makes a list of it: an item a line, with all features. Implementations of traits are part of it, also
//! those of `Send` and `Sync` that the compiler finds out, which are lost more easily than anything else.

mod examples;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use public_api::{Builder, PublicItem};

use crate::metadata::Metadata;
use crate::outcome::Outcome;
use crate::process::{Cargo, root};
use crate::tally::Tally;

/// Of its own: what is told of unstable flags would have everything built anew elsewhere.
const TARGET: &str = "target/api";

/// Where the records are.
const RECORDS: &str = "docs/api";

/// Automatic traits that nobody can name on stable: where they are is no promise.
const UNSTABLE_TRAITS: &[&str] = &[" core::marker::Freeze for ", " core::marker::UnsafeUnpin for "];

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Record the interface as it is now.
    #[arg(long)]
    record: bool,
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    let metadata = Metadata::read(cargo)?;
    let crates: Vec<&str> = metadata.published().map(|package| package.name.as_str()).collect();
    let command = cargo
        .command(&["doc", "--quiet", "--no-deps", "--lib", "--all-features"])
        .args(crates.iter().flat_map(|name| ["-p", name]))
        .env("CARGO_TARGET_DIR", TARGET)
        .env("RUSTC_BOOTSTRAP", 1)
        .env("RUSTDOCFLAGS", "-Zunstable-options --output-format json");
    if !command.run()? {
        return Ok(Outcome::failed("rustdoc failed, see above", Tally::default()));
    }
    let (mut changed, mut unshown) = (Vec::new(), Vec::new());
    for name in crates {
        let json = root().join(TARGET).join("doc").join(format!("{}.json", name.replace('-', "_")));
        let record = root().join(RECORDS).join(format!("{name}.txt"));
        let interface = list(&json)?;
        unshown.extend(examples::unshown(&json)?.into_iter().map(|item| format!("{name}: {item}")));
        if arguments.record {
            write(&record, &interface)?;
        } else if !agrees(name, &record, &interface)? {
            changed.push(name);
        }
    }
    Ok(if !unshown.is_empty() {
        Outcome::failed(format!("no example shows:\n  {}", unshown.join("\n  ")), Tally::default())
    } else if changed.is_empty() {
        Outcome::passed(Tally::default())
    } else {
        let why = format!(
            "the public interface differs from {RECORDS}: {}; if that is intended, record it with `cargo xtask api --record` \
             and mention it in CHANGELOG.md",
            changed.join(", ")
        );
        Outcome::failed(why, Tally::default())
    })
}

/// The interface that rustdoc described, an item a line.
fn list(json: &Path) -> Result<String> {
    let interface = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build().with_context(|| {
        format!(
            "cannot read {}: does the version of public-api in Cargo.toml go with this toolchain?",
            json.display()
        )
    })?;
    Ok(lines(interface.items().map(PublicItem::to_string)))
}

fn lines(items: impl Iterator<Item = String>) -> String {
    let stable = |item: &String| !UNSTABLE_TRAITS.iter().any(|name| item.contains(name));
    items.filter(stable).map(|item| item + "\n").collect()
}

fn write(record: &Path, interface: &str) -> Result<()> {
    let folder = record.parent().unwrap_or(record);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(record, interface))
        .with_context(|| format!("cannot write {}", record.display()))
}

/// Whether the record says the same; prints what differs.
fn agrees(name: &str, record: &Path, interface: &str) -> Result<bool> {
    let recorded = match fs::read_to_string(record) {
        Ok(recorded) => recorded.replace("\r\n", "\n"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", record.display())),
    };
    if recorded == interface {
        return Ok(true);
    }
    println!("{name}:");
    for line in difference(&recorded, interface) {
        println!("{line}");
    }
    Ok(false)
}

/// The lines that went, after a minus, and those that came, after a plus.
fn difference(before: &str, after: &str) -> Vec<String> {
    let mut surplus: BTreeMap<&str, i64> = BTreeMap::new();
    for line in after.lines() {
        *surplus.entry(line).or_default() += 1;
    }
    for line in before.lines() {
        *surplus.entry(line).or_default() -= 1;
    }
    let mut found = Vec::new();
    for (line, &count) in &surplus {
        let sign = if count < 0 { "-" } else { "+" };
        found.extend((0..count.unsigned_abs()).map(|_| format!("{sign} {line}")));
    }
    if found.is_empty() {
        found.push("  the same lines, in another order".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    //! What counts as a difference.

    use super::*;

    #[test]
    fn what_went_and_what_came_is_said() {
        let found = difference("a\nb\nb\n", "a\nb\nc\n");
        assert_eq!(found, ["- b", "+ c"]);
    }

    #[test]
    fn another_order_is_a_difference() {
        assert_eq!(difference("a\nb\n", "b\na\n"), ["  the same lines, in another order"]);
    }

    #[test]
    fn traits_without_a_stable_name_are_left_out() {
        let items = ["impl core::marker::Send for A", "impl core::marker::Freeze for A"];
        assert_eq!(lines(items.iter().map(ToString::to_string)), "impl core::marker::Send for A\n");
    }

    #[test]
    fn a_record_that_is_missing_or_old_is_seen() {
        let record = root().join("README.md");
        let text = fs::read_to_string(&record).expect("a file");
        assert!(agrees("a", &record, &text.replace("\r\n", "\n")).expect("readable"));
        assert!(!agrees("a", &record, "pub mod a\n").expect("readable"));
        assert!(!agrees("a", &root().join("docs/api/no-such-crate.txt"), "pub mod a\n").expect("no error"));
    }
}
